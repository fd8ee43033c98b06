#include <stdlib.h>
#include <string.h>

#include "agent/worker/hosts_file.h"
#include "common/base/address.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

static void lines_are_found(void **state)
{
    static const struct
    {
        const char *text, *name, *address;
        unsigned number, names;
    } cases[] = {
        {"192.0.2.1 a\n", "a", "192.0.2.1", 1, 1},
        {"192.0.2.1 a", "A", "192.0.2.1", 1, 1},
        {"# 192.0.2.1 a\n\n192.0.2.1\tb  a # c\n", "a", "192.0.2.1", 3, 2},
        {"192.0.2.1 a\n192.0.2.2 a\n", "a", "192.0.2.2", 2, 1},
        {"2001:DB8::0:1 a\r\n", "a", "2001:db8::1", 1, 1},
        {"192.0.2.1 ab\n", "a", "192.0.2.1", 0, 0},
        {"192.0.2.1 #a\n", "a", "192.0.2.1", 0, 0},
        {"192.0.2.1\na\n", "a", "192.0.2.1", 0, 0},
        {"192.0.2.11 a\n", "a", "192.0.2.1", 0, 0},
        {"", "a", "192.0.2.1", 0, 0},
        {"\n\n\n", "a", "192.0.2.1", 0, 0},
        {"192.0.2.1", "", "192.0.2.1", 0, 0},
        {"111111111111111111111111111111111111111111111111111111111111111 a\n",
         "a", "192.0.2.1", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address address = {0};
        struct hosts_line line;

        assert_int_equal(address_parse(cases[i].address, &address), 0);
        line = hosts_file_find(cases[i].text, cases[i].name, &address);
        assert_int_equal(line.number, cases[i].number);
        assert_int_equal(line.names, cases[i].names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
