#include "agent/observe/capture/strangers.h"

static bool is_strange(const struct order *order, const struct segment *segment)
{
    return segment->kind == SEGMENT_TCP &&
           segment->travel != SEGMENT_OUTGOING &&
           segment->tcp.destination_port == order->port &&
           (segment->tcp.flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN &&
           ((segment->tcp.sequence ^ order->isn_base) & ORDER_ISN_MASK) != 0;
}

static bool is_strange_answer(const struct order *order,
                              const struct segment *segment)
{
    return segment->kind == SEGMENT_TCP &&
           segment->travel != SEGMENT_OUTGOING &&
           segment->tcp.source_port == order->port &&
           (segment->tcp.flags & (SEGMENT_SYN | SEGMENT_ACK | SEGMENT_RST)) ==
               (SEGMENT_SYN | SEGMENT_ACK) &&
           ((segment->tcp.acknowledge ^ order->isn_base) & ORDER_ISN_MASK) != 0;
}

bool strangers_tell(struct strangers *strangers, const struct order *order,
                    const struct segment *segment, const struct address *peer)
{
    if (address_is_set(peer) && !address_equal(&segment->source, peer))
        return false;
    if (order->role == ROLE_DESTINATION ? !is_strange(order, segment)
                                        : !is_strange_answer(order, segment))
        return false;
    return strangers->told++ < STRANGERS_MAX_TOLD;
}

void strangers_notice(struct strangers *strangers, const struct order *order,
                      const struct segment *segment)
{
    if (!is_strange(order, segment))
        return;
    for (size_t i = 0; i < strangers->used; i++)
        if (address_equal(&strangers->sources[i].source, &segment->source)) {
            strangers->sources[i].count++;
            return;
        }
    if (strangers->used == STRANGERS_MAX_SOURCES) {
        strangers->others++;
        return;
    }
    strangers->sources[strangers->used].source = segment->source;
    strangers->sources[strangers->used++].count = 1;
}

unsigned strangers_count(const struct strangers *strangers,
                         const struct address *source)
{
    unsigned count = strangers->others;

    for (size_t i = 0; i < strangers->used; i++)
        if (!address_is_set(source) ||
            address_equal(&strangers->sources[i].source, source))
            count += strangers->sources[i].count;
    return count;
}
