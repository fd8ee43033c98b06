#include "agent/observe/routing/route_others.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/routing/route_question.h"
#include "agent/worker/worker.h"
#include "common/base/clock.h"

struct holders /* of addresses */
{
    unsigned except;
    size_t count;
    unsigned indexes[ROUTE_OTHERS_MAX];
};

static int find_holder(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *table[IFA_MAX + 1];
    struct holders *holders = data;
    struct address address;
    const struct ifaddrmsg *header =
        netlink_own_address(message, table, &address);

    if (header == NULL)
        return -EBADMSG;
    if (header->ifa_index == holders->except || address_is_loopback(&address) ||
        holders->count == ROUTE_OTHERS_MAX)
        return 0;
    for (size_t i = 0; i < holders->count; i++)
        if (holders->indexes[i] == header->ifa_index)
            return 0;
    holders->indexes[holders->count++] = header->ifa_index;
    return 0;
}

static void list_holders(struct netlink *netlink, const struct address *peer,
                         struct holders *holders)
{
    const struct ifaddrmsg header = {.ifa_family =
                                         (unsigned char)address_af(peer)};

    /* What cannot be listed is not told. */
    (void)netlink_list(netlink, RTM_GETADDR, &header, sizeof(header),
                       find_holder, holders, NULL);
}

static void emit_other(struct worker *worker, struct netlink *netlink,
                       const struct address *peer,
                       const struct route_answer *answer)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ROUTE_OTHER, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_DESTINATION, peer);
    evidence_set_text(&evidence, KEY_INTERFACE, answer->interface);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer->gateway);
    if (address_is_set(&answer->gateway))
        evidence_set_number(
            &evidence, KEY_ON_LINK,
            route_is_on_link(netlink, &answer->gateway, answer->index));
    if (answer->prefix >= 0) {
        evidence_set_address(&evidence, KEY_ADDRESS, &answer->matched);
        evidence_set_number(&evidence, KEY_PREFIX, answer->prefix);
    }
    if (answer->table != 0)
        evidence_set_number(&evidence, KEY_TABLE_ID, answer->table);
    worker_emit(worker, &evidence);
}

/* What the address just outside the used prefix gets is a route of the peer's as
 * well, if its prefix covers both. */
static void tell_shorter(struct worker *worker, struct netlink *netlink,
                         const struct address *peer,
                         const struct route_answer *used)
{
    struct address none = {0};
    struct route_question question = route_question_of(worker, *peer, none);
    unsigned bit = (unsigned)used->prefix - 1;
    struct route_answer answer;

    if (used->prefix < 1)
        return;
    question.destination.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    if (route_lookup(netlink, &question, &answer, NULL) == 0 &&
        strcmp(answer.type, "unicast") == 0 && answer.index != 0 &&
        answer.prefix >= 0 && answer.prefix < used->prefix &&
        (answer.prefix == 0 ||
         address_same_prefix(&answer.matched, peer, (unsigned)answer.prefix)))
        emit_other(worker, netlink, peer, &answer);
}

void route_others_tell(struct worker *worker, struct netlink *netlink,
                       const struct address *peer,
                       const struct route_answer *used)
{
    struct holders holders = {.except = used->index};
    struct address none = {0};

    list_holders(netlink, peer, &holders);
    for (size_t i = 0; i < holders.count; i++) {
        struct route_question question = route_question_of(worker, *peer, none);
        struct route_answer answer;

        question.device = holders.indexes[i];
        if (route_lookup(netlink, &question, &answer, NULL) == 0 &&
            strcmp(answer.type, "unicast") == 0 &&
            answer.index == holders.indexes[i])
            emit_other(worker, netlink, peer, &answer);
    }
    tell_shorter(worker, netlink, peer, used);
}
