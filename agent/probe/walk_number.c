#include "agent/probe/walk_number.h"

uint32_t walk_sequence(const struct order *order, unsigned attempt,
                       unsigned ttl)
{
    return order_isn(order, attempt) + ttl + WALK_SEQUENCE_SHIFT;
}

static unsigned ttl_of_distance(uint32_t distance)
{
    uint32_t ttl = distance - WALK_SEQUENCE_SHIFT;

    return ttl >= 1 && ttl <= WALK_MAX_TTL ? ttl : 0;
}

unsigned walk_ttl_of(const struct order *order, unsigned attempt,
                     uint32_t sequence)
{
    return ttl_of_distance(sequence - order_isn(order, attempt));
}

uint32_t walk_number(uint32_t number, unsigned ttl)
{
    return number - ttl - WALK_SEQUENCE_SHIFT;
}

unsigned walk_ttl_by(uint32_t number, uint32_t copied)
{
    return ttl_of_distance(number - copied);
}
