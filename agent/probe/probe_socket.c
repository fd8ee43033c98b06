#include "agent/probe/probe_socket.h"

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/probe/bind_device.h"
#include "agent/probe/identity.h"
#include "agent/probe/isn.h"
#include "agent/probe/own_address.h"
#include "common/base/clean.h"

int probe_manner_init(struct probe_manner *manner, const struct order *order,
                      struct err *err)
{
    *manner = (struct probe_manner){.has_user = order->as_user[0] != '\0'};
    if (!manner->has_user)
        return 0;
    return identity_find(order->as_user, &manner->user, err);
}

static int begin_as_user(const struct probe_manner *manner)
{
    return manner->has_user ? identity_assume(&manner->user) : 0;
}

static void end_as_user(const struct probe_manner *manner)
{
    if (manner->has_user)
        identity_return();
}

static void set_flag(int fd, int level, int option)
{
    const int on = 1;

    setsockopt(fd, level, option, &on, sizeof(on));
}

/* Of a port that was asked for nothing may stay behind: the next trace from it
 * would take up our TIME-WAIT, and the kernel then goes on with its sequence
 * numbers, not with those of the order.  So the connection ends by a reset. */
static void leave_no_time_wait(int fd)
{
    const struct linger linger = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Shares the port only if it must, and tells of it. */
static int bind_to_port(struct worker *worker, int fd,
                        const struct sockaddr_storage *local, size_t size)
{
    uint16_t port = worker_order(worker)->from_port;

    leave_no_time_wait(fd);
    if (bind(fd, (const struct sockaddr *)local, (socklen_t)size) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return -errno;
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
    if (bind(fd, (const struct sockaddr *)local, (socklen_t)size) < 0)
        return -errno;
    worker_limit(
        worker, "probe",
        "another connection holds port %u too (ss -tan 'sport = :%u'); "
        "if it is an old one to the same destination, the kernel goes "
        "on with its sequence numbers, and the captures do not know "
        "the probe's packets: --from-port with another port, or a "
        "minute later, is not disturbed by it",
        port, port);
    return 0;
}

/* Binds if the order says so. */
static int bind_to_address(struct worker *worker, int fd, int family)
{
    const struct order *order = worker_order(worker);
    struct address source = order->source;
    uint16_t port = order->from_port;
    struct sockaddr_storage local;
    size_t size;

    if (!address_is_set(&source) && port == 0)
        return 0;
    if (!address_is_set(&source))
        source.family = family == AF_INET6 ? 6 : 4;
    else if (!own_address_is_local(&source))
        return -EADDRNOTAVAIL;
    size = address_to_sockaddr(&source, port, &local);
    if (port != 0)
        return bind_to_port(worker, fd, &local, size);
    /* connect() chooses the port, knowing the peer */
    set_flag(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    if (bind(fd, (struct sockaddr *)&local, (socklen_t)size) < 0)
        return -errno;
    return 0;
}

static void set_sequence(struct worker *worker, int fd, unsigned n,
                         struct probe_manner *manner)
{
    int status = manner->exact_refused
                     ? 0
                     : isn_set(fd, order_isn(worker_order(worker), n));

    if (status == 0)
        return;
    manner->exact_refused = true;
    worker_limit(worker, "probe",
                 "attempts have no sequence number of ours: the kernel refuses "
                 "TCP_REPAIR (%s); the agent needs CAP_NET_ADMIN",
                 strerror(-status));
}

static int make_socket(int family, const struct probe_manner *manner)
{
    int status = begin_as_user(manner);
    int fd;

    if (status < 0)
        return status;
    fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    status = fd < 0 ? -errno : fd;
    end_as_user(manner);
    return status;
}

int probe_socket_open(struct worker *worker, unsigned n,
                      struct probe_manner *manner)
{
    const struct order *order = worker_order(worker);
    struct address peer = worker_peer(worker);
    int family = address_af(&peer);
    int status = make_socket(family, manner);
    CLEAN_FD int fd = status;

    if (status < 0)
        return status;
    if (family == AF_INET6)
        set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR);
    set_flag(fd, IPPROTO_IP, IP_RECVERR);
    set_sequence(worker, fd, n, manner);
    status = bind_device(fd, order->device);
    if (status == 0)
        status = bind_to_address(worker, fd, family);
    return status < 0 ? status : TAKE_FD(fd);
}

int probe_socket_connect(struct worker *worker, int fd,
                         const struct probe_manner *manner)
{
    struct address peer = worker_peer(worker);
    struct sockaddr_storage remote;
    size_t size =
        address_to_sockaddr(&peer, worker_order(worker)->port, &remote);
    int status = begin_as_user(manner);

    if (status < 0)
        return status;
    if (connect(fd, (struct sockaddr *)&remote, (socklen_t)size) < 0 &&
        errno != EINPROGRESS)
        status = -errno;
    end_as_user(manner);
    return status;
}
