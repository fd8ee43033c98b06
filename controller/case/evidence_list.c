#include "controller/case/evidence_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

struct evidence_block
{
    unsigned holders;
    size_t capacity;
    struct evidence items[];
};

static void release(struct evidence_block *block)
{
    if (block != NULL && --block->holders == 0)
        free(block);
}

/* A block that is shared stays where it is: its readers have its address. */
static int grow(struct evidence_list *list)
{
    size_t capacity =
        list->block == NULL ? FIRST_CAPACITY : 2 * list->block->capacity;
    struct evidence_block *block =
        malloc(sizeof(*block) + capacity * sizeof(block->items[0]));

    if (block == NULL)
        return -ENOMEM;
    block->holders = 1;
    block->capacity = capacity;
    if (list->count > 0)
        memcpy(block->items, list->items,
               list->count * sizeof(block->items[0]));
    release(list->block);
    list->block = block;
    list->items = block->items;
    return 0;
}

int evidence_list_append(struct evidence_list *list,
                         const struct evidence *item)
{
    struct evidence *added;
    int status = 0;

    if (list->block == NULL || list->count == list->block->capacity)
        status = grow(list);
    if (status < 0)
        return status;
    added = &list->block->items[list->count++];
    *added = *item;
    added->id = (uint32_t)list->count;
    return 0;
}

struct evidence_list evidence_list_share(const struct evidence_list *list)
{
    if (list->block != NULL)
        list->block->holders++;
    return *list;
}

void evidence_list_fini(struct evidence_list *list)
{
    release(list->block);
    *list = (struct evidence_list){0};
}
