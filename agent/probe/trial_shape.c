/* What a trial's SYN looks like, and which other ports are tried.  Pure. */
#include <string.h>

#include "agent/probe/tcp_packet.h"
#include "agent/probe/trials.h"
#include "common/base/array.h"

#define SMALL_MSS 536 /* what every host takes */

/* In the order in which Linux writes them, each filled up to whole words. */
static void put(struct tcp_packet *packet, const uint8_t *option, size_t size)
{
    memcpy(packet->options + packet->options_size, option, size);
    packet->options_size += size;
}

static void put_mss(struct tcp_packet *packet, uint16_t mss)
{
    const uint8_t option[] = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss};

    put(packet, option, sizeof(option));
}

static void put_timestamps(struct tcp_packet *packet, uint32_t timestamp,
                           bool with_sack)
{
    const uint8_t option[] = {with_sack ? 4 : 1,
                              with_sack ? 2 : 1,
                              8,
                              10,
                              (uint8_t)(timestamp >> 24),
                              (uint8_t)(timestamp >> 16),
                              (uint8_t)(timestamp >> 8),
                              (uint8_t)timestamp,
                              0,
                              0,
                              0,
                              0};

    put(packet, option, sizeof(option));
}

static void put_options(const struct segment_tcp *syn,
                        struct tcp_packet *packet)
{
    const uint8_t sack[] = {1, 1, 4, 2};
    const uint8_t scale[] = {1, 3, 3, syn->scale};

    if (syn->has_mss)
        put_mss(packet, syn->mss);
    if (syn->has_timestamp)
        put_timestamps(packet, syn->timestamp, syn->has_sack);
    else if (syn->has_sack)
        put(packet, sack, sizeof(sack));
    if (syn->has_scale)
        put(packet, scale, sizeof(scale));
}

bool trials_differ(enum trial trial, const struct segment_tcp *syn)
{
    switch (trial) {
    case TRIAL_SAME: return true;
    case TRIAL_WITHOUT_ECN:
        return (syn->flags & (SEGMENT_ECE | SEGMENT_CWR)) != 0;
    case TRIAL_WITHOUT_TIMESTAMPS: return syn->has_timestamp;
    case TRIAL_WITHOUT_SACK: return syn->has_sack;
    case TRIAL_WITHOUT_WINDOW_SCALE: return syn->has_scale;
    case TRIAL_SMALL_MSS: return syn->has_mss && syn->mss > SMALL_MSS;
    case TRIAL_BARE:
        return syn->has_timestamp || syn->has_sack || syn->has_scale ||
               (syn->flags & (SEGMENT_ECE | SEGMENT_CWR)) != 0;
    case TRIAL_OTHER_PORT:
    case TRIAL_UDP:
    case TRIAL_PING:
    case TRIAL_VANTAGE:
    case TRIAL_COUNT: break;
    }
    return false;
}

void trials_shape(enum trial trial, const struct segment_tcp *syn,
                  struct tcp_packet *packet)
{
    struct segment_tcp shape = *syn;

    if (trial == TRIAL_WITHOUT_ECN || trial == TRIAL_BARE)
        shape.flags &= (uint8_t) ~(SEGMENT_ECE | SEGMENT_CWR);
    if (trial == TRIAL_WITHOUT_TIMESTAMPS || trial == TRIAL_BARE)
        shape.has_timestamp = false;
    if (trial == TRIAL_WITHOUT_SACK || trial == TRIAL_BARE)
        shape.has_sack = false;
    if (trial == TRIAL_WITHOUT_WINDOW_SCALE || trial == TRIAL_BARE)
        shape.has_scale = false;
    if (trial == TRIAL_SMALL_MSS || trial == TRIAL_BARE) {
        shape.has_mss = true;
        shape.mss = SMALL_MSS;
    }
    packet->flags = shape.flags;
    packet->options_size = 0;
    put_options(&shape, packet);
}

/* What is open to others most often, and the next one, which is open as rarely
 * as this one. */
unsigned trials_choose_ports(uint16_t port,
                             uint16_t out[static TRIALS_OTHER_PORTS])
{
    const uint16_t candidates[] = {
        (uint16_t)(port < UINT16_MAX ? port + 1 : port - 1), 443, 22, 80};
    unsigned count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(candidates) && count < TRIALS_OTHER_PORTS;
         i++)
        if (candidates[i] != port && (i == 0 || candidates[i] != candidates[0]))
            out[count++] = candidates[i];
    return count;
}
