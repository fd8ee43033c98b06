#include "agent/observe/host/netlink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/base/address.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define RECEIVE_SIZE      (32 * 1024)
#define GROUP_BUFFER_SIZE (1024 * 1024)

struct netlink
{
    struct mnl_socket *socket;
    uint32_t sequence;
    uint32_t port;
    char buffer[RECEIVE_SIZE];
};

void netlink_close(struct netlink *netlink)
{
    if (netlink == NULL)
        return;
    if (netlink->socket != NULL)
        mnl_socket_close(netlink->socket);
    free(netlink);
}

void netlink_clean(struct netlink **netlink)
{
    netlink_close(*netlink);
}

int netlink_open(int protocol, struct netlink **out, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = calloc(1, sizeof(*netlink));
    struct timeval limit = {.tv_usec = NETLINK_TIMEOUT_MS * 1000};

    if (netlink == NULL)
        return err_set(err, -ENOMEM, "netlink: out of memory");
    netlink->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
    if (netlink->socket == NULL)
        return err_set(err, -errno, "cannot open netlink protocol %d: %s",
                       protocol, strerror(errno));
    if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0)
        return err_set(err, -errno, "cannot bind netlink protocol %d: %s",
                       protocol, strerror(errno));
    if (setsockopt(netlink_fd(netlink), SOL_SOCKET, SO_RCVTIMEO, &limit,
                   sizeof(limit)) < 0)
        return err_set(err, -errno, "cannot limit netlink's time: %s",
                       strerror(errno));
    netlink->port = mnl_socket_get_portid(netlink->socket);
    netlink->sequence = 1;
    *out = TAKE_PTR(netlink);
    return 0;
}

int netlink_fd(const struct netlink *netlink)
{
    return mnl_socket_get_fd(netlink->socket);
}

int netlink_join(struct netlink *netlink, unsigned group, struct err *err)
{
    int fd = netlink_fd(netlink);
    int size = GROUP_BUFFER_SIZE;

    /* Without CAP_NET_ADMIN the system's usual limit must do. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &group,
                              sizeof(group)) < 0)
        return err_set(err, -errno, "cannot join netlink group %u: %s", group,
                       strerror(errno));
    return 0;
}

struct reading
{
    netlink_fn fn;
    void *data;
    int status; /* of fn, or the kernel's */
    uint32_t sequence;
    bool check_sequence; /* skip messages of other questions */
    bool is_batch;       /* ends with this sequence number, or an error */
    bool ended;
};

static int read_error(const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
        return -EBADMSG;
    return error->error > 0 ? -error->error : error->error;
}

static void read_message(struct reading *reading,
                         const struct nlmsghdr *message)
{
    if (reading->check_sequence && message->nlmsg_seq != reading->sequence)
        return; /* left over from a question that ran out of time */
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
        reading->status = -EINTR;
    if (message->nlmsg_type == NLMSG_DONE) {
        reading->ended = true;
    } else if (message->nlmsg_type == NLMSG_ERROR) {
        reading->status = read_error(message);
        reading->ended =
            !reading->is_batch || message->nlmsg_seq == reading->sequence;
    } else if (message->nlmsg_type >= NLMSG_MIN_TYPE) {
        reading->status = reading->fn(message, reading->data);
    }
    if (reading->status < 0)
        reading->ended = true;
}

static void read_messages(struct reading *reading, const char *buffer,
                          size_t size)
{
    const struct nlmsghdr *message = (const void *)buffer;
    int left = (int)size;

    while (!reading->ended && mnl_nlmsg_ok(message, left))
        message =
            (read_message(reading, message), mnl_nlmsg_next(message, &left));
}

/* One datagram; one that does not fit would be cut, so it is refused.  0 for one
 * that is not the kernel's: in a container's namespace its own root may send to
 * our sockets, and would be believed. */
static ssize_t receive(struct netlink *netlink, int flags)
{
    struct sockaddr_nl sender = {0};
    struct iovec part = {netlink->buffer, sizeof(netlink->buffer)};
    struct msghdr header = {.msg_name = &sender,
                            .msg_namelen = sizeof(sender),
                            .msg_iov = &part,
                            .msg_iovlen = 1};
    ssize_t got;

    do {
        got = recvmsg(netlink_fd(netlink), &header, flags | MSG_TRUNC);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN && (flags & MSG_DONTWAIT) == 0 ? -ETIMEDOUT
                                                              : -errno;
    if (header.msg_namelen != sizeof(sender) || sender.nl_pid != 0)
        return 0;
    return got > (ssize_t)sizeof(netlink->buffer) ? -EMSGSIZE : got;
}

static int read_answer(struct netlink *netlink, struct reading *reading)
{
    int64_t deadline =
        clock_monotonic_ns() + (int64_t)NETLINK_TIMEOUT_MS * NS_PER_MS;
    size_t total = 0;

    while (!reading->ended) {
        ssize_t got = receive(netlink, 0);

        if (got < 0)
            return (int)got;
        total += (size_t)got;
        if (total > NETLINK_MAX_REPLY)
            return -EFBIG;
        read_messages(reading, netlink->buffer, (size_t)got);
        if (!reading->ended && clock_monotonic_ns() > deadline)
            return -ETIMEDOUT;
    }
    return reading->status;
}

static int ignore(const struct nlmsghdr *message, void *data)
{
    (void)message;
    (void)data;
    return 0;
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request,
                netlink_fn fn, void *data, struct err *err)
{
    struct reading reading = {.fn = fn != NULL ? fn : ignore,
                              .data = data,
                              .sequence = netlink->sequence++,
                              .check_sequence = true};
    int status;

    request->nlmsg_flags |= NLM_F_REQUEST;
    if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
        request->nlmsg_flags |= NLM_F_ACK;
    request->nlmsg_seq = reading.sequence;
    request->nlmsg_pid = netlink->port;
    if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0)
        return err_set(err, -errno, "cannot ask the kernel (netlink %u): %s",
                       request->nlmsg_type, strerror(errno));
    status = read_answer(netlink, &reading);
    if (status < 0)
        return err_set(err, status, "the kernel's answer (netlink %u): %s",
                       request->nlmsg_type, strerror(-status));
    return 0;
}

int netlink_list(struct netlink *netlink, uint16_t type, const void *header,
                 size_t size, netlink_fn fn, void *data, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_DUMP;
    memcpy(mnl_nlmsg_put_extra_header(request, size), header, size);
    return netlink_ask(netlink, request, fn, data, err);
}

int netlink_send_batch(struct netlink *netlink, const void *batch, size_t size,
                       uint32_t last_sequence, struct err *err)
{
    struct reading reading = {
        .fn = ignore, .sequence = last_sequence, .is_batch = true};
    int status;

    if (mnl_socket_sendto(netlink->socket, batch, size) < 0)
        return err_set(err, -errno, "cannot send a netlink batch: %s",
                       strerror(errno));
    status = read_answer(netlink, &reading);
    if (status < 0)
        return err_set(err, status, "the kernel refuses a netlink batch: %s",
                       strerror(-status));
    return 0;
}

int netlink_receive(struct netlink *netlink, netlink_fn fn, void *data)
{
    struct reading reading = {.fn = fn, .data = data};
    ssize_t got = receive(netlink, MSG_DONTWAIT);

    if (got < 0)
        return (int)got;
    read_messages(&reading, netlink->buffer, (size_t)got);
    return reading.status;
}

struct address netlink_address(const struct nlattr *attribute)
{
    if (attribute == NULL)
        return (struct address){0};
    return address_from_bytes(mnl_attr_get_payload(attribute),
                              mnl_attr_get_payload_len(attribute));
}

const struct ifaddrmsg *netlink_own_address(const struct nlmsghdr *message,
                                            const struct nlattr **table,
                                            struct address *address)
{
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return NULL;
    netlink_sort(message, sizeof(*header), table, IFA_MAX);
    /* IFA_ADDRESS is the peer's on a point-to-point link. */
    *address = netlink_address(table[IFA_LOCAL] != NULL ? table[IFA_LOCAL]
                                                        : table[IFA_ADDRESS]);
    return header;
}

void netlink_print_link(const struct nlattr *attribute,
                        char text[static NETLINK_LINK_SIZE])
{
    const uint8_t *octets;
    size_t size;

    text[0] = '\0';
    if (attribute == NULL)
        return;
    octets = mnl_attr_get_payload(attribute);
    size = mnl_attr_get_payload_len(attribute);
    if (size > NETLINK_LINK_SIZE / 3)
        size = NETLINK_LINK_SIZE / 3;
    for (size_t i = 0; i < size; i++, text += 2)
        text += snprintf(text, 4, "%s%02x", i > 0 ? ":" : "", octets[i]) - 2;
}

struct sorting
{
    const struct nlattr **table;
    unsigned max;
};

static int sort_one(const struct nlattr *attribute, void *data)
{
    struct sorting *sorting = data;
    unsigned type = mnl_attr_get_type(attribute);

    if (type <= sorting->max)
        sorting->table[type] = attribute;
    return MNL_CB_OK;
}

void netlink_sort(const struct nlmsghdr *message, size_t header_size,
                  const struct nlattr **table, unsigned max)
{
    const char *payload = mnl_nlmsg_get_payload(message);
    size_t size = mnl_nlmsg_get_payload_len(message);
    size_t offset = NLMSG_ALIGN(header_size);
    struct sorting sorting = {table, max};

    memset(table, 0, (max + 1) * sizeof(table[0]));
    /* Not mnl_attr_parse(), which takes the end for aligned. */
    if (size > offset)
        mnl_attr_parse_payload(payload + offset, size - offset, sort_one,
                               &sorting);
}

void netlink_sort_nested(const struct nlattr *nest, const struct nlattr **table,
                         unsigned max)
{
    struct sorting sorting = {table, max};

    memset(table, 0, (max + 1) * sizeof(table[0]));
    if (nest != NULL)
        mnl_attr_parse_nested(nest, sort_one, &sorting);
}

uint32_t netlink_u32(const struct nlattr *attribute, uint32_t fallback)
{
    if (attribute == NULL ||
        mnl_attr_get_payload_len(attribute) < sizeof(uint32_t))
        return fallback;
    return mnl_attr_get_u32(attribute);
}

const char *netlink_text(const struct nlattr *attribute)
{
    if (attribute == NULL ||
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
        return NULL;
    return mnl_attr_get_str(attribute);
}
