/* The table of rights, written down a second time, from the receiver's view. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/net/conn.h"
#include "proto/message.h"
#include "tests/unit/test.h"

static const struct
{
    int role;
    bool greeted;
    const char *kinds; /* each between spaces */
} expected[] = {
    {PEER_JOINING, false, " join-request "},
    {PEER_JOINING, true, " join-request "},
    {PEER_AGENT, false, " hello "},
    {PEER_AGENT, true,
     " hello ping pong error inventory evidence trace-ended "},
    {PEER_OPERATOR, false, " hello "},
    {PEER_OPERATOR, true,
     " hello ping pong trace-request agents-request token-request "},
    {PEER_CONTROLLER, false, " hello error join-reply "},
    {PEER_CONTROLLER, true,
     " hello ping pong error inventory-request order command progress "
     "document token-reply join-reply go-away "},
};

static void test_rights_are_as_written(void **state)
{
    (void)state;
    for (size_t row = 0; row < ARRAY_SIZE(expected); row++)
        for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
            char name[64];
            bool listed;

            snprintf(name, sizeof(name), " %s ",
                     word_name(&message_words, kind));
            listed = strstr(expected[row].kinds, name) != NULL;
            assert_int_equal(message_is_allowed(expected[row].role,
                                                expected[row].greeted,
                                                (enum message_kind)kind),
                             listed);
        }
}

static void test_everything_else_is_refused(void **state)
{
    (void)state;
    assert_false(message_is_allowed(-1, true, MESSAGE_HELLO));
    assert_false(message_is_allowed(PEER_OPERATOR + 1, true, MESSAGE_HELLO));
    assert_false(message_is_allowed(PEER_AGENT, true, MESSAGE_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights_are_as_written),
        cmocka_unit_test(test_everything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
