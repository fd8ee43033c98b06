#include "tests/unit/engine/two_hosts.h"

#include "tests/unit/test.h"

struct subject two_hosts_subject(void)
{
    struct subject subject = {.source_host = "hostA",
                              .destination_host = "hostB",
                              .named_as = "hostB",
                              .port = WRITTEN_PORT,
                              .attempts = 3};

    assert_int_equal(address_parse(WRITTEN_SOURCE, &subject.source), 0);
    assert_int_equal(address_parse(WRITTEN_DESTINATION, &subject.destination),
                     0);
    return subject;
}
