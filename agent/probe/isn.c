#include "agent/probe/isn.h"

#include <errno.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/base/clean.h"

static int set(int fd, int option, int value)
{
    if (setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) < 0)
        return -errno;
    return 0;
}

/* Leaves repair mode without a window probe; a kernel before 4.19 knows only
 * the plain way, which sends none either on a socket without connection. */
static int leave_repair(int fd)
{
    int status = set(fd, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);

    return status == -EINVAL ? set(fd, TCP_REPAIR, TCP_REPAIR_OFF) : status;
}

int isn_set(int fd, uint32_t isn)
{
    int status = set(fd, TCP_REPAIR, TCP_REPAIR_ON);
    int left;

    if (status < 0)
        return status;
    status = set(fd, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
    if (status == 0)
        status = set(fd, TCP_QUEUE_SEQ, (int)isn);
    left = leave_repair(fd);
    return status < 0 ? status : left;
}

int isn_try(void)
{
    CLEAN_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 && errno == EAFNOSUPPORT)
        fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : isn_set(fd, 1);
}
