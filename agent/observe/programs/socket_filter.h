/* The filter that a program has put on a socket of its own (SO_ATTACH_FILTER,
 * SO_ATTACH_BPF). */
#ifndef OBSERVE_SOCKET_FILTER_H
#define OBSERVE_SOCKET_FILTER_H

#include <stdint.h>

struct err;
struct process;

enum socket_filter
{
    SOCKET_FILTER_NONE,
    SOCKET_FILTER_CLASSIC,
    SOCKET_FILTER_BPF,
};

/* Asks for the filter of the socket with this inode and names who holds the
 * socket.  Takes a copy of the holder's descriptor for that moment, which needs
 * CAP_SYS_PTRACE.  Returns an enum socket_filter; -ESRCH when nobody is found
 * who holds it, or -errno. */
int socket_filter_read(uint64_t inode, struct process *holder, struct err *err);

#endif
