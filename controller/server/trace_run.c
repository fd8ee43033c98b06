#include "controller/server/trace_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "controller/server/directory.h"
#include "controller/server/registry.h"
#include "controller/server/server.h"

#define STATUS_FAILED 3

struct session **trace_run_slot(struct trace_run *run, enum role role)
{
    return role == ROLE_SOURCE    ? &run->source
           : role == ROLE_VANTAGE ? &run->vantage
                                  : &run->destination;
}

const struct case_end *trace_run_end(const struct trace_run *run,
                                     enum role role)
{
    return role == ROLE_SOURCE    ? &run->trace.source
           : role == ROLE_VANTAGE ? &run->trace.vantage
                                  : &run->trace.destination;
}

static void release(struct trace_run *run)
{
    if (--run->holders > 0)
        return;
    evidence_list_fini(&run->evidence);
    answer_fini(&run->answer);
    case_fini(&run->trace);
    for (size_t i = 0; i < run->earlier_count; i++) {
        case_fini(run->earlier[i]);
        free(run->earlier[i]);
    }
    free(run);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

/* The run leaves the list at once; its memory follows timer and job. */
static void close_run(struct trace_run *run)
{
    if (run->is_over)
        return;
    run->is_over = true;
    if (run->operator_session != NULL)
        run->operator_session->run = NULL;
    uv_close((uv_handle_t *)&run->timer, on_timer_closed);
    traces_forget(run->traces, run);
}

static void add_job(struct trace_run *run, void (*work)(struct job *),
                    void (*done)(struct job *))
{
    run->job.work = work;
    run->job.done = done;
    run->holders++;
    jobs_add(&run->traces->jobs, &run->job);
}

static struct trace_run *run_of(struct job *job)
{
    return (struct trace_run *)((char *)job - offsetof(struct trace_run, job));
}

/* On the jobs' thread. */
static void do_judge(struct job *job)
{
    struct trace_run *run = run_of(job);

    run->traces->judge(&run->subject, run->evidence.items, run->evidence.count,
                       &run->judgement);
}

static void on_judged(struct job *job)
{
    struct trace_run *run = run_of(job);
    struct case_event event = {.kind = CASE_JUDGED,
                               .judgement = &run->judgement};

    evidence_list_fini(&run->evidence);
    if (!run->is_over)
        trace_run_step(run, &event);
    release(run);
}

static void judge(struct trace_run *run)
{
    run->subject = run->trace.subject;
    run->evidence = evidence_list_share(&run->trace.evidence);
    add_job(run, do_judge, on_judged);
}

/* On the jobs' thread, which alone uses the archive.  A report that was not
 * stored must say so: it is written again once the loop has added that. */
static void do_answer(struct job *job)
{
    struct trace_run *run = run_of(job);
    const struct trace_case *trace = &run->trace;
    struct answer *answer = &run->answer;
    const struct answer_subject about = {
        .id = run->id,
        .trace = trace,
        .earlier = (const struct trace_case *const *)run->earlier,
        .earlier_count = run->earlier_count,
        .times = run->times,
    };

    run->answer_status = answer_write(&about, answer, &run->answer_err);
    if (run->is_cut_short)
        answer->status = STATUS_FAILED;
    if (run->answer_status == 0 && !run->is_unstored)
        run->store_status = answer_store(answer, &about, run->operator_name,
                                         run->traces->archive, &run->store_err);
    if (run->answer_status == 0 && run->store_status == 0)
        run->answer_status =
            answer_compose(answer, trace->request.bundle, &run->answer_err);
}

static void send_answer(struct trace_run *run)
{
    struct session *session = run->operator_session;
    const char *id = run->id;

    if (run->answer_status < 0) {
        log_error("trace %s: no report: %s", id, run->answer_err.text);
        if (session != NULL)
            session_send_error(session, 3, "%s", run->answer_err.text);
    } else {
        log_info("trace %s: %s to %s port %u: %s in %lld ms", id,
                 run->trace.request.source, run->trace.request.destination,
                 run->trace.request.port,
                 causes[run->trace.judgement.verdict.cause].name,
                 (long long)run->times.duration_ms);
        if (session != NULL)
            session_send_document(session, TAKE_PTR(run->answer.document),
                                  run->answer.status);
    }
    if (session != NULL)
        server_start_pump(session->server);
}

static void on_answered(struct job *job)
{
    struct trace_run *run = run_of(job);

    if (run->store_status < 0) {
        log_error("trace %s: not stored: %s", run->id, run->store_err.text);
        case_add_limit(&run->trace, clock_monotonic_ns(),
                       "this report was not stored: %s", run->store_err.text);
        run->store_status = 0;
        run->is_unstored = true;
        answer_fini(&run->answer);
        add_job(run, do_answer, on_answered);
    } else {
        send_answer(run);
        close_run(run);
    }
    release(run);
}

static void make_answer(struct trace_run *run)
{
    int64_t now_ns = clock_monotonic_ns();

    run->is_answering = true;
    run->times = (struct answer_times){
        .started_ms = run->started_ms,
        .duration_ms = (now_ns - run->started_ns) / NS_PER_MS};
    add_job(run, do_answer, on_answered);
}

static void send_order(struct trace_run *run, const struct case_action *action)
{
    const struct directory *directory = run->traces->directory;
    const char *name = trace_run_end(run, action->role)->name;
    struct agent *agent = registry_find(directory->registry, name);
    struct message message = {.kind = MESSAGE_ORDER, .order = action->order};
    bool is_sent = false;

    if (agent != NULL) {
        *trace_run_slot(run, action->role) = agent->session;
        session_ping(agent->session); /* a fresh look at its clock */
        is_sent = session_send(agent->session, &message) == 0;
    }
    if (!is_sent && action->role == ROLE_SOURCE)
        run->source_failed = true;
    else if (!is_sent && action->role == ROLE_DESTINATION)
        run->destination_failed = true;
}

/* A failure shows as the session's end. */
static void send_command(struct trace_run *run,
                         const struct case_action *action)
{
    struct session *session = *trace_run_slot(run, action->role);
    struct message message = {.kind = MESSAGE_COMMAND,
                              .command = {.command = action->command}};

    if (session == NULL)
        return;
    snprintf(message.command.trace_id, sizeof(message.command.trace_id), "%s",
             trace_run_end(run, action->role)->trace_id);
    session_send(session, &message);
}

static void ask_inventory(struct trace_run *run, const char *name)
{
    const struct directory *directory = run->traces->directory;
    struct agent *agent = registry_find(directory->registry, name);
    struct message message = {.kind = MESSAGE_INVENTORY_REQUEST};

    if (agent != NULL)
        session_send(agent->session, &message);
}

static void say(struct trace_run *run, const char *text)
{
    struct message message = {.kind = MESSAGE_PROGRESS};

    if (run->operator_session == NULL)
        return;
    snprintf(message.progress, sizeof(message.progress), "%s", text);
    session_send(run->operator_session, &message);
}

size_t trace_run_count_earlier(const struct trace_run *run)
{
    size_t count = 0;

    for (size_t i = 0; i < run->earlier_count; i++)
        count += run->earlier[i]->evidence.count;
    return count;
}

/* The application would go on to an address that cannot be traced: what is known
 * of the one before is told, and that it is not the end. */
static void report_earlier(struct trace_run *run, const char *why)
{
    struct trace_case *last = run->earlier[--run->earlier_count];
    char text[ADDRESS_TEXT_SIZE];

    case_fini(&run->trace);
    run->trace = *last;
    free(last);
    snprintf(run->trace.subject.note, sizeof(run->trace.subject.note),
             "An application goes on to %s, which could not be traced: %s",
             address_print(&run->trace.resolved[run->trace.leg + 1], text),
             why);
    make_answer(run);
}

static void refuse(struct trace_run *run, const struct case_action *action)
{
    log_info("trace %s: not run: %s", run->id, action->text);
    if (run->earlier_count > 0) {
        run->is_cut_short = true;
        report_earlier(run, action->text);
    } else if (run->operator_session != NULL)
        session_send_error(run->operator_session, action->status, "%s",
                           action->text);
}

/* The case that is done steps aside for the one of the name's next address. */
static int begin_next(struct trace_run *run, struct err *err)
{
    CLEAN_FREE struct trace_case *done = malloc(sizeof(*done));
    struct trace_draw draw;
    int status = traces_draw(run->traces, run->started_ms, &draw, err);

    if (status == 0 && done == NULL)
        status = err_set(err, -ENOMEM, "the controller is out of memory");
    if (status < 0)
        return status;
    *done = run->trace;
    status = case_init_next(&run->trace, done,
                            (const char *const[]){draw.ids[0], draw.ids[1]},
                            draw.isn_base);
    if (status < 0) {
        run->trace = *done;
        return err_set(err, status, "the controller is out of memory");
    }
    run->earlier[run->earlier_count++] = TAKE_PTR(done);
    run->source = run->destination = run->vantage = NULL;
    run->is_next_due = true;
    return 0;
}

static void finish(struct trace_run *run)
{
    bool is_wanted = run->operator_session != NULL && !run->traces->is_stopping;
    struct err err = {0};

    if (run->earlier_count > 0 && run->trace.judgement.attempt_count == 0) {
        report_earlier(run, "no attempt was made in the time that was left");
        return;
    }
    if (!is_wanted || !case_goes_on(&run->trace, clock_monotonic_ns())) {
        make_answer(run);
        return;
    }
    if (begin_next(run, &err) == 0)
        return;
    case_add_limit(&run->trace, clock_monotonic_ns(),
                   "its other addresses were not tried: %s", err.text);
    make_answer(run);
}

static void perform(struct trace_run *run, const struct case_action *action)
{
    switch (action->kind) {
    case CASE_JUDGE: judge(run); break;
    case CASE_SEND_ORDER: send_order(run, action); break;
    case CASE_SEND_COMMAND: send_command(run, action); break;
    case CASE_ASK_INVENTORY: ask_inventory(run, action->text); break;
    case CASE_SAY: say(run, action->text); break;
    case CASE_REFUSE: refuse(run, action); break;
    case CASE_FINISH: finish(run); break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct case_event event = {.kind = CASE_TICK};

    trace_run_step(timer->data, &event);
}

static void set_timer(struct trace_run *run)
{
    int64_t wake_ns = case_wake_ns(&run->trace);
    int64_t now_ns = clock_monotonic_ns();
    /* Rounded up, or it would come just too early. */
    int64_t left_ms = wake_ns > now_ns ? (wake_ns - now_ns) / NS_PER_MS + 1 : 1;

    if (wake_ns == INT64_MIN) /* after what else there is to be read */
        left_ms = 0;
    if (wake_ns == INT64_MAX) { /* after a job */
        uv_timer_stop(&run->timer);
        return;
    }
    uv_update_time(run->traces->loop);
    uv_timer_start(&run->timer, on_timer, (uint64_t)left_ms, 0);
}

/* What follows from what was just done, if anything does. */
static bool take_sequel(struct trace_run *run, struct case_event *event)
{
    if (run->is_next_due) {
        run->is_next_due = false;
        *event = (struct case_event){.kind = CASE_START};
        return true;
    }
    *event = (struct case_event){.kind = CASE_LOST,
                                 .text = "its agent could not be told"};
    if (run->source_failed) {
        run->source_failed = false;
        event->role = ROLE_SOURCE;
        return true;
    }
    event->role = ROLE_DESTINATION;
    if (!run->destination_failed)
        return false;
    run->destination_failed = false;
    return true;
}

void trace_run_step(struct trace_run *run, struct case_event *event)
{
    struct case_action actions[CASE_MAX_ACTIONS];
    struct case_event sequel = *event;
    size_t count;

    if (run->is_over || run->is_answering)
        return;
    do {
        sequel.now_ns = clock_monotonic_ns();
        case_step(&run->trace, &sequel, actions, &count);
        for (size_t i = 0; i < count; i++)
            perform(run, &actions[i]);
    } while (take_sequel(run, &sequel));
    if (run->trace.phase == CASE_DONE && !run->is_answering)
        close_run(run);
    else
        set_timer(run);
}

void trace_run_start(struct trace_run *run)
{
    struct case_event event = {.kind = CASE_START};

    uv_timer_init(run->traces->loop, &run->timer);
    run->timer.data = run;
    run->started_ns = clock_monotonic_ns();
    run->holders = 1;
    trace_run_step(run, &event);
}
