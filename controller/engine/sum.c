#include "controller/engine/sum.h"

#include <string.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/facts/losses.h"
#include "controller/engine/view/limits.h"
#include "controller/engine/view/silence.h"

/* Three questions, a second apart, unless the host was set up otherwise. */
#define NEIGHBOUR_GIVES_UP_MS 3000
#define LATE_MS               1000 /* an error after so long is late */

static bool is_connected(const struct view *view, unsigned n)
{
    const struct evidence *end = view->attempts[n].end;

    return end != NULL && evidence_word(end, KEY_OUTCOME) == OUTCOME_CONNECTED;
}

/* Its answer was only slower than that of a later attempt. */
static bool was_answered(const struct view *view, unsigned n)
{
    const struct attempt_view *attempt = &view->attempts[n];

    return view_came_back(attempt, PACKET_SYN_ACK)->first != NULL &&
           attempt->end != NULL && !evidence_has(attempt->end, KEY_ERRNO);
}

bool sum_is_failed(const struct view *view, unsigned n)
{
    if (is_connected(view, n))
        return false;
    if (view->subject->exact_count) /* also one of which no packet was made */
        return view->attempts[n].end != NULL;
    if (view->attempts[n].start == NULL)
        return false;
    for (unsigned later = n + 1; later <= view->attempt_count; later++)
        if (is_connected(view, later))
            return !was_answered(view, n);
    return view->attempts[n].end != NULL &&
           evidence_word(view->attempts[n].end, KEY_OUTCOME) !=
               OUTCOME_TIMED_OUT;
}

static bool was_made(const struct view *view, unsigned n)
{
    return view->attempts[n].start != NULL || view->attempts[n].end != NULL;
}

/* --- rule 1 --- */

static void weigh_silence(const struct view *view, struct opinion *opinion)
{
    if (opinion->has_row && opinion->row.silent &&
        opinion->confidence == CONFIDENCE_PROVEN &&
        !silence_is_proven(view, opinion->row.packet)) {
        opinion->confidence = CONFIDENCE_LIKELY;
        judge_doubt(opinion);
    }
}

/* --- rule 2 --- */

static bool is_odd(const struct view *view, const struct sum *sum, unsigned n)
{
    const struct opinion *opinion = &sum->opinions[n];

    return is_connected(view, n) && opinion->has_row &&
           opinion->cause != CAUSE_CONNECTED;
}

/* Of two that are as sure the one that nothing but time keeps from its proof: an
 * error that one attempt met may be forged.  One that would have come farther is
 * last. */
static int rank(const struct view *view, const struct sum *sum, unsigned n)
{
    const struct opinion *opinion = &sum->opinions[n];

    if (!opinion->has_row)
        return -1;
    if (opinion->row.silent && losses_cut_short(view, n))
        return 0;
    return 1 +
           2 * ((int)opinion->confidence +
                (is_odd(view, sum, n) ? (int)CONFIDENCE_COUNT : 0)) +
           (opinion->row.silent &&
            row_is_proven(&opinion->row, &opinion->known));
}

static unsigned choose_attempt(const struct view *view, const struct sum *sum)
{
    unsigned chosen = view->attempt_count > 0 ? 1 : 0;

    for (unsigned n = 2; n <= view->attempt_count; n++)
        if (was_made(view, n) && rank(view, sum, n) > rank(view, sum, chosen))
            chosen = n;
    return chosen;
}

/* --- rule 3 --- */

/* Is it named for each attempt by itself, not by what all have in common?  What
 * silence tells may be chance, and of the way between the hosts nobody knows why
 * one packet fares otherwise than the next. */
static bool is_named(const struct opinion *opinion)
{
    if (!opinion->has_row || opinion->row.role == ROLE_PATH ||
        opinion->row.silent)
        return false;
    return opinion->row.by_itself || opinion->confidence == CONFIDENCE_PROVEN;
}

/* The attempt whose cause explains all that failed; 0 if no one cause does. */
static unsigned find_failing(const struct view *view, const struct sum *sum)
{
    unsigned found = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct opinion *failed = &sum->opinions[n];

        if (!sum_is_failed(view, n))
            continue;
        if (!is_named(failed) ||
            (found != 0 && failed->cause != sum->opinions[found].cause))
            return 0;
        if (found == 0 || failed->confidence > sum->opinions[found].confidence)
            found = n;
    }
    return found;
}

/* A rule with a limit stops some and not others, whatever else it is. */
static void weigh_limit(const struct view *view, struct sum *sum)
{
    struct opinion *chosen = &sum->opinions[sum->chosen];
    const char *follows;

    if (limits_of(view, chosen->decider, &follows) != NULL)
        chosen->cause = CAUSE_INTERMITTENT_LOSS;
}

static void settle_mixed(const struct view *view, struct sum *sum)
{
    unsigned failing = find_failing(view, sum);

    if (failing == 0) {
        sum->is_intermittent = true;
        return;
    }
    sum->chosen = failing;
    weigh_limit(view, sum);
}

/* Whether connect() returns before the reset comes is luck: an application meets
 * it in any case. */
static bool were_all_reset(const struct view *view)
{
    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (is_connected(view, n) &&
            evidence_word(view->attempts[n].end, KEY_FOLLOWED) !=
                FOLLOWED_RESET)
            return false;
    return true;
}

/* What an application would have seen. */
static enum outcome find_outcome(const struct view *view, const struct sum *sum)
{
    if (sum->connected > 0 && sum->failed > 0)
        return OUTCOME_MIXED;
    if (sum->connected > 0)
        return were_all_reset(view) ? OUTCOME_RESET : OUTCOME_CONNECTED;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *end = view->attempts[n].end;

        if (end != NULL && evidence_word(end, KEY_OUTCOME) != OUTCOME_TIMED_OUT)
            return (enum outcome)evidence_word(end, KEY_OUTCOME);
    }
    return view->attempt_count == 0 ? OUTCOME_ERROR : OUTCOME_TIMED_OUT;
}

/* An error that comes late is told with its time; and one that the kernel is
 * about to give, which is in the middle of asking for a neighbour, is what the
 * application sees, whether or not we waited for it.  A router says it of the
 * destination, if the packet surely came so far: others may have made it ask; an
 * application's own host of its next hop. */
static void find_late_error(const struct view *view, struct sum *sum)
{
    const struct opinion *opinion = &sum->opinions[sum->chosen];
    const struct evidence *end = view->attempts[sum->chosen].end;
    bool asks = ((fact_is(&opinion->known, F(SOURCE, NEIGHBOUR_FAILED), YES) ||
                  fact_is(&opinion->known, F(SOURCE, ASKED_IN_VAIN), YES)) &&
                 !fact_is(&opinion->known, F(SOURCE, SENT), YES)) ||
                (opinion->position == POSITION_LOST_FORWARD &&
                 (!opinion->has_row || opinion->row.role == ROLE_DESTINATION) &&
                 fact_is(&opinion->known, F(DESTINATION, ARP_UNANSWERED), YES));

    if (sum->outcome == OUTCOME_TIMED_OUT && asks && end != NULL &&
        !evidence_has(end, KEY_ERRNO)) {
        sum->outcome = OUTCOME_UNREACHABLE;
        sum->outcome_ms = NEIGHBOUR_GIVES_UP_MS;
    } else if (sum->outcome == OUTCOME_UNREACHABLE && end != NULL &&
               evidence_has(end, KEY_ERRNO)) {
        sum->outcome_ms = evidence_number(end, KEY_CONNECT_US, 0) / 1000;
    }
    if (sum->outcome_ms < LATE_MS)
        sum->outcome_ms = 0;
}

bool sum_is_mixed(const struct sum *sum)
{
    return sum->connected > 0 && sum->failed > 0;
}

bool sum_is_odd(const struct view *view, const struct sum *sum)
{
    return is_odd(view, sum, sum->chosen);
}

/* Where it would have ended had nothing been sent again. */
static enum position held_position(const struct held_back *held)
{
    if (held->at == ROLE_DESTINATION)
        return POSITION_NO_ANSWER;
    return held->packet == PACKET_SYN ? POSITION_NOT_SENT
                                      : POSITION_ANSWER_IGNORED;
}

/* It opened, but only because what a rule had dropped was sent again, and let
 * through then: the rule is what is wrong. */
static void blame_rule(const struct view *view, unsigned n,
                       struct opinion *opinion)
{
    struct held_back held;

    if (!is_connected(view, n) || opinion->cause != CAUSE_CONNECTED ||
        !losses_find_rule(view, n, &held))
        return;
    facts_say(&opinion->known, held.fact, true, held.rule);
    if (!judge_explain(held_position(&held), &opinion->known, NULL,
                       &opinion->row, &opinion->confidence))
        return;
    opinion->position = held_position(&held);
    opinion->cause = opinion->row.cause;
    opinion->decider = held.rule;
    opinion->place = judge_place(&opinion->row, held.rule);
    opinion->missing_count = 0;
}

/* Some lost the handshake's ACK on the way, and nothing else is odd: others did
 * not, so no filter stands there. */
static bool some_lost_ack(const struct view *view, const struct sum *sum)
{
    return sum_is_odd(view, sum) && sum->odd < sum->connected &&
           judge_lost_ack(&sum->opinions[sum->chosen]);
}

/* Of attempts that all connected, or all failed. */
static void settle_alike(const struct view *view, struct sum *out)
{
    bool lost_ack = some_lost_ack(view, out);

    if (!lost_ack && sum_is_odd(view, out) && out->connected > 1)
        weigh_limit(view, out);
    else
        out->is_intermittent =
            lost_ack || (out->resent > 0 && out->connected > 1);
}

void sum_up(const struct view *view, struct sum *out)
{
    struct loss loss;

    out->connected = out->failed = out->odd = out->resent = 0;
    out->is_intermittent = false;
    out->outcome_ms = 0;
    for (unsigned n = view->attempt_count > 0 ? 1 : 0; n <= view->attempt_count;
         n++) {
        judge_attempt(view, n, &out->opinions[n]);
        weigh_silence(view, &out->opinions[n]);
        blame_rule(view, n, &out->opinions[n]);
        out->connected += is_connected(view, n);
        out->failed += sum_is_failed(view, n);
        out->odd += is_odd(view, out, n);
        out->resent += is_connected(view, n) && losses_find(view, n, &loss);
    }
    out->outcome = find_outcome(view, out);
    out->chosen = choose_attempt(view, out);
    find_late_error(view, out);
    if (sum_is_mixed(out))
        settle_mixed(view, out);
    else
        settle_alike(view, out);
}

/* --- may the probing end? --- */

static bool has_no_socket(const struct end_sights *sights)
{
    const struct evidence *event = sights->drop_event[PACKET_SYN];

    return event != NULL &&
           strcmp(evidence_text(event, KEY_REASON, ""), "NO_SOCKET") == 0;
}

/* The destination said no and its answer is under way, or will be: what the
 * application sees comes with it. */
static bool awaits_outcome(const struct view *view,
                           const struct attempt_view *attempt)
{
    const struct end_sights *sights = &attempt->destination;

    return attempt->end == NULL && !view->subject->wait_over &&
           !view->subject->source_lost &&
           (has_no_socket(sights) ||
            sights->packets[PACKET_RST][DIRECTION_OUT].first != NULL ||
            sights->packets[PACKET_ICMP][DIRECTION_OUT].first != NULL);
}

/* The kernel says that netfilter dropped this packet of every attempt there will
 * be: which rule it was the counters tell, which are read at the end. */
static bool is_left_to_counters(const struct view *view,
                                const struct opinion *opinion)
{
    const struct evidence *event = opinion->decider;

    if (event == NULL || event->kind != EVIDENCE_DROP ||
        !evidence_has(event, KEY_PACKET) ||
        opinion->cause != CAUSE_FIREWALL_DROP ||
        view->attempt_count < view->subject->attempts)
        return false;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        const struct end_sights *end =
            view_sights(attempt, (enum role)event->role);

        if (end->drop_event[evidence_word(event, KEY_PACKET)] == NULL)
            return false;
    }
    return true;
}

bool sum_is_settled(const struct view *view, const struct sum *sum)
{
    const struct opinion *opinion = &sum->opinions[sum->chosen];

    if (sum->is_intermittent || !opinion->has_row ||
        view->subject->exact_count || opinion->row.silent ||
        awaits_outcome(view, &view->attempts[sum->chosen]))
        return false;
    if (opinion->row.position == POSITION_DROPPED ||
        row_has_proof(&opinion->row, &opinion->known) ||
        is_left_to_counters(view, opinion))
        return true;
    return opinion->cause == CAUSE_CONNECTED &&
           (view->subject->destination_host[0] == '\0' ||
            view->subject->wait_over || view->subject->destination_lost);
}
