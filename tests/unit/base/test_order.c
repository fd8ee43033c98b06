#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "common/trace/order.h"
#include "tests/unit/test.h"

static struct order good_order(void)
{
    struct order order = {.trace_id = "01M81Z27PT16H37G0VD6TVAJSQ",
                          .peer = "hostB",
                          .name = "hostB",
                          .role = ROLE_SOURCE,
                          .attempts = ORDER_MAX_ATTEMPTS,
                          .port = 8080,
                          .isn_base = 0xabcde00f,
                          .spacing_ms = 100,
                          .deadline_ms = 10000};

    return order;
}

/* Numbers of all attempts share the masked bits, answers to them too. */
static void sequence_numbers_fit_the_mask(void **state)
{
    struct order order = good_order();

    (void)state;
    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        uint32_t isn = order_isn(&order, n);

        assert_int_equal(isn & ORDER_ISN_MASK, order.isn_base & ORDER_ISN_MASK);
        assert_int_equal((isn + 1) & ORDER_ISN_MASK,
                         order.isn_base & ORDER_ISN_MASK);
        assert_int_equal(order_attempt_of(&order, isn), n);
        assert_int_equal(order_attempt_of(&order, isn + 1), 0);
        assert_int_equal(order_attempt_of(&order, isn - 1), 0);
    }
    assert_int_equal(order_attempt_of(&order, order_isn(&order, 0)), 0);
    assert_int_equal(
        order_attempt_of(&order, order_isn(&order, ORDER_MAX_ATTEMPTS + 1)), 0);
}

static void a_good_order_passes(void **state)
{
    struct order order = good_order();

    (void)state;
    assert_int_equal(order_check(&order, NULL), 0);
}

static void refuse(const struct order *order)
{
    struct err err = {0};

    assert_true(order_check(order, &err) < 0);
    assert_true(err.text[0] != '\0');
}

static void bad_orders_are_refused(void **state)
{
    struct order order;

    (void)state;
    order = good_order(), order.port = 0, refuse(&order);
    order = good_order(), order.attempts = 0, refuse(&order);
    order = good_order(), order.attempts = ORDER_MAX_ATTEMPTS + 1;
    refuse(&order);
    order = good_order(), order.role = ROLE_PATH, refuse(&order);
    order = good_order(), order.from_port = 7, order.attempts = 2;
    refuse(&order);
    order = good_order(), order.role = ROLE_DESTINATION;
    strcpy(order.as_user, "www"), refuse(&order);
    order = good_order(), strcpy(order.as_user, "-u"), refuse(&order);
    order = good_order(), memset(order.as_user, 'a', sizeof(order.as_user));
    refuse(&order);
    order = good_order(), strcpy(order.inside, "../net"), refuse(&order);
    order = good_order(), memset(order.inside, 'a', sizeof(order.inside));
    refuse(&order);
    order = good_order(), strcpy(order.device, "a/b"), refuse(&order);
    order = good_order(), memset(order.device, 'a', sizeof(order.device));
    refuse(&order);
    order = good_order(), order.isn_base = 0x1000, refuse(&order);
    order = good_order(), order.isn_base = 0x1010, refuse(&order);
    order = good_order(), order.deadline_ms = 0, refuse(&order);
    order = good_order(), order.control_own.family = 4, refuse(&order);
    order = good_order(), order.control_own.family = 5;
    order.control_peer.family = 5, refuse(&order);
    order = good_order(), order.deadline_ms = ORDER_MAX_DEADLINE_MS + 1;
    refuse(&order);
    order = good_order(), order.destination.family = 5, refuse(&order);
    order = good_order(); /* IPv4 in another guise */
    address_parse("::ffff:192.0.2.1", &order.destination), refuse(&order);
    order = good_order(), order.name[0] = '\0', refuse(&order);
    order = good_order(), strcpy(order.name, "host\nB"), refuse(&order);
    order = good_order(), strcpy(order.peer, "../B"), refuse(&order);
    order = good_order(), memset(order.name, 'x', sizeof(order.name));
    refuse(&order);
    order = good_order(), order.trace_id[3] = '/', refuse(&order);
    order = good_order(), strcpy(order.service, "--host=x"), refuse(&order);
    order = good_order(), strcpy(order.service, "web*"), refuse(&order);
    order = good_order(), memset(order.service, 'x', SERVICE_NAME_SIZE);
    refuse(&order);
}

static void host_names_are_checked(void **state)
{
    char large[HOST_NAME_SIZE + 1];

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    assert_true(host_name_is_valid("hostA"));
    assert_true(host_name_is_valid("web-1.example_net"));
    assert_false(host_name_is_valid(""));
    assert_false(host_name_is_valid("-x"));
    assert_false(host_name_is_valid("a b"));
    assert_false(host_name_is_valid("a/b"));
    assert_false(host_name_is_valid(large));
}

static void service_names_are_checked(void **state)
{
    static const char *const bad[] = {"",       "-web",  "web service",
                                      "a;b",    "web*",  "a/b",
                                      "a\\x2d", "web\n", "$(reboot)"};
    char large[SERVICE_NAME_SIZE + 1];

    (void)state;
    memset(large, 'x', SERVICE_NAME_SIZE);
    large[SERVICE_NAME_SIZE] = '\0';
    assert_false(service_name_is_valid(large));
    large[SERVICE_NAME_SIZE - 1] = '\0';
    assert_true(service_name_is_valid(large));
    assert_true(service_name_is_valid("nginx"));
    assert_true(service_name_is_valid("web@1-a_b.c:d.service"));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(service_name_is_valid(bad[i]));
}

static void commands_are_checked(void **state)
{
    struct command command = {.kind = COMMAND_STOP};

    (void)state;
    assert_int_equal(command_check(&command, NULL), 0);
    command.kind = COMMAND_COUNT;
    assert_int_equal(command_check(&command, NULL), -EBADMSG);
    command.kind = COMMAND_WALK; /* to nowhere */
    assert_int_equal(command_check(&command, NULL), -EINVAL);
    command.peer_address.family = 4;
    command.max_ttl = 65;
    assert_int_equal(command_check(&command, NULL), -EINVAL);
    command.max_ttl = 30;
    assert_int_equal(command_check(&command, NULL), 0);
    command.own_address.family = 7;
    assert_int_equal(command_check(&command, NULL), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence_numbers_fit_the_mask),
        cmocka_unit_test(a_good_order_passes),
        cmocka_unit_test(bad_orders_are_refused),
        cmocka_unit_test(host_names_are_checked),
        cmocka_unit_test(service_names_are_checked),
        cmocka_unit_test(commands_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
