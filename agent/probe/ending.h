/* How an attempt ended, as its socket says. */
#ifndef PROBE_ENDING_H
#define PROBE_ENDING_H

#include <stdbool.h>

#include "common/base/address.h"
#include "common/trace/words.h"

struct ending
{
    int number;    /* the error, 0 for connected, -1 for given up */
    bool is_local; /* failed before connect(): says nothing of the network */
    bool has_icmp;
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct address offender;
};

/* What the kernel says of an attempt whose socket is ready; status is libuv's:
 * negative when the socket has an error. */
struct ending ending_read(int fd, int status);

/* What an application sees of it. */
enum outcome ending_outcome(const struct ending *ending);

#endif
