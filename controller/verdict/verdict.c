#include "controller/verdict/verdict.h"

#include <string.h>

#include "common/base/text.h"
#include "controller/verdict/checkpoints.h"
#include "controller/verdict/drops.h"
#include "controller/verdict/explain.h"

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

static bool is_absence(enum cause cause)
{
    return cause == CAUSE_LOST_ON_PATH;
}

/* Where the facts prove nothing, the kernel's own word for this packet may. */
static void consult_kernel(const struct view *view, unsigned n,
                           struct opinion *out, struct ruling *ruling)
{
    const struct evidence *event = NULL;
    struct ruling kernel;
    const struct row *row;

    bool absent = out->row != NULL && is_absence(out->row->cause);

    if ((out->row != NULL && ruling->confidence == CONFIDENCE_PROVEN &&
         !absent) ||
        out->position == POSITION_CONNECTED)
        return;
    row = drops_explain(view, &view->attempts[n], &out->known, &event, &kernel);
    if (row == NULL)
        return;
    out->row = row;
    out->event = event;
    *ruling = kernel;
    if (absent) /* the copy that a capture saw leave may be the one lost */
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
        const struct end_sights *sender =
            from == ROLE_SOURCE ? &attempt->source : &attempt->destination;

        if (view_went_on(attempt, from, packet) || was_freed(attempt, packet))
            return false;
        lost += sender->packets[packet][DIRECTION_OUT].first != NULL;
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
    if (out->row != NULL && is_absence(out->row->cause) &&
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

static bool is_better(const struct opinion *a, const struct opinion *b)
{
    if ((a->row == NULL) != (b->row == NULL))
        return a->row != NULL;
    return a->row != NULL && a->confidence > b->confidence;
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
        if (is_better(&opinion, best)) {
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

/* Further problems on the way behind the cause. */
static void add_obstacles(const struct view *view,
                          const struct opinion *opinion, unsigned n,
                          struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    size_t reached =
        checkpoints_rank(verdict->role, verdict->stage, verdict->packet);

    for (size_t i = 0; i < verdict_row_count; i++) {
        const struct row *row = &verdict_rows[i];
        struct case_file file;

        if (checkpoints_rank(row->role, row->stage, row->packet) <= reached)
            continue;
        if (!row_stands(row, &opinion->known) ||
            row->cause == opinion->row->cause ||
            out->obstacle_count == JUDGEMENT_MAX_OBSTACLES)
            continue;
        file = open_file(view, opinion, n, row);
        explain_finding(&file, CONFIDENCE_POSSIBLE,
                        &out->obstacles[out->obstacle_count++]);
    }
}

/* The causes that a person would suspect first, each with the position whose
 * row tells best what speaks against it. */
static const struct
{
    enum cause cause;
    enum position position;
} suspects[] = {
    {CAUSE_NOT_LISTENING, POSITION_REFUSED},
    {CAUSE_LISTENING_ON_LOOPBACK, POSITION_REFUSED},
    {CAUSE_FIREWALL_DROP, POSITION_NO_ANSWER},
    {CAUSE_ACCEPT_QUEUE_FULL, POSITION_NO_ANSWER},
    {CAUSE_NO_ROUTE, POSITION_NO_ANSWER},
    {CAUSE_RP_FILTER, POSITION_NO_ANSWER},
    {CAUSE_LOST_ON_PATH, POSITION_LOST_FORWARD},
};

static const struct row *find_row(enum cause cause, enum position position)
{
    for (size_t i = 0; i < verdict_row_count; i++)
        if (verdict_rows[i].cause == cause &&
            verdict_rows[i].position == position)
            return &verdict_rows[i];
    return NULL;
}

static void reject_one(const struct row *row, const struct known *known,
                       struct judgement *out)
{
    struct ruling ruling = row_judge(row, known);
    struct rejection *rejection;

    if (ruling.standing != STANDING_REFUTED)
        return;
    for (unsigned fact = 0; fact < FACT_COUNT; fact++) {
        const struct evidence *because = known->because[fact];

        if ((ruling.against & FACT_BIT(fact)) == 0)
            continue;
        if (out->rejected_count == JUDGEMENT_MAX_REJECTED)
            return;
        rejection = &out->rejected[out->rejected_count++];
        rejection->cause = row->cause;
        rejection->evidence = because == NULL ? 0 : because->id;
        text_format(rejection->because, sizeof(rejection->because), "%s",
                    (known->yes & FACT_BIT(fact)) != 0 ? fact_infos[fact].yes
                                                       : fact_infos[fact].no);
        return;
    }
}

static bool is_obstacle(const struct judgement *judgement, enum cause cause)
{
    for (size_t i = 0; i < judgement->obstacle_count; i++)
        if (judgement->obstacles[i].cause == cause)
            return true;
    return false;
}

static void add_rejections(const struct known *known, struct judgement *out)
{
    for (size_t i = 0; i < sizeof(suspects) / sizeof(suspects[0]); i++) {
        const struct row *row =
            find_row(suspects[i].cause, suspects[i].position);

        if (row != NULL && row->cause != out->verdict.cause &&
            !is_obstacle(out, row->cause))
            reject_one(row, known, out);
    }
}

static const char *missing_sentence(const struct view *view,
                                    const struct opinion *opinion)
{
    const struct subject *subject = view->subject;

    if (view->lost[ROLE_SOURCE] != NULL || subject->source_lost)
        return "the source's agent went away during the trace";
    if (view->lost[ROLE_DESTINATION] != NULL || subject->destination_lost)
        return "the destination's agent went away during the trace";
    if (view->source.refused != NULL || view->destination.refused != NULL)
        return "an agent's policy refused the order";
    if (view->attempt_count == 0)
        return "no attempt was made";
    if (subject->destination_host[0] == '\0')
        return "no agent watches at the destination, so nobody can say what "
               "became of the SYN there: install one, or name it with --to";
    if (opinion->position == POSITION_HANDED_ON)
        return "the destination translates the SYN or passes it on, to a "
               "container perhaps, and it is not followed there yet";
    if (opinion->position == POSITION_NO_ANSWER)
        return "the SYN reached the destination and no answer left it, but no "
               "observer there can say why";
    if (opinion->position == POSITION_ANSWER_IGNORED)
        return "the answer came back to the source, but no observer there can "
               "say why the connection did not open";
    if (opinion->position == POSITION_NOT_SENT)
        return "the SYN never left the source, but no observer there can say "
               "why";
    if (opinion->position == POSITION_REFUSED)
        return "the destination refused it although a listener was there "
               "before the trace: it may have come or gone meanwhile";
    return "the captures do not show how far the packets came";
}

/* Which packet is due next, where nothing explains the end. */
static void fill_undetermined(const struct view *view,
                              const struct opinion *opinion,
                              struct judgement *out)
{
    struct finding *verdict = &out->verdict;

    verdict->cause = CAUSE_UNDETERMINED;
    verdict->confidence = CONFIDENCE_POSSIBLE;
    verdict->role = ROLE_PATH;
    verdict->stage = STAGE_PATH;
    verdict->packet = PACKET_SYN;
    if (opinion->position == POSITION_NOT_SENT || view->attempt_count == 0) {
        verdict->role = ROLE_SOURCE;
        verdict->stage = STAGE_SOCKET;
    } else if (opinion->position == POSITION_NO_ANSWER ||
               opinion->position == POSITION_REFUSED) {
        verdict->role = ROLE_DESTINATION;
        verdict->stage = STAGE_SOCKET;
    } else if (opinion->position == POSITION_ANSWER_IGNORED) {
        verdict->role = ROLE_SOURCE;
        verdict->stage = STAGE_INPUT;
        verdict->packet = PACKET_SYN_ACK;
    }
    text_format(verdict->namespace_name, sizeof(verdict->namespace_name),
                "host");
    text_format(verdict->summary, sizeof(verdict->summary), "undetermined: %s",
                missing_sentence(view, opinion));
}

static void fill_intermittent(const struct view *view,
                              const struct tally *tally, struct judgement *out)
{
    struct finding *verdict = &out->verdict;

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
        finding_cite(verdict, view->attempts[n].end);
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

/* May the probing end?  Yes once something positive proves the cause: further
 * attempts could only say it again.  An absence needs all of them. */
static bool is_settled(const struct view *view, const struct opinion *opinion,
                       const struct attempt_view *attempt)
{
    const struct row *row = opinion->row;

    if (row == NULL || view->subject->exact_count || is_absence(row->cause) ||
        awaits_outcome(view, attempt))
        return false;
    if (opinion->event != NULL ||
        (row->proof != 0 && (row->proof & ~opinion->known.yes) == 0))
        return true;
    return row->cause == CAUSE_CONNECTED &&
           (view->subject->destination_host[0] == '\0' ||
            view->subject->wait_over || view->subject->destination_lost);
}

void verdict_judge(const struct subject *subject, const struct evidence *items,
                   size_t count, struct judgement *out)
{
    struct view view;
    struct opinion opinion;
    struct tally tally;
    unsigned chosen;

    memset(out, 0, sizeof(*out));
    out->walk_from = ROLE_COUNT;
    view_build(&view, subject, items, count);
    fill_attempts(&view, out);
    find_origin(&view, out);
    tally = count_attempts(&view);
    out->outcome = overall_outcome(&view, &tally);
    chosen = choose_attempt(&view, &opinion);
    if (tally.connected > 0 && tally.failed > 0)
        fill_intermittent(&view, &tally, out);
    else if (opinion.row == NULL)
        fill_undetermined(&view, &opinion, out);
    else {
        struct case_file file = open_file(&view, &opinion, chosen, opinion.row);

        explain_finding(&file, opinion.confidence, &out->verdict);
        out->settled = is_settled(&view, &opinion, &view.attempts[chosen]);
        if (opinion.row->cause != CAUSE_CONNECTED) {
            explain_fixes(&file, &out->verdict, out);
            add_obstacles(&view, &opinion, chosen, out);
            add_rejections(&opinion.known, out);
        }
    }
    checkpoints_fill(&view, &view.attempts[chosen], out);
    if (opinion.position == POSITION_LOST_FORWARD)
        out->walk_from = ROLE_SOURCE;
    else if (opinion.position == POSITION_LOST_REVERSE)
        out->walk_from = ROLE_DESTINATION;
}
