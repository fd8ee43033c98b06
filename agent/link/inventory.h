/* What this host is: its addresses, and when they change. */
#ifndef LINK_INVENTORY_H
#define LINK_INVENTORY_H

#include <uv.h>

#include "common/base/address.h"

struct err;
struct message_inventory;

/* Fills it in anew.  control: our end of the control connection, which is the
 * primary address only where the host has no other that leads out. */
void inventory_read(struct message_inventory *inventory,
                    const struct address *control);

/* Calls changed() soon after any address or default route of this host may have
 * changed.  Lasts until the process ends. */
int inventory_watch(uv_loop_t *loop, void (*changed)(void *owner), void *owner,
                    struct err *err);

#endif
