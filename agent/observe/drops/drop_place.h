/* Where on its way a packet was freed, told from the functions that led to it,
 * and whether that was a loss at all.  Pure. */
#ifndef OBSERVE_DROP_PLACE_H
#define OBSERVE_DROP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/trace/words.h"

#define DROP_FUNCTION_SIZE 64

struct drop_place
{
    int stage;                         /* enum stage, -1: cannot be told */
    char function[DROP_FUNCTION_SIZE]; /* that freed it; empty: unknown */
};

/* frames: names of functions, one a line, the innermost first, as the kernel
 * prints them: "nft_do_chain [nf_tables]", "ip_rcv_finish_core.constprop.0". */
void drop_place_find(const char *frames, struct drop_place *out);

/* Things that happen to packets of a healthy connection, and to copies of
 * packets that go on: no loss. */
bool drop_place_is_benign(const struct drop_place *place, const char *reason,
                          enum packet packet);

#endif
