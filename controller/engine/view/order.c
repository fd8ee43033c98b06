/* A heap sort: the C library's own sort allocates, and the engine does not. */
#include "controller/engine/view/order.h"

#include <stdbool.h>

#include "controller/engine/view/view.h"

static void swap(const struct evidence **a, const struct evidence **b)
{
    const struct evidence *spare = *a;

    *a = *b;
    *b = spare;
}

/* Lets the item at the root sink until none of its children is later. */
static void sink(const struct evidence **items, size_t root, size_t count)
{
    size_t child;

    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count &&
            view_is_earlier(items[child], items[child + 1]))
            child++;
        if (!view_is_earlier(items[root], items[child]))
            return;
        swap(&items[root], &items[child]);
        root = child;
    }
}

static bool is_sorted(const struct evidence *const *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!view_is_earlier(items[i - 1], items[i]))
            return false;
    return true;
}

void evidence_sort(const struct evidence **items, size_t count)
{
    if (is_sorted(items, count))
        return;
    for (size_t root = count / 2; root > 0; root--)
        sink(items, root - 1, count);
    for (size_t end = count; end > 1; end--) {
        swap(&items[0], &items[end - 1]);
        sink(items, 0, end - 1);
    }
}
