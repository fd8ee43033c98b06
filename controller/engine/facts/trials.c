/* Facts from trials.  That one got through, the far capture shows; that one did
 * not is known only if it left, and the far capture told long enough after that
 * it lost nothing. */
#include "controller/engine/facts/trials.h"

#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/hops.h"
#include "controller/engine/view/silence.h"

static bool is_trial(const struct evidence *item, enum role role,
                     enum direction direction)
{
    return item->kind == EVIDENCE_TRIAL && item->role == (uint8_t)role &&
           evidence_word(item, KEY_DIRECTION) == (int)direction &&
           !evidence_has(item, KEY_PACKET) && /* it is no answer */
           strcmp(evidence_text(item, KEY_INTERFACE, ""), "lo") != 0;
}

/* A translation on the way may change the called port: the trial's own number is
 * what it is known by.  Those to other ports differ in nothing else. */
static bool is_same(const struct evidence *a, const struct evidence *b)
{
    int trial = evidence_word(a, KEY_TRIAL);

    return trial == evidence_word(b, KEY_TRIAL) &&
           (trial != TRIAL_OTHER_PORT ||
            evidence_number(a, KEY_DESTINATION_PORT, 0) ==
                evidence_number(b, KEY_DESTINATION_PORT, 0));
}

/* It left the host, not only the namespace that the trace is made in. */
static bool has_left(const struct view *view, const struct evidence *item,
                     enum role from)
{
    return is_trial(item, from, DIRECTION_OUT) &&
           (from == ROLE_SOURCE && view_is_inside(view) ? view_is_outside(item)
                                                        : view_is_own(item));
}

static const struct evidence *find_arrival(const struct view *view,
                                           enum role from,
                                           const struct evidence *left)
{
    enum role to = view_peer(from);

    for (size_t i = 0; i < view->count; i++)
        if (is_trial(view->items[i], to, DIRECTION_IN) &&
            is_same(view->items[i], left))
            return view->items[i];
    return NULL;
}

/* Did the far capture go on for long enough behind it, and lose nothing? */
static bool was_watched_for(const struct view *view, enum role from,
                            const struct evidence *left)
{
    enum role to = view_peer(from);
    const struct end_view *end = view_end(view, to);

    if (view->lost[to] != NULL || end->capture_armed == NULL ||
        end->capture_armed->at_ns > left->at_ns)
        return false;
    if (end->capture_after == NULL)
        return !view->subject->collected && view->subject->wait_over;
    return facts_lost_nothing(end->capture_after) &&
           end->capture_after->at_ns - left->at_ns >= SILENCE_AGAIN_NS;
}

static struct trial_end find_end(const struct view *view, enum role from,
                                 const struct evidence *left)
{
    const struct evidence *came = find_arrival(view, from, left);
    struct trial_end end = {
        .trial = (enum trial)evidence_word(left, KEY_TRIAL),
        .port = (uint16_t)evidence_number(left, KEY_DESTINATION_PORT, 0),
        .fate = FATE_PASSED,
        .sight = came,
    };

    if (came == NULL) {
        end.sight = left;
        end.fate =
            was_watched_for(view, from, left) ? FATE_VANISHED : FATE_UNKNOWN;
    }
    return end;
}

static bool is_before(const struct trial_end *a, const struct trial_end *b)
{
    return a->trial != b->trial ? a->trial < b->trial : a->port < b->port;
}

static bool is_listed(const struct trial_end *list, unsigned count,
                      const struct evidence *left)
{
    for (unsigned i = 0; i < count; i++)
        if ((int)list[i].trial == evidence_word(left, KEY_TRIAL) &&
            list[i].port == evidence_number(left, KEY_DESTINATION_PORT, 0))
            return true;
    return false;
}

unsigned trials_list(const struct view *view, enum role from,
                     struct trial_end out[static TRIALS_TOLD_MAX])
{
    unsigned count = 0;

    for (size_t i = 0; i < view->count && count < TRIALS_TOLD_MAX; i++) {
        const struct evidence *item = view->items[i];
        struct trial_end end;
        unsigned at = count;

        if (!has_left(view, item, from) || is_listed(out, count, item))
            continue;
        end = find_end(view, from, item);
        for (; at > 0 && is_before(&end, &out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = end;
        count++;
    }
    return count;
}

struct trial_end trials_find(const struct view *view, enum role from,
                             enum trial trial)
{
    struct trial_end list[TRIALS_TOLD_MAX];
    unsigned count = trials_list(view, from, list);

    for (unsigned i = 0; i < count; i++)
        if (list[i].trial == trial)
            return list[i];
    return (struct trial_end){.trial = trial};
}

static bool is_answer(const struct evidence *item, enum role role,
                      enum direction direction, enum trial trial)
{
    return item->kind == EVIDENCE_TRIAL && item->role == (uint8_t)role &&
           evidence_word(item, KEY_TRIAL) == (int)trial &&
           evidence_word(item, KEY_DIRECTION) == (int)direction &&
           evidence_word(item, KEY_PACKET) == PACKET_SYN_ACK &&
           strcmp(evidence_text(item, KEY_INTERFACE, ""), "lo") != 0;
}

struct trial_end trials_find_answer(const struct view *view, enum trial trial)
{
    struct trial_end end = {.trial = trial};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_answer(item, ROLE_SOURCE, DIRECTION_IN, trial)) {
            end.sight = item;
            end.fate = FATE_PASSED;
            return end;
        }
        if (end.sight == NULL && view_is_own(item) &&
            is_answer(item, ROLE_DESTINATION, DIRECTION_OUT, trial))
            end.sight = item;
    }
    if (end.sight != NULL && was_watched_for(view, ROLE_DESTINATION, end.sight))
        end.fate = FATE_VANISHED;
    return end;
}

/* Of the trial's SYN, or of the answer to it. */
static struct trial_end find_sent(const struct view *view, enum role from,
                                  enum trial trial)
{
    return from == ROLE_SOURCE ? trials_find(view, ROLE_SOURCE, trial)
                               : trials_find_answer(view, trial);
}

static enum fate fate_of(const struct view *view, enum role from,
                         enum trial trial)
{
    return find_sent(view, from, trial).fate;
}

enum trial trials_blame_option(const struct view *view, enum role from)
{
    static const enum trial options[] = {
        TRIAL_WITHOUT_TIMESTAMPS, TRIAL_WITHOUT_SACK,
        TRIAL_WITHOUT_WINDOW_SCALE, TRIAL_SMALL_MSS};
    enum trial blamed = TRIAL_COUNT;

    if (fate_of(view, from, TRIAL_SAME) != FATE_VANISHED ||
        fate_of(view, from, TRIAL_BARE) != FATE_PASSED ||
        fate_of(view, from, TRIAL_WITHOUT_ECN) == FATE_PASSED)
        return TRIAL_COUNT;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (fate_of(view, from, options[i]) != FATE_PASSED)
            continue;
        if (blamed != TRIAL_COUNT) /* each by itself lets it pass: chance? */
            return TRIAL_BARE;
        blamed = options[i];
    }
    return blamed == TRIAL_COUNT ? TRIAL_BARE : blamed;
}

const struct evidence *trials_vantage_came(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (is_trial(view->items[i], ROLE_DESTINATION, DIRECTION_IN) &&
            evidence_word(view->items[i], KEY_TRIAL) == TRIAL_VANTAGE)
            return view->items[i];
    return NULL;
}

const struct evidence *trials_vantage_hop(const struct view *view)
{
    const struct evidence *last = hops_last(view, ROLE_SOURCE);
    struct address place;

    if (last == NULL)
        return NULL;
    place = evidence_address(last, KEY_OFFENDER);
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address hop = evidence_address(item, KEY_OFFENDER);

        if (item->kind == EVIDENCE_HOP && item->role == ROLE_VANTAGE &&
            !evidence_has(item, KEY_PACKET) && address_equal(&hop, &place))
            return item;
    }
    return NULL;
}

/* --- what the facts are made of --- */

static bool some_answer_passed(const struct view *view)
{
    for (int trial = TRIAL_SAME; trial <= TRIAL_BARE; trial++)
        if (trials_find_answer(view, (enum trial)trial).fate == FATE_PASSED)
            return true;
    return false;
}

/* What resembles the SYN vanishes as well, whatever its options; of the way back
 * the walk's copies tell, which the source would have answered, and what answers
 * the source's trials. */
static bool is_port_shut(const struct view *view, enum role from)
{
    struct trial_end list[TRIALS_TOLD_MAX];
    unsigned count = trials_list(view, from, list);
    bool shut = false;

    for (unsigned i = 0; i < count; i++) {
        if (list[i].trial > TRIAL_BARE)
            continue;
        if (list[i].fate != FATE_VANISHED)
            return false;
        shut |= list[i].trial == TRIAL_SAME;
    }
    return from == ROLE_SOURCE ? shut && hops_far_answer(view, from) == NULL
                               : hops_far_answer(view, from) == NULL &&
                                     !some_answer_passed(view);
}

/* A packet that got through to another port, or by another protocol. */
static const struct evidence *find_other(const struct view *view,
                                         enum role from)
{
    struct trial_end list[TRIALS_TOLD_MAX];
    unsigned count = trials_list(view, from, list);

    for (unsigned i = 0; i < count; i++)
        if (list[i].trial > TRIAL_BARE && list[i].fate == FATE_PASSED)
            return list[i].sight;
    return NULL;
}

/* Without such a packet it is known to be otherwise once that end has watched the
 * whole attempt. */
static void say(struct known *known, const struct view *view,
                const struct attempt_view *attempt, fact_ref fact, enum role to,
                const struct evidence *sight)
{
    if (sight != NULL)
        facts_say(known, fact, true, sight);
    else if (facts_was_watching(view, to, attempt))
        facts_say(known, fact, false, view_end(view, to)->capture_after);
}

static void derive_port(struct known *known, const struct view *view,
                        const struct attempt_view *attempt, enum role from)
{
    enum role to = view_peer(from);
    bool tells = is_port_shut(view, from) &&
                 !fact_is(known, fact_at(to, FACT_DEVICE_SUSPECT), YES);

    say(known, view, attempt, fact_at(from, FACT_PORT_FILTERED), to,
        tells ? find_other(view, from) : NULL);
}

static void derive_ecn(struct known *known, const struct view *view,
                       const struct attempt_view *attempt, enum role from)
{
    struct trial_end without = find_sent(view, from, TRIAL_WITHOUT_ECN);
    bool dropped = fate_of(view, from, TRIAL_SAME) == FATE_VANISHED &&
                   without.fate == FATE_PASSED;
    fact_ref suspect = fact_at(from, FACT_ECN_SUSPECT);

    say(known, view, attempt, fact_at(from, FACT_ECN_DROPPED), view_peer(from),
        dropped ? without.sight : NULL);
    if (without.fate == FATE_VANISHED)
        facts_say(known, suspect, false, without.sight);
    else if (!fact_is(known, F(SOURCE, SYN_ASKS_ECN), NOT_OBSERVED))
        facts_say(known, suspect, fact_is(known, F(SOURCE, SYN_ASKS_ECN), YES),
                  known->because[F(SOURCE, SYN_ASKS_ECN)]);
}

/* It counts only if it crosses the hop behind which the source's packets vanish:
 * else it says nothing of the filter there. */
static void derive_source(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    bool tells = is_port_shut(view, ROLE_SOURCE) &&
                 !fact_is(known, F(DESTINATION, DEVICE_SUSPECT), YES) &&
                 trials_vantage_hop(view) != NULL;

    say(known, view, attempt, F(SOURCE, SOURCE_FILTERED), ROLE_DESTINATION,
        tells ? trials_vantage_came(view) : NULL);
}

static void derive_repeat(struct known *known, const struct view *view,
                          const struct attempt_view *attempt, enum role from)
{
    struct trial_end same = find_sent(view, from, TRIAL_SAME);

    say(known, view, attempt, fact_at(from, FACT_REPEAT_PASSED),
        view_peer(from), same.fate == FATE_PASSED ? same.sight : NULL);
}

void facts_derive_trials(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    static const enum role ends[] = {ROLE_SOURCE, ROLE_DESTINATION};

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        derive_port(known, view, attempt, ends[i]);
        derive_ecn(known, view, attempt, ends[i]);
        derive_repeat(known, view, attempt, ends[i]);
    }
    derive_source(known, view, attempt);
}
