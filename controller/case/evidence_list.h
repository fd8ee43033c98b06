/* A growing array of evidence that others may read while it grows.
 *
 * What stands in it never changes.  A share is what stood there at that moment;
 * it lives as long as its holder wants, in any thread, whatever becomes of the
 * list.  Append, share and fini belong to one thread, the list's own. */
#ifndef CONTROLLER_EVIDENCE_LIST_H
#define CONTROLLER_EVIDENCE_LIST_H

#include <stddef.h>

#include "common/trace/evidence.h"

struct evidence_block;

struct evidence_list
{
    const struct evidence *items;
    size_t count;
    struct evidence_block *block; /* what holds the items, NULL when empty */
};

/* Appends a copy, with the next number as its id (from 1).  -ENOMEM. */
int evidence_list_append(struct evidence_list *list,
                         const struct evidence *item);

/* The items that are there now.  Nothing may be appended to a share. */
struct evidence_list evidence_list_share(const struct evidence_list *list);

/* Ends the list or a share; the items go with the last of them. */
void evidence_list_fini(struct evidence_list *list);

#endif
