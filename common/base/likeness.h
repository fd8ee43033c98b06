/* How like two names are, for "did you mean". */
#ifndef BASE_LIKENESS_H
#define BASE_LIKENESS_H

#include <stdbool.h>

/* How many letters must be added, left out, changed or swapped with their
 * neighbour to make one of the other; capitals do not count.  Only the first 63
 * octets are looked at. */
unsigned likeness_distance(const char *one, const char *other);

/* So like that whoever wrote one may have meant the other: one change, or two in
 * names of six letters and more. */
bool likeness_is_typo(const char *one, const char *other);

#endif
