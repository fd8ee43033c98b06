/* What goes from the loader to the keeper, and from the keeper to a worker: one
 * datagram over a SOCK_SEQPACKET socket, with descriptors if all is well. */
#ifndef BPF_HANDOVER_H
#define BPF_HANDOVER_H

#include <stdint.h>

#define HANDOVER_TEXT_SIZE 512

enum handover_fd
{
    HANDOVER_PROGRAM, /* to a worker: the link by which it is attached */
    HANDOVER_SLOTS,
    HANDOVER_RINGS,
    HANDOVER_REASONS,
    HANDOVER_COUNT,
};

struct handover
{
    int32_t status; /* 0, or negative errno and no descriptors */
    uint32_t slot;  /* to a worker: its own */
    char text[HANDOVER_TEXT_SIZE];
};

/* 0 or -errno.  The descriptors stay the caller's. */
int handover_send(int channel, const struct handover *handover,
                  const int fds[static HANDOVER_COUNT]);

/* Takes what is there.  -EAGAIN if nothing came yet, -ECONNRESET if nothing
 * will, -EBADMSG when it is something else.  With 0 and a status of 0 the
 * descriptors are the caller's to close; otherwise there are none. */
int handover_receive(int channel, struct handover *out,
                     int fds[static HANDOVER_COUNT]);

#endif
