/* The table of causes, put together; see rows.h for how it is read. */
#include "controller/verdict/rows_parts.h"

/* A position's rows stand in one group. */
static const struct row_group *const groups[] = {&rows_source, &rows_path,
                                                 &rows_destination};

const struct row *row_at(size_t index)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (index < groups[i]->count)
            return &groups[i]->rows[index];
        index -= groups[i]->count;
    }
    return NULL;
}
