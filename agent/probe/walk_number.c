#include "agent/probe/walk_number.h"

uint32_t walk_sequence(const struct order *order, unsigned attempt,
                       unsigned ttl)
{
    return order_isn(order, attempt) + ttl + WALK_SEQUENCE_SHIFT;
}

unsigned walk_ttl_of(const struct order *order, unsigned attempt,
                     uint32_t sequence)
{
    uint32_t ttl = sequence - order_isn(order, attempt) - WALK_SEQUENCE_SHIFT;

    return ttl >= 1 && ttl <= WALK_MAX_TTL ? ttl : 0;
}
