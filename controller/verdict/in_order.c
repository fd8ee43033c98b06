#include "controller/verdict/in_order.h"

#include <stdlib.h>
#include <string.h>

#include "controller/verdict/view.h"

static int by_time(const void *a, const void *b)
{
    const struct evidence *const *first = a;
    const struct evidence *const *second = b;

    return view_is_earlier(*first, *second) ? -1 : 1;
}

static bool is_in_order(const struct evidence *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!view_is_earlier(&items[i - 1], &items[i]))
            return false;
    return true;
}

struct evidence *evidence_in_order(const struct evidence *items, size_t count)
{
    struct evidence *ordered;
    const struct evidence **places;

    if (is_in_order(items, count))
        return NULL;
    ordered = malloc(count * sizeof(*ordered));
    places = malloc(count * sizeof(*places));
    if (ordered != NULL && places != NULL) {
        for (size_t i = 0; i < count; i++)
            places[i] = &items[i];
        qsort(places, count, sizeof(*places), by_time);
        for (size_t i = 0; i < count; i++)
            memcpy(&ordered[i], places[i], evidence_size(places[i]));
    } else {
        free(ordered);
        ordered = NULL;
    }
    free(places);
    return ordered;
}
