#include "controller/store/ulid.h"

#include <stddef.h>

#define TIME_DIGITS   10
#define RANDOM_DIGITS 16

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford */

void ulid_print(int64_t time_ms, const uint8_t random[ULID_RANDOM_SIZE],
                char out[static TRACE_ID_SIZE])
{
    uint64_t rest = (uint64_t)time_ms;

    for (size_t i = TIME_DIGITS; i > 0; i--, rest >>= 5)
        out[i - 1] = digits[rest & 31];
    for (size_t i = 0; i < RANDOM_DIGITS; i++) {
        size_t bit = 5 * i;
        unsigned two = (unsigned)random[bit / 8] << 8;

        if (bit / 8 + 1 < ULID_RANDOM_SIZE)
            two |= random[bit / 8 + 1];
        out[TIME_DIGITS + i] = digits[(two >> (11 - bit % 8)) & 31];
    }
    out[TIME_DIGITS + RANDOM_DIGITS] = '\0';
}
