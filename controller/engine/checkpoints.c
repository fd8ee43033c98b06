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

_Static_assert(STATION_COUNT <= JUDGEMENT_MAX_CHECKPOINTS, "they must fit");

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

/* Where the verdict says that it stopped; STATION_COUNT for nowhere. */
static size_t stop_of(const struct view *view, const struct finding *verdict)
{
    if (is_handshake_whole(verdict) || verdict->cause == CAUSE_UNDETERMINED)
        return STATION_COUNT;
    /* The SYN never came where it should; the SYN-ACK is another's.  Of the
     * source's own proxy the place is known. */
    if (verdict->cause == CAUSE_ANSWERED_BY_OTHER &&
        verdict->role != ROLE_SOURCE)
        return checkpoints_rank(ROLE_PATH, STAGE_PATH, PACKET_SYN, false);
    return checkpoints_rank(verdict->role, verdict->stage, verdict->packet,
                            finding_is_outside(view, verdict));
}

static bool is_armed(const struct view *view, enum role role)
{
    return role == ROLE_PATH || view_end(view, role)->capture_armed != NULL;
}

static size_t last_seen(const struct attempt_view *attempt)
{
    size_t last = 0;

    for (size_t i = 0; i < STATION_COUNT; i++)
        if (seen_at(attempt, &stations[i]) != NULL)
            last = i + 1;
    return last; /* one past it */
}

static enum checkpoint_state state_of(const struct view *view,
                                      const struct attempt_view *attempt,
                                      size_t index, size_t stop, size_t last,
                                      bool connected)
{
    if (stop < STATION_COUNT) {
        if (index == stop)
            return CHECKPOINT_STOPPED;
        /* What was seen behind the stop went on all the same: as another one
         * than was called, or as a copy. */
        return index < stop || index < last ? CHECKPOINT_PASSED
                                            : CHECKPOINT_NOT_REACHED;
    }
    if (!is_armed(view, stations[index].role))
        return CHECKPOINT_NOT_OBSERVED;
    if (connected || index < last)
        return CHECKPOINT_PASSED;
    /* What nobody saw is only missing where somebody would have seen it. */
    return stations[index].has_capture &&
                   facts_was_watching(view, stations[index].role, attempt)
               ? CHECKPOINT_NOT_REACHED
               : CHECKPOINT_NOT_OBSERVED;
}

void checkpoints_fill(const struct view *view,
                      const struct attempt_view *attempt, struct judgement *out)
{
    size_t stop = stop_of(view, &out->verdict);
    size_t last = last_seen(attempt);
    bool connected = is_handshake_whole(&out->verdict);

    for (size_t i = 0; i < STATION_COUNT; i++) {
        struct checkpoint *checkpoint;
        const struct evidence *seen = seen_at(attempt, &stations[i]);

        if (stations[i].outside && !view_is_inside(view))
            continue;
        checkpoint = &out->checkpoints[out->checkpoint_count++];
        memset(checkpoint, 0, sizeof(*checkpoint));
        checkpoint->role = stations[i].role;
        checkpoint->stage = i == stop ? out->verdict.stage : stations[i].stage;
        checkpoint->packet = stations[i].packet;
        checkpoint->outside = stations[i].outside;
        checkpoint->state = state_of(view, attempt, i, stop, last, connected);
        if (seen != NULL && checkpoint->state != CHECKPOINT_NOT_REACHED) {
            checkpoint->has_time = true;
            checkpoint->at_ns = seen->at_ns;
            checkpoint->evidence[0] = seen->id;
        }
    }
}
