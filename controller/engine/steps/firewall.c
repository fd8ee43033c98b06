/* What the host's rules made of the SYN: which one decided, also when it let it
 * in. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/steps/parts.h"

/* How far in a stage is, on the SYN's way. */
static int depth(const struct evidence *rule)
{
    return evidence_word(rule, KEY_STAGE);
}

/* The last rule or policy of the destination that let this attempt's SYN pass:
 * the one that is nearest to the socket.  NULL: none was traced. */
static const struct evidence *last_accept(const struct step_file *file)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < file->view->count; i++) {
        const struct evidence *item = file->view->items[i];

        if (item->kind == EVIDENCE_RULE && item->role == ROLE_DESTINATION &&
            view_is_own(item) &&
            evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN &&
            evidence_number(item, KEY_ATTEMPT, 0) == (int64_t)file->n &&
            (found == NULL || depth(item) > depth(found) ||
             (depth(item) == depth(found) && view_is_earlier(found, item))))
            found = item;
    }
    return found;
}

/* What the destination's rules, as they stand, make of the SYN, where no rule
 * trace told it: they let it in.  NULL: they do not, or nobody knows. */
static const struct evidence *would_accept(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_INPUT_RULE &&
            item->role == ROLE_DESTINATION && view_is_own(item) &&
            evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT)
            return item;
    }
    return NULL;
}

static void add_rule(const struct step_file *file, struct step *step,
                     const struct evidence *rule)
{
    struct finding scratch;
    char text[JUDGEMENT_TEXT_SIZE];

    memset(&scratch, 0, sizeof(scratch)); /* its details are the verdict's */
    finding_name_rule(file->view, rule, &scratch, text, sizeof(text));
    step_add(step, "%s", text);
    step_cite(step, rule);
}

/* Are no tables loaded there at all? */
static bool is_without_rules(const struct view *view)
{
    const struct end_view *end = &view->destination;
    bool v6 = view->subject->destination.family == 6;
    const struct evidence *legacy = end->legacy[v6 ? 1 : 0];

    return end->rule_trace_after != NULL && legacy != NULL &&
           evidence_number(end->rule_trace_after, KEY_TABLES, 1) == 0 &&
           evidence_number(legacy, KEY_TABLES, 1) == 0;
}

static void say_let_in(const struct step_file *file, struct step *step)
{
    const struct evidence *accept = last_accept(file);

    if (accept == NULL)
        accept = would_accept(file->view);
    if (accept != NULL && evidence_has(accept, KEY_CHAIN)) {
        step_say(step, STEP_OK, "%s lets the SYN in: ", file->destination);
        add_rule(file, step, accept);
    } else if (is_without_rules(file->view)) {
        step_say(step, STEP_OK, "%s has no rules", file->destination);
    } else {
        step_say(step, STEP_OK, "%s lets the SYN in: no rule stops it",
                 file->destination);
    }
    if (accept == NULL || !evidence_has(accept, KEY_CHAIN))
        step_cite(step, file->view->destination.rule_trace_after);
    if (step->evidence_count == 0) /* what came of it tells */
        step_cite(step, file->known->because[F(DESTINATION, ARRIVED)]);
}

/* The rule of that end that stops the SYN or its answer, NULL for none. */
static const struct evidence *stopping_rule(const struct step_file *file)
{
    static const enum fact stops[] = {FACT_RULE_DROPS_IN, FACT_RULE_REJECTS_IN,
                                      FACT_RULE_DROPS_OUT,
                                      FACT_RULE_REJECTS_OUT};

    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        fact_ref fact = fact_at(ROLE_DESTINATION, stops[i]);

        if (fact_is(file->known, fact, YES) &&
            file->known->because[fact] != NULL)
            return file->known->because[fact];
    }
    return NULL;
}

/* The verdict is about a rule: at whichever end, in its own words. */
static void say_verdict(const struct step_file *file, struct step *step)
{
    const struct finding *verdict = &file->judgement->verdict;

    step_say(step, STEP_BAD, "%s", verdict->summary);
    for (size_t i = 0; i < verdict->evidence_count &&
                       step->evidence_count < STEP_MAX_EVIDENCE;
         i++)
        step->evidence[step->evidence_count++] = verdict->evidence[i];
}

/* Did the SYN come past the destination's rules, whatever became of it then? */
static bool is_through(const struct step_file *file)
{
    const struct known *known = file->known;
    const struct finding *verdict = &file->judgement->verdict;

    if (!fact_is(known, F(DESTINATION, ARRIVED), YES))
        return false;
    if (fact_is(known, F(DESTINATION, SENT), YES) ||
        fact_is(known, F(DESTINATION, NO_SOCKET), YES))
        return true;
    return fact_is(known, F(DESTINATION, RULE_DROPS_IN), NO) &&
           fact_is(known, F(DESTINATION, RULE_REJECTS_IN), NO) &&
           verdict->cause != CAUSE_UNDETERMINED &&
           verdict->role == ROLE_DESTINATION &&
           (verdict->stage == STAGE_SOCKET || verdict->packet != PACKET_SYN);
}

/* It came, and ended before it met them all. */
static void say_ended_before(const struct step_file *file, struct step *step)
{
    enum stage stage = file->judgement->verdict.stage;

    if (is_without_rules(file->view) &&
        (stage == STAGE_INGRESS || stage == STAGE_PREROUTING)) {
        step_say(step, STEP_OK, "%s has no rules", file->destination);
        step_cite(step, file->view->destination.rule_trace_after);
        return;
    }
    step_not_known(file, step,
                   fact_is(file->known, F(DESTINATION, RULE_DROPS_IN), NO)
                       ? "no rule stops the SYN, and none is known to have "
                         "let it in"
                       : "its rules could not be traced");
}

/* No SYN came to ask its rules. */
static void say_not_asked(const struct step_file *file, struct step *step)
{
    const struct finding *stop = step_obstacle(file, STEP_FIREWALL);
    const struct evidence *accept = would_accept(file->view);
    const char *why = fact_is(file->known, F(DESTINATION, ARRIVED), NO)
                          ? "no SYN came to its rules"
                          : "nobody watched what came to its rules";

    step_not_known(file, step, why);
    if (stop != NULL) {
        step_add(step, "; as its rules stand, %s", stop->summary);
    } else if (accept != NULL && evidence_has(accept, KEY_CHAIN)) {
        step_add(step, "; as its rules stand, they would let it in: ");
        add_rule(file, step, accept);
    } else if (accept != NULL) {
        step_add(step, "; as its rules stand, none would stop it");
        step_cite(step, accept);
    }
}

void step_firewall(const struct step_file *file, struct step *step)
{
    const struct evidence *rule = stopping_rule(file);

    if (step_is_about(file, STEP_FIREWALL)) {
        say_verdict(file, step);
    } else if (rule != NULL && !step_is_connected(file)) {
        step_say(step, STEP_BAD, "%s stops it: ", file->destination);
        add_rule(file, step, rule);
    } else if (is_through(file)) {
        say_let_in(file, step);
    } else if (fact_is(file->known, F(DESTINATION, ARRIVED), YES)) {
        say_ended_before(file, step);
    } else {
        say_not_asked(file, step);
    }
}
