#include "controller/engine/verdict.h"

#include <string.h>

#include "common/base/text.h"
#include "controller/engine/advice.h"
#include "controller/engine/changes.h"
#include "controller/engine/checkpoints.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/in_flight.h"
#include "controller/engine/loss_shares.h"
#include "controller/engine/obstacles.h"
#include "controller/engine/one_end.h"
#include "controller/engine/rejected.h"
#include "controller/engine/steps/steps.h"
#include "controller/engine/sum.h"
#include "controller/engine/undetermined.h"
#include "controller/engine/view/silence.h"

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

/* A firewall's doing has the firewall's fix. */
static void fix_intermittent(const struct view *view, const struct sum *sum,
                             const struct evidence *decider,
                             struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    const struct opinion *opinion = &sum->opinions[sum->chosen];
    const struct case_file file = {
        .view = view,
        .known = &opinion->known,
        .row = &opinion->row,
        .attempt = &view->attempts[sum->chosen],
        .decider = decider,
        .cause = verdict->cause,
        .place = {verdict->role, verdict->stage, verdict->packet},
    };

    explain_fixes(&file, &out->verdict, out);
}

static void fill_intermittent(const struct view *view, const struct sum *sum,
                              struct judgement *out)
{
    struct finding *verdict = &out->verdict;
    struct shares shares = {.failed_count = sum->failed,
                            .connected_count = sum->connected,
                            .opinions = sum->opinions};
    const struct evidence *decider;

    memset(verdict, 0, sizeof(*verdict));
    verdict->cause = CAUSE_INTERMITTENT_LOSS;
    verdict->confidence = CONFIDENCE_LIKELY;
    verdict->role = ROLE_PATH;
    verdict->stage = STAGE_PATH;
    text_format(verdict->namespace_name, sizeof(verdict->namespace_name),
                "host");
    for (unsigned n = 1; n <= view->attempt_count; n++)
        shares.failed[n] = sum_is_failed(view, n);
    decider = explain_intermittent(view, &shares, verdict);
    if (decider != NULL || verdict->cause == CAUSE_ECN_SYN_DROPPED)
        fix_intermittent(view, sum, decider, out);
}

static void fill_missing(const struct opinion *opinion, struct judgement *out)
{
    for (size_t i = 0; i < opinion->missing_count; i++) {
        struct unobserved *missing = &out->missing[out->missing_count++];

        missing->cause = opinion->missing[i].cause;
        fact_print(opinion->missing[i].fact, YES, missing->what);
    }
}

/* The attempt that speaks for the trace, in words. */
static void fill_verdict(const struct view *view, const struct sum *sum,
                         struct judgement *out)
{
    unsigned n = sum->chosen;
    const struct opinion *opinion = &sum->opinions[n];
    struct case_file file = explain_open(view, opinion, n, &opinion->row);

    file.cause = opinion->cause;
    explain_finding(&file, opinion->confidence, &out->verdict);
    if (sum_is_mixed(sum))
        finding_note_share(&file, sum->failed, sum->failed + sum->connected,
                           sum->resent, &out->verdict);
    else if (sum_is_odd(view, sum) && sum->connected > 1)
        finding_note_share(&file, sum->odd, sum->failed + sum->connected, 0,
                           &out->verdict);
    fill_missing(opinion, out);
    if (opinion->cause == CAUSE_CONNECTED)
        return;
    explain_fixes(&file, &out->verdict, out);
    obstacles_fill(view, opinion, n, out);
    rejected_fill(&opinion->known, out);
}

/* Where one attempt opened, there is nothing in the way of the others that is
 * always there. */
static void fill_undetermined(const struct view *view, const struct sum *sum,
                              struct judgement *out)
{
    const struct opinion *opinion = &sum->opinions[sum->chosen];

    undetermined_fill(view, &opinion->known, opinion->position, out);
    if (sum->connected == 0)
        obstacles_foresee(view, opinion, sum->chosen, out);
}

/* Did some attempts lose their SYN on the way, and others the answer? */
static bool walks_both(const struct sum *sum)
{
    bool lost[2] = {false, false};

    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        lost[0] |= sum->opinions[n].position == POSITION_LOST_FORWARD;
        lost[1] |= sum->opinions[n].position == POSITION_LOST_REVERSE;
    }
    return lost[0] && lost[1];
}

/* ROLE_COUNT: nothing asks for a walk.  Of a forged answer it tells which hop it
 * is whose TTL it bears. */
static enum role end_to_walk_from(const struct opinion *opinion)
{
    bool is_forged = opinion->position == POSITION_ELSEWHERE &&
                     fact_is(&opinion->known, F(ATTEMPT, ANSWER_FORGED), YES);

    if (opinion->position == POSITION_LOST_FORWARD || is_forged)
        return ROLE_SOURCE;
    if (opinion->position == POSITION_LOST_REVERSE)
        return ROLE_DESTINATION;
    return ROLE_COUNT;
}

void verdict_judge(const struct subject *subject, const struct evidence *items,
                   size_t count, struct judgement *out)
{
    struct view view;
    struct sum sum;
    const struct opinion *opinion;

    memset(out, 0, sizeof(*out));
    view_build(&view, subject, items, count);
    fill_attempts(&view, out);
    find_origin(&view, out);
    sum_up(&view, &sum);
    opinion = &sum.opinions[sum.chosen];
    out->outcome = sum.outcome;
    out->outcome_ms = sum.outcome_ms;
    out->settled = sum_is_settled(&view, &sum);
    if (sum.is_intermittent)
        fill_intermittent(&view, &sum, out);
    else if (!opinion->has_row)
        fill_undetermined(&view, &sum, out);
    else
        fill_verdict(&view, &sum, out);
    changes_note(&view, &sum, &out->verdict);
    advice_fill(&view, &opinion->known, out);
    checkpoints_fill(&view, &view.attempts[sum.chosen], out);
    in_flight_fill(&view, sum.chosen, out);
    loss_shares_fill(&view, out);
    steps_fill(&view, &opinion->known, sum.chosen, out);
    out->may_be_late = opinion->has_row && opinion->row.silent &&
                       !sum.is_intermittent &&
                       silence_may_be_slowness(&view, opinion->row.packet);
    out->is_on_link = fact_is(&opinion->known, F(SOURCE, ON_LINK), YES);
    out->walk_from = end_to_walk_from(opinion);
    out->walk_both = walks_both(&sum);
    if (out->walk_from == ROLE_COUNT && !sum.is_intermittent &&
        one_end_asks_for_walk(&opinion->known))
        out->walk_from = ROLE_SOURCE;
}
