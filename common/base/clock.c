#include "common/base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_real_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_real_to_monotonic_ns(void)
{
    int64_t before = clock_monotonic_ns();
    int64_t real = clock_real_ns();
    int64_t after = clock_monotonic_ns();

    return before + (after - before) / 2 - real;
}
