/* One number for what orders and evidence mean as structs.
 *
 * The agent's processes hand them to each other as they are: kinds, keys and
 * words as numbers, fields by their place.  After an upgrade a link and a keeper
 * that still run may start a worker that was installed since.  So both structs
 * begin with this number, and whoever reads another one says so instead of
 * taking one thing for another. */
#ifndef TRACE_LAYOUT_H
#define TRACE_LAYOUT_H

#include <stdint.h>

struct err;

/* This program's: from all names in the order of their numbers, and from where
 * each field stands.  Never 0. */
uint32_t layout_number(void);

/* -EPROTO and a sentence if it is not this program's. */
int layout_check(uint32_t layout, struct err *err);

#endif
