/* How long to wait before trying again: exponential with full jitter, so that a
 * fleet that lost its controller does not come back in one instant.  Pure:
 * randomness is an argument. */
#ifndef NET_BACKOFF_H
#define NET_BACKOFF_H

#include <stdint.h>

#define BACKOFF_BASE_MS 500u
#define BACKOFF_CAP_MS  60000u

struct backoff
{
    unsigned failures; /* in a row */
};

/* To call when the peer has proven useful (its hello was accepted), not when
 * the connection is merely ready: a peer that refuses us may do so then. */
void backoff_reset(struct backoff *backoff);

/* Counts a failure and returns the wait: uniform between 0 and the base doubled
 * for each failure before, at most BACKOFF_CAP_MS.  random: 32 random bits. */
unsigned backoff_next_ms(struct backoff *backoff, uint32_t random);

#endif
