/* What a worker is, for the files that make it up. */
#ifndef WORKER_WORKER_STATE_H
#define WORKER_WORKER_STATE_H

#include "agent/keeper/policy.h"
#include "agent/observe/translated.h"
#include "agent/probe/flows.h"
#include "agent/worker/inside.h"
#include "agent/worker/observing.h"
#include "agent/worker/worker.h"
#include "common/segment/segment.h"

struct channel;
struct probe;
struct resolve;
struct self_test;
struct trials;
struct walk;

enum step
{
    STEP_RESOLVING,
    STEP_WAITING, /* for the addresses */
    STEP_ARMED,
    STEP_COLLECTING,
    STEP_ENDED,
};

/* What observers and probes are handed.  A trace that is made in another network
 * namespace has a second one, for what watches the host's own namespace: it
 * shares the first one's order and channel, and what it sees is told as seen
 * there. */
struct worker
{
    struct worker *root;    /* the first one */
    struct worker *outside; /* the second one, or NULL */
    struct observing observing;

    /* The first one's only. */
    struct inside inside;
    uv_loop_t loop;
    uv_timer_t deadline;
    uv_prepare_t before_poll; /* the observers are shown what waits */
    uv_check_t after_poll;
    enum step step;
    struct policy policy;
    struct order order;
    struct address own;
    struct address peer;
    struct channel *channel;
    struct resolve *resolve;
    struct probe *probe;
    struct walk *walk;
    struct flows flows; /* the destination's */
    struct self_test *self_test;
    bool resolver_is_stuck;
    bool has_told_host;
    struct trials *trials;
    int held_fd;                  /* a vantage point's port; 0: none */
    struct translated translated; /* what it told last */
    bool has_syn;
    struct segment syn; /* the first that the capture saw */
    bool has_walked;    /* once a trace: the rate is the keeper's to allot */
    bool has_tried;     /* likewise */
};

#endif
