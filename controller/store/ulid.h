/* Trace ids: 26 characters that sort by time (ULID). */
#ifndef CONTROLLER_ULID_H
#define CONTROLLER_ULID_H

#include <stdint.h>

#include "common/trace/order.h"

#define ULID_RANDOM_SIZE 10

/* time_ms: since the epoch. */
void ulid_print(int64_t time_ms, const uint8_t random[ULID_RANDOM_SIZE],
                char out[static TRACE_ID_SIZE]);

#endif
