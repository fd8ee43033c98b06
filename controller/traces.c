#include "controller/traces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/pki/pki.h"
#include "controller/answer.h"
#include "controller/directory.h"
#include "controller/registry.h"
#include "controller/report/bundle.h"
#include "controller/server.h"
#include "controller/session.h"
#include "controller/store.h"
#include "controller/ulid.h"

struct trace_run
{
    struct traces *traces;
    struct session *operator_session; /* NULL once it is gone */
    char operator_name[CONN_NAME_SIZE];
    struct session *source, *destination;   /* NULL: none, or lost */
    bool source_failed, destination_failed; /* an order could not be sent */
    struct trace_case trace;
    int64_t started_ms; /* since the epoch */
    bool is_over;
    uv_timer_t timer; /* the case's next tick */
    struct trace_run *prev, *next;
};

static void step(struct trace_run *run, struct case_event *event);

void traces_init(struct traces *traces, uv_loop_t *loop,
                 struct directory *directory, struct store *store)
{
    *traces =
        (struct traces){.loop = loop, .directory = directory, .store = store};
}

static struct session **slot_of(struct trace_run *run, enum role role)
{
    return role == ROLE_SOURCE ? &run->source : &run->destination;
}

static const struct case_end *end_of(const struct trace_run *run,
                                     enum role role)
{
    return role == ROLE_SOURCE ? &run->trace.source : &run->trace.destination;
}

static void free_run(uv_handle_t *handle)
{
    struct trace_run *run = handle->data;

    case_fini(&run->trace);
    free(run);
}

/* The run leaves the list at once; its memory follows its timer. */
static void close_run(struct trace_run *run)
{
    if (run->is_over)
        return;
    run->is_over = true;
    if (run->operator_session != NULL)
        run->operator_session->run = NULL;
    DL_DELETE(run->traces->runs, run);
    run->traces->count--;
    uv_close((uv_handle_t *)&run->timer, free_run);
}

static void send_order(struct trace_run *run, const struct case_action *action)
{
    const struct directory *directory = run->traces->directory;
    const char *name = end_of(run, action->role)->name;
    struct agent *agent = registry_find(directory->registry, name);
    struct message message = {.kind = MESSAGE_ORDER, .order = action->order};
    bool is_sent = false;

    if (agent != NULL) {
        *slot_of(run, action->role) = agent->session;
        session_ping(agent->session); /* a fresh look at its clock */
        is_sent = session_send(agent->session, &message) == 0;
    }
    if (!is_sent && action->role == ROLE_SOURCE)
        run->source_failed = true;
    else if (!is_sent)
        run->destination_failed = true;
}

/* A failure shows as the session's end. */
static void send_command(struct trace_run *run,
                         const struct case_action *action)
{
    struct session *session = *slot_of(run, action->role);
    struct message message = {.kind = MESSAGE_COMMAND,
                              .command = {.command = action->command}};

    if (session == NULL)
        return;
    snprintf(message.command.trace_id, sizeof(message.command.trace_id), "%s",
             end_of(run, action->role)->trace_id);
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

static void refuse(struct trace_run *run, const struct case_action *action)
{
    log_info("trace %s: not run: %s", run->trace.source.trace_id, action->text);
    if (run->operator_session != NULL)
        session_send_error(run->operator_session, action->status, "%s",
                           action->text);
}

/* What the operator gets: the report, or the bundle with the report in it. */
static int send_answer(struct trace_run *run, struct answer *answer,
                       struct err *err)
{
    struct session *session = run->operator_session;
    CLEAN_FREE char *document = NULL;
    int status = 0;

    if (run->trace.request.bundle)
        status = bundle_attach_report(answer->bundle, answer->report, &document,
                                      err);
    else
        document = TAKE_PTR(answer->report);
    if (status == 0 && strlen(document) > MESSAGE_MAX_DOCUMENT)
        status =
            err_set(err, -EFBIG,
                    "the answer is larger than %u MiB: trace with fewer "
                    "attempts%s",
                    MESSAGE_MAX_DOCUMENT >> 20,
                    run->trace.request.bundle ? ", or without --bundle" : "");
    if (status < 0)
        return status;
    session_send_document(session, TAKE_PTR(document), answer->status);
    server_start_pump(session->server);
    return 0;
}

static void finish_trace(struct trace_run *run)
{
    CLEAN(answer_fini) struct answer answer = {0};
    struct err err = {0};
    int status =
        answer_make(&run->trace, run->traces->store, run->operator_name,
                    run->started_ms, clock_monotonic_ns(), &answer, &err);

    if (status == 0 && run->operator_session != NULL)
        status = send_answer(run, &answer, &err);
    if (status == 0)
        return;
    log_error("trace %s: no report: %s", run->trace.source.trace_id, err.text);
    if (run->operator_session != NULL)
        session_send_error(run->operator_session, 3, "%s", err.text);
}

static void perform(struct trace_run *run, const struct case_action *action)
{
    switch (action->kind) {
    case CASE_SEND_ORDER: send_order(run, action); break;
    case CASE_SEND_COMMAND: send_command(run, action); break;
    case CASE_ASK_INVENTORY: ask_inventory(run, action->text); break;
    case CASE_SAY: say(run, action->text); break;
    case CASE_REFUSE: refuse(run, action); break;
    case CASE_FINISH: finish_trace(run); break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct case_event event = {.kind = CASE_TICK};

    step(timer->data, &event);
}

static void set_timer(struct trace_run *run)
{
    int64_t wake_ns = case_wake_ns(&run->trace);
    int64_t now_ns = clock_monotonic_ns();
    /* Rounded up, or it would come just too early. */
    int64_t left_ms = wake_ns > now_ns ? (wake_ns - now_ns) / NS_PER_MS + 1 : 1;

    if (wake_ns == INT64_MIN) /* after what else there is to be read */
        left_ms = 0;
    uv_update_time(run->traces->loop);
    uv_timer_start(&run->timer, on_timer, (uint64_t)left_ms, 0);
}

static bool take_failure(struct trace_run *run, struct case_event *event)
{
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

static void step(struct trace_run *run, struct case_event *event)
{
    struct case_action actions[CASE_MAX_ACTIONS];
    struct case_event failure = *event;
    size_t count;

    if (run->is_over)
        return;
    do {
        failure.now_ns = clock_monotonic_ns();
        case_step(&run->trace, &failure, actions, &count);
        for (size_t i = 0; i < count; i++)
            perform(run, &actions[i]);
    } while (take_failure(run, &failure));
    if (run->trace.phase == CASE_DONE)
        close_run(run);
    else
        set_timer(run);
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

static int init_case(struct trace_run *run,
                     const struct message_trace_request *request,
                     struct err *err)
{
    const struct case_world world = {
        .owner = run->traces->directory,
        .find_host = directory_find_host,
        .find_owner = directory_find_owner,
        .list_hosts = directory_list_hosts,
        .offset = directory_offset,
        .judge = verdict_judge,
    };
    char texts[2][TRACE_ID_SIZE];
    const char *const ids[2] = {texts[0], texts[1]};
    uint8_t random[2 * ULID_RANDOM_SIZE];
    uint32_t isn_base = 0;
    int status = pki_random(random, sizeof(random), err);

    if (status == 0)
        status = draw_isn_base(run->traces, &isn_base, err);
    if (status < 0)
        return status;
    ulid_print(run->started_ms, random, texts[0]);
    ulid_print(run->started_ms, random + ULID_RANDOM_SIZE, texts[1]);
    case_init(&run->trace, &world, request, ids, isn_base);
    return 0;
}

static int check_room(const struct traces *traces,
                      const struct session *session, struct err *err)
{
    const struct trace_run *run;
    unsigned own = 0;

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
    struct case_event event = {.kind = CASE_START};
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
    uv_timer_init(traces->loop, &run->timer);
    run->timer.data = run;
    DL_APPEND(traces->runs, run);
    traces->count++;
    log_info("trace %s: %s asks for %s to %s port %u",
             run->trace.source.trace_id, session->label, request->source,
             request->destination, request->port);
    step(run, &event);
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
        *role = ROLE_SOURCE;
        if (run->source == session &&
            strcmp(run->trace.source.trace_id, trace_id) == 0)
            return run;
        *role = ROLE_DESTINATION;
        if (run->destination == session &&
            strcmp(run->trace.destination.trace_id, trace_id) == 0)
            return run;
    }
    return NULL;
}

static size_t count_evidence(const struct traces *traces)
{
    const struct trace_run *run;
    size_t count = 0;

    DL_FOREACH(traces->runs, run)
    count += run->trace.count;
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
    step(run, &event);
}

void traces_take_ended(struct traces *traces, struct session *session,
                       const struct message_trace_ended *ended)
{
    struct case_event event = {
        .kind = CASE_ENDED, .status = ended->status, .text = ended->text};
    struct trace_run *run =
        find_run(traces, session, ended->trace_id, &event.role);

    if (run != NULL)
        step(run, &event);
}

static void lose_role(struct trace_run *run, enum role role, const char *reason)
{
    struct case_event event = {.kind = CASE_LOST, .role = role, .text = reason};

    *slot_of(run, role) = NULL;
    step(run, &event);
}

void traces_lose_agent(struct traces *traces, struct session *session,
                       const char *reason)
{
    struct trace_run *run, *next;

    DL_FOREACH_SAFE(traces->runs, run, next)
    {
        bool was_destination = run->destination == session;

        if (run->source == session)
            lose_role(run, ROLE_SOURCE, reason);
        if (was_destination && !run->is_over)
            lose_role(run, ROLE_DESTINATION, reason);
    }
}

void traces_lose_operator(struct traces *traces, struct session *session)
{
    struct case_event event = {.kind = CASE_OPERATOR_GONE};
    struct trace_run *run = session->run;

    (void)traces;
    if (run == NULL)
        return;
    log_info("trace %s: aborted: its operator is gone",
             run->trace.source.trace_id);
    run->operator_session = NULL;
    session->run = NULL;
    step(run, &event);
}

void traces_stop(struct traces *traces)
{
    struct trace_run *run, *next;

    DL_FOREACH_SAFE(traces->runs, run, next)
    {
        struct case_event event = {.kind = CASE_OPERATOR_GONE};

        if (run->operator_session != NULL)
            session_send_error(run->operator_session, 3,
                               "the controller is going down: ask again in a "
                               "moment");
        step(run, &event);
    }
}
