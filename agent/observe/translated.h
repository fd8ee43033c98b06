/* What this host's own rules make of the traced SYN: the address and port that it
 * has behind its translations, for which the host's sockets are asked. */
#ifndef OBSERVE_TRANSLATED_H
#define OBSERVE_TRANSLATED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"

struct evidence;
struct order;

struct translated
{
    struct address address;
    uint16_t port; /* 0: not known */
};

/* Does this piece of evidence tell it?  By a packet that was captured for another
 * port than was called, by the kernel's word on the one that it dropped, or by
 * connection tracking's entry.  False, and out left alone, if it does not. */
bool translated_read(const struct order *order, const struct evidence *evidence,
                     struct translated *out);

#endif
