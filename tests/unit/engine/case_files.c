#include "tests/unit/engine/case_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "tests/unit/test.h"

static int is_case(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".json") == 0;
}

int cases_list(struct dirent ***names)
{
    return scandir(CASES_DIR, names, is_case, alphasort);
}

void cases_open(const char *name, struct bundle *bundle)
{
    CLEAN_FREE char *text = NULL;
    char path[512];
    struct err err = {0};
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", CASES_DIR, name);
    if (fs_read(path, 8 << 20, &text, &size, &err) < 0 ||
        bundle_read_json(text, size, bundle, &err) < 0)
        fail_msg("%s: %s", path, err.text);
}

int cases_for_each(case_fn *fn, void *data)
{
    struct dirent **names = NULL;
    int count = cases_list(&names);

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        struct bundle bundle;

        cases_open(names[i]->d_name, &bundle);
        fn(names[i]->d_name, &bundle, data);
        bundle_fini(&bundle);
        free(names[i]);
    }
    free(names);
    return count;
}
