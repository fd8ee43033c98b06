#include "tests/unit/agent/lab.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/test.h"

void lab_run(const char *format, ...)
{
    char command[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

int lab_enter_new(void)
{
    int fd;

    if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
        skip();
    fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    lab_run("ip link set dev lo up");
    /* Link-local addresses are good at once, so that neighbours answer. */
    lab_run("sysctl -qw net.ipv6.conf.all.accept_dad=0 "
            "net.ipv6.conf.default.accept_dad=0");
    return fd;
}

void lab_enter(int namespace_fd)
{
    assert_int_equal(setns(namespace_fd, CLONE_NEWNET), 0);
}

int lab_listen(unsigned family, uint16_t port, int backlog)
{
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6,
                                .sin6_port = htons(port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd =
        socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    if (family == 6)
        assert_int_equal(bind(fd, (struct sockaddr *)&any6, sizeof(any6)), 0);
    else
        assert_int_equal(bind(fd, (struct sockaddr *)&any4, sizeof(any4)), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}
