#include "common/base/likeness.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_LENGTH 63

static unsigned least(unsigned one, unsigned other)
{
    return one < other ? one : other;
}

static bool same(char one, char other)
{
    return tolower((unsigned char)one) == tolower((unsigned char)other);
}

/* The optimal string alignment distance, by rows: two ago, the last, this. */
unsigned likeness_distance(const char *one, const char *other)
{
    size_t rows = strnlen(one, MAX_LENGTH),
           columns = strnlen(other, MAX_LENGTH);
    unsigned cost[3][MAX_LENGTH + 1] = {{0}};

    for (unsigned j = 0; j <= columns; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        unsigned *row = cost[i % 3], *last = cost[(i + 2) % 3];
        const unsigned *two_ago = cost[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned changed = same(one[i - 1], other[j - 1]) ? 0 : 1;

            row[j] = least(least(last[j] + 1, row[j - 1] + 1),
                           last[j - 1] + changed);
            if (i > 1 && j > 1 && same(one[i - 1], other[j - 2]) &&
                same(one[i - 2], other[j - 1]))
                row[j] = least(row[j], two_ago[j - 2] + 1);
        }
    }
    return cost[rows % 3][columns];
}

bool likeness_is_typo(const char *one, const char *other)
{
    return likeness_distance(one, other) <= (strlen(other) < 6 ? 1u : 2u);
}
