/* One running trace: its case, the connections that it speaks over, and what
 * it has done beside the loop.  For traces.c.
 *
 * A name with several addresses takes a case for each, one after the other,
 * until one lets the application in.  The last is the one that is reported. */
#ifndef CONTROLLER_TRACE_RUN_H
#define CONTROLLER_TRACE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/err.h"
#include "controller/case/case.h"
#include "controller/server/answer.h"
#include "controller/server/jobs.h"
#include "controller/server/session.h"

struct traces;

struct trace_run
{
    struct traces *traces;
    struct session *operator_session; /* NULL once it is gone */
    char operator_name[CONN_NAME_SIZE];
    struct session *source, *destination, *vantage; /* NULL: none, or lost */
    bool source_failed, destination_failed; /* an order could not be sent */
    char id[TRACE_ID_SIZE];  /* the trace's; its first case's source's */
    struct trace_case trace; /* the loop's; once it is done nobody changes it
                              * while the job reads it */
    struct trace_case *earlier[CASE_MAX_LEGS]; /* done, on the heap */
    size_t earlier_count;
    bool is_next_due;  /* the next address's case is to be started */
    bool is_cut_short; /* an address that is left could not be tried */
    int64_t started_ms, started_ns; /* since the epoch; monotonic */
    uv_timer_t timer;               /* the case's next tick */
    bool is_answering; /* the case is done, its report is being made */
    bool is_unstored;  /* the report could not be stored */
    bool is_over;      /* off the list, and soon free */
    unsigned holders;  /* timer and job */
    struct trace_run *prev, *next;

    /* What the job reads and writes; one job at a time. */
    struct job job;
    struct subject subject;
    struct evidence_list evidence; /* a share of the case's */
    struct judgement judgement;
    struct answer_times times;
    struct answer answer;
    int answer_status, store_status; /* 0, or -errno and why */
    struct err answer_err, store_err;
};

/* Starts the case of a run that is on its list. */
void trace_run_start(struct trace_run *run);

/* Hands the case an event (now_ns is filled in), and carries out what it
 * decides.  The run may be over afterwards. */
void trace_run_step(struct trace_run *run, struct case_event *event);

/* How much evidence the cases before this one hold. */
size_t trace_run_count_earlier(const struct trace_run *run);

/* Where the connection to this end's agent is kept. */
struct session **trace_run_slot(struct trace_run *run, enum role role);
/* What the case knows of it. */
const struct case_end *trace_run_end(const struct trace_run *run,
                                     enum role role);

#endif
