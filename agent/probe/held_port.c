#include "agent/probe/held_port.h"

#include <errno.h>

#include <sys/socket.h>

#include "agent/probe/bind_device.h"
#include "agent/probe/own_address.h"
#include "common/base/clean.h"

int held_port_open(const struct address *own, int type, const char *device,
                   uint16_t *port)
{
    struct sockaddr_storage local;
    size_t size = address_to_sockaddr(own, 0, &local);
    CLEAN_FD int fd =
        socket(address_af(own), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct address bound;
    int status;

    if (fd < 0)
        return -errno;
    status = bind_device(fd, device);
    if (status == 0 && bind(fd, (struct sockaddr *)&local, (socklen_t)size) < 0)
        status = -errno;
    if (status == 0)
        status = own_address_of(fd, &bound, port);
    return status < 0 ? status : TAKE_FD(fd);
}
