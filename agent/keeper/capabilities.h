/* Which capabilities a helper is left with: of the child of a fork, before it
 * executes.  Not for a process with threads. */
#ifndef KEEPER_CAPABILITIES_H
#define KEEPER_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* Has this process it, permitted?  True where that cannot be read. */
bool capabilities_has(unsigned capability);

/* What root's programs may get by executing: nothing but these (CAP_...).
 * -EPERM and a sentence without CAP_SETPCAP, and then nothing has changed. */
int capabilities_bound(const unsigned *kept, size_t count, struct err *err);

/* What this process has, effective and permitted: of these those that it has
 * now; inheritable and ambient none. */
int capabilities_limit(const unsigned *kept, size_t count, struct err *err);

#endif
