/* A worker for tests: keeps what observers emit, and shows it to them as the
 * worker's own observing.c does. */
#ifndef TESTS_FAKE_WORKER_H
#define TESTS_FAKE_WORKER_H

#include <stddef.h>
#include <stdio.h>

#include "agent/keeper/policy.h"
#include "agent/worker/observing.h"

#define FAKE_MAX_EVIDENCE 2048

struct fake_worker
{
    uv_loop_t loop;
    struct order order;
    struct policy policy; /* may do all, unless the test says otherwise */
    struct address own;
    struct address peer;
    struct observing observing;
    size_t count;
    struct evidence items[FAKE_MAX_EVIDENCE];
    FILE *timing; /* where to tell how long each step took, or NULL */
};

/* The caller's to free with fake_worker_free(). */
struct fake_worker *fake_worker_new(enum role role, const char *own,
                                    const char *peer, uint16_t port);
void fake_worker_free(struct fake_worker *fake);

/* All observers, or with only set the one of that name. */
void fake_worker_arm(struct fake_worker *fake, const char *only);
void fake_worker_collect(struct fake_worker *fake);

/* How many things were left behind. */
unsigned fake_worker_disarm(struct fake_worker *fake);

/* Shows them what an observer that is not armed here, or the probe, would say. */
void fake_worker_hear(struct fake_worker *fake,
                      const struct evidence *evidence);

/* Lets the loop run for so long. */
void fake_worker_run(struct fake_worker *fake, unsigned ms);

/* Shows them what the capture at the destination says of an attempt's SYN; link,
 * the address that it came from, may be NULL. */
void fake_worker_show_syn(struct fake_worker *fake, unsigned attempt,
                          const struct address *source, uint16_t port,
                          const char *link);

/* Makes an attempt with its sequence number from the current namespace to
 * fake's order; returns the socket (not blocking). */
int fake_worker_connect(struct fake_worker *fake, unsigned attempt,
                        const struct address *destination);

/* The n-th piece of this kind, from 0, or NULL. */
const struct evidence *fake_worker_find(const struct fake_worker *fake,
                                        enum evidence_kind kind, size_t n);

void fake_worker_print(const struct fake_worker *fake, FILE *out);

#endif
