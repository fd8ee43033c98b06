#include "agent/observe/interest.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/routing/route_question.h"
#include "agent/worker/worker.h"
#include "common/base/address.h"
#include "common/trace/evidence.h"

bool interest_has(const struct interest *interest, const char *name)
{
    for (size_t i = 0; i < interest->count; i++)
        if (strcmp(interest->names[i], name) == 0)
            return true;
    return false;
}

static bool add(struct interest *interest, const char *name)
{
    if (name[0] == '\0' || strlen(name) >= IF_NAMESIZE ||
        interest->count == INTEREST_MAX || interest_has(interest, name))
        return false;
    strcpy(interest->names[interest->count++], name);
    return true;
}

struct holder
{
    struct address address; /* wanted */
    unsigned index;         /* of the interface that holds it */
};

static int find_holder(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *table[IFA_MAX + 1];
    struct holder *holder = data;
    struct address address;
    const struct ifaddrmsg *header =
        netlink_own_address(message, table, &address);

    if (header == NULL)
        return -EBADMSG;
    if (address_equal(&address, &holder->address))
        holder->index = header->ifa_index;
    return 0;
}

static void add_holder(struct interest *interest, struct netlink *netlink,
                       struct address own)
{
    const struct ifaddrmsg header = {.ifa_family =
                                         (unsigned char)address_af(&own)};
    struct holder holder = {.address = own};
    char name[IF_NAMESIZE];

    (void)netlink_list(netlink, RTM_GETADDR, &header, sizeof(header),
                       find_holder, &holder, NULL);
    if (holder.index != 0 && if_indextoname(holder.index, name) != NULL)
        add(interest, name);
}

void interest_find(struct interest *interest, struct netlink *netlink,
                   struct worker *worker)
{
    struct address own = worker_own(worker);
    struct address peer = worker_peer(worker);
    struct route_question question = route_question_of(worker, peer, own);
    struct route_answer answer;

    if (address_is_set(&own))
        add_holder(interest, netlink, own);
    if (address_is_set(&peer) &&
        route_lookup(netlink, &question, &answer, NULL) == 0)
        add(interest, answer.interface);
}

bool interest_is_arrival(const struct evidence *evidence)
{
    return evidence->kind == EVIDENCE_PACKET &&
           evidence_word(evidence, KEY_PACKET) == PACKET_SYN &&
           evidence_word(evidence, KEY_DIRECTION) == DIRECTION_IN &&
           evidence_number(evidence, KEY_ATTEMPT, 0) > 0 &&
           !evidence_has(evidence, KEY_NAMESPACE) &&
           evidence_number(evidence, KEY_OTHER_HOST, 0) == 0;
}

bool interest_notice(struct interest *interest, const struct evidence *evidence)
{
    if (evidence->kind != EVIDENCE_PACKET ||
        evidence_number(evidence, KEY_ATTEMPT, 0) <= 0 ||
        evidence_has(evidence, KEY_NAMESPACE))
        return false;
    return add(interest, evidence_text(evidence, KEY_INTERFACE, ""));
}

void interest_notice_question(struct interest *interest,
                              const struct evidence *evidence)
{
    if (evidence->kind == EVIDENCE_ARP &&
        evidence_word(evidence, KEY_DIRECTION) == DIRECTION_OUT &&
        !evidence_has(evidence, KEY_NAMESPACE))
        (void)add(interest, evidence_text(evidence, KEY_INTERFACE, ""));
}
