#include "agent/observe/tracking/counter_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 32

/* Tcp.MaxConn is -1; as 64 bits it is kept, for it never moves. */
static int read_number(const char *text, int base, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, base);
    return errno != 0 || end == text || *end != '\0' ? -EBADMSG : 0;
}

/* "Tcp: A B" and "Tcp: 1 2". */
static int read_pair(char *names, char *values, counter_fn fn, void *data)
{
    char *names_rest = NULL;
    char *values_rest = NULL;
    const char *group = strtok_r(names, " ", &names_rest);
    const char *again = strtok_r(values, " ", &values_rest);
    size_t length = group == NULL ? 0 : strlen(group);

    if (length < 2 || again == NULL || strcmp(group, again) != 0 ||
        group[length - 1] != ':')
        return -EBADMSG;
    for (;;) {
        const char *name = strtok_r(NULL, " ", &names_rest);
        const char *value = strtok_r(NULL, " ", &values_rest);
        char full[COUNTER_NAME_SIZE];
        uint64_t number;

        if (name == NULL && value == NULL)
            return 0;
        if (name == NULL || value == NULL ||
            read_number(value, 10, &number) < 0)
            return -EBADMSG;
        snprintf(full, sizeof(full), "%.*s.%s", (int)length - 1, group, name);
        fn(full, number, data);
    }
}

int counter_text_read_pairs(char *text, counter_fn fn, void *data)
{
    char *rest = NULL;
    char *names = strtok_r(text, "\n", &rest);

    while (names != NULL) {
        char *values = strtok_r(NULL, "\n", &rest);

        if (values == NULL || read_pair(names, values, fn, data) < 0)
            return -EBADMSG;
        names = strtok_r(NULL, "\n", &rest);
    }
    return 0;
}

int counter_text_read_lines(char *text, counter_fn fn, void *data)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *inner = NULL;
        const char *name = strtok_r(line, " \t", &inner);
        const char *value = strtok_r(NULL, " \t", &inner);
        uint64_t number;

        if (name == NULL || value == NULL ||
            read_number(value, 10, &number) < 0)
            return -EBADMSG;
        fn(name, number, data);
    }
    return 0;
}

static int add_columns(char *line, size_t count, uint64_t *sums)
{
    char *rest = NULL;
    const char *value = strtok_r(line, " ", &rest);

    for (size_t i = 0; i < count; i++, value = strtok_r(NULL, " ", &rest)) {
        uint64_t number;

        if (value == NULL || read_number(value, 16, &number) < 0)
            return -EBADMSG;
        sums[i] += number;
    }
    return 0;
}

int counter_text_read_columns(char *text, counter_fn fn, void *data)
{
    const char *names[MAX_COLUMNS];
    uint64_t sums[MAX_COLUMNS] = {0};
    char *rest = NULL;
    char *inner = NULL;
    char *line = strtok_r(text, "\n", &rest);
    size_t count = 0;

    if (line == NULL)
        return -EBADMSG;
    for (const char *name = strtok_r(line, " ", &inner);
         name != NULL && count < MAX_COLUMNS;
         name = strtok_r(NULL, " ", &inner))
        names[count++] = name;
    while ((line = strtok_r(NULL, "\n", &rest)) != NULL)
        if (add_columns(line, count, sums) < 0)
            return -EBADMSG;
    for (size_t i = 0; i < count; i++) {
        char full[COUNTER_NAME_SIZE];

        if (strcmp(names[i], "entries") == 0)
            continue;
        snprintf(full, sizeof(full), "Conntrack.%s", names[i]);
        fn(full, sums[i], data);
    }
    return 0;
}
