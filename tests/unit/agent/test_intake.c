/* What a worker takes for an order: its own version's, and sound. */
#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/worker/intake.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/trace/layout.h"
#include "common/trace/order.h"
#include "tests/unit/test.h"

static struct order good_order(void)
{
    return (struct order){.layout = layout_number(),
                          .trace_id = "01M81Z27PT16H37G0VD6TVAJSQ",
                          .role = ROLE_SOURCE,
                          .name = "db.example",
                          .attempts = 1,
                          .port = 8080,
                          .isn_base = 0xabcde00f,
                          .deadline_ms = 1000};
}

static int take(const void *data, size_t size, struct order *order,
                struct err *err)
{
    CLEAN_FD int near = -1;
    CLEAN_FD int far = -1;
    int ends[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    near = ends[0];
    far = ends[1];
    assert_int_equal(send(near, data, size, 0), size);
    return intake_order(far, order, err);
}

static void takes_its_own_versions_order(void **state)
{
    struct order given = good_order();
    struct order order = {0};

    (void)state;
    assert_int_equal(take(&given, sizeof(given), &order, NULL), 0);
    assert_int_equal(order.port, 8080);
    given.port = 0; /* the same version's, but not sound */
    assert_int_equal(take(&given, sizeof(given), &order, NULL), -EINVAL);
}

static void refuses_another_versions_with_a_sentence(void **state)
{
    static const struct
    {
        uint32_t differs; /* the layout, by these bits */
        size_t size;
    } others[] = {
        {1, sizeof(struct order)},
        {0, sizeof(struct order) - 4},
        {0, sizeof(struct order) + 4},
        {0, 4},
        {0, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        struct
        {
            struct order order;
            char more[8];
        } given = {.order = good_order()};
        struct order order = {0};
        struct err err = {0};

        given.order.layout ^= others[i].differs;
        assert_int_equal(take(&given, others[i].size, &order, &err), -EPROTO);
        assert_non_null(strstr(err.text, "different versions"));
        assert_non_null(strstr(err.text, "restart"));
    }
}

static void a_command_has_its_size(void **state)
{
    struct command given[2] = {{.kind = COMMAND_STOP}};
    struct command command = {0};

    (void)state;
    assert_int_equal(intake_command(given, sizeof(*given), &command, NULL), 0);
    assert_int_equal(command.kind, COMMAND_STOP);
    assert_int_equal(intake_command(given, sizeof(*given) - 1, &command, NULL),
                     -EBADMSG);
    assert_int_equal(intake_command(given, sizeof(given), &command, NULL),
                     -EBADMSG);
    given->kind = COMMAND_COUNT;
    assert_int_equal(intake_command(given, sizeof(*given), &command, NULL),
                     -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_its_own_versions_order),
        cmocka_unit_test(refuses_another_versions_with_a_sentence),
        cmocka_unit_test(a_command_has_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
