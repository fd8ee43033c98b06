/* The running traces: carries out what each case decides. */
#ifndef CONTROLLER_TRACES_H
#define CONTROLLER_TRACES_H

#include <uv.h>

#include "controller/case.h"

struct directory;
struct err;
struct session;
struct store;
struct trace_run;

#define TRACES_MAX             256
#define TRACES_MAX_OF_OPERATOR 32
#define TRACES_MAX_EVIDENCE    65536 /* of all running traces together */

struct traces
{
    uv_loop_t *loop;
    struct directory *directory;
    struct store *store;
    struct trace_run *runs;
    unsigned count;
};

void traces_init(struct traces *traces, uv_loop_t *loop,
                 struct directory *directory, struct store *store);

/* Starts a trace for an operator, who is told everything else.  -EBUSY when
 * there are too many. */
int traces_start(struct traces *traces, struct session *session,
                 const struct message_trace_request *request, struct err *err);

/* From an agent.  What belongs to no trace of it is dropped: it may be late. */
void traces_take_evidence(struct traces *traces, struct session *session,
                          const struct message_evidence *evidence);
void traces_take_ended(struct traces *traces, struct session *session,
                       const struct message_trace_ended *ended);

/* A session is gone, or as good as gone. */
void traces_lose_agent(struct traces *traces, struct session *session,
                       const char *reason);
void traces_lose_operator(struct traces *traces, struct session *session);

/* Aborts all; the operators are told. */
void traces_stop(struct traces *traces);

#endif
