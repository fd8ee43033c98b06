/* The two clocks, read in one place. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US 1000
#define NS_PER_MS 1000000
#define NS_PER_S  1000000000

/* Monotonic time: what all evidence is stamped with. */
int64_t clock_monotonic_ns(void);

/* Wall-clock time: for people, and to map the kernel's packet stamps. */
int64_t clock_real_ns(void);

/* What to add to a wall-clock stamp of this moment to make it monotonic. */
int64_t clock_real_to_monotonic_ns(void);

#endif
