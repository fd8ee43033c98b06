/* The workers that are running: started on an order, watched to their end. */
#ifndef KEEPER_WORKERS_H
#define KEEPER_WORKERS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include "agent/keeper/allowance.h"
#include "agent/keeper/drops.h"
#include "agent/keeper/handoff.h"
#include "agent/keeper/policy.h"

#define WORKERS_MAX      POLICY_MAX_TRACES
#define WORKERS_GRACE_MS 2000 /* a worker may outlive its deadline by this */

struct running_worker
{
    pid_t pid; /* 0: free */
    int64_t kill_at_ns;
    char trace_id[TRACE_ID_SIZE];
    uint8_t killed;
    struct allowance allowance;
};

struct workers
{
    const char *policy_path; /* read before every order */
    struct pace pace;
    struct drops drops;
    struct running_worker list[WORKERS_MAX];
};

/* Carries out an order from the link: checks it, the policy and the limits, and
 * starts a worker.  Fills reply; returns the channel's other end, the caller's
 * to close, or -1 when it was refused. */
int workers_start(struct workers *workers, const struct order *order,
                  struct handoff_reply *reply);

/* What to poll for the workers' questions, WORKERS_MAX entries, and answering
 * what came. */
void workers_fill_polls(const struct workers *workers,
                        struct pollfd polled[static WORKERS_MAX]);
void workers_answer(struct workers *workers,
                    const struct pollfd polled[static WORKERS_MAX]);

/* Takes note of a process that ended; true (and reply filled) if it was a
 * worker. */
bool workers_reap(struct workers *workers, pid_t pid, int wait_status,
                  struct handoff_reply *reply);

/* Kills what is overdue; returns milliseconds until the next may be, or -1. */
int workers_kill_overdue(struct workers *workers, int64_t now_ns);

/* Nobody listens to them any more: at most grace_ms from now. */
void workers_hurry(struct workers *workers, int64_t now_ns, unsigned grace_ms);

size_t workers_count(const struct workers *workers);

#endif
