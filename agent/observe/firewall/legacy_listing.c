#include "agent/observe/firewall/legacy_listing.h"

#include <errno.h>

#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/host/run_program.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"

const struct legacy_listing legacy_listings[LEGACY_FAMILIES] = {
    {"ip",
     "/proc/thread-self/net/ip_tables_names",
     {"iptables-legacy-save", "-c", NULL}},
    {"ip6",
     "/proc/thread-self/net/ip6_tables_names",
     {"ip6tables-legacy-save", "-c", NULL}},
};

int legacy_listing_count(size_t family, unsigned *count, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    size_t size;
    int status =
        fs_read(legacy_listings[family].tables_file, 4096, &text, &size, err);

    *count = 0;
    if (status == -ENOENT)
        return 0;
    for (size_t i = 0; status == 0 && i < size; i++)
        if (text[i] == '\n')
            ++*count;
    return status;
}

static void clean_program(struct program **program)
{
    program_free(*program);
}

static int take_rules(struct program *program, struct legacy_rules **out,
                      struct err *err)
{
    char *text;
    size_t size;
    int status = program_finish(program, &text, &size, err);

    return status < 0 ? status : legacy_rules_read(text, out, err);
}

static int start_reading(size_t family, struct program **program,
                         struct err *err)
{
    int status = program_start(legacy_listings[family].command, program, err);

    if (status == 0)
        program_allow(*program, PROGRAM_RULES_TIMEOUT_MS,
                      PROGRAM_RULES_MAX_OUTPUT);
    return status;
}

int legacy_listing_read(const unsigned wanted[static LEGACY_FAMILIES],
                        struct legacy_rules *rules[static LEGACY_FAMILIES],
                        struct err *err)
{
    CLEAN(clean_program) struct program *v4 = NULL;
    CLEAN(clean_program) struct program *v6 = NULL;
    int status = 0;

    rules[0] = rules[1] = NULL;
    if (wanted[0] > 0)
        status = start_reading(0, &v4, err);
    if (status == 0 && wanted[1] > 0)
        status = start_reading(1, &v6, err);
    if (status == 0 && v4 != NULL)
        status = take_rules(v4, &rules[0], err);
    if (status == 0 && v6 != NULL)
        status = take_rules(v6, &rules[1], err);
    return status;
}
