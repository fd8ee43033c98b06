#include "agent/probe/held_port.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include "common/base/clean.h"

static int read_port(int fd, uint16_t *port)
{
    struct sockaddr_storage local = {0};
    socklen_t size = sizeof(local);
    struct address address;

    if (getsockname(fd, (struct sockaddr *)&local, &size) < 0)
        return -errno;
    return address_from_sockaddr((struct sockaddr *)&local, &address, port);
}

int held_port_open(const struct address *own, int type, const char *device,
                   uint16_t *port)
{
    struct sockaddr_storage local;
    size_t size = address_to_sockaddr(own, 0, &local);
    CLEAN_FD int fd =
        socket(address_af(own), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int status;

    if (fd < 0)
        return -errno;
    if (device[0] != '\0' && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
                                        (socklen_t)strlen(device) + 1) < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&local, (socklen_t)size) < 0)
        return -errno;
    status = read_port(fd, port);
    return status < 0 ? status : TAKE_FD(fd);
}
