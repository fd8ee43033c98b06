#include "agent/observe/firewall/iptables_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/observe/firewall/rule_words.h"

#define LINE_SIZE 128

static void copy_word(char out[static IPTABLES_NAME_SIZE], const char *from)
{
    struct rule_reader reader = {.at = from};

    if (rule_words_next(&reader))
        rule_word_copy(&reader.word, out, IPTABLES_NAME_SIZE);
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

/* Behind -j, or -g; a rule that only counts has neither. */
static void find_target(const char *text, char out[static IPTABLES_NAME_SIZE])
{
    struct rule_reader reader = {.at = text};

    while (rule_words_next(&reader))
        if (rule_word_is(&reader.word, "-j") ||
            rule_word_is(&reader.word, "-g")) {
            copy_word(out, reader.at);
            return;
        }
}

static int read_rule(const char *text, struct iptables_line *line,
                     iptables_fn fn, void *data)
{
    text = take_count(text, line);
    if (text == NULL || strncmp(text, "-A ", 3) != 0)
        return -EBADMSG;
    copy_word(line->chain, text + 3);
    find_target(text, line->target);
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
    if (strcmp(line->target, "-") == 0) {
        line->is_chain = true;
        line->text = "";
        fn(line, data);
        return 0;
    }
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
