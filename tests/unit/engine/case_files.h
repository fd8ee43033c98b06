/* The bundles that stand in tests/cases. */
#ifndef TESTS_UNIT_ENGINE_CASE_FILES_H
#define TESTS_UNIT_ENGINE_CASE_FILES_H

#include "controller/report/bundle.h"

struct dirent;

/* Their file names, sorted: free each, and the list.  Returns how many. */
int cases_list(struct dirent ***names);

/* Reads the case of that file name; fails the test if it cannot.  End the bundle
 * with bundle_fini(). */
void cases_open(const char *name, struct bundle *bundle);

/* Calls fn for each, in the order of their names.  What it is shown it may
 * change, and lives until it returns.  Returns how many: there is one at least,
 * or the test fails. */
typedef void case_fn(const char *name, struct bundle *bundle, void *data);
int cases_for_each(case_fn *fn, void *data);

#endif
