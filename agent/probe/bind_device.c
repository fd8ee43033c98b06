#include "agent/probe/bind_device.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>

int bind_device(int fd, const char *device)
{
    if (device[0] != '\0' && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
                                        (socklen_t)strlen(device)) < 0)
        return -errno;
    return 0;
}
