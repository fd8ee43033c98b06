/* The engine's table for people who read no C: what each cause means, what must
 * be seen for it, what proves it and what refutes it, as JSON.  `probectl
 * causes` prints it (catalogue_text.h), and probe-causes(7) is made of it
 * (catalogue_manual.c). */
#ifndef REPORT_CATALOGUE_H
#define REPORT_CATALOGUE_H

#include <jansson.h>

#include "controller/engine/causes/causes.h"

/* All are new references; NULL: no memory. */

/* {"schema", "groups": [{"title", "causes": [CAUSE...]}]}; a CAUSE is what
 * catalogue_cause() makes. */
json_t *catalogue_all(void);

/* {"name", "meaning", "found_by" (where no row finds it, but the program does),
 * "commands" (does the program know commands that mend it?), "advice", "rows":
 * [ROW...]}.  A ROW has "position", "role", "stage", "packet" (absent: the
 * deciding evidence tells it); lists of texts, absent where empty: "reasons"
 * (the kernel's), "must", "must_not", "proof", "doubts", "assumes",
 * "standing", "standing_not"; and true, else absent: "mirrored" (the row before it, the ends
 * changed over), "unproven", "silent", "by_itself", "suspect".  See rows.h. */
json_t *catalogue_cause(enum cause cause);

/* {"schema", "positions": [{"name", "meaning"}], "law": [{"number",
 * "text"}]} */
json_t *catalogue_positions(void);

#endif
