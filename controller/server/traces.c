#include "controller/server/traces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/pki/pki.h"
#include "controller/server/directory.h"
#include "controller/server/trace_run.h"
#include "controller/store/ulid.h"

/* Who may have a worker. */
static const enum role ends[] = {ROLE_SOURCE, ROLE_DESTINATION, ROLE_VANTAGE};

int traces_open(struct traces *traces, uv_loop_t *loop,
                struct directory *directory, struct store *archive,
                struct err *err)
{
    *traces = (struct traces){.loop = loop,
                              .directory = directory,
                              .archive = archive,
                              .judge = verdict_judge};
    return jobs_open(&traces->jobs, loop, err);
}

void traces_forget(struct traces *traces, struct trace_run *run)
{
    DL_DELETE(traces->runs, run);
    traces->count--;
    if (traces->is_stopping && traces->runs == NULL)
        jobs_close(&traces->jobs);
}

static bool isn_is_taken(const struct traces *traces, uint32_t isn_base)
{
    const struct trace_run *run;

    DL_FOREACH(traces->runs, run)
    if (((run->trace.subject.isn_base ^ isn_base) & ORDER_ISN_MASK) == 0)
        return true;
    return false;
}

/* Filters in kernels know a trace by these bits: no two running may share. */
static int draw_isn_base(const struct traces *traces, uint32_t *out,
                         struct err *err)
{
    uint32_t random = 0;

    do {
        int status = pki_random(&random, sizeof(random), err);

        if (status < 0)
            return status;
        *out = (random & ORDER_ISN_MASK) | (1 + random % 15);
    } while (isn_is_taken(traces, *out));
    return 0;
}

int traces_draw(const struct traces *traces, int64_t started_ms,
                struct trace_draw *out, struct err *err)
{
    uint8_t random[2 * ULID_RANDOM_SIZE];
    int status = pki_random(random, sizeof(random), err);

    if (status == 0)
        status = draw_isn_base(traces, &out->isn_base, err);
    if (status < 0)
        return status;
    ulid_print(started_ms, random, out->ids[0]);
    ulid_print(started_ms, random + ULID_RANDOM_SIZE, out->ids[1]);
    return 0;
}

static int init_case(struct trace_run *run,
                     const struct message_trace_request *request,
                     struct err *err)
{
    const struct case_world world = {
        .owner = run->traces->directory,
        .find_host = directory_find_host,
        .find_owner = directory_find_owner,
        .find_near = directory_find_near,
        .find_holders = directory_find_holders,
        .knows_network = directory_knows_network,
        .find_away = directory_find_away,
        .find_link = directory_find_link,
        .list_hosts = directory_list_hosts,
        .offset = directory_offset,
    };
    struct trace_draw draw;
    int status = traces_draw(run->traces, run->started_ms, &draw, err);

    if (status < 0)
        return status;
    memcpy(run->id, draw.ids[0], sizeof(run->id));
    case_init(&run->trace, &world, request,
              (const char *const[]){draw.ids[0], draw.ids[1]}, draw.isn_base);
    return 0;
}

static int check_room(const struct traces *traces,
                      const struct session *session, struct err *err)
{
    const struct trace_run *run;
    unsigned own = 0;

    if (traces->is_stopping)
        return err_set(err, -ESHUTDOWN,
                       "the controller is going down: ask again in a moment");
    if (session->run != NULL || session->document != NULL)
        return err_set(err, -EBUSY,
                       "this connection has a trace under way: wait for its "
                       "answer, or open another");
    if (traces->count >= TRACES_MAX)
        return err_set(err, -EBUSY,
                       "%d traces are under way already: try again in a "
                       "moment",
                       TRACES_MAX);
    DL_FOREACH(traces->runs, run)
    if (strcmp(run->operator_name, session->peer.name) == 0)
        own++;
    if (own >= TRACES_MAX_OF_OPERATOR)
        return err_set(err, -EBUSY,
                       "%d traces of %s are under way already: wait for one "
                       "to end",
                       TRACES_MAX_OF_OPERATOR, session->peer.name);
    return 0;
}

int traces_start(struct traces *traces, struct session *session,
                 const struct message_trace_request *request, struct err *err)
{
    struct trace_run *run;
    int status = check_room(traces, session, err);

    if (status < 0)
        return status;
    run = calloc(1, sizeof(*run));
    if (run == NULL)
        return err_set(err, -ENOMEM, "the controller is out of memory");
    run->traces = traces;
    run->started_ms = clock_real_ns() / NS_PER_MS;
    status = init_case(run, request, err);
    if (status < 0) {
        free(run);
        return status;
    }
    run->operator_session = session;
    snprintf(run->operator_name, sizeof(run->operator_name), "%s",
             session->peer.name);
    session->run = run;
    DL_APPEND(traces->runs, run);
    traces->count++;
    log_info("trace %s: %s asks for %s to %s port %u", run->id, session->label,
             request->source, request->destination, request->port);
    trace_run_start(run);
    return 0;
}

/* The run and role that an agent's message is for. */
static struct trace_run *find_run(struct traces *traces,
                                  const struct session *session,
                                  const char *trace_id, enum role *role)
{
    struct trace_run *run;

    DL_FOREACH(traces->runs, run)
    {
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
            *role = ends[i];
            if (*trace_run_slot(run, *role) == session &&
                strcmp(trace_run_end(run, *role)->trace_id, trace_id) == 0)
                return run;
        }
    }
    return NULL;
}

static size_t count_evidence(const struct traces *traces)
{
    const struct trace_run *run;
    size_t count = 0;

    DL_FOREACH(traces->runs, run)
    count += run->trace.evidence.count + trace_run_count_earlier(run);
    return count;
}

void traces_take_evidence(struct traces *traces, struct session *session,
                          const struct message_evidence *evidence)
{
    struct case_event event = {.kind = CASE_EVIDENCE,
                               .items = evidence->items,
                               .count = evidence->count,
                               .incomplete = evidence->incomplete};
    struct trace_run *run =
        find_run(traces, session, evidence->trace_id, &event.role);

    if (run == NULL) {
        log_debug("%s: evidence of a trace that is over", session->label);
        return;
    }
    if (count_evidence(traces) + evidence->count > TRACES_MAX_EVIDENCE) {
        /* Its timeout still ends the trace, with what there is. */
        log_warning("%s: evidence dropped: all running traces hold %d pieces",
                    session->label, TRACES_MAX_EVIDENCE);
        return;
    }
    trace_run_step(run, &event);
}

void traces_take_ended(struct traces *traces, struct session *session,
                       const struct message_trace_ended *ended)
{
    struct case_event event = {
        .kind = CASE_ENDED, .status = ended->status, .text = ended->text};
    struct trace_run *run =
        find_run(traces, session, ended->trace_id, &event.role);

    if (run != NULL)
        trace_run_step(run, &event);
}

static void lose_role(struct trace_run *run, enum role role, const char *reason)
{
    struct case_event event = {.kind = CASE_LOST, .role = role, .text = reason};

    *trace_run_slot(run, role) = NULL;
    trace_run_step(run, &event);
}

void traces_lose_agent(struct traces *traces, struct session *session,
                       const char *reason)
{
    struct trace_run *run, *next;

    DL_FOREACH_SAFE(traces->runs, run, next)
    {
        bool was[ARRAY_SIZE(ends)];

        for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
            was[i] = *trace_run_slot(run, ends[i]) == session;
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
            if (was[i] && !run->is_over)
                lose_role(run, ends[i], reason);
    }
}

void traces_lose_operator(struct traces *traces, struct session *session)
{
    struct case_event event = {.kind = CASE_OPERATOR_GONE};
    struct trace_run *run = session->run;

    (void)traces;
    if (run == NULL)
        return;
    log_info("trace %s: its operator is gone", run->id);
    run->operator_session = NULL;
    session->run = NULL;
    trace_run_step(run, &event);
}

void traces_stop(struct traces *traces)
{
    struct trace_run *run, *next;

    traces->is_stopping = true;
    DL_FOREACH_SAFE(traces->runs, run, next)
    {
        struct case_event event = {.kind = CASE_OPERATOR_GONE};

        if (run->trace.phase >= CASE_CLOSING) /* its report is nearly there */
            continue;
        if (run->operator_session != NULL)
            session_send_error(run->operator_session, 3,
                               "the controller is going down: ask again in a "
                               "moment");
        trace_run_step(run, &event);
    }
    if (traces->runs == NULL)
        jobs_close(&traces->jobs);
}
