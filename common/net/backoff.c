#include "common/net/backoff.h"

void backoff_reset(struct backoff *backoff)
{
    backoff->failures = 0;
}

unsigned backoff_next_ms(struct backoff *backoff, uint32_t random)
{
    uint64_t limit_ms = BACKOFF_BASE_MS;

    for (unsigned i = 0; i < backoff->failures && limit_ms < BACKOFF_CAP_MS;
         i++)
        limit_ms *= 2;
    if (limit_ms > BACKOFF_CAP_MS)
        limit_ms = BACKOFF_CAP_MS;
    if (backoff->failures < UINT16_MAX)
        backoff->failures++;
    return (unsigned)((limit_ms + 1) * random >> 32);
}
