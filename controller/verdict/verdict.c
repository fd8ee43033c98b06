#include "controller/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/verdict/checkpoints.h"
#include "controller/verdict/drops.h"
#include "controller/verdict/explain.h"
#include "controller/verdict/in_order.h"
#include "controller/verdict/rejected.h"
#include "controller/verdict/undetermined.h"

/* One attempt, judged. */
struct opinion
{
    struct known known;
    enum position position;
    const struct row *row;        /* NULL: nothing explains it */
    const struct evidence *event; /* the drop event that names it, or NULL */
    enum confidence confidence;
};

/* Two captures must miss three spaced SYNs before a loss is called proven. */
#define ATTEMPTS_FOR_PROOF 3

/* Nothing but a packet that never came speaks for it. */
static bool is_absence(const struct row *row)
{
    return row->cause == CAUSE_LOST_ON_PATH ||
           (row->cause == CAUSE_ROUTE_ELSEWHERE &&
            (row->position == POSITION_LOST_FORWARD ||
             row->position == POSITION_LOST_REVERSE));
}

/* Where the facts prove nothing, the kernel's own word for this packet may. */
static void consult_kernel(const struct view *view, unsigned n,
                           struct opinion *out, struct ruling *ruling)
{
    const struct evidence *event = NULL;
    struct ruling kernel;
    const struct row *row;

    bool absent = out->row != NULL && is_absence(out->row);

    if ((out->row != NULL && ruling->confidence == CONFIDENCE_PROVEN &&
         !absent) ||
        out->position == POSITION_CONNECTED ||
        out->position == POSITION_WRONG_HOLDER)
        return;
    row = drops_explain(view, &view->attempts[n], &out->known, &event, &kernel);
    if (row == NULL)
        return;
    out->row = row;
    out->event = event;
    *ruling = kernel;
    /* The copy that a capture saw leave may be the one lost. */
    if ((absent || out->position == POSITION_LOST_FORWARD ||
         out->position == POSITION_LOST_REVERSE) &&
        !drops_is_no_copy(&view->attempts[n], event))
        ruling->confidence = CONFIDENCE_LIKELY;
}

/* A host that freed the packet itself, for whatever reason, may be the one that
 * lost it: below the device where the capture saw it, or above. */
static bool was_freed(const struct attempt_view *attempt, enum packet packet)
{
    return (attempt->source.drop_event[packet] != NULL ||
            attempt->destination.drop_event[packet] != NULL);
}

/* How many attempts lost their packet as this one did, and did any get through
 * there?  Nothing but silence speaks for a loss: it takes several, and all. */
static bool is_silence_proven(const struct view *view, enum packet packet)
{
    unsigned lost = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        enum role from =
            packet == PACKET_SYN_ACK ? ROLE_DESTINATION : ROLE_SOURCE;

        if (view_went_on(attempt, from, packet) || was_freed(attempt, packet))
            return false;
        lost += view_left(view, attempt, from, packet)->first != NULL;
    }
    return lost >= ATTEMPTS_FOR_PROOF;
}

static void judge_attempt(const struct view *view, unsigned n,
                          struct opinion *out)
{
    struct ruling ruling = {.confidence = CONFIDENCE_POSSIBLE};

    facts_derive(&out->known, view, n);
    out->position = locate_position(&out->known);
    out->row = rows_explain(out->position, &out->known, &ruling);
    out->event = NULL;
    consult_kernel(view, n, out, &ruling);
    out->confidence = ruling.confidence;
    if (out->row != NULL && is_absence(out->row) &&
        !is_silence_proven(view, out->row->packet))
        out->confidence = CONFIDENCE_LIKELY;
}

static bool is_connected(const struct view *view, unsigned n)
{
    const struct evidence *end = view->attempts[n].end;

    return end != NULL && evidence_word(end, KEY_OUTCOME) == OUTCOME_CONNECTED;
}

/* An attempt failed for good if a later one got through before it, or if it
 * ended otherwise; one that was merely cut short when the probing stopped did
 * not. */
static bool is_failed(const struct view *view, unsigned n)
{
    if (is_connected(view, n) || view->attempts[n].start == NULL)
        return false;
    if (view->subject->exact_count)
        return view->attempts[n].end != NULL;
    for (unsigned later = n + 1; later <= view->attempt_count; later++)
        if (is_connected(view, later))
            return true;
    return view->attempts[n].end != NULL &&
           evidence_word(view->attempts[n].end, KEY_OUTCOME) !=
               OUTCOME_TIMED_OUT;
}

struct tally
{
    unsigned connected;
    unsigned failed;
};

static struct tally count_attempts(const struct view *view)
{
    struct tally tally = {0, 0};

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        tally.connected += is_connected(view, n);
        tally.failed += is_failed(view, n);
    }
    return tally;
}

static void fill_attempts(const struct view *view, struct judgement *out)
{
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        struct judged_attempt *judged = &out->attempts[out->attempt_count];

        if (attempt->start == NULL && attempt->end == NULL)
            continue;
        out->attempt_count++;
        judged->n = n;
        judged->connect_us = -1;
        if (attempt->start != NULL) {
            judged->local_port =
                (uint16_t)evidence_number(attempt->start, KEY_SOURCE_PORT, 0);
            judged->isn =
                (uint32_t)evidence_number(attempt->start, KEY_SEQUENCE, 0);
        }
        if (attempt->end != NULL) {
            judged->has_end = true;
            judged->outcome =
                (enum outcome)evidence_word(attempt->end, KEY_OUTCOME);
            judged->error = (int)evidence_number(attempt->end, KEY_ERRNO, 0);
            judged->connect_us =
                evidence_number(attempt->end, KEY_CONNECT_US, -1);
        }
    }
}

/* What an application would have seen. */
static enum outcome overall_outcome(const struct view *view,
                                    const struct tally *tally)
{
    if (tally->connected > 0)
        return tally->failed > 0 ? OUTCOME_MIXED : OUTCOME_CONNECTED;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *end = view->attempts[n].end;

        if (end != NULL && evidence_word(end, KEY_OUTCOME) != OUTCOME_TIMED_OUT)
            return (enum outcome)evidence_word(end, KEY_OUTCOME);
    }
    return view->attempt_count == 0 ? OUTCOME_ERROR : OUTCOME_TIMED_OUT;
}

/* An attempt that opened, but not with the destination, or not for it, is worth
 * more words than all that are well. */
static bool is_odd(const struct view *view, const struct opinion *opinion,
                   unsigned n)
{
    return is_connected(view, n) && opinion->row != NULL &&
           opinion->row->cause != CAUSE_CONNECTED;
}

static int rank(const struct view *view, const struct opinion *opinion,
                unsigned n)
{
    if (opinion->row == NULL)
        return -1;
    return (int)opinion->confidence +
           (is_odd(view, opinion, n) ? (int)CONFIDENCE_COUNT : 0);
}

/* The attempt that speaks for the trace: the first of the surest. */
static unsigned choose_attempt(const struct view *view, struct opinion *best)
{
    unsigned chosen = view->attempt_count > 0 ? 1 : 0;

    judge_attempt(view, chosen, best);
    for (unsigned n = 2; n <= view->attempt_count; n++) {
        struct opinion opinion;

        if (view->attempts[n].start == NULL && view->attempts[n].end == NULL)
            continue;
        judge_attempt(view, n, &opinion);
        if (rank(view, &opinion, n) > rank(view, best, chosen)) {
            *best = opinion;
            chosen = n;
        }
    }
    return chosen;
}

static struct case_file open_file(const struct view *view,
                                  const struct opinion *opinion, unsigned n,
                                  const struct row *row)
{
    return (struct case_file){
        .view = view,
        .known = &opinion->known,
        .row = row,
        .attempt = &view->attempts[n],
        .decider = row == opinion->row && opinion->event != NULL
                       ? opinion->event
                       : opinion->known.because[row->decider],
    };
}

/* Would the SYN come to that row's place, once the cause is gone?  What is to be
 * translated or passed on never comes to the destination's own listeners; and
 * where no SYN came at all, nobody knows what else stops it before. */
static bool may_come_there(const struct view *view,
                           const struct opinion *opinion,
                           const struct finding *verdict, const struct row *row)
{
    if (row->role != ROLE_DESTINATION)
        return true;
    if (view->syns_arrived == 0)
        return false;
    return row->stage != STAGE_SOCKET ||
           (!fact_is(&opinion->known, F(DESTINATION, HANDED_ON), YES) &&
            verdict->stage != STAGE_FORWARD &&
            verdict->cause != CAUSE_FORWARDING_DISABLED);
}

/* Further problems on the way behind the cause. */
static void add_obstacles(const struct view *view,
                          const struct opinion *opinion, unsigned n,
                          struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    size_t reached =
        checkpoints_rank(verdict->role, verdict->stage, verdict->packet,
                         finding_is_outside(view, verdict));
    const struct row *row;

    for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
        struct case_file file;

        if (checkpoints_rank(row->role, row->stage, row->packet, false) <=
            reached)
            continue;
        if (!row_stands(row, &opinion->known) ||
            !may_come_there(view, opinion, verdict, row) ||
            row->cause == opinion->row->cause ||
            out->obstacle_count == JUDGEMENT_MAX_OBSTACLES)
            continue;
        file = open_file(view, opinion, n, row);
        explain_finding(&file, CONFIDENCE_POSSIBLE,
                        &out->obstacles[out->obstacle_count++]);
    }
}

static void fill_intermittent(const struct view *view,
                              const struct tally *tally, struct judgement *out)
{
    struct finding *verdict = &out->verdict;
    bool failed[ORDER_MAX_ATTEMPTS + 1] = {false};

    memset(verdict, 0, sizeof(*verdict));
    verdict->cause = CAUSE_INTERMITTENT_LOSS;
    verdict->confidence = CONFIDENCE_LIKELY;
    verdict->role = ROLE_PATH;
    verdict->stage = STAGE_PATH;
    verdict->packet = PACKET_SYN;
    text_format(verdict->namespace_name, sizeof(verdict->namespace_name),
                "host");
    text_format(verdict->summary, sizeof(verdict->summary),
                "intermittent: %u of %u attempts failed, the others connected",
                tally->failed, tally->failed + tally->connected);
    for (unsigned n = 1; n <= view->attempt_count; n++)
        failed[n] = is_failed(view, n);
    explain_legs(view, failed, verdict);
    for (unsigned n = 1; n <= view->attempt_count; n++)
        finding_cite(verdict, view->attempts[n].end);
}

/* Is it named for each attempt by itself, not by what all have in common?  What
 * silence tells may be chance, and of the way between the hosts nobody knows
 * why one packet fares otherwise than the next. */
static bool is_named(const struct opinion *opinion)
{
    static const enum cause by_state[] = {
        CAUSE_ACCEPT_QUEUE_FULL, CAUSE_SYN_QUEUE_FULL, CAUSE_LISTENER_STOPPED,
        CAUSE_STALE_CONNECTION};

    if (opinion->row == NULL || opinion->row->role == ROLE_PATH ||
        is_absence(opinion->row))
        return false;
    for (size_t i = 0; i < sizeof(by_state) / sizeof(by_state[0]); i++)
        if (opinion->row->cause == by_state[i])
            return true;
    return opinion->confidence == CONFIDENCE_PROVEN;
}

/* Do all failed attempts end by the same cause?  Then that is it: a rule that
 * drops some packets only, one stuck member of a group of listeners. */
static bool find_failing_cause(const struct view *view, struct opinion *opinion,
                               unsigned *chosen)
{
    bool found = false;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        struct opinion failed;

        if (!is_failed(view, n))
            continue;
        judge_attempt(view, n, &failed);
        if (!is_named(&failed) ||
            (found && failed.row->cause != opinion->row->cause))
            return false;
        if (!found || failed.confidence > opinion->confidence) {
            *opinion = failed;
            *chosen = n;
        }
        found = true;
    }
    return found;
}

static unsigned count_odd(const struct view *view)
{
    unsigned odd = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        struct opinion opinion;

        judge_attempt(view, n, &opinion);
        odd += is_odd(view, &opinion, n);
    }
    return odd;
}

static void find_origin(const struct view *view, struct judgement *out)
{
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *syn =
            view->attempts[n].source.packets[PACKET_SYN][DIRECTION_OUT].first;

        if (syn == NULL)
            syn = view->attempts[n].start;
        if (syn != NULL && (out->origin_ns == 0 || syn->at_ns < out->origin_ns))
            out->origin_ns = syn->at_ns;
    }
}

/* The destination said no and its answer is under way: what the application
 * sees comes with it. */
static bool awaits_outcome(const struct view *view,
                           const struct attempt_view *attempt)
{
    const struct end_sights *sights = &attempt->destination;

    return attempt->end == NULL && !view->subject->wait_over &&
           !view->subject->source_lost &&
           (sights->packets[PACKET_RST][DIRECTION_OUT].first != NULL ||
            sights->packets[PACKET_ICMP][DIRECTION_OUT].first != NULL);
}

/* The kernel says that netfilter dropped this packet of every attempt there will
 * be: which rule it was the counters tell, which are read at the end. */
static bool is_left_to_counters(const struct view *view,
                                const struct opinion *opinion)
{
    const struct evidence *event =
        opinion->known.because[opinion->row->decider];

    if (event == NULL || event->kind != EVIDENCE_DROP ||
        !evidence_has(event, KEY_PACKET) ||
        opinion->row->cause != CAUSE_FIREWALL_DROP ||
        view->attempt_count < view->subject->attempts)
        return false;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        const struct end_sights *end = event->role == ROLE_SOURCE
                                           ? &attempt->source
                                           : &attempt->destination;

        if (end->drop_event[evidence_word(event, KEY_PACKET)] == NULL)
            return false;
    }
    return true;
}

/* May the probing end?  Yes once something positive proves the cause: further
 * attempts could only say it again.  An absence needs all of them. */
static bool is_settled(const struct view *view, const struct opinion *opinion,
                       const struct attempt_view *attempt)
{
    const struct row *row = opinion->row;

    if (row == NULL || view->subject->exact_count || is_absence(row) ||
        awaits_outcome(view, attempt))
        return false;
    if (opinion->event != NULL || row_is_proven(row, &opinion->known) ||
        is_left_to_counters(view, opinion))
        return true;
    return row->cause == CAUSE_CONNECTED &&
           (view->subject->destination_host[0] == '\0' ||
            view->subject->wait_over || view->subject->destination_lost);
}

static void judge_in_order(const struct subject *subject,
                           const struct evidence *items, size_t count,
                           struct judgement *out)
{
    struct view view;
    struct opinion opinion;
    struct tally tally;
    unsigned chosen;
    bool mixed;

    memset(out, 0, sizeof(*out));
    out->walk_from = ROLE_COUNT;
    view_build(&view, subject, items, count);
    fill_attempts(&view, out);
    find_origin(&view, out);
    tally = count_attempts(&view);
    out->outcome = overall_outcome(&view, &tally);
    chosen = choose_attempt(&view, &opinion);
    mixed = tally.connected > 0 && tally.failed > 0;
    if (mixed && !find_failing_cause(&view, &opinion, &chosen))
        fill_intermittent(&view, &tally, out);
    else if (opinion.row == NULL)
        undetermined_fill(&view, &opinion.known, opinion.position, out);
    else {
        struct case_file file = open_file(&view, &opinion, chosen, opinion.row);

        explain_finding(&file, opinion.confidence, &out->verdict);
        if (mixed)
            finding_note_share(&file, tally.failed,
                               tally.failed + tally.connected, &out->verdict);
        else if (is_odd(&view, &opinion, chosen) && tally.connected > 1)
            finding_note_share(&file, count_odd(&view),
                               tally.failed + tally.connected, &out->verdict);
        out->settled = is_settled(&view, &opinion, &view.attempts[chosen]);
        if (opinion.row->cause != CAUSE_CONNECTED) {
            explain_fixes(&file, &out->verdict, out);
            add_obstacles(&view, &opinion, chosen, out);
            rejected_fill(&opinion.known, out);
        }
    }
    checkpoints_fill(&view, &view.attempts[chosen], out);
    if (opinion.position == POSITION_LOST_FORWARD)
        out->walk_from = ROLE_SOURCE;
    else if (opinion.position == POSITION_LOST_REVERSE)
        out->walk_from = ROLE_DESTINATION;
}

void verdict_judge(const struct subject *subject, const struct evidence *items,
                   size_t count, struct judgement *out)
{
    struct evidence *ordered = evidence_in_order(items, count);

    judge_in_order(subject, ordered == NULL ? items : ordered, count, out);
    free(ordered);
}
