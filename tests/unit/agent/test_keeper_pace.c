#include <errno.h>
#include <string.h>

#include "agent/keeper/pace.h"
#include "agent/keeper/policy.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/trace/order.h"
#include "tests/unit/test.h"

static struct policy policy;
static struct pace pace;

static int pace_order(const struct order *order, int64_t now_ns,
                      struct err *err)
{
    const struct pace_rates rates = pace_rates_of(&policy);

    return pace_take(&pace.probes, &rates, &order->destination, order->attempts,
                     now_ns, err);
}

static int set_up(void **state)
{
    (void)state;
    policy_init(&policy);
    policy.syns_per_second = 100;
    policy.syns_per_second_per_target = 30;
    memset(&pace, 0, sizeof(pace));
    return 0;
}

static struct order order_to(uint8_t host, uint8_t attempts)
{
    const uint8_t bytes[4] = {192, 0, 2, host};
    struct order order = {.role = ROLE_SOURCE, .attempts = attempts};

    order.destination = address_from_bytes(bytes, sizeof(bytes));
    return order;
}

/* How many orders of 3 SYNs pass at once. */
static unsigned burst(uint8_t first, unsigned targets, int64_t now_ns)
{
    unsigned passed = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct order order = order_to((uint8_t)(first + i % targets), 3);

        if (pace_order(&order, now_ns, NULL) < 0)
            return passed;
        passed++;
    }
    return passed;
}

static void test_one_target_gets_its_share(void **state)
{
    struct order order = order_to(1, 3);
    struct err err = {0};

    (void)state;
    assert_int_equal(burst(1, 1, NS_PER_S), 40); /* 4 s of 30 */
    assert_int_equal(pace_order(&order, NS_PER_S, &err), -EBUSY);
    assert_non_null(strstr(err.text, "30 SYNs per second per target"));
    order = order_to(2, 3); /* another one still may */
    assert_int_equal(pace_order(&order, NS_PER_S, &err), 0);
    /* after a second, a second's worth */
    assert_int_equal(burst(1, 1, 2 * (int64_t)NS_PER_S), 10);
}

static void test_many_targets_share_the_agents(void **state)
{
    struct order order = order_to(1, 3);
    struct err err = {0};

    (void)state;
    assert_int_equal(burst(10, 50, NS_PER_S), 133); /* 4 s of 100, by 3 */
    assert_int_equal(pace_order(&order, NS_PER_S, &err), -EBUSY);
    assert_non_null(strstr(err.text, "in all"));
}

static void test_a_whole_order_fits_the_slowest_policy(void **state)
{
    struct order order = order_to(1, ORDER_MAX_ATTEMPTS);

    (void)state;
    policy.syns_per_second = policy.syns_per_second_per_target = 1;
    assert_int_equal(pace_order(&order, NS_PER_S, NULL), 0);
    assert_int_equal(pace_order(&order, 60 * (int64_t)NS_PER_S, NULL), -EBUSY);
    assert_int_equal(pace_order(&order, 101 * (int64_t)NS_PER_S, NULL), 0);
}

/* Filling the table with other targets does not give one its share again. */
static void test_going_round_targets_gains_nothing(void **state)
{
    struct order order = order_to(1, 3);

    (void)state;
    policy.syns_per_second = 10000;
    assert_int_equal(burst(1, 1, NS_PER_S), 40);
    for (uint8_t host = 2; host < 2 + PACE_TARGETS; host++)
        burst(host, 1, NS_PER_S);
    assert_int_equal(pace_order(&order, NS_PER_S, NULL), -EBUSY);
}

static void test_walks_have_the_same_rate(void **state)
{
    const struct pace_rates rates = pace_rates_of(&policy);
    unsigned walks = 0;

    (void)state;
    for (uint8_t host = 1; host < 100; host++) {
        struct order order = order_to(host, 1);

        walks += pace_take(&pace.walks, &rates, &order.destination, 30,
                           NS_PER_S, NULL) == 0;
    }
    assert_int_equal(walks, 13);                    /* 4 s of 100, by 30 */
    assert_int_equal(burst(10, 50, NS_PER_S), 133); /* attempts lose nothing */
}

/* The same address under many names is one target; none known is one of all. */
static void test_a_target_is_charged_when_it_is_known(void **state)
{
    const struct pace_rates rates = pace_rates_of(&policy);
    struct order order = order_to(1, 100);

    (void)state;
    assert_int_equal(pace_take(&pace.probes, &rates, NULL, 100, NS_PER_S, NULL),
                     0);
    assert_int_equal(pace_take_target(&pace.probes, &rates, &order.destination,
                                      100, NS_PER_S, NULL),
                     0);
    assert_int_equal(pace_take(&pace.probes, &rates, NULL, 100, NS_PER_S, NULL),
                     0);
    assert_int_equal(pace_take_target(&pace.probes, &rates, &order.destination,
                                      100, NS_PER_S, NULL),
                     -EBUSY);
    assert_int_equal(burst(1, 1, NS_PER_S), 6); /* 120 less 100 */
}

/* A trace that ends early is not charged for what it cannot have sent. */
static void test_what_was_not_sent_is_given_back(void **state)
{
    struct order order = order_to(1, 100);
    struct pace_charge charge;
    int64_t now_ns = NS_PER_S;

    (void)state;
    order.spacing_ms = 100;
    assert_int_equal(pace_order(&order, now_ns, NULL), 0);
    assert_int_equal(burst(1, 1, now_ns), 6); /* of 120 */
    charge = pace_charge_of(&policy, &order, now_ns);
    pace_give_back(&pace.probes, &charge, now_ns + 250 * (int64_t)NS_PER_MS);
    assert_int_equal(burst(1, 1, now_ns), 33); /* 97, and 2 that were left */
    pace_give_back(&pace.probes, &charge, now_ns + 60 * (int64_t)NS_PER_S);
    charge.spacing_ms = 0; /* then all may have gone at once */
    pace_give_back(&pace.probes, &charge, now_ns);
    assert_int_equal(burst(1, 1, now_ns), 0);
}

/* A worker that sends nothing took nothing. */
static void test_destinations_get_nothing_back(void **state)
{
    struct order order = order_to(1, 100);
    struct pace_charge charge;

    (void)state;
    order.role = ROLE_DESTINATION;
    order.spacing_ms = 100;
    assert_int_equal(burst(1, 1, NS_PER_S), 40);
    charge = pace_charge_of(&policy, &order, NS_PER_S);
    pace_give_back(&pace.probes, &charge, NS_PER_S);
    assert_int_equal(burst(1, 1, NS_PER_S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_target_gets_its_share, set_up),
        cmocka_unit_test_setup(test_many_targets_share_the_agents, set_up),
        cmocka_unit_test_setup(test_a_whole_order_fits_the_slowest_policy,
                               set_up),
        cmocka_unit_test_setup(test_going_round_targets_gains_nothing, set_up),
        cmocka_unit_test_setup(test_walks_have_the_same_rate, set_up),
        cmocka_unit_test_setup(test_a_target_is_charged_when_it_is_known,
                               set_up),
        cmocka_unit_test_setup(test_what_was_not_sent_is_given_back, set_up),
        cmocka_unit_test_setup(test_destinations_get_nothing_back, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
