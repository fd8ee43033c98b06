/* Questions over netlink where somebody else answers, too: as root in a network
 * namespace of this test's own, where messages may be forged. */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/test.h"

#define FORGED_INDEX 4711

struct forgery /* one message of a link that is not there */
{
    struct nlmsghdr header;
    struct ifinfomsg link;
};

static struct forgery forge(uint16_t type, uint32_t sequence)
{
    return (struct forgery){
        .header = {.nlmsg_len = sizeof(struct forgery),
                   .nlmsg_type = type,
                   .nlmsg_seq = sequence},
        .link = {.ifi_index = FORGED_INDEX},
    };
}

static int open_forger(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    assert_true(fd >= 0);
    return fd;
}

static void send_forged(int fd, const struct sockaddr_nl *to, uint16_t type,
                        uint32_t sequence)
{
    struct forgery forgery = forge(type, sequence);

    assert_int_equal(sendto(fd, &forgery, sizeof(forgery), 0,
                            (const struct sockaddr *)to, sizeof(*to)),
                     sizeof(forgery));
}

struct seen
{
    unsigned links, forged;
};

static int count_link(const struct nlmsghdr *message, void *data)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
    struct seen *seen = data;

    if (link->ifi_index == FORGED_INDEX)
        seen->forged++;
    else
        seen->links++;
    return 0;
}

static struct sockaddr_nl name_of(const struct netlink *netlink)
{
    struct sockaddr_nl name = {0};
    socklen_t size = sizeof(name);

    assert_int_equal(
        getsockname(netlink_fd(netlink), (struct sockaddr *)&name, &size), 0);
    return name;
}

static void an_answer_is_the_kernels(void **state)
{
    KEEP_FD int namespace = lab_enter_new();
    CLEAN_FD int forger = open_forger();
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    const struct ifinfomsg all = {0};
    struct seen seen = {0};
    struct err err = {0};
    struct sockaddr_nl name;

    (void)state;
    assert_int_equal(netlink_open(NETLINK_ROUTE, &netlink, NULL), 0);
    name = name_of(netlink);
    /* A link, the end of the list, a refusal: all before the kernel's own. */
    send_forged(forger, &name, RTM_NEWLINK, 1);
    send_forged(forger, &name, NLMSG_DONE, 1);
    send_forged(forger, &name, NLMSG_ERROR, 1);
    if (netlink_list(netlink, RTM_GETLINK, &all, sizeof(all), count_link, &seen,
                     &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(seen.links, 1); /* lo */
    assert_int_equal(seen.forged, 0);
}

static void what_a_group_hears_is_the_kernels(void **state)
{
    KEEP_FD int namespace = lab_enter_new();
    CLEAN_FD int forger = open_forger();
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct sockaddr_nl group = {.nl_family = AF_NETLINK,
                                .nl_groups = 1 << (RTNLGRP_LINK - 1)};
    struct seen seen = {0};
    int status;

    (void)state;
    assert_int_equal(netlink_open(NETLINK_ROUTE, &netlink, NULL), 0);
    assert_int_equal(netlink_join(netlink, RTNLGRP_LINK, NULL), 0);
    send_forged(forger, &group, RTM_NEWLINK, 0);
    lab_run("ip link set lo down");
    do
        status = netlink_receive(netlink, count_link, &seen);
    while (status == 0);
    assert_int_equal(status, -EAGAIN);
    assert_true(seen.links > 0);
    assert_int_equal(seen.forged, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_the_kernels),
        cmocka_unit_test(what_a_group_hears_is_the_kernels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
