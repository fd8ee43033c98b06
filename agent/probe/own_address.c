#include "agent/probe/own_address.h"

#include <errno.h>

#include <sys/socket.h>

#include "common/base/clean.h"

static int open_socket(const struct address *address)
{
    return socket(address_af(address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* Nothing is sent: see own_address_towards(). */
static bool can_connect_to_itself(const struct address *address)
{
    CLEAN_FD int fd = open_socket(address);
    struct sockaddr_storage local, remote;
    size_t size = address_to_sockaddr(address, 0, &local);

    address_to_sockaddr(address, 9, &remote);
    return fd >= 0 &&
           bind(fd, (struct sockaddr *)&local, (socklen_t)size) == 0 &&
           connect(fd, (struct sockaddr *)&remote, (socklen_t)size) == 0;
}

int own_address_of(int fd, struct address *own, uint16_t *port)
{
    struct sockaddr_storage local = {0};
    socklen_t size = sizeof(local);

    if (getsockname(fd, (struct sockaddr *)&local, &size) < 0)
        return -errno;
    return address_from_sockaddr((struct sockaddr *)&local, own, port);
}

struct address own_address_towards(const struct address *peer)
{
    CLEAN_FD int fd = open_socket(peer);
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(peer, 9, &remote);
    struct address own = {0};
    uint16_t port;

    /* A datagram socket's connect() looks up the route and sends nothing. */
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&remote, (socklen_t)size) == 0)
        (void)own_address_of(fd, &own, &port);
    return own;
}

bool own_address_is_local(const struct address *address)
{
    struct address chosen;

    if (!can_connect_to_itself(address))
        return false;
    if (address->family != 6)
        return true;
    /* There ip_nonlocal_bind lets a socket send from any address.  To one of
     * its own the kernel goes from that one. */
    chosen = own_address_towards(address);
    return address_equal(&chosen, address);
}
