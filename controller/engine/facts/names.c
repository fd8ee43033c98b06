/* Facts of the name that was called: does its address belong to the host that is
 * named, and is what stops the SYN on the source about that address alone. */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/ways.h"

#define ALL_BITS(address) ((address)->family == 6 ? 128 : 32)

/* Only of an agent's name is it known whose address it should give. */
static void derive_elsewhere(struct known *known, const struct view *view)
{
    const struct subject *subject = view->subject;
    const struct end_view *end = &view->destination;
    bool owned = end->own_address != NULL;

    if (!subject->named_is_agent || subject->expected_elsewhere ||
        subject->destination_held)
        facts_say(known, F(SOURCE, NAME_ELSEWHERE), false, end->own_address);
    else if (end->addresses != NULL)
        facts_say(known, F(SOURCE, NAME_ELSEWHERE), !owned,
                  owned ? end->own_address : end->addresses);
    else if (address_equal(&subject->destination, &subject->primary4) ||
             address_equal(&subject->destination, &subject->primary6))
        facts_say(known, F(SOURCE, NAME_ELSEWHERE), false, NULL);
}

/* Within the prefix is the called address, and not that which its host has. */
static bool is_alone_in(const struct view *view, const struct address *prefix,
                        unsigned length)
{
    const struct address *called = &view->subject->destination;
    const struct address *right = called->family == 6
                                      ? &view->subject->primary6
                                      : &view->subject->primary4;

    return prefix->family == called->family && length > 0 &&
           length <= ALL_BITS(called) &&
           address_same_prefix(prefix, called, length) &&
           (address_is_set(right) ? !address_same_prefix(prefix, right, length)
                                  : length == ALL_BITS(called));
}

/* "198.51.100.99" or "198.51.100.96/28" */
static bool is_word_about(const struct view *view, char *word)
{
    char *slash = strchr(word, '/');
    struct address prefix;
    unsigned length;

    if (slash != NULL)
        *slash = '\0';
    if (address_parse(word, &prefix) < 0)
        return false;
    length = slash == NULL ? ALL_BITS(&prefix)
                           : (unsigned)strtoul(slash + 1, NULL, 10);
    return is_alone_in(view, &prefix, length);
}

/* Does a rule's text ask for the called address, and not for its host's own?
 * Never where it asks for all but it. */
static bool is_text_about(const struct view *view, const char *rule)
{
    char text[EVIDENCE_TEXT_SIZE];
    char *rest = NULL;

    if (strchr(rule, '!') != NULL || strstr(rule, "not ") != NULL)
        return false;
    text_format(text, sizeof(text), "%s", rule);
    for (char *word = strtok_r(text, " ,{}", &rest); word != NULL;
         word = strtok_r(NULL, " ,{}", &rest))
        if (is_word_about(view, word))
            return true;
    return false;
}

static bool is_route_about(const struct view *view,
                           const struct evidence *route)
{
    struct address prefix = evidence_address(route, KEY_ADDRESS);

    return is_text_about(view, evidence_text(route, KEY_RULE, "")) ||
           (evidence_has(route, KEY_PREFIX) &&
            is_alone_in(view, &prefix,
                        (unsigned)evidence_number(route, KEY_PREFIX, 0)));
}

bool facts_ends_at_address(const struct known *known)
{
    return fact_is(known, F(SOURCE, HOLDS_PEER), YES) ||
           (fact_is(known, F(SOURCE, NEIGHBOUR_FAILED), YES) &&
            fact_is(known, F(SOURCE, ON_LINK), YES));
}

/* The route that the SYN takes, or would, where it is what keeps it there. */
static const struct evidence *stopping_route(const struct known *known,
                                             const struct view *view,
                                             const struct attempt_view *attempt)
{
    const struct evidence *route = ways_route(view, ROLE_SOURCE, attempt);
    static const fact_ref stops[] = {F(SOURCE, NEIGHBOUR_FAILED),
                                     F(SOURCE, ROUTE_REJECTS),
                                     F(SOURCE, ROUTE_ASTRAY), NO_FACT};

    if (route != NULL &&
        (facts_ends_at_address(known) ||
         (facts_any(known, stops, YES) && is_route_about(view, route))))
        return route;
    return NULL;
}

static const struct evidence *stopping_rule(const struct known *known,
                                            const struct view *view)
{
    static const fact_ref rules[] = {F(SOURCE, RULE_DROPS_OUT),
                                     F(SOURCE, RULE_REJECTS_OUT),
                                     F(SOURCE, TRANSLATING_RULE)};

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct evidence *rule = known->because[rules[i]];

        if (fact_is(known, rules[i], YES) && rule != NULL &&
            is_text_about(view, evidence_text(rule, KEY_RULE, "")))
            return rule;
    }
    return NULL;
}

void facts_derive_names(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    const struct evidence *stop;

    derive_elsewhere(known, view);
    if (fact_is(known, F(DESTINATION, ARRIVED), YES))
        facts_say(known, F(SOURCE, NAME_LEADS_THERE), true,
                  known->because[F(DESTINATION, ARRIVED)]);
    else if (fact_is(known, F(SOURCE, SENT), YES) &&
             fact_is(known, F(DESTINATION, ARRIVED), NO))
        facts_say(known, F(SOURCE, NAME_LEADS_THERE), false,
                  known->because[F(SOURCE, SENT)]);
    if (fact_is(known, F(SOURCE, NAME_ELSEWHERE), NOT_OBSERVED))
        return;
    stop = stopping_route(known, view, attempt);
    if (stop == NULL)
        stop = stopping_rule(known, view);
    facts_say(known, F(SOURCE, STOPPED_BY_ADDRESS),
              fact_is(known, F(SOURCE, NAME_ELSEWHERE), YES) && stop != NULL,
              stop);
}
