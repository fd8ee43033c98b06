/* How observers hear of what the others see, with observers made up for it:
 * "first" emits routes and hears of links, "second" reads routes and emits
 * links, "third" reads links and ends of attempts. */
#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "agent/worker/observing.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

#define HEARD_SIZE 256

struct worker
{
    struct observing observing;
    char heard[HEARD_SIZE]; /* what went on, one word each */
    unsigned depth;         /* functions of observers that are running */
    bool answers_feedback;
    unsigned limits;
    char limit[160];
};

static struct worker *now; /* observers get no state of their own here */

static void note(const char *who, const char *what, int64_t number)
{
    size_t used = strlen(now->heard);

    if (number != 0)
        snprintf(now->heard + used, HEARD_SIZE - used, "%s:%s%d ", who, what,
                 (int)number);
    else
        snprintf(now->heard + used, HEARD_SIZE - used, "%s:%s ", who, what);
}

static void emit(enum evidence_kind kind, int64_t number)
{
    struct evidence evidence;

    evidence_init(&evidence, kind, number);
    assert(observing_may_emit(&now->observing, kind));
    observing_queue(&now->observing, &evidence);
}

void worker_limit(struct worker *worker, const char *observer,
                  const char *format, ...)
{
    va_list arguments;

    (void)observer;
    worker->limits++;
    va_start(arguments, format);
    vsnprintf(worker->limit, sizeof(worker->limit), format, arguments);
    va_end(arguments);
}

static void hear(const char *who, const struct evidence *evidence)
{
    assert_int_equal(now->depth, 0);
    note(who, evidence_kinds[evidence->kind].name, evidence->at_ns);
}

static int first_arm(struct worker *worker, void **state, struct err *err)
{
    (void)worker;
    (void)state;
    (void)err;
    now->depth++;
    emit(EVIDENCE_ROUTE, 1);
    now->depth--;
    return 0;
}

static void first_notice(void *state, const struct evidence *evidence)
{
    (void)state;
    hear("first", evidence);
    if (now->answers_feedback)
        emit(EVIDENCE_ROUTE, 9);
}

static void first_collect(void *state)
{
    (void)state;
    now->depth++;
    note("first", "collect", 0);
    emit(EVIDENCE_ROUTE, 2);
    now->depth--;
}

static int quiet_arm(struct worker *worker, void **state, struct err *err)
{
    (void)worker;
    (void)state;
    (void)err;
    return 0;
}

static void second_notice(void *state, const struct evidence *evidence)
{
    (void)state;
    hear("second", evidence);
    now->depth++;
    emit(EVIDENCE_LINK, evidence->at_ns);
    emit(EVIDENCE_ADDRESS, evidence->at_ns); /* which nobody reads */
    now->depth--;
}

static void second_collect(void *state)
{
    (void)state;
    note("second", "collect", 0);
}

static void third_notice(void *state, const struct evidence *evidence)
{
    (void)state;
    hear("third", evidence);
}

static unsigned disarm(void *state)
{
    (void)state;
    return 1;
}

static const struct observer first = {
    .name = "first",
    .produces = EVIDENCE_BIT(EVIDENCE_ROUTE),
    .feedback = EVIDENCE_BIT(EVIDENCE_LINK),
    .arm = first_arm,
    .notice = first_notice,
    .collect = first_collect,
    .disarm = disarm,
};
static const struct observer second = {
    .name = "second",
    .produces = EVIDENCE_BIT(EVIDENCE_LINK) | EVIDENCE_BIT(EVIDENCE_ADDRESS),
    .reads = EVIDENCE_BIT(EVIDENCE_ROUTE),
    .arm = quiet_arm,
    .notice = second_notice,
    .collect = second_collect,
    .disarm = disarm,
};
static const struct observer third = {
    .name = "third",
    .produces = EVIDENCE_BIT(EVIDENCE_UNIT),
    .reads = EVIDENCE_BIT(EVIDENCE_LINK) | EVIDENCE_BIT(EVIDENCE_ATTEMPT_END),
    .arm = quiet_arm,
    .notice = third_notice,
    .disarm = disarm,
};
const struct observer *const observers[] = {&first, &second, &third};
const size_t observers_count = ARRAY_SIZE(observers);

static bool is_any(const struct observer *observer)
{
    (void)observer;
    return true;
}

static bool is_not_second(const struct observer *observer)
{
    return observer != &second;
}

static void begin(struct worker *worker,
                  bool (*is_wanted)(const struct observer *observer))
{
    *worker = (struct worker){.depth = 0};
    now = worker;
    observing_init(&worker->observing, worker);
    observing_arm(&worker->observing, is_wanted);
}

static void assert_heard(const char *heard)
{
    assert_string_equal(now->heard, heard);
    now->heard[0] = '\0';
}

static void arming_is_heard_by_those_armed_later(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_any);
    assert_heard("second:route1 first:link1 third:link1 ");
    assert_int_equal(observing_disarm(&worker.observing), 3);
}

static void nothing_is_shown_while_emitting(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_any);
    assert_heard("second:route1 first:link1 third:link1 ");
    emit(EVIDENCE_ATTEMPT_END, 5);
    emit(EVIDENCE_ROUTE, 6);
    assert_heard("");
    observing_deliver(&worker.observing);
    assert_heard("third:attempt-end5 second:route6 first:link6 third:link6 ");
    assert_false(observing_has_waiting(&worker.observing));
    observing_disarm(&worker.observing);
}

static void unread_kinds_are_not_kept(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_not_second);
    assert_heard("");
    emit(EVIDENCE_HOST, 1);
    assert_false(observing_has_waiting(&worker.observing));
    observing_disarm(&worker.observing);
}

static void collecting_is_heard_before_the_next_collects(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_any);
    assert_heard("second:route1 first:link1 third:link1 ");
    emit(EVIDENCE_ATTEMPT_END, 7);
    observing_collect(&worker.observing);
    assert_heard("third:attempt-end7 first:collect second:route2 first:link2 "
                 "third:link2 second:collect ");
    observing_disarm(&worker.observing);
}

static void what_still_waits_is_shown_to_nobody(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_any);
    emit(EVIDENCE_ROUTE, 3);
    worker.heard[0] = '\0';
    assert_int_equal(observing_disarm(&worker.observing), 3);
    assert_heard("");
    assert_false(observing_has_waiting(&worker.observing));
}

static void too_much_at_once_is_told(void **state)
{
    struct worker worker;
    struct evidence route;

    (void)state;
    begin(&worker, is_any);
    evidence_init(&route, EVIDENCE_ROUTE, 1);
    for (unsigned i = 0; i < EVIDENCE_QUEUE_MAX + 3; i++)
        observing_queue(&worker.observing, &route);
    assert_int_equal(worker.limits, 0);
    observing_deliver(&worker.observing);
    assert_int_equal(worker.limits, 1);
    assert_int_equal(strncmp(worker.limit, "3 pieces of evidence", 20), 0);
    observing_deliver(&worker.observing);
    assert_int_equal(worker.limits, 1);
    observing_disarm(&worker.observing);
}

/* Packets and rules, of which there may be any number, leave room. */
static void many_of_a_kind_leave_room(void **state)
{
    struct evidence_queue queue;
    struct evidence evidence;

    (void)state;
    evidence_queue_init(&queue);
    evidence_init(&evidence, EVIDENCE_PACKET, 1);
    for (unsigned i = 0; i < EVIDENCE_QUEUE_MAX; i++)
        evidence_queue_put(&queue, &evidence);
    assert_int_equal(queue.count, EVIDENCE_QUEUE_MAX - EVIDENCE_QUEUE_RESERVED);
    assert_int_equal(evidence_queue_take_lost(&queue), EVIDENCE_QUEUE_RESERVED);
    evidence_init(&evidence, EVIDENCE_ATTEMPT_END, 2);
    for (unsigned i = 0; i < EVIDENCE_QUEUE_RESERVED; i++)
        evidence_queue_put(&queue, &evidence);
    assert_int_equal(evidence_queue_take_lost(&queue), 0);
    evidence_queue_put(&queue, &evidence);
    assert_int_equal(evidence_queue_take_lost(&queue), 1);
    evidence_queue_clear(&queue);
    assert_true(evidence_queue_is_empty(&queue));
}

static void only_what_is_declared_is_emitted(void **state)
{
    struct worker worker;

    (void)state;
    begin(&worker, is_not_second);
    /* From the loop: whoever is armed, and the worker's own parts. */
    assert_true(observing_may_emit(&worker.observing, EVIDENCE_ROUTE));
    assert_true(observing_may_emit(&worker.observing, EVIDENCE_HOP));
    assert_true(observing_may_emit(&worker.observing, EVIDENCE_LIMIT));
    assert_false(observing_may_emit(&worker.observing, EVIDENCE_ADDRESS));
    worker.observing.at_work = &first;
    assert_true(observing_may_emit(&worker.observing, EVIDENCE_ROUTE));
    assert_true(observing_may_emit(&worker.observing, EVIDENCE_LIMIT));
    assert_false(observing_may_emit(&worker.observing, EVIDENCE_UNIT));
    assert_false(observing_may_emit(&worker.observing, EVIDENCE_HOP));
    worker.observing.at_work = NULL;
    observing_disarm(&worker.observing);
}

static void no_circle_goes_round(void **state)
{
    struct worker worker;
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        begin(&worker, is_any);
        now->answers_feedback = true;
        emit(EVIDENCE_ROUTE, 1);
        observing_deliver(&worker.observing);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arming_is_heard_by_those_armed_later),
        cmocka_unit_test(nothing_is_shown_while_emitting),
        cmocka_unit_test(unread_kinds_are_not_kept),
        cmocka_unit_test(collecting_is_heard_before_the_next_collects),
        cmocka_unit_test(what_still_waits_is_shown_to_nobody),
        cmocka_unit_test(too_much_at_once_is_told),
        cmocka_unit_test(many_of_a_kind_leave_room),
        cmocka_unit_test(only_what_is_declared_is_emitted),
        cmocka_unit_test(no_circle_goes_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
