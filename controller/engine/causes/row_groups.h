/* How the rows are written, group by group. */
#ifndef VERDICT_ROWS_PARTS_H
#define VERDICT_ROWS_PARTS_H

#include <stddef.h>

#include "common/base/array.h"
#include "controller/engine/causes/rows.h"

/* A row's position and place. */
#define AT(where, whose, point, what)                   \
    .position = POSITION_##where, .role = ROLE_##whose, \
    .stage = STAGE_##point, .packet = PACKET_##what

/* The kernel's own word for this packet, wherever it was. */
#define DROPPED_ANYWHERE AT(DROPPED, TOLD, TOLD, TOLD)
#define BY_KERNELS_WORD                                                        \
    .needs = {F(ATTEMPT, KERNEL_DROPPED)},                                     \
    .proof = {F(ATTEMPT, KERNEL_DROPPED)}, .doubts = {F(ATTEMPT, MAYBE_COPY)}, \
    .decider = F(ATTEMPT, KERNEL_DROPPED)

struct row_group
{
    const struct row *rows;
    size_t count;
};

/* In the order of a packet's way. */
extern const struct row_group rows_open;    /* the source's socket */
extern const struct row_group rows_arrive;  /* what comes in at a host */
extern const struct row_group rows_leave;   /* what goes out of one */
extern const struct row_group rows_path;    /* between the hosts */
extern const struct row_group rows_answers; /* and an answer came from there */
extern const struct row_group rows_connect; /* after the handshake */
extern const struct row_group rows_dropped; /* by the kernel's own word */

#endif
