/* Names, as the worker resolves them before it arms. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/worker_session.h"
#include "tests/unit/test.h"

#define PORT 8080

static void name_is_resolved_before_arming(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, NULL, PORT);
    struct command arm = {.kind = COMMAND_ARM};
    struct session session;
    struct address address;

    (void)state;
    strcpy(order.name, "127.0.0.1");
    session_start(&session, &order);
    assert_true(session_wait(&session, PHASE_RESOLVED));
    address = evidence_address(session_find(&session, EVIDENCE_RESOLVED, 0),
                               KEY_ADDRESS);
    arm.peer_address = address;
    session_command(&session, &arm);
    assert_true(session_wait(&session, PHASE_ARMED));
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);
    assert_int_equal(
        evidence_word(session_find(&session, EVIDENCE_ATTEMPT_END, 0),
                      KEY_OUTCOME),
        OUTCOME_REFUSED);
    session_free(&session);
}

static void unknown_name_tells_why(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, NULL, PORT);
    const struct evidence *resolved;
    struct session session;

    (void)state;
    strcpy(order.name, "no-such-host.invalid");
    session_start(&session, &order);
    assert_true(session_wait(&session, PHASE_RESOLVED));
    resolved = session_find(&session, EVIDENCE_RESOLVED, 0);
    assert_non_null(resolved);
    assert_true(evidence_has(resolved, KEY_TEXT));
    assert_true(evidence_has(&session.items[session.count - 1], KEY_TEXT));
    assert_int_equal(session_finish(&session, false), 0);
    session_free(&session);
}

/* A name server that never answers: the thread waits 5 s, the worker not. */
static void stuck_resolver_does_not_hold_the_worker(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, NULL, PORT);
    struct session session;
    int64_t asked_ns;

    (void)state;
    lab_run("ip route add default dev lo; nft 'add table inet t; add chain "
            "inet t in { type filter hook input priority 0; }; add rule inet t "
            "in udp dport 53 drop'");
    strcpy(order.name, "no-such-host.invalid");
    session_start(&session, &order);
    assert_false(session_reaches_within(&session, PHASE_RESOLVED, 300));
    asked_ns = clock_monotonic_ns();
    session_tell(&session, COMMAND_ABORT);
    assert_true(session_wait(&session, PHASE_DISARMED));
    assert_int_equal(session_close(&session), 0);
    assert_true(clock_monotonic_ns() - asked_ns < 4 * (int64_t)NS_PER_S);
    session_free(&session);
}

static void arm_for(struct session *session, const char *name, const char *told,
                    const char *address)
{
    struct order order = session_order(ROLE_SOURCE, NULL, PORT);
    struct command arm = {.kind = COMMAND_ARM};

    strcpy(order.name, name);
    if (told != NULL)
        assert_int_equal(address_parse(told, &order.told), 0);
    assert_int_equal(address_parse(address, &arm.peer_address), 0);
    session_start(session, &order);
    assert_true(session_wait(session, PHASE_RESOLVED));
    session_command(session, &arm);
}

/* A controller that is not to be trusted names an address behind the name. */
static void a_name_is_armed_for_its_own_addresses_alone(void **state)
{
    static const struct
    {
        const char *name, *told, *address;
        bool is_armed;
    } arms[] = {
        {"127.0.0.1", NULL, "127.0.0.1", true},
        {"127.0.0.1", NULL, "127.0.0.2", false},
        {"127.0.0.1", NULL, "::1", false},
        {"127.0.0.1", "127.0.0.2", "127.0.0.2", false}, /* it resolves */
        {"no-such-host.invalid", "127.0.0.2", "127.0.0.2", true},
        {"no-such-host.invalid", "127.0.0.2", "127.0.0.3", false},
        {"no-such-host.invalid", NULL, "127.0.0.2", false},
    };
    KEEP_FD int lab = lab_enter_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(arms); i++) {
        struct session session;

        arm_for(&session, arms[i].name, arms[i].told, arms[i].address);
        if (session_wait(&session, PHASE_ARMED) != arms[i].is_armed)
            fail_msg("%zu", i);
        if (arms[i].is_armed)
            assert_int_equal(session_finish(&session, false), 0);
        else
            assert_non_null(strstr(
                evidence_text(session_find(&session, EVIDENCE_REFUSED, 0),
                              KEY_TEXT, ""),
                "is no address of"));
        session_free(&session);
    }
}

/* What it is called does not lift the limit on an address. */
static void a_name_is_armed_within_the_rate_of_its_address(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct session session;

    (void)state;
    session_keeper_refuses("too many for that address");
    arm_for(&session, "127.0.0.1", NULL, "127.0.0.1");
    session_keeper_refuses(NULL);
    assert_false(session_wait(&session, PHASE_ARMED));
    assert_string_equal(
        evidence_text(session_find(&session, EVIDENCE_REFUSED, 0), KEY_TEXT,
                      ""),
        "too many for that address");
    session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_resolved_before_arming),
        cmocka_unit_test(unknown_name_tells_why),
        cmocka_unit_test(a_name_is_armed_for_its_own_addresses_alone),
        cmocka_unit_test(a_name_is_armed_within_the_rate_of_its_address),
        cmocka_unit_test(stuck_resolver_does_not_hold_the_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
