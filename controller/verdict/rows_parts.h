/* How the rows are written, group by group. */
#ifndef VERDICT_ROWS_PARTS_H
#define VERDICT_ROWS_PARTS_H

#include <stddef.h>

#include "controller/verdict/rows.h"

/* A row's position and place. */
#define AT(where, whose, point, what)                   \
    .position = POSITION_##where, .role = ROLE_##whose, \
    .stage = STAGE_##point, .packet = PACKET_##what

struct row_group
{
    const struct row *rows;
    size_t count;
};

extern const struct row_group rows_source;
extern const struct row_group rows_path;
extern const struct row_group rows_destination;

#endif
