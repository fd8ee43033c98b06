#include "controller/engine/facts/facts.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/answerer.h"

#define FACT_INFO(name, ends, yes, no) {#name, ENDS_##ends, yes, no},

const struct fact_info fact_infos[FACT_COUNT] = {{"NONE", ENDS_ATTEMPT, "", ""},
                                                 VERDICT_FACTS(FACT_INFO)};

/* What was seen once is not unseen by somebody who looked elsewhere. */
void facts_say(struct known *known, fact_ref fact, bool yes,
               const struct evidence *because)
{
    if (!yes && known->answers[fact] == YES)
        return;
    known->answers[fact] = yes ? YES : NO;
    known->suspected[fact] = false;
    known->because[fact] = because;
}

void facts_suspect(struct known *known, fact_ref fact,
                   const struct evidence *because)
{
    if (known->answers[fact] == YES)
        return;
    facts_say(known, fact, true, because);
    known->suspected[fact] = true;
}

void facts_forget(struct known *known, fact_ref fact)
{
    known->answers[fact] = NOT_OBSERVED;
    known->because[fact] = NULL;
}

fact_ref fact_at(enum role role, enum fact fact)
{
    return (fact_ref)(fact * END_COUNT + (role == ROLE_DESTINATION
                                              ? END_DESTINATION
                                              : END_SOURCE));
}

fact_ref fact_mirrored(fact_ref asked)
{
    return fact_infos[asked / END_COUNT].ends == ENDS_ATTEMPT
               ? asked
               : (fact_ref)(asked ^ END_DESTINATION);
}

/* What a name in braces stands for, at that end. */
static const char *word_for(const char *name, size_t size, enum end end)
{
    static const struct
    {
        const char *name;
        const char *word[END_COUNT];
    } words[] = {
        {"end", {"source", "destination"}},
        {"peer", {"destination", "source"}},
        {"packet", {"SYN", "SYN-ACK"}},
        {"answer", {"SYN-ACK", "SYN"}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strlen(words[i].name) == size &&
            strncmp(words[i].name, name, size) == 0)
            return words[i].word[end];
    return "?";
}

void fact_print(fact_ref asked, enum answer answer,
                char text[static FACT_TEXT_SIZE])
{
    const struct fact_info *info = &fact_infos[asked / END_COUNT];
    const char *form = answer == YES ? info->yes : info->no;
    size_t used = 0;

    text[0] = '\0';
    while (*form != '\0') {
        size_t plain = strcspn(form, "{");
        size_t name;

        text_format(text + used, FACT_TEXT_SIZE - used, "%.*s", (int)plain,
                    form);
        used += strlen(text + used);
        form += plain;
        if (*form == '\0')
            break;
        name = strcspn(form, "}") - 1;
        text_format(text + used, FACT_TEXT_SIZE - used, "%s",
                    word_for(form + 1, name, (enum end)(asked % END_COUNT)));
        used += strlen(text + used);
        form += name + 2;
    }
}

bool fact_is(const struct known *known, fact_ref fact, enum answer answer)
{
    return known->answers[fact] == answer;
}

bool facts_all(const struct known *known, const fact_ref *facts,
               enum answer answer)
{
    for (; *facts != NO_FACT; facts++)
        if (known->answers[*facts] != answer)
            return false;
    return true;
}

bool facts_any(const struct known *known, const fact_ref *facts,
               enum answer answer)
{
    for (; *facts != NO_FACT; facts++)
        if (known->answers[*facts] == answer)
            return true;
    return false;
}

static bool is_proven(const struct known *known, fact_ref fact)
{
    return known->answers[fact] == YES && !known->suspected[fact];
}

bool facts_all_proven(const struct known *known, const fact_ref *facts)
{
    for (; *facts != NO_FACT; facts++)
        if (!is_proven(known, *facts))
            return false;
    return true;
}

bool facts_any_proven(const struct known *known, const fact_ref *facts)
{
    for (; *facts != NO_FACT; facts++)
        if (is_proven(known, *facts))
            return true;
    return false;
}

void facts_derive_counter(struct known *known, const struct view *view,
                          const struct attempt_view *attempt, enum role role,
                          const char *name, fact_ref fact)
{
    const struct evidence *counter = NULL;

    if (view_counter(view, role, name, &counter) > 0)
        facts_say(known, fact, true, counter);
    else if (facts_counters_read(view, role, attempt))
        facts_say(known, fact, false, NULL);
}

static void derive_names(struct known *known, const struct view *view)
{
    if (view->resolved != NULL)
        facts_say(known, F(SOURCE, NAME_UNRESOLVED), false, view->resolved);
    else if (view->unresolved != NULL &&
             !address_is_set(&view->subject->destination))
        facts_say(known, F(SOURCE, NAME_UNRESOLVED), true, view->unresolved);
}

/* An answer that came in at the source and never left the destination. */
static void derive_forgery(struct known *known)
{
    static const struct
    {
        fact_ref arrived;
        fact_ref left;
    } answers[] = {{F(SOURCE, RST), F(DESTINATION, RST)},
                   {F(SOURCE, ARRIVED), F(DESTINATION, SENT)}};

    for (size_t i = 0; i < 2; i++)
        if (!fact_is(known, F(DESTINATION, AGENT), NO) &&
            fact_is(known, answers[i].arrived, YES) &&
            fact_is(known, answers[i].left, NO)) {
            facts_say(known, F(ATTEMPT, ANSWER_FORGED), true,
                      known->because[answers[i].arrived]);
            return;
        }
}

/* Nobody watches at the destination; but the gateway itself sent the reset, and
 * the walk shows that the destination is behind it. */
static void derive_reset_of_gateway(struct known *known,
                                    const struct view *view)
{
    const struct evidence *reset = known->because[F(SOURCE, RST)];

    if (fact_is(known, F(DESTINATION, AGENT), NO) &&
        fact_is(known, F(SOURCE, RST), YES) &&
        answerer_find(view, reset).place == ANSWERER_GATEWAY)
        facts_say(known, F(ATTEMPT, ANSWER_FORGED), true, reset);
}

/* A reset that came in at the destination and never left the source. */
static void derive_forged_reset(struct known *known, const struct view *view,
                                const struct attempt_view *attempt)
{
    const struct evidence *came =
        attempt->destination.packets[PACKET_RST][DIRECTION_IN].first;
    bool left =
        attempt->source.packets[PACKET_RST][DIRECTION_OUT].first != NULL ||
        attempt->outside[PACKET_RST][DIRECTION_OUT].first != NULL;

    if (came != NULL &&
        (left || facts_was_watching(view, ROLE_SOURCE, attempt)))
        facts_say(known, F(ATTEMPT, RESET_FORGED), !left, came);
    else if (came == NULL &&
             facts_was_watching(view, ROLE_DESTINATION, attempt))
        facts_say(known, F(ATTEMPT, RESET_FORGED), false,
                  view->destination.capture_after);
}

void facts_derive(struct known *known, const struct view *view, unsigned n)
{
    const struct attempt_view *attempt = &view->attempts[n];

    memset(known, 0, sizeof(*known));
    derive_names(known, view);
    facts_derive_watch(known, view, attempt);
    facts_derive_packets(known, view, attempt);
    facts_derive_answerer(known, view);
    facts_derive_loops(known, view, attempt);
    facts_derive_icmp(known, view, attempt);
    facts_derive_errors(known, view, attempt);
    facts_derive_closing(known, view, attempt);
    facts_derive_source(known, view, attempt);
    facts_derive_routes(known, view, attempt);
    facts_derive_ways(known, view, attempt);
    facts_derive_answer_errors(known, view, attempt);
    facts_derive_copies(known, view, attempt);
    facts_derive_arrival_device(known, view, attempt);
    facts_derive_destination(known, view);
    facts_derive_rules(known, view, attempt);
    facts_derive_passed_on(known, view, attempt);
    facts_derive_legacy(known, view, attempt);
    facts_derive_names(known, view, attempt);
    facts_derive_counter(known, view, attempt, ROLE_SOURCE,
                         "TcpExt.IPReversePathFilter", F(SOURCE, RP_FILTERED));
    facts_derive_counter(known, view, attempt, ROLE_DESTINATION,
                         "TcpExt.IPReversePathFilter",
                         F(DESTINATION, RP_FILTERED));
    facts_derive_listeners(known, view);
    facts_derive_asked(known, view);
    facts_derive_arrival(known, view, attempt);
    facts_derive_numbers(known, view, attempt);
    facts_derive_replies(known, attempt);
    facts_derive_queues(known, view, attempt, n);
    facts_derive_programs(known, view, attempt);
    facts_derive_refusal(known);
    facts_derive_trials(known, view, attempt);
    facts_derive_tracking(known, view, attempt);
    facts_derive_drops(known, view, attempt);
    facts_derive_service(known, view, attempt);
    derive_forgery(known);
    derive_reset_of_gateway(known, view);
    derive_forged_reset(known, view, attempt);
}
