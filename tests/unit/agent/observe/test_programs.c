/* The parsers of what the kernel says about programs, filters and policies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>

#include "agent/observe/host/mounts.h"
#include "agent/observe/programs/cgroup_programs.h"
#include "agent/observe/programs/found_programs.h"
#include "agent/observe/programs/nfqueues.h"
#include "agent/observe/programs/tc_filters.h"
#include "agent/observe/routing/ipsec_policy.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

#define BUFFER_SIZE 1024

static void reads_mounts(void **state)
{
    static const char *const wrong[] = {
        "",
        " - cgroup2 x rw",
        "36 35 0:30 / /sys/fs/cgroup rw - cgroup cgroup rw",
        "36 35 0:30 / /sys/fs/cgroup rw - cgroup22 cgroup rw",
        "36 35 0:30 / rw",
        "36 35 0:30 / /a\\040b rw - cgroup2 cgroup2 rw",
        "x 35 0:30 / /a rw - cgroup2 cgroup2 rw",
    };
    char line[2 * MOUNT_PATH_SIZE];
    struct mount mount;

    (void)state;
    assert_true(mounts_parse("36 35 0:30 /docker/1 /sys/fs/cgroup rw shared:1 "
                             "- cgroup2 cgroup2 rw",
                             "cgroup2", &mount));
    assert_string_equal(mount.root, "/docker/1");
    assert_string_equal(mount.path, "/sys/fs/cgroup");
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_false(mounts_parse(wrong[i], "cgroup2", &mount));
    snprintf(line, sizeof(line), "36 35 0:30 / /%0*d rw - cgroup2 x rw",
             MOUNT_PATH_SIZE, 0);
    assert_false(mounts_parse(line, "cgroup2", &mount));
}

static void finds_a_process_group(void **state)
{
    static const struct
    {
        const char *text, *root, *mount, *path; /* NULL: none */
    } cases[] = {
        {"0::/a/b\n", "/", "/cg", "/cg/a/b"},
        {"9:name=systemd:/x\n0::/a\n", "/", "/cg", "/cg/a"},
        {"0::/\n", "/", "/cg", "/cg"},
        {"0::/docker/1/web\n", "/docker/1", "/cg", "/cg/web"},
        {"0::/other\n", "/docker/1", "/cg", NULL},
        {"0::/../../host\n", "/", "/cg", NULL},
        {"9:name=systemd:/x\n", "/", "/cg", NULL},
        {"", "/", "/cg", NULL},
    };
    char path[CGROUP_PATH_SIZE];
    char text[2 * CGROUP_PATH_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int status =
            cgroup_parse(cases[i].text, cases[i].root, cases[i].mount, path);

        assert_int_equal(status, cases[i].path == NULL ? -ENOENT : 0);
        if (cases[i].path != NULL)
            assert_string_equal(path, cases[i].path);
    }
    snprintf(text, sizeof(text), "0::/%0*d\n", CGROUP_PATH_SIZE, 0);
    assert_int_equal(cgroup_parse(text, "/", "/cg", path), -ENOENT);
}

static void reads_queues_and_descriptors(void **state)
{
    uint16_t queue = 0;

    (void)state;
    assert_true(
        nfqueues_parse("    5   1234     0 2  4096     0     0  1  1", &queue));
    assert_int_equal(queue, 5);
    assert_false(nfqueues_parse("70000 1 0 2 0 0 0 1 1", &queue));
    assert_false(nfqueues_parse("x", &queue));
    assert_false(nfqueues_parse("", &queue));
    assert_int_equal(
        found_programs_parse("pos:\t0\nflags:\t02\nlink_type:\txdp\nprog_id:\t"
                             "77\n"),
        77);
    assert_int_equal(found_programs_parse("pos:\t0\nprog_id:\tx\n"), 0);
    assert_int_equal(found_programs_parse("pos:\t0\nmap_id:\t9\n"), 0);
    assert_int_equal(found_programs_parse(""), 0);
}

struct filter
{
    const char *kind;
    uint32_t handle;
    uint16_t protocol;
    bool acts; /* decides about packets itself, or has an action that does */
    unsigned family;
    bool can_drop;
};

static struct nlmsghdr *put_filter(char *buffer, const struct filter *filter)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct nlattr *options;
    struct tcmsg *header;

    message->nlmsg_type = RTM_NEWTFILTER;
    header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
    header->tcm_handle = filter->handle;
    header->tcm_info = TC_H_MAKE(49152u << 16, htons(filter->protocol));
    if (filter->kind != NULL)
        mnl_attr_put_strz(message, TCA_KIND, filter->kind);
    options = mnl_attr_nest_start(message, TCA_OPTIONS);
    if (filter->kind != NULL && strcmp(filter->kind, "bpf") == 0) {
        mnl_attr_put_u32(message, TCA_BPF_ID, 42);
        mnl_attr_put_u32(message, TCA_BPF_FLAGS,
                         filter->acts ? TCA_BPF_FLAG_ACT_DIRECT : 0);
    } else if (filter->acts) {
        mnl_attr_put_u32(message, TCA_U32_ACT, 0);
    }
    mnl_attr_nest_end(message, options);
    return message;
}

static void reads_filters(void **state)
{
    static const struct filter filters[] = {
        {"bpf", 1, ETH_P_ALL, true, 4, true},
        {"bpf", 1, ETH_P_IP, true, 4, true},
        {"bpf", 1, ETH_P_IP, true, 6, false},
        {"bpf", 1, ETH_P_IPV6, true, 6, true},
        {"bpf", 1, 0x88cc, true, 4, false},
        {"bpf", 1, ETH_P_ALL, false, 4, false}, /* it classifies only */
        {"bpf", 0, ETH_P_ALL, true, 4, false},  /* the list's head */
        {"u32", 0x80000800, ETH_P_ALL, false, 4, false},
        {"u32", 0x80000800, ETH_P_ALL, true, 4, true},
        {"flower", 1, ETH_P_ALL, false, 4, true}, /* who knows */
        {NULL, 1, ETH_P_ALL, true, 4, false},
    };
    char buffer[BUFFER_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        const struct nlmsghdr *message = put_filter(buffer, &filters[i]);
        struct found_program out = {.hook = "tc-ingress"};

        assert_int_equal(tc_filters_parse(message, filters[i].family, &out),
                         filters[i].can_drop);
        if (!filters[i].can_drop)
            continue;
        assert_string_equal(out.kind, filters[i].kind);
        assert_int_equal(out.preference, 49152);
        assert_true(out.handle == filters[i].handle);
        if (strcmp(out.kind, "bpf") == 0)
            assert_int_equal(out.program, 42);
    }
}

static void refuses_short_filters(void **state)
{
    static const struct filter filter = {"bpf", 1, ETH_P_ALL, true, 4, true};
    char buffer[BUFFER_SIZE];
    struct nlmsghdr *message = put_filter(buffer, &filter);
    uint32_t whole = message->nlmsg_len;

    (void)state;
    for (uint32_t size = NLMSG_HDRLEN; size < whole; size++) {
        CLEAN_FREE char *copy = malloc(size); /* so that a sanitizer sees */
        struct found_program out = {.hook = "tc-ingress"};
        struct nlmsghdr *cut = (void *)copy;

        memcpy(copy, buffer, size);
        cut->nlmsg_len = size;
        (void)tc_filters_parse(cut, 4, &out);
    }
}

static struct nlmsghdr *
put_policy(char *buffer, const struct xfrm_userpolicy_info *info, bool demands)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct xfrm_user_tmpl demand = {.family = AF_INET};

    message->nlmsg_type = XFRM_MSG_NEWPOLICY;
    memcpy(mnl_nlmsg_put_extra_header(message, sizeof(*info)), info,
           sizeof(*info));
    if (demands)
        mnl_attr_put(message, XFRMA_TMPL, sizeof(demand), &demand);
    return message;
}

static struct ipsec_flow flow_to(const char *destination, uint16_t port)
{
    struct ipsec_flow flow = {
        .family = 4, .source_port = 40000, .destination_port = port};

    assert_int_equal(address_parse("192.0.2.10", &flow.source), 0);
    assert_int_equal(address_parse(destination, &flow.destination), 0);
    return flow;
}

static void reads_policies(void **state)
{
    struct xfrm_userpolicy_info info = {
        .dir = XFRM_POLICY_OUT,
        .action = XFRM_POLICY_BLOCK,
        .index = 9,
        .priority = 5,
        .sel = {.family = AF_INET, .prefixlen_d = 24, .proto = 6}};
    struct ipsec_flow there = flow_to("198.51.100.10", 8080);
    struct ipsec_flow elsewhere = flow_to("203.0.113.1", 8080);
    struct ipsec_flow v6 = there;
    struct ipsec_policy policy;
    char buffer[BUFFER_SIZE];

    (void)state;
    inet_pton(AF_INET, "198.51.100.0", &info.sel.daddr);
    assert_true(
        ipsec_policy_parse(put_policy(buffer, &info, true), &there, &policy));
    assert_true(policy.blocks);
    assert_int_equal(policy.protections, 1);
    assert_int_equal(policy.index, 9);
    assert_string_equal(policy.rule,
                        "src 0.0.0.0/0 dst 198.51.100.0/24 proto tcp");
    assert_false(ipsec_policy_parse(put_policy(buffer, &info, false),
                                    &elsewhere, &policy));
    v6.family = 6;
    assert_false(
        ipsec_policy_parse(put_policy(buffer, &info, false), &v6, &policy));
    info.sel.dport = htons(443);
    info.sel.dport_mask = 0xffff;
    assert_false(
        ipsec_policy_parse(put_policy(buffer, &info, false), &there, &policy));
    info.sel.dport = htons(8080);
    assert_true(
        ipsec_policy_parse(put_policy(buffer, &info, false), &there, &policy));
    info.sel.proto = 17;
    assert_false(
        ipsec_policy_parse(put_policy(buffer, &info, false), &there, &policy));
}

static void refuses_odd_policies(void **state)
{
    struct xfrm_userpolicy_info info = {
        .sel = {.family = AF_INET, .prefixlen_d = 200}};
    struct ipsec_flow flow = flow_to("198.51.100.10", 8080);
    struct ipsec_policy policy;
    char buffer[BUFFER_SIZE];
    struct nlmsghdr *message = put_policy(buffer, &info, false);

    (void)state;
    assert_false(ipsec_policy_parse(message, &flow, &policy));
    info.sel.prefixlen_d = 60; /* more than an IPv4 address has */
    message = put_policy(buffer, &info, false);
    (void)ipsec_policy_parse(message, &flow, &policy);
    message->nlmsg_len -= 4;
    assert_false(ipsec_policy_parse(message, &flow, &policy));
    message->nlmsg_type = XFRM_MSG_NEWSA;
    assert_false(ipsec_policy_parse(message, &flow, &policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_mounts),
        cmocka_unit_test(finds_a_process_group),
        cmocka_unit_test(reads_queues_and_descriptors),
        cmocka_unit_test(reads_filters),
        cmocka_unit_test(refuses_short_filters),
        cmocka_unit_test(reads_policies),
        cmocka_unit_test(refuses_odd_policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
