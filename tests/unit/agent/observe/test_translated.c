/* Which evidence tells what a host's own rules made of the SYN. */
#include "agent/observe/translated.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

static const struct
{
    const char *evidence;
    enum role role;
    uint16_t port; /* 0: it tells nothing */
} cases[] = {
    {"destination packet packet=syn destination_port=9090", ROLE_DESTINATION,
     9090},
    {"destination packet packet=syn destination_port=8080", ROLE_DESTINATION,
     0},
    {"destination packet packet=syn-ack destination_port=9090",
     ROLE_DESTINATION, 0},
    {"source packet packet=syn interface=lo destination_port=9090", ROLE_SOURCE,
     9090},
    {"source packet packet=syn interface=eth0 destination_port=9090",
     ROLE_SOURCE, 0},
    {"destination drop packet=syn destination=127.0.0.1 destination_port=9090",
     ROLE_DESTINATION, 9090},
    {"destination drop packet=syn destination=127.0.0.1 destination_port=8080",
     ROLE_DESTINATION, 8080}, /* another address may be all that it made */
    {"destination drop packet=syn namespace=box destination_port=9090",
     ROLE_DESTINATION, 0},
    {"destination drop packet=rst destination_port=9090", ROLE_DESTINATION, 0},
    {"destination drop packet=syn", ROLE_DESTINATION, 0},
    {"source drop packet=syn destination_port=9090", ROLE_SOURCE, 0},
    {"destination tracked phase=after reply_source_port=9090", ROLE_DESTINATION,
     9090},
    {"destination tracked phase=before reply_source_port=9090",
     ROLE_DESTINATION, 0},
};

static void tells_the_port(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct order order = {.role = (uint8_t)cases[i].role, .port = 8080};
        struct translated told = {.port = 0};
        struct evidence item;

        assert_int_equal(written_evidence(cases[i].evidence, &item, 1), 1);
        if (translated_read(&order, &item, &told) != (cases[i].port != 0) ||
            told.port != cases[i].port)
            fail_msg("%s: %u", cases[i].evidence, told.port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_the_port)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
