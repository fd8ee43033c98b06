#include "agent/probe/raw_socket.h"

#include <errno.h>

#include <linux/filter.h>
#include <sys/socket.h>

#include "agent/probe/bind_device.h"
#include "common/base/clean.h"

int raw_socket_open(const struct address *source, int protocol,
                    const char *device)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    struct sockaddr_storage local;
    size_t size = address_to_sockaddr(source, 0, &local);
    CLEAN_FD int fd = socket(address_af(source),
                             SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    int status;

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                   sizeof(program)) < 0)
        return -errno;
    status = bind_device(fd, device);
    if (status == 0 && bind(fd, (struct sockaddr *)&local, (socklen_t)size) < 0)
        status = -errno;
    return status < 0 ? status : TAKE_FD(fd);
}
