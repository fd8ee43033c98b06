/* One running trace: its case, the connections that it speaks over, and what
 * it has done beside the loop.  For traces.c. */
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
    struct session *source, *destination;   /* NULL: none, or lost */
    bool source_failed, destination_failed; /* an order could not be sent */
    struct trace_case trace; /* the loop's; once it is done nobody changes it
                              * while the job reads it */
    int64_t started_ms;      /* since the epoch */
    uv_timer_t timer;        /* the case's next tick */
    bool is_answering;       /* the case is done, its report is being made */
    bool is_unstored;        /* the report could not be stored */
    bool is_over;            /* off the list, and soon free */
    unsigned holders;        /* timer and job */
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

/* Where the connection to this end's agent is kept. */
struct session **trace_run_slot(struct trace_run *run, enum role role);

#endif
