#include "agent/observe/host/socket_diag.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include "agent/observe/host/netlink.h"
#include "common/base/array.h"
#include "common/base/err.h"

static const char *const state_names[] = {
    [1] = "ESTABLISHED", [2] = "SYN_SENT",   [3] = "SYN_RECV",
    [4] = "FIN_WAIT1",   [5] = "FIN_WAIT2",  [6] = "TIME_WAIT",
    [7] = "CLOSE",       [8] = "CLOSE_WAIT", [9] = "LAST_ACK",
    [10] = "LISTEN",     [11] = "CLOSING",   [12] = "SYN_RECV",
    [13] = "BOUND",
};

struct listing
{
    socket_fn fn;
    void *data;
};

static struct address read_address(int family, const __be32 *words)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct address address;
    uint16_t port;

    if (family == AF_INET)
        return address_from_bytes(words, 4);
    memcpy(&v6.sin6_addr, words, 16);
    (void)address_from_sockaddr((const struct sockaddr *)&v6, &address, &port);
    return address;
}

/* The kernel tells them to whoever may administer the network. */
void socket_diag_read_keys(const void *attribute, size_t size,
                           struct socket_info *info)
{
    const char *at = attribute;
    struct tcp_diag_md5sig signature;

    info->key_count = 0;
    for (; size >= sizeof(signature) && info->key_count < SOCKET_MAX_KEYS;
         at += sizeof(signature), size -= sizeof(signature)) {
        struct socket_key *key = &info->keys[info->key_count];

        memcpy(&signature, at, offsetof(struct tcp_diag_md5sig, tcpm_key));
        if (signature.tcpm_family != AF_INET &&
            signature.tcpm_family != AF_INET6)
            continue;
        key->address = read_address(signature.tcpm_family, signature.tcpm_addr);
        key->prefix = signature.tcpm_prefixlen;
        info->key_count++;
    }
}

static int read_socket(const struct nlmsghdr *message, void *data)
{
    const struct inet_diag_msg *diag = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[INET_DIAG_MAX + 1];
    const struct listing *listing = data;
    struct socket_info info = {0};

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*diag))
        return -EBADMSG;
    if (diag->idiag_state >= ARRAY_SIZE(state_names) ||
        state_names[diag->idiag_state] == NULL)
        return 0;
    netlink_sort(message, sizeof(*diag), table, INET_DIAG_MAX);
    info.state = state_names[diag->idiag_state];
    info.local = read_address(diag->idiag_family, diag->id.idiag_src);
    info.remote = read_address(diag->idiag_family, diag->id.idiag_dst);
    info.local_port = ntohs(diag->id.idiag_sport);
    info.remote_port = ntohs(diag->id.idiag_dport);
    info.queue = diag->idiag_rqueue;
    info.queue_limit = diag->idiag_wqueue;
    info.user = diag->idiag_uid;
    info.interface = diag->id.idiag_if;
    info.retransmits = diag->idiag_retrans;
    info.inode = diag->idiag_inode;
    info.v6_only = -1;
    if (table[INET_DIAG_SKV6ONLY] != NULL &&
        mnl_attr_get_payload_len(table[INET_DIAG_SKV6ONLY]) >= 1)
        info.v6_only = mnl_attr_get_u8(table[INET_DIAG_SKV6ONLY]) != 0;
    if (table[INET_DIAG_CGROUP_ID] != NULL &&
        mnl_attr_get_payload_len(table[INET_DIAG_CGROUP_ID]) >=
            sizeof(info.cgroup))
        info.cgroup = mnl_attr_get_u64(table[INET_DIAG_CGROUP_ID]);
    if (table[INET_DIAG_MD5SIG] != NULL)
        socket_diag_read_keys(mnl_attr_get_payload(table[INET_DIAG_MD5SIG]),
                              mnl_attr_get_payload_len(table[INET_DIAG_MD5SIG]),
                              &info);
    listing->fn(&info, listing->data);
    return 0;
}

static struct inet_diag_req_v2 *put_question(struct nlmsghdr *request,
                                             unsigned family, uint32_t states)
{
    struct inet_diag_req_v2 *question;

    request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question = mnl_nlmsg_put_extra_header(request, sizeof(*question));
    question->sdiag_family = family == 4 ? AF_INET : AF_INET6;
    question->sdiag_protocol = IPPROTO_TCP;
    question->idiag_states = states;
    return question;
}

/* What is listed: 0 stands for any port. */
struct wanted
{
    int family;
    uint8_t protocol;
    uint32_t states;
    uint8_t more; /* bits of what else is told of each */
    uint16_t local_port, remote_port;
};

static int list(struct netlink *netlink, const struct wanted *wanted,
                socket_fn fn, void *data, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct listing listing = {fn, data};
    struct inet_diag_req_v2 *question =
        put_question(request, (unsigned)wanted->family, wanted->states);

    request->nlmsg_flags = NLM_F_DUMP;
    question->sdiag_protocol = wanted->protocol;
    question->idiag_ext = wanted->more;
    question->id.idiag_sport = htons(wanted->local_port);
    question->id.idiag_dport = htons(wanted->remote_port);
    return netlink_ask(netlink, request, read_socket, &listing, err);
}

int socket_diag_list(struct netlink *netlink, int family, uint32_t states,
                     uint16_t local_port, uint16_t remote_port, socket_fn fn,
                     void *data, struct err *err)
{
    const struct wanted wanted = {.family = family,
                                  .protocol = IPPROTO_TCP,
                                  .states = states,
                                  .local_port = local_port,
                                  .remote_port = remote_port};

    return list(netlink, &wanted, fn, data, err);
}

int socket_diag_list_udp(struct netlink *netlink, int family,
                         uint16_t local_port, socket_fn fn, void *data,
                         struct err *err)
{
    const struct wanted wanted = {.family = family,
                                  .protocol = IPPROTO_UDP,
                                  .states = ~0u,
                                  .local_port = local_port};

    return list(netlink, &wanted, fn, data, err);
}

/* The kernel tells of keys only where it tells all about a socket. */
int socket_diag_list_signed(struct netlink *netlink, int family,
                            uint16_t local_port, socket_fn fn, void *data,
                            struct err *err)
{
    const struct wanted wanted = {.family = family,
                                  .protocol = IPPROTO_TCP,
                                  .states = SOCKET_STATES_LISTEN,
                                  .more = 1u << (INET_DIAG_INFO - 1),
                                  .local_port = local_port};

    return list(netlink, &wanted, fn, data, err);
}

/* An answer that is missing is no error of ours. */
int socket_diag_find(struct netlink *netlink, const struct address *local,
                     uint16_t local_port, const struct address *remote,
                     uint16_t remote_port, socket_fn fn, void *data,
                     struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct listing listing = {fn, data};
    struct inet_diag_req_v2 *question =
        put_question(request, local->family, SOCKET_STATES_CONNECTION);
    size_t size = local->family == 4 ? 4 : 16;
    int status;

    question->id.idiag_sport = htons(local_port);
    question->id.idiag_dport = htons(remote_port);
    memcpy(question->id.idiag_src, local->bytes, size);
    memcpy(question->id.idiag_dst, remote->bytes, size);
    question->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    question->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    status = netlink_ask(netlink, request, read_socket, &listing, NULL);
    if (status < 0 && status != -ENOENT)
        return err_set(err, status, "cannot look for a connection: %s",
                       strerror(-status));
    return 0;
}
