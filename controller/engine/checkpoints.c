#include "controller/engine/checkpoints.h"

#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"

struct station
{
    enum role role;
    enum stage stage;
    enum packet packet;
    bool has_capture; /* a tap sits here */
    enum direction direction;
    bool outside; /* the source host's own namespace, beside another one */
};

/* In the packets' order.  A tap on the way out sees what passed everything
 * before it; one on the way in sees it before all the rest. */
static const struct station stations[] = {
    {ROLE_SOURCE, STAGE_SOCKET, PACKET_SYN, false, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_OUTPUT, PACKET_SYN, false, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_EGRESS, PACKET_SYN, true, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_FORWARD, PACKET_SYN, true, DIRECTION_OUT, true},
    {ROLE_PATH, STAGE_PATH, PACKET_SYN, false, DIRECTION_OUT, false},
    {ROLE_DESTINATION, STAGE_INGRESS, PACKET_SYN, true, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_PREROUTING, PACKET_SYN, false, DIRECTION_IN,
     false},
    {ROLE_DESTINATION, STAGE_INPUT, PACKET_SYN, false, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_SOCKET, PACKET_SYN, false, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_OUTPUT, PACKET_SYN_ACK, false, DIRECTION_OUT,
     false},
    {ROLE_DESTINATION, STAGE_EGRESS, PACKET_SYN_ACK, true, DIRECTION_OUT,
     false},
    {ROLE_PATH, STAGE_PATH, PACKET_SYN_ACK, false, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_FORWARD, PACKET_SYN_ACK, true, DIRECTION_IN, true},
    {ROLE_SOURCE, STAGE_INGRESS, PACKET_SYN_ACK, true, DIRECTION_IN, false},
    {ROLE_SOURCE, STAGE_PREROUTING, PACKET_SYN_ACK, false, DIRECTION_IN, false},
    {ROLE_SOURCE, STAGE_INPUT, PACKET_SYN_ACK, false, DIRECTION_IN, false},
    {ROLE_SOURCE, STAGE_SOCKET, PACKET_SYN_ACK, false, DIRECTION_IN, false},
    {ROLE_SOURCE, STAGE_EGRESS, PACKET_ACK, true, DIRECTION_OUT, false},
    {ROLE_PATH, STAGE_PATH, PACKET_ACK, false, DIRECTION_OUT, false},
    {ROLE_DESTINATION, STAGE_INGRESS, PACKET_ACK, true, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_INPUT, PACKET_ACK, false, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_SOCKET, PACKET_ACK, false, DIRECTION_IN, false},
};

#define STATION_COUNT ARRAY_SIZE(stations)

/* Answers of another kind have their rows where one was seen.  None is due, so
 * that nothing stops at these. */
static const struct station answers[] = {
    {ROLE_DESTINATION, STAGE_EGRESS, PACKET_RST, true, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_FORWARD, PACKET_RST, true, DIRECTION_IN, true},
    {ROLE_SOURCE, STAGE_INGRESS, PACKET_RST, true, DIRECTION_IN, false},
    {ROLE_DESTINATION, STAGE_EGRESS, PACKET_ICMP, true, DIRECTION_OUT, false},
    {ROLE_SOURCE, STAGE_FORWARD, PACKET_ICMP, true, DIRECTION_IN, true},
    {ROLE_SOURCE, STAGE_INGRESS, PACKET_ICMP, true, DIRECTION_IN, false},
};

_Static_assert(STATION_COUNT + ARRAY_SIZE(answers) <= JUDGEMENT_MAX_CHECKPOINTS,
               "they must fit");

static const struct evidence *seen_at(const struct attempt_view *attempt,
                                      const struct station *station)
{
    const struct end_sights *sights = view_sights(attempt, station->role);
    const struct evidence *rule;

    if (station->role == ROLE_PATH)
        return NULL;
    if (station->outside)
        return attempt->outside[station->packet][station->direction].first;
    if (station->has_capture)
        return sights->packets[station->packet][station->direction].first;
    rule = sights->rule_stage[station->packet][station->stage];
    if (rule != NULL)
        return rule;
    if (station->stage == STAGE_SOCKET && station->role == ROLE_SOURCE)
        return station->packet == PACKET_SYN ? attempt->start : NULL;
    return NULL;
}

static bool is_at(const struct station *station, enum role role,
                  enum packet packet)
{
    return station->role == role && station->packet == packet;
}

bool finding_is_outside(const struct view *view, const struct finding *finding)
{
    return finding->role == ROLE_SOURCE && view_is_inside(view) &&
           strcmp(finding->namespace_name, EVIDENCE_HOST_NAMESPACE) == 0;
}

size_t checkpoints_rank(enum role role, enum stage stage, enum packet packet,
                        bool outside)
{
    if (stage == STAGE_FORWARD) /* instead of input */
        stage = STAGE_INPUT;
    for (size_t i = 0; i < STATION_COUNT; i++)
        if (is_at(&stations[i], role, packet) &&
            (outside ? stations[i].outside
                     : stations[i].stage == stage && !stations[i].outside))
            return i;
    for (size_t i = 0; i < STATION_COUNT; i++)
        if (is_at(&stations[i], role, packet))
            return i;
    return STATION_COUNT;
}

/* What is done to a connection that is open stops no packet of its handshake. */
static bool is_handshake_whole(const struct finding *verdict)
{
    return verdict->cause == CAUSE_CONNECTED ||
           verdict->cause == CAUSE_LISTENER_STOPPED ||
           verdict->cause == CAUSE_CLOSED_BY_APPLICATION ||
           (verdict->cause == CAUSE_RESET_INJECTED &&
            verdict->packet == PACKET_DATA);
}

/* Is what came back another's, and no answer of the destination? */
static bool is_forged(const struct attempt_view *attempt,
                      const struct finding *verdict)
{
    return verdict->cause == CAUSE_ANSWERED_BY_OTHER &&
           verdict->role != ROLE_SOURCE &&
           attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first ==
               NULL;
}

/* Where the verdict says that it stopped; STATION_COUNT for nowhere. */
static size_t stop_of(const struct view *view,
                      const struct attempt_view *attempt,
                      const struct finding *verdict)
{
    bool arrived =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first != NULL;

    if (is_handshake_whole(verdict) || verdict->cause == CAUSE_UNDETERMINED)
        return STATION_COUNT;
    /* The SYN never came where it should; the SYN-ACK is another's.  Of the
     * source's own proxy the place is known. */
    if (is_forged(attempt, verdict))
        return arrived
                   ? STATION_COUNT
                   : checkpoints_rank(ROLE_PATH, STAGE_PATH, PACKET_SYN, false);
    return checkpoints_rank(verdict->role, verdict->stage, verdict->packet,
                            finding_is_outside(view, verdict));
}

static bool is_armed(const struct view *view, enum role role)
{
    return role == ROLE_PATH || view_end(view, role)->capture_armed != NULL;
}

/* One past the last station where it was seen; of the SYN alone, where the rest
 * may be another one's. */
static size_t last_seen(const struct attempt_view *attempt, bool syn_alone)
{
    size_t last = 0;

    for (size_t i = 0; i < STATION_COUNT; i++)
        if (seen_at(attempt, &stations[i]) != NULL &&
            (!syn_alone || stations[i].packet == PACKET_SYN))
            last = i + 1;
    return last;
}

/* What was not seen is only missing where somebody would have seen it. */
static enum checkpoint_state unseen_state(const struct view *view,
                                          const struct attempt_view *attempt,
                                          const struct station *station)
{
    return station->has_capture &&
                   facts_was_watching(view, station->role, attempt)
               ? CHECKPOINT_NOT_REACHED
               : CHECKPOINT_NOT_OBSERVED;
}

struct course /* of one attempt's packets */
{
    const struct view *view;
    const struct attempt_view *attempt;
    size_t stop; /* STATION_COUNT: nowhere */
    size_t last; /* one past the last station that was surely passed */
    bool connected;
    bool forged; /* another one answered: only what was seen is known */
};

static enum checkpoint_state state_of(const struct course *course, size_t index)
{
    const struct station *station = &stations[index];

    /* Whatever stopped before it was another copy. */
    if (index != course->stop && station->has_capture &&
        seen_at(course->attempt, station) != NULL)
        return CHECKPOINT_PASSED;
    if (course->forged && station->packet != PACKET_SYN)
        return unseen_state(course->view, course->attempt, station);
    if (course->stop < STATION_COUNT) {
        if (index == course->stop)
            return CHECKPOINT_STOPPED;
        /* What was seen behind the stop went on all the same: as another one
         * than was called, or as a copy. */
        return index < course->stop || index < course->last
                   ? CHECKPOINT_PASSED
                   : CHECKPOINT_NOT_REACHED;
    }
    if (!is_armed(course->view, station->role))
        return CHECKPOINT_NOT_OBSERVED;
    if (course->connected || index < course->last)
        return CHECKPOINT_PASSED;
    return unseen_state(course->view, course->attempt, station);
}

static struct checkpoint *add(struct judgement *out,
                              const struct station *station,
                              enum checkpoint_state state,
                              const struct evidence *seen)
{
    struct checkpoint *checkpoint = &out->checkpoints[out->checkpoint_count++];

    memset(checkpoint, 0, sizeof(*checkpoint));
    checkpoint->role = station->role;
    checkpoint->stage = station->stage;
    checkpoint->packet = station->packet;
    checkpoint->outside = station->outside;
    checkpoint->state = state;
    if (seen != NULL && state != CHECKPOINT_NOT_REACHED) {
        /* The rule trace is read some time after the packet came by. */
        checkpoint->has_time = seen->kind != EVIDENCE_RULE;
        checkpoint->at_ns = seen->at_ns;
        checkpoint->evidence[0] = seen->id;
    }
    return checkpoint;
}

static bool was_answered_by(const struct attempt_view *attempt,
                            enum packet packet)
{
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        if (answers[i].packet == packet &&
            seen_at(attempt, &answers[i]) != NULL)
            return true;
    return false;
}

static void add_answers(const struct view *view,
                        const struct attempt_view *attempt,
                        struct judgement *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        const struct evidence *seen = seen_at(attempt, &answers[i]);

        if ((answers[i].outside && !view_is_inside(view)) ||
            !was_answered_by(attempt, answers[i].packet))
            continue;
        add(out, &answers[i],
            seen != NULL ? CHECKPOINT_PASSED
                         : unseen_state(view, attempt, &answers[i]),
            seen);
    }
}

#define MOST_DOUBT_NS INT64_C(86400000000000) /* a day: beyond, not measured */

/* How far off the clocks of both hosts may be against each other, -1 where that
 * was not measured. */
static int64_t clock_doubt(const struct view *view)
{
    int64_t doubt[2] = {-1, -1};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        int64_t *own = &doubt[item->role == ROLE_DESTINATION];
        int64_t told = evidence_number(item, KEY_UNCERTAINTY_NS, 0);

        if (item->kind == EVIDENCE_CLOCK &&
            (item->role == ROLE_SOURCE || item->role == ROLE_DESTINATION) &&
            told > *own && told <= MOST_DOUBT_NS)
            *own = told;
    }
    if (facts_is_one_host(view))
        return 0;
    return doubt[0] < 0 || doubt[1] < 0 ? -1 : doubt[0] + doubt[1];
}

/* Times count from the source's clock; what comes later on the way happened
 * later, and a number that denies it is the clocks' error, not a time. */
static void weigh_times(const struct view *view, struct judgement *out)
{
    int64_t doubt_ns = clock_doubt(view);
    int64_t latest_ns = INT64_MIN;

    for (size_t i = 0; i < out->checkpoint_count; i++) {
        struct checkpoint *checkpoint = &out->checkpoints[i];

        if (!checkpoint->has_time)
            continue;
        checkpoint->doubt_ns =
            checkpoint->role == ROLE_DESTINATION ? doubt_ns : 0;
        if (checkpoint->at_ns < latest_ns)
            checkpoint->has_time = false;
        else
            latest_ns = checkpoint->at_ns;
    }
}

void checkpoints_fill(const struct view *view,
                      const struct attempt_view *attempt, struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    bool forged = is_forged(attempt, verdict);
    struct course course = {
        .view = view,
        .attempt = attempt,
        .forged = forged,
        .stop = stop_of(view, attempt, verdict),
        .last = last_seen(attempt, forged),
        .connected = is_handshake_whole(verdict),
    };

    for (size_t i = 0; i < STATION_COUNT; i++) {
        struct checkpoint *checkpoint;

        if (stations[i].outside && !view_is_inside(view))
            continue;
        checkpoint = add(out, &stations[i], state_of(&course, i),
                         seen_at(attempt, &stations[i]));
        if (i == course.stop)
            checkpoint->stage = verdict->stage;
    }
    add_answers(view, attempt, out);
    weigh_times(view, out);
}
