/* How long is long enough?  The path's own times say it: a packet that was seen
 * to leave and to arrive took that long, and what is awaited may take twice as
 * long.  What nothing was seen of gets the least time.  All of it is bounded by
 * the trace's timeout. */
#include "common/base/clock.h"
#include "controller/case/case_internal.h"

#define MS(count) ((int64_t)(count)*NS_PER_MS)

/* enum case_packet; -1: none of them */
static int case_of_packet(int packet)
{
    switch (packet) {
    case PACKET_SYN: return CASE_SYN;
    case PACKET_SYN_ACK: return CASE_SYN_ACK;
    case PACKET_ACK: return CASE_ACK;
    case PACKET_RST: return CASE_RST;
    default: return -1;
    }
}

static enum role sender_of(int which)
{
    return which == CASE_SYN || which == CASE_ACK ? ROLE_SOURCE
                                                  : ROLE_DESTINATION;
}

void case_notice_packet(struct trace_case *trace, enum role role,
                        const struct evidence *packet)
{
    int64_t n = evidence_number(packet, KEY_ATTEMPT, 0);
    int which = case_of_packet(evidence_word(packet, KEY_PACKET));
    bool leaves = evidence_word(packet, KEY_DIRECTION) == DIRECTION_OUT;
    struct case_journey *journey;

    if (n < 1 || n > trace->subject.attempts || which < 0 ||
        leaves != (role == sender_of(which)))
        return;
    journey = &trace->attempts[n].journeys[which];
    if (leaves && (journey->left_ns == 0 || packet->at_ns < journey->left_ns))
        journey->left_ns = packet->at_ns;
    if (leaves && journey->again_ns == 0 &&
        packet->at_ns - journey->left_ns >= MS(CASE_AGAIN_APART_MS))
        journey->again_ns = packet->at_ns;
    if (!leaves && (journey->came_ns == 0 || packet->at_ns < journey->came_ns))
        journey->came_ns = packet->at_ns;
}

static bool was_sent_again(const struct case_journey *journey)
{
    return journey->again_ns != 0;
}

/* The longest that a packet was seen to take.  Which copy it was that arrived
 * is not known where it was sent again: those count only if there is no other. */
static int64_t crossing_ns(const struct trace_case *trace)
{
    int64_t longest[2] = {0, 0}; /* sent once, sent again */

    if (!trace->source.clock.known || !trace->destination.clock.known)
        return 0;
    for (unsigned n = 1; n <= trace->last_attempt; n++)
        for (int which = 0; which < CASE_PACKET_COUNT; which++) {
            const struct case_journey *journey =
                &trace->attempts[n].journeys[which];
            int64_t took = journey->came_ns - journey->left_ns;
            bool again = was_sent_again(journey);

            if (journey->left_ns != 0 && journey->came_ns != 0 &&
                took > longest[again])
                longest[again] = took;
        }
    return longest[0] != 0 ? longest[0] : longest[1];
}

int64_t case_patience_ns(const struct trace_case *trace, int64_t least_ns)
{
    int64_t rtt = trace->source.clock.rtt_ns + trace->destination.clock.rtt_ns;
    int64_t known[] = {3 * rtt, 2 * crossing_ns(trace), 2 * trace->walk.hop_ns};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i] > least_ns)
            least_ns = known[i];
    return least_ns;
}

/* A far-off stamp must not stop the clock. */
static int64_t later_of(int64_t end_ns, int64_t at_ns, int64_t wait_ns,
                        int64_t now_ns)
{
    int64_t until = (at_ns < now_ns ? at_ns : now_ns) + wait_ns;

    return until > end_ns ? until : end_ns;
}

/* A packet that left in the meantime has its time as well, and so has it when it
 * is first sent again; after that nothing new is to be learned. */
static int64_t after_packets(const struct trace_case *trace, int64_t end_ns,
                             int64_t wait_ns, int64_t now_ns)
{
    for (unsigned n = 1; n <= trace->last_attempt; n++)
        for (int which = 0; which < CASE_PACKET_COUNT; which++) {
            const struct case_journey *journey =
                &trace->attempts[n].journeys[which];

            if (journey->left_ns != 0)
                end_ns = later_of(end_ns, journey->left_ns, wait_ns, now_ns);
            if (was_sent_again(journey))
                end_ns = later_of(end_ns, journey->again_ns, wait_ns, now_ns);
        }
    return end_ns;
}

int64_t case_arrival_ns(const struct trace_case *trace, int64_t now_ns)
{
    int64_t wait = case_patience_ns(trace, MS(CASE_WAIT_MS));
    int64_t end = now_ns;

    if (trace->last_attempt > 0)
        end = trace->attempts[trace->last_attempt].at_ns + wait;
    if (end > now_ns + wait)
        end = now_ns + wait;
    return after_packets(trace, end, wait, now_ns);
}

static bool is_pending(const struct trace_case *trace, unsigned n)
{
    return trace->attempts[n].is_made && !trace->attempts[n].has_ended &&
           case_end_is_live(&trace->source);
}

int64_t case_again_ns(const struct trace_case *trace, int64_t now_ns)
{
    int64_t wait = case_patience_ns(trace, MS(CASE_AGAIN_WAIT_MS));
    int64_t end = after_packets(trace, 0, wait, now_ns);

    for (unsigned n = 1; n <= trace->last_attempt; n++) {
        const struct case_attempt *attempt = &trace->attempts[n];

        if (is_pending(trace, n) &&
            !was_sent_again(&attempt->journeys[CASE_SYN]))
            end =
                later_of(end, attempt->at_ns, MS(CASE_AGAIN_MS) + wait, now_ns);
    }
    return end;
}

unsigned case_pending(const struct trace_case *trace)
{
    unsigned pending = 0;

    for (unsigned n = 1; n <= trace->last_attempt; n++)
        pending += is_pending(trace, n);
    return pending;
}

/* Did a SYN leave the source, and none come to the destination? */
static bool is_on_its_way(const struct trace_case *trace)
{
    bool has_left = false;

    for (unsigned n = 1; n <= trace->last_attempt; n++) {
        const struct case_journey *syn = &trace->attempts[n].journeys[CASE_SYN];

        if (syn->came_ns != 0)
            return false;
        has_left |= syn->left_ns != 0;
    }
    return has_left;
}

/* More than a trace has that asks for nothing. */
static bool has_more_time(const struct trace_case *trace)
{
    return trace->request.timeout_ms >
           CASE_DEFAULT_TIMEOUT_MS + trace->request.count * CASE_SPACING_MS;
}

/* The last router says only after three seconds that nobody answers there; of
 * networks of ours it is waited for, and of others where there is more time: many
 * of those keep silent. */
static bool may_be_told(const struct trace_case *trace)
{
    return trace->destination.name[0] != '\0' ||
           trace->subject.absent_host[0] != '\0' || has_more_time(trace) ||
           trace->world.knows_network(trace->world.owner,
                                      &trace->subject.destination);
}

/* It is no matter where the SYN reached the destination, or never left the
 * source, or left it for the destination itself: the source's own state tells
 * what its kernel is about to say. */
static bool awaits_error(const struct trace_case *trace)
{
    bool is_explained = trace->judgement.verdict.cause != CAUSE_UNDETERMINED &&
                        trace->subject.absent_host[0] == '\0';

    return !is_explained && !trace->judgement.is_on_link &&
           may_be_told(trace) && case_pending(trace) > 0 &&
           is_on_its_way(trace);
}

/* From the first attempt on: it is the one that the kernels began with. */
static int64_t error_ns(const struct trace_case *trace, int64_t now_ns)
{
    int64_t end = now_ns + MS(CASE_LINGER_MS);

    for (unsigned n = trace->last_attempt; n > 0; n--)
        if (is_pending(trace, n) &&
            trace->attempts[n].at_ns + MS(CASE_LINGER_MS) < end)
            end = trace->attempts[n].at_ns + MS(CASE_LINGER_MS);
    return end;
}

/* What is taken for lost had its time on the slowest way that anybody uses. */
static int64_t slow_ns(const struct trace_case *trace, int64_t now_ns)
{
    int which = case_of_packet((int)trace->judgement.verdict.packet);
    int64_t first = 0;

    for (unsigned n = 1; which >= 0 && n <= trace->last_attempt; n++) {
        int64_t left = trace->attempts[n].journeys[which].left_ns;

        if (left != 0 && (first == 0 || left < first))
            first = left;
    }
    if (first > now_ns) /* a far-off stamp */
        first = now_ns;
    return first == 0 ? 0 : first + MS(CASE_SLOW_MS);
}

int64_t case_linger_ns(const struct trace_case *trace, int64_t now_ns)
{
    int64_t end = 0;

    if (trace->judgement.settled)
        return 0;
    if (trace->judgement.may_be_late && has_more_time(trace))
        end = slow_ns(trace, now_ns);
    else if (awaits_error(trace))
        end = error_ns(trace, now_ns);
    /* What came meanwhile says how long the way takes. */
    if (has_more_time(trace) && case_again_ns(trace, now_ns) > end)
        end = case_again_ns(trace, now_ns);
    return end;
}
