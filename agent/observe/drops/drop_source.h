/* A trace's share of the program that watches drops: what the keeper hands over
 * (agent/bpf/handover.h), its slot, its ring, and the names of reasons. */
#ifndef OBSERVE_DROP_SOURCE_H
#define OBSERVE_DROP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/bpf/drop_record.h"

struct drop_source;
struct err;

typedef void (*drop_source_fn)(void *data, const struct drop_record *record);

/* Takes what the keeper put behind HANDOFF_DROPS and watches for packets with
 * this trace's sequence numbers from now on.  On failure err says why there is
 * nothing to watch with. */
int drop_source_open(struct drop_source **out, uint32_t isn_base,
                     struct err *err);

/* Gives everything back; false if the slot could not be cleared. */
bool drop_source_close(struct drop_source *source);

/* Readable when there are records. */
int drop_source_fd(const struct drop_source *source);

/* Calls fn for the records that are there, a bounded number of them.  What they
 * hold is from the kernel, but texts are terminated here. */
void drop_source_read(struct drop_source *source, drop_source_fn fn,
                      void *data);

/* How many records were lost for want of room; 0 if that cannot be told. */
uint32_t drop_source_lost(const struct drop_source *source);

/* The running kernel's word for a reason, or its number where it has none.
 * Returns buffer. */
const char *drop_source_reason(const struct drop_source *source,
                               uint32_t reason,
                               char buffer[static DROP_REASON_SIZE]);

#endif
