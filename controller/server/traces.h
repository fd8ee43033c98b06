/* The running traces: carries out what each case decides. */
#ifndef CONTROLLER_TRACES_H
#define CONTROLLER_TRACES_H

#include <uv.h>

#include "controller/case/case.h"
#include "controller/server/jobs.h"

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
    struct store *archive; /* of the jobs' thread */
    struct jobs jobs;      /* judge, and make answers */
    struct trace_run *runs;
    unsigned count;
    bool is_stopping;
    /* The engine; another one in tests.  Called on the jobs' thread. */
    void (*judge)(const struct subject *subject, const struct evidence *items,
                  size_t count, struct judgement *out);
};

/* archive: a store of its own, which the jobs' thread alone uses until
 * traces_stop() has ended it.  After a failure traces_stop() is still due. */
int traces_open(struct traces *traces, uv_loop_t *loop,
                struct directory *directory, struct store *archive,
                struct err *err);

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

/* Aborts all, and the operators are told; but those whose report is nearly
 * there get it.  The loop is left when the last has been stored. */
void traces_stop(struct traces *traces);

/* What a case needs that no other may have: two ids, of the source's order and
 * the destination's, and a first sequence number. */
struct trace_draw
{
    char ids[2][TRACE_ID_SIZE];
    uint32_t isn_base;
};

int traces_draw(const struct traces *traces, int64_t started_ms,
                struct trace_draw *out, struct err *err);

/* For a run that is over. */
void traces_forget(struct traces *traces, struct trace_run *run);

#endif
