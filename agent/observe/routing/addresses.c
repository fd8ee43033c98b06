/* Observer: the addresses that this host holds. */
#include <errno.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/observer.h"
#include "common/base/address.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_ADDRESSES 256

struct listing
{
    struct worker *worker;
    unsigned count;
};

static void emit_address(struct listing *listing, struct address address,
                         const struct ifaddrmsg *header, uint32_t flags)
{
    char interface[IF_NAMESIZE];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ADDRESS, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &address);
    evidence_set_number(&evidence, KEY_PREFIX, header->ifa_prefixlen);
    if (if_indextoname(header->ifa_index, interface) != NULL)
        evidence_set_text(&evidence, KEY_INTERFACE, interface);
    if (address.family == 4)
        evidence_set_number(&evidence, KEY_SECONDARY,
                            (flags & IFA_F_SECONDARY) != 0);
    if ((flags & IFA_F_TENTATIVE) != 0)
        evidence_set_number(&evidence, KEY_TENTATIVE, 1);
    if ((flags & IFA_F_DADFAILED) != 0)
        evidence_set_number(&evidence, KEY_DAD_FAILED, 1);
    worker_emit(listing->worker, &evidence);
}

static int read_address(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *table[IFA_MAX + 1];
    struct listing *listing = data;
    struct address address;
    const struct ifaddrmsg *header =
        netlink_own_address(message, table, &address);

    if (header == NULL)
        return -EBADMSG;
    if (!address_is_set(&address))
        return 0;
    if (listing->count++ < MAX_ADDRESSES)
        emit_address(listing, address, header,
                     netlink_u32(table[IFA_FLAGS], header->ifa_flags));
    return 0;
}

static int addresses_arm(struct worker *worker, void **state, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};
    struct listing listing = {.worker = worker};
    struct evidence evidence;
    int status = netlink_open(NETLINK_ROUTE, &netlink, err);

    if (status < 0)
        return status;
    status = netlink_list(netlink, RTM_GETADDR, &header, sizeof(header),
                          read_address, &listing, err);
    if (status < 0)
        return status;
    evidence_init(&evidence, EVIDENCE_ADDRESSES, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COUNT, listing.count);
    evidence_set_number(&evidence, KEY_COMPLETE,
                        listing.count <= MAX_ADDRESSES);
    worker_emit(worker, &evidence);
    *state = NULL;
    return 0;
}

const struct observer addresses_observer = {
    .name = "addresses",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_ADDRESS) | EVIDENCE_BIT(EVIDENCE_ADDRESSES),
    .arm = addresses_arm,
};
