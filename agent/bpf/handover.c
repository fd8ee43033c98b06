#include "agent/bpf/handover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#define FDS_SIZE (sizeof(int) * HANDOVER_COUNT)

union control
{
    char bytes[CMSG_SPACE(FDS_SIZE)];
    struct cmsghdr align;
};

int handover_send(int channel, const struct handover *handover,
                  const int fds[static HANDOVER_COUNT])
{
    struct handover copy = *handover;
    union control control = {0};
    struct iovec part = {&copy, sizeof(copy)};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

    if (handover->status == 0) {
        struct cmsghdr *item;

        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
        item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(FDS_SIZE);
        memcpy(CMSG_DATA(item), fds, FDS_SIZE);
    }
    if (sendmsg(channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return -errno;
    return 0;
}

/* How many descriptors came along; they are in fds. */
static size_t take_fds(struct msghdr *header, int fds[static HANDOVER_COUNT])
{
    struct cmsghdr *item = CMSG_FIRSTHDR(header);
    size_t size;

    if (item == NULL || item->cmsg_level != SOL_SOCKET ||
        item->cmsg_type != SCM_RIGHTS)
        return 0;
    size = item->cmsg_len - CMSG_LEN(0);
    if (size > FDS_SIZE)
        size = FDS_SIZE;
    memcpy(fds, CMSG_DATA(item), size);
    return size / sizeof(int);
}

int handover_receive(int channel, struct handover *out,
                     int fds[static HANDOVER_COUNT])
{
    struct handover message;
    union control control = {0};
    struct iovec part = {&message, sizeof(message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(channel, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    size_t count;

    if (size < 0)
        return -errno;
    if (size == 0)
        return -ECONNRESET;
    count = take_fds(&header, fds);
    if (size != sizeof(message) ||
        count != (message.status == 0 ? HANDOVER_COUNT : 0)) {
        while (count > 0)
            close(fds[--count]);
        return -EBADMSG;
    }
    message.text[sizeof(message.text) - 1] = '\0';
    *out = message;
    return 0;
}
