#include "agent/probe/own_address.h"

#include <sys/socket.h>

#include "common/base/clean.h"

static int open_socket(const struct address *address)
{
    return socket(address_af(address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

bool own_address_is_local(const struct address *address)
{
    CLEAN_FD int fd = open_socket(address);
    struct sockaddr_storage local;
    size_t size = address_to_sockaddr(address, 0, &local);

    return fd >= 0 && bind(fd, (struct sockaddr *)&local, (socklen_t)size) == 0;
}

struct address own_address_towards(const struct address *peer)
{
    CLEAN_FD int fd = open_socket(peer);
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(peer, 9, &remote);
    struct sockaddr_storage local = {0};
    socklen_t local_size = sizeof(local);
    struct address own = {0};
    uint16_t port;

    /* A datagram socket's connect() looks up the route and sends nothing. */
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&remote, (socklen_t)size) == 0 &&
        getsockname(fd, (struct sockaddr *)&local, &local_size) == 0 &&
        address_from_sockaddr((struct sockaddr *)&local, &own, &port) < 0)
        own = (struct address){0};
    return own;
}
