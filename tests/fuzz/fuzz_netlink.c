/* The kernel's messages, as long as they say: the first octet picks the parser,
 * the next two are the message's type, the rest is its payload.  (Not those of
 * nf_tables: libnftnl ends a program that shows it a malformed one.) */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/observe/host/socket_diag.h"
#include "agent/observe/programs/tc_filters.h"
#include "agent/observe/routing/ipsec_policy.h"
#include "agent/observe/tracking/conntrack_table.h"
#include "common/base/array.h"
#include "common/base/clean.h"

#define HEAD_SIZE 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_conntrack(const struct nlmsghdr *message)
{
    char status[CONNTRACK_STATUS_SIZE];
    struct conntrack_entry entry;

    if (conntrack_read(message, &entry) < 0)
        return;
    assert(address_is_set(&entry.original.source));
    assert(address_is_set(&entry.reply.destination));
    (void)conntrack_print_status(entry.status, status);
}

static void try_ipsec(const struct nlmsghdr *message)
{
    struct ipsec_flow flow = {.family = 4, .destination_port = 8080};
    struct ipsec_policy policy;

    address_parse("192.0.2.1", &flow.source);
    address_parse("192.0.2.2", &flow.destination);
    if (ipsec_policy_parse(message, &flow, &policy))
        assert(strlen(policy.rule) < sizeof(policy.rule));
}

static void try_tc(const struct nlmsghdr *message)
{
    struct found_program program = {.hook = "tc-ingress"};

    if (tc_filters_parse(message, 4, &program))
        assert(strlen(program.kind) < sizeof(program.kind));
}

static void try_keys(const struct nlmsghdr *message)
{
    struct socket_info info = {0};

    socket_diag_read_keys(message + 1, message->nlmsg_len - sizeof(*message),
                          &info);
    assert(info.key_count <= SOCKET_MAX_KEYS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(const struct nlmsghdr *message) = {
        try_conntrack, try_ipsec, try_tc, try_keys};
    CLEAN_FREE struct nlmsghdr *message = NULL;

    if (size < HEAD_SIZE)
        return 0;
    message = malloc(sizeof(*message) + size - HEAD_SIZE);
    if (message == NULL)
        return 0;
    *message = (struct nlmsghdr){
        .nlmsg_len = (uint32_t)(sizeof(*message) + size - HEAD_SIZE),
        .nlmsg_type = (uint16_t)(data[1] << 8 | data[2])};
    memcpy(message + 1, data + HEAD_SIZE, size - HEAD_SIZE);
    parsers[data[0] % ARRAY_SIZE(parsers)](message);
    return 0;
}
