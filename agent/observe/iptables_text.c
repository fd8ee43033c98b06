#include "agent/observe/iptables_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 128

static bool word_ends(char c)
{
    return c == '\0' || isspace((unsigned char)c) || c == ';';
}

const char *iptables_find_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    bool quoted = false;
    char before = ' ';

    for (; *text != '\0'; before = *text++) {
        if (*text == '\\' && quoted && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && word_ends(before) &&
                 strncmp(text, word, length) == 0 && word_ends(text[length]))
            return text;
    }
    return NULL;
}

static void copy_word(char out[static IPTABLES_NAME_SIZE], const char *from)
{
    size_t length = strcspn(from, " \t");

    snprintf(out, IPTABLES_NAME_SIZE, "%.*s", (int)length, from);
}

/* "[12:720] -A ..." becomes "-A ...". */
static const char *take_count(const char *text, struct iptables_line *line)
{
    int used = 0;

    if (text[0] != '[')
        return text;
    if (sscanf(text, "[%" SCNu64 ":%*u]%n", &line->packets, &used) != 1 ||
        used == 0)
        return NULL;
    line->has_count = true;
    text += used;
    return *text == ' ' ? text + 1 : text;
}

static int read_rule(const char *text, struct iptables_line *line,
                     iptables_fn fn, void *data)
{
    const char *target;

    text = take_count(text, line);
    if (text == NULL || strncmp(text, "-A ", 3) != 0)
        return -EBADMSG;
    copy_word(line->chain, text + 3);
    target = iptables_find_word(text, "-j");
    if (target == NULL)
        target = iptables_find_word(text, "-g");
    if (target != NULL && target[2] == ' ')
        copy_word(line->target, target + 3);
    line->text = text;
    fn(line, data);
    return 0;
}

/* ":INPUT DROP [5:300]"; a user's chain has "-" for a policy. */
static int read_chain(const char *text, struct iptables_line *line,
                      iptables_fn fn, void *data)
{
    char policy[LINE_SIZE];
    const char *rest;

    copy_word(line->chain, text + 1);
    rest = strchr(text, ' ');
    if (rest == NULL)
        return -EBADMSG;
    copy_word(line->target, rest + 1);
    rest = strchr(rest + 1, ' ');
    if (rest != NULL && take_count(rest + 1, line) == NULL)
        return -EBADMSG;
    if (strcmp(line->target, "-") == 0)
        return 0;
    snprintf(policy, sizeof(policy), "-P %.60s %.60s", line->chain,
             line->target);
    line->text = policy;
    line->is_policy = true;
    fn(line, data);
    return 0;
}

static int read_line(const char *text, const char *table, iptables_fn fn,
                     void *data)
{
    struct iptables_line line = {.table = table};

    if (text[0] == '#' || text[0] == '\0' || strcmp(text, "COMMIT") == 0)
        return 0;
    if (table == NULL)
        return -EBADMSG;
    if (text[0] == ':')
        return read_chain(text, &line, fn, data);
    return read_rule(text, &line, fn, data);
}

int iptables_text_read(char *text, iptables_fn fn, void *data)
{
    const char *table = NULL;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '*')
            table = line + 1;
        else if (read_line(line, table, fn, data) < 0)
            return -EBADMSG;
    }
    return 0;
}
