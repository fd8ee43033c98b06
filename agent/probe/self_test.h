/* The destination calls itself: does the service answer on this very host? */
#ifndef PROBE_SELF_TEST_H
#define PROBE_SELF_TEST_H

#include <stdbool.h>

#include "agent/worker/worker.h"

/* For all calls together.  A host answers its own SYN within microseconds; one
 * that is dropped would be sent again after a second only. */
#define SELF_TEST_MS       30
#define SELF_TEST_BRIEF_MS 8

struct self_test;
struct command;
struct err;

typedef void (*self_test_done)(struct worker *worker);

/* Calls the traced port, or command->own_port, which a translation made of it, over
 * loopback and over command->own_address or the traced one, or over the primary
 * address if that is not this host's.  One EVIDENCE_SELF_TEST for each; then
 * done is called, never before this returns.  command->self_test_briefly: of what
 * does not answer at once nothing more is to be learned.  *out is to be given to
 * self_test_close(), also after done. */
int self_test_start(struct self_test **out, struct worker *worker,
                    const struct command *command, self_test_done done,
                    struct err *err);

/* Gives up what is under way, and frees itself on the loop. */
void self_test_close(struct self_test *test);

#endif
