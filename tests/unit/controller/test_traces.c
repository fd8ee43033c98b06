/* Traces on a real loop whose judge is held, or works without a pause: the loop
 * goes on, and nothing is lost at the end. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "controller/store/store.h"
#include "tests/unit/controller/party.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define HEARTBEATS 50
#define MAX_ROUNDS 500 /* of a judge that waits for heartbeats */

static struct scene scene;
static struct party *admin, *a, *b;
static uv_sem_t gate;
static atomic_bool is_held;       /* a judge stands at the gate */
static atomic_bool holds_last;    /* the last judgement; else the first */
static atomic_uint beats, rounds; /* answered meanwhile, judged meanwhile */
static atomic_size_t largest;

/* The gate opens once, for the judgement that it is meant for. */
static void judge_at_gate(const struct subject *subject,
                          const struct evidence *items, size_t count,
                          struct judgement *out)
{
    verdict_judge(subject, items, count, out);
    if (subject->collected != atomic_load(&holds_last) || atomic_load(&rounds))
        return;
    atomic_store(&rounds, 1);
    atomic_store(&is_held, true);
    uv_sem_wait(&gate);
    atomic_store(&is_held, false);
}

static int setup(void **state)
{
    (void)state;
    uv_sem_init(&gate, 0);
    atomic_store(&is_held, false);
    atomic_store(&holds_last, false);
    atomic_store(&beats, 0);
    atomic_store(&rounds, 0);
    atomic_store(&largest, 0);
    scene_open(&scene);
    scene.server.traces.judge = judge_at_gate;
    admin = party_operator(&scene);
    party_say_hello(admin, PROTO_VERSION_MAX);
    a = party_obedient(&scene, admin, "hostA", "192.0.2.10");
    b = party_obedient(&scene, admin, "hostB", "198.51.100.10");
    return 0;
}

static int teardown(void **state)
{
    struct party *parties[] = {admin, a, b};

    (void)state;
    uv_sem_post(&gate); /* after a test that failed */
    for (size_t i = 0; i < 3; i++)
        if (parties[i] != NULL)
            party_leave(parties[i]);
    scene_close(&scene);
    uv_sem_destroy(&gate);
    return 0;
}

static void run_once(void)
{
    uv_run(&scene.loop, UV_RUN_ONCE);
    assert_false(scene.is_late);
}

static void run_until_held(void)
{
    party_ask_trace(admin, "hostA", "198.51.100.10");
    while (!atomic_load(&is_held)) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        assert_false(scene.is_late);
    }
}

static void beat(struct party *party)
{
    struct message ping = {.kind = MESSAGE_PING,
                           .ping = {.t1 = clock_monotonic_ns()}};
    unsigned before = party->pongs;

    party_send(party, &ping);
    while (party->pongs == before)
        run_once();
}

static char *read_report(void)
{
    char *report = NULL;
    struct err err = {0};
    int status =
        store_read_report(scene.state.store, a->order.trace_id, &report, &err);

    assert_true(status == 0 || status == -ENOENT);
    return report;
}

static void expect_report(bool is_there)
{
    char *report = read_report();

    assert_true((report != NULL) == is_there);
    free(report);
}

static void test_heartbeats_pass_a_judge_at_work(void **state)
{
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};
    struct party *other = party_operator(&scene);

    (void)state;
    run_until_held();
    for (int i = 0; i < HEARTBEATS; i++) {
        beat(a);
        beat(admin);
    }
    party_say_hello(other, PROTO_VERSION_MAX);
    party_send(other, &request);
    scene_run_until(&scene, &other->has_document);
    assert_true(atomic_load(&is_held)); /* all that in one judgement */
    assert_false(admin->has_document);
    uv_sem_post(&gate);
    scene_run_until(&scene, &admin->has_document);
    expect_report(true);
    party_leave(other);
}

/* As much evidence as a trace may hold, judged again and again until so many
 * heartbeats were answered: on the loop's own thread none ever would be. */
static void judge_without_pause(const struct subject *subject,
                                const struct evidence *items, size_t count,
                                struct judgement *out)
{
    if (count > atomic_load(&largest))
        atomic_store(&largest, count);
    verdict_judge(subject, items, count, out);
    if (!subject->collected)
        return;
    atomic_store(&is_held, true);
    while (atomic_load(&beats) < HEARTBEATS &&
           atomic_fetch_add(&rounds, 1) < MAX_ROUNDS)
        verdict_judge(subject, items, count, out);
    atomic_store(&is_held, false);
}

/* What a capture sends, and more of it than is kept. */
static void flood(struct party *party)
{
    struct evidence items[MESSAGE_MAX_EVIDENCE];
    struct message message = {
        .kind = MESSAGE_EVIDENCE,
        .evidence = {.count = MESSAGE_MAX_EVIDENCE, .items = items}};
    int64_t now_ns = clock_monotonic_ns() + 3600 * (int64_t)NS_PER_S;
    uint32_t seed = 1;

    snprintf(message.evidence.trace_id, TRACE_ID_SIZE, "%s",
             party->order.trace_id);
    for (unsigned sent = 0; sent <= CASE_MAX_EVIDENCE_OF;
         sent += MESSAGE_MAX_EVIDENCE) {
        for (unsigned i = 0; i < MESSAGE_MAX_EVIDENCE; i++) {
            random_evidence(&items[i], EVIDENCE_PACKET, &seed);
            items[i].at_ns = now_ns + sent + i;
        }
        party_send(party, &message);
    }
}

static void flood_on_order(struct party *party)
{
    flood(party);
    party_send_phase(party, PHASE_ARMED);
}

static void test_heartbeats_pass_the_largest_trace(void **state)
{
    (void)state;
    scene.server.traces.judge = judge_without_pause;
    a->on_order = flood_on_order;
    b->on_order = flood_on_order;
    party_ask_trace(admin, "hostA", "198.51.100.10");
    while (!atomic_load(&is_held)) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        assert_false(scene.is_late);
    }
    while (atomic_load(&beats) < HEARTBEATS && atomic_load(&is_held)) {
        beat(a);
        atomic_fetch_add(&beats, 1);
    }
    assert_int_equal(atomic_load(&beats), HEARTBEATS);
    assert_true(atomic_load(&rounds) < MAX_ROUNDS);
    scene_run_until(&scene, &admin->has_document);
    assert_in_range(atomic_load(&largest), 2 * CASE_MAX_EVIDENCE_OF,
                    CASE_MAX_EVIDENCE);
    expect_report(true);
}

static void test_agent_that_goes_meanwhile_is_evidence(void **state)
{
    (void)state;
    run_until_held();
    conn_close(a->conn, 0, "died");
    while (registry_find(&scene.server.registry, "hostA") != NULL)
        run_once();
    uv_sem_post(&gate);
    scene_run_until(&scene, &admin->has_document);
    assert_non_null(strstr(admin->document, "agent-lost"));
}

static void test_operator_that_goes_meanwhile_ends_the_trace(void **state)
{
    (void)state;
    run_until_held();
    party_leave(admin);
    admin = NULL;
    while (scene.server.traces.count > 0)
        run_once();
    assert_true(atomic_load(&is_held)); /* its end must do no harm */
    uv_sem_post(&gate);
    while (scene.server.traces.jobs.count > 0)
        run_once();
    expect_report(false);
}

/* The evidence is all there: the report is made, though nobody waits. */
static void test_operator_that_goes_at_the_end_loses_no_report(void **state)
{
    (void)state;
    atomic_store(&holds_last, true);
    run_until_held();
    party_leave(admin);
    admin = NULL;
    beat(a);
    assert_int_equal(scene.server.traces.count, 1);
    uv_sem_post(&gate);
    while (scene.server.traces.count > 0)
        run_once();
    expect_report(true);
}

static void test_stop_waits_for_a_report(void **state)
{
    struct party *late;

    (void)state;
    atomic_store(&holds_last, true);
    late = party_operator(&scene);
    run_until_held();
    server_stop(&scene.server);
    scene_run_until(&scene, &a->is_closed); /* the agents are let go */
    scene_run_until(&scene, &late->is_closed);
    assert_false(admin->is_closed);
    uv_sem_post(&gate);
    scene_run_until(&scene, &admin->has_document);
    scene_run_until(&scene, &admin->is_closed);
    expect_report(true);
    party_leave(late);
}

static void test_stop_aborts_what_is_judged_early(void **state)
{
    (void)state;
    run_until_held();
    server_stop(&scene.server);
    scene_run_until(&scene, &admin->is_closed);
    assert_non_null(strstr(admin->error.text, "going down"));
    assert_true(atomic_load(&is_held));
    uv_sem_post(&gate);
    while (!scene.server.traces.jobs.is_closed)
        run_once();
    expect_report(false);
}

static void test_traces_have_limits(void **state)
{
    struct message_trace_request request = {.source = "hostA", .port = 1};
    struct session *session = scene.server.sessions;
    struct err err = {0};

    (void)state;
    while (session->peer.role != PEER_OPERATOR)
        session = session->next;
    run_until_held();
    assert_int_equal(
        traces_start(&scene.server.traces, session, &request, &err), -EBUSY);
    assert_non_null(strstr(err.text, "has a trace under way"));
    scene.server.traces.count += TRACES_MAX - 1;
    for (session = scene.server.sessions; session->peer.role != PEER_AGENT;)
        session = session->next; /* any that has no trace of its own */
    assert_int_equal(
        traces_start(&scene.server.traces, session, &request, &err), -EBUSY);
    assert_non_null(strstr(err.text, "256 traces are under way"));
    scene.server.traces.count -= TRACES_MAX - 1;
    uv_sem_post(&gate);
    scene_run_until(&scene, &admin->has_document);
}

#define TRACES_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACES_TEST(test_heartbeats_pass_a_judge_at_work),
        TRACES_TEST(test_heartbeats_pass_the_largest_trace),
        TRACES_TEST(test_agent_that_goes_meanwhile_is_evidence),
        TRACES_TEST(test_operator_that_goes_meanwhile_ends_the_trace),
        TRACES_TEST(test_operator_that_goes_at_the_end_loses_no_report),
        TRACES_TEST(test_stop_waits_for_a_report),
        TRACES_TEST(test_stop_aborts_what_is_judged_early),
        TRACES_TEST(test_traces_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
