/* What the keeper allows a worker whose controller asks for more. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "agent/keeper/allowance.h"
#include "agent/keeper/policy.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "tests/unit/test.h"

#define NOW NS_PER_S

static struct policy policy;
static struct pace pace;

static int set_up(void **state)
{
    (void)state;
    policy_init(&policy);
    memset(&pace, 0, sizeof(pace));
    return 0;
}

static struct address address_of(const char *text)
{
    struct address address = {0};

    if (text[0] != '\0')
        assert_int_equal(address_parse(text, &address), 0);
    return address;
}

/* For an order to that address, or, if that is empty, with a name. */
static struct allowance allowance_for(enum role role, const char *destination,
                                      uint8_t attempts)
{
    struct order order = {.role = (uint8_t)role,
                          .attempts = attempts,
                          .destination = address_of(destination)};
    struct pace_charge charge = pace_charge_of(&policy, &order, NOW);
    struct allowance allowance;

    allowance_init(&allowance, -1, &order, &charge);
    return allowance;
}

static int ask(struct allowance *allowance, enum handoff_packets packets,
               unsigned count, const char *target, struct err *err)
{
    struct handoff_ask question = {
        .packets = packets, .count = count, .target = address_of(target)};

    return allowance_judge(allowance, &pace, &question, NOW, err);
}

/* Four spellings of one address are four names, and one target. */
static void names_share_the_rate_of_their_address(void **state)
{
    unsigned allowed = 0;
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct allowance named = allowance_for(ROLE_SOURCE, "", 100);

        allowed +=
            ask(&named, HANDOFF_ATTEMPTS, 100, "198.51.100.10", &err) == 0;
    }
    assert_int_equal(allowed, 1); /* 4 s of 30 */
    assert_non_null(strstr(err.text, "30 SYNs per second per target"));
}

static void each_trace_gets_what_is_written_and_no_more(void **state)
{
    static const struct
    {
        enum role role;
        const char *destination; /* empty: a name */
        enum handoff_packets packets;
        unsigned count;
        const char *target;
        int status;
    } asked[] = {
        /* The attempts of an order with an address are taken already. */
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_ATTEMPTS, 1, "192.0.2.1", -EPERM},
        {ROLE_SOURCE, "", HANDOFF_ATTEMPTS, 3, "192.0.2.1", 0},
        {ROLE_SOURCE, "", HANDOFF_ATTEMPTS, 4, "192.0.2.1", -EPERM},
        {ROLE_DESTINATION, "192.0.2.1", HANDOFF_ATTEMPTS, 1, "192.0.2.2",
         -EPERM},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_WALK, 60, "192.0.2.1", 0},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_WALK, 61, "192.0.2.1", -EPERM},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_WALK, 30, "192.0.2.2", -EPERM},
        {ROLE_DESTINATION, "192.0.2.1", HANDOFF_WALK, 30, "192.0.2.2", 0},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_OTHER, 24, "192.0.2.1", 0},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_OTHER, 25, "192.0.2.1", -EPERM},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_OTHER, 1, "2001:db8::1", -EPERM},
        {ROLE_DESTINATION, "192.0.2.1", HANDOFF_OTHER, 24, "192.0.2.2", 0},
        {ROLE_DESTINATION, "192.0.2.1", HANDOFF_OTHER, 25, "192.0.2.2", -EPERM},
        /* One packet to these is one to many hosts, and many answers. */
        {ROLE_SOURCE, "224.0.0.1", HANDOFF_WALK, 30, "224.0.0.1", -EPERM},
        {ROLE_SOURCE, "239.1.2.3", HANDOFF_OTHER, 24, "239.1.2.3", -EPERM},
        {ROLE_SOURCE, "ff02::1", HANDOFF_WALK, 30, "ff02::1", -EPERM},
        {ROLE_SOURCE, "ff02::1", HANDOFF_OTHER, 1, "ff02::1", -EPERM},
        {ROLE_DESTINATION, "2001:db8::1", HANDOFF_OTHER, 1, "ff02::1", -EPERM},
        {ROLE_SOURCE, "240.0.0.1", HANDOFF_WALK, 30, "240.0.0.1", 0},
        {ROLE_SOURCE, "fe80::1", HANDOFF_OTHER, 24, "fe80::1", 0},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_WALK, 0, "192.0.2.1", -EBADMSG},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_WALK, 1, "", -EBADMSG},
        {ROLE_SOURCE, "192.0.2.1", HANDOFF_PACKETS_COUNT, 1, "192.0.2.1",
         -EBADMSG},
    };

    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        struct allowance allowance =
            allowance_for(asked[i].role, asked[i].destination, 3);
        int status;

        set_up(state);
        status = ask(&allowance, asked[i].packets, asked[i].count,
                     asked[i].target, NULL);
        if (status != asked[i].status)
            fail_msg("%zu: %d", i, status);
    }
}

static void a_second_question_finds_what_is_left(void **state)
{
    struct allowance source = allowance_for(ROLE_SOURCE, "", 3);
    struct allowance destination =
        allowance_for(ROLE_DESTINATION, "192.0.2.1", 3);

    (void)state;
    assert_int_equal(ask(&source, HANDOFF_ATTEMPTS, 3, "192.0.2.1", NULL), 0);
    assert_int_equal(ask(&source, HANDOFF_ATTEMPTS, 1, "192.0.2.1", NULL),
                     -EPERM);
    assert_int_equal(ask(&source, HANDOFF_WALK, 1, "192.0.2.2", NULL), -EPERM);
    assert_int_equal(ask(&destination, HANDOFF_WALK, 30, "192.0.2.8", NULL), 0);
    assert_int_equal(ask(&destination, HANDOFF_WALK, 30, "192.0.2.9", NULL),
                     -EPERM);
    assert_int_equal(ask(&destination, HANDOFF_WALK, 30, "192.0.2.8", NULL), 0);
    assert_int_equal(ask(&destination, HANDOFF_WALK, 1, "192.0.2.8", NULL),
                     -EPERM);
}

static void many_walks_to_one_address_run_out(void **state)
{
    unsigned allowed = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        struct allowance one = allowance_for(ROLE_DESTINATION, "192.0.2.1", 3);

        allowed += ask(&one, HANDOFF_WALK, 30, "192.0.2.8", NULL) == 0;
    }
    assert_int_equal(allowed, 4); /* 4 s of 30, by 30 */
}

/* By its channel, as the worker does. */
static void questions_are_answered(void **state)
{
    struct allowance allowance = allowance_for(ROLE_SOURCE, "192.0.2.1", 3);
    struct handoff_ask question = {.packets = HANDOFF_WALK,
                                   .count = 30,
                                   .target = address_of("192.0.2.1")};
    struct handoff_answer answer;
    int ends[2];
    CLEAN_FD int worker = -1;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    allowance.channel = ends[0];
    worker = ends[1];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send(worker, &question, sizeof(question), 0),
                         sizeof(question));
        allowance_answer(&allowance, &pace, NOW);
        assert_int_equal(recv(worker, &answer, sizeof(answer), MSG_DONTWAIT),
                         sizeof(answer));
        assert_int_equal(answer.status, i < 2 ? 0 : -EPERM);
    }
    assert_string_equal(answer.text,
                        "a trace may not send that many packets of this kind");
    allowance_answer(&allowance, &pace, NOW); /* nothing came */
    assert_int_equal(allowance.channel, ends[0]);
    assert_int_equal(send(worker, "?", 1, 0), 1);
    allowance_answer(&allowance, &pace, NOW);
    assert_int_equal(allowance.channel, -1);
    assert_int_equal(recv(worker, &answer, sizeof(answer), MSG_DONTWAIT), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(names_share_the_rate_of_their_address),
        TEST(each_trace_gets_what_is_written_and_no_more),
        TEST(a_second_question_finds_what_is_left),
        TEST(many_walks_to_one_address_run_out),
        TEST(questions_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
