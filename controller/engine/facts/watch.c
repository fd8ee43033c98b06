/* Who was watching, and whether its silence may be believed.
 *
 * That an observer was set up says nothing of what became of it: its host may
 * have been frozen, or cut off, a moment later.  So silence counts only between
 * two signs of life of that very observer: it was at work before the attempt,
 * and told after it that nothing is missing.  The second one comes with the
 * collection.  Until then, for what is to be done next and for nothing that is
 * reported, an observer that was at work is taken to be still. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"

struct watch
{
    const struct evidence *armed;  /* its first sign of life */
    const struct evidence *closed; /* its last, NULL if that is the first */
};

static struct watch find_watch(const struct view *view, enum role role,
                               enum evidence_kind kind,
                               bool (*is_ours)(const struct evidence *))
{
    struct watch watch = {NULL, NULL};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != kind || item->role != role || !is_ours(item))
            continue;
        if (watch.armed == NULL)
            watch.armed = item;
        else if (evidence_word(item, KEY_PHASE) != PHASE_ARMED)
            watch.closed = item;
    }
    return watch;
}

/* Was it at work from before the attempt until after it? */
static bool spans(const struct watch *watch, const struct attempt_view *attempt)
{
    if (watch->armed == NULL || watch->closed == NULL)
        return false;
    return attempt->start == NULL ||
           (watch->armed->at_ns <= attempt->start->at_ns &&
            watch->closed->at_ns > attempt->start->at_ns);
}

static bool began_before(const struct evidence *armed,
                         const struct attempt_view *attempt)
{
    return armed != NULL &&
           (attempt->start == NULL || armed->at_ns <= attempt->start->at_ns);
}

/* Where loopback itself is broken, its own packet cannot show it. */
bool facts_lost_nothing(const struct evidence *after)
{
    return evidence_number(after, KEY_LOST, 1) == 0 &&
           (evidence_number(after, KEY_ALIVE, 0) != 0 ||
            evidence_number(after, KEY_RECEIVED, 0) > 0);
}

static bool is_reliable(const struct view *view, const struct evidence *armed,
                        const struct evidence *after,
                        const struct attempt_view *attempt)
{
    const struct watch watch = {armed, after};

    if (after == NULL)
        return !view->subject->collected && began_before(armed, attempt) &&
               evidence_number(armed, KEY_ALIVE, 0) != 0;
    return spans(&watch, attempt) && facts_lost_nothing(after);
}

bool facts_was_watching(const struct view *view, enum role role,
                        const struct attempt_view *attempt)
{
    const struct end_view *end = view_end(view, role);
    const struct subject *subject = view->subject;

    if (view->lost[role] != NULL)
        return false;
    if (!subject->wait_over && !subject->collected)
        return false;
    if (role == ROLE_SOURCE && view_is_inside(view) &&
        !is_reliable(view, view->outside_armed, view->outside_after, attempt))
        return false;
    return is_reliable(view, end->capture_armed, end->capture_after, attempt);
}

/* What comes with the collection alone. */
static bool is_closing(const struct evidence *item)
{
    int phase = evidence_word(item, KEY_PHASE);

    switch (item->kind) {
    case EVIDENCE_COUNTERS: return true;
    case EVIDENCE_CAPTURE: return phase == PHASE_AFTER;
    case EVIDENCE_PHASE:
        return phase == PHASE_COLLECTED || phase == PHASE_DISARMED;
    default: return false;
    }
}

bool facts_fell_silent(const struct view *view, enum role role)
{
    if (!view->subject->collected)
        return false;
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->role == role && is_closing(view->items[i]))
            return false;
    return true;
}

/* After the packets.  Who holds the address answers for it, unless another one
 * does: a duplicate, a proxy. */
void facts_derive_answerer(struct known *known, const struct view *view)
{
    const struct subject *subject = view->subject;
    const fact_ref untold = F(DESTINATION, ANSWERER_UNTOLD);
    bool is_there = subject->destination_host[0] != '\0';

    if (fact_is(known, F(DESTINATION, SENT), YES) ||
        fact_is(known, F(DESTINATION, ARRIVED), YES))
        facts_say(known, untold, false, known->because[F(DESTINATION, SENT)]);
    else if (!is_there)
        facts_say(known, untold, subject->absent_host[0] != '\0', NULL);
    else if (subject->collected)
        facts_say(known, untold, facts_fell_silent(view, ROLE_DESTINATION),
                  NULL);
}

/* The whole end said so, or, where that is not told, its capture did: what it
 * compares with later was read before the attempt. */
bool facts_was_armed(const struct view *view, enum role role,
                     const struct attempt_view *attempt)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PHASE && item->role == role &&
            evidence_word(item, KEY_PHASE) == PHASE_ARMED)
            return began_before(item, attempt);
    }
    return view_end(view, role)->capture_armed == NULL ||
           began_before(view_end(view, role)->capture_armed, attempt);
}

/* Drops were lost, or were too many, or one could not be placed: the agent says
 * so when it is asked for all that it has. */
static bool missed_some(const struct view *view, enum role role)
{
    return view_is_limited(view, role, "drop-events");
}

static bool is_whole(const struct evidence *record)
{
    return record == NULL || evidence_number(record, KEY_COMPLETE, 0) != 0;
}

/* That the watch was set up is told at once; that nothing was dropped can be
 * said only when all had the time to be told, by an end that is still there. */
static void derive_drops(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, enum role role)
{
    bool collected = view->subject->collected;
    const struct watch watch =
        find_watch(view, role, EVIDENCE_DROPS, view_is_own);
    const struct evidence *last =
        watch.closed != NULL ? watch.closed : watch.armed;
    fact_ref watched = fact_at(role, FACT_KERNEL_WATCHED);

    if (last == NULL) {
        if (collected)
            facts_say(known, watched, false, NULL);
        return;
    }
    if (!is_whole(watch.armed) || !is_whole(watch.closed) ||
        missed_some(view, role) || view->lost[role] != NULL)
        facts_say(known, watched, false, last);
    else if (collected)
        facts_say(known, watched, spans(&watch, attempt), last);
    else if (view->subject->wait_over && began_before(watch.armed, attempt))
        facts_say(known, watched, true, last);
}

void facts_derive_watch(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    derive_drops(known, view, attempt, ROLE_SOURCE);
    derive_drops(known, view, attempt, ROLE_DESTINATION);
}

static bool is_traced(const struct view *view, enum role role,
                      const struct attempt_view *attempt,
                      bool (*is_ours)(const struct evidence *))
{
    const struct watch watch =
        find_watch(view, role, EVIDENCE_RULE_TRACE, is_ours);

    return spans(&watch, attempt) &&
           evidence_number(watch.closed, KEY_COMPLETE, 0) != 0;
}

bool facts_traced_rules(const struct view *view, enum role role,
                        const struct attempt_view *attempt)
{
    return is_traced(view, role, attempt, view_is_own) &&
           (role != ROLE_SOURCE || !view_is_inside(view) ||
            is_traced(view, role, attempt, view_is_outside));
}

bool facts_counters_read(const struct view *view, enum role role,
                         const struct attempt_view *attempt)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_COUNTERS && item->role == role &&
            (attempt->start == NULL || item->at_ns > attempt->start->at_ns))
            return facts_was_armed(view, role, attempt);
    }
    return false;
}
