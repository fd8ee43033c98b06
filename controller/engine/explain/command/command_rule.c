/* A policy rule's text back into the words of `ip rule`. */
#include <stdlib.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/command/command_line.h"

#define TOKEN_SIZE 64

static bool is_prefix(const char *text)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address parsed;
    size_t size = strcspn(text, "/");

    if (size >= sizeof(address) || text[size] == '\0' ||
        text[size + 1] == '\0' ||
        text[size + 1 + strspn(text + size + 1, "0123456789")] != '\0')
        return false;
    text_format(address, sizeof(address), "%.*s", (int)size, text);
    return address_parse(address, &parsed) == 0;
}

enum value
{
    VALUE_NONE,
    VALUE_DIGITS,
    VALUE_PREFIX,
    VALUE_DEVICE
};

/* What route_rules.c of the agent writes, and what may follow. */
static const struct selector
{
    const char *word;
    enum value value;
    const char *digits;
    bool selects; /* some packets, where the others do without */
} selectors[] = {
    {"pref", VALUE_DIGITS, "0123456789", false},
    {"not", VALUE_NONE, NULL, false},
    {"from", VALUE_PREFIX, NULL, true},
    {"to", VALUE_PREFIX, NULL, true},
    {"fwmark", VALUE_DIGITS, "0123456789abcdefx/", true},
    {"iif", VALUE_DEVICE, NULL, true},
    {"oif", VALUE_DEVICE, NULL, true},
    {"ipproto", VALUE_DIGITS, "tcp", true},
    {"uidrange", VALUE_DIGITS, "0123456789-", true},
    {"sport", VALUE_DIGITS, "0123456789-", true},
    {"dport", VALUE_DIGITS, "0123456789-", true},
    {"lookup", VALUE_DIGITS, "0123456789", false},
    {"blackhole", VALUE_NONE, NULL, false},
    {"unreachable", VALUE_NONE, NULL, false},
    {"prohibit", VALUE_NONE, NULL, false},
};

struct rule
{
    unsigned seen; /* a bit for each selector */
    bool selects;
    unsigned long preference;
    unsigned long table;
};

/* The next word of the text; false at its end, and where it is too long. */
static bool next_token(const char **text, char token[static TOKEN_SIZE])
{
    size_t size;

    *text += strspn(*text, " ");
    size = strcspn(*text, " ");
    if (size == 0 || size >= TOKEN_SIZE)
        return false;
    text_format(token, TOKEN_SIZE, "%.*s", (int)size, *text);
    *text += size;
    return true;
}

static bool add_value(struct command_line *line,
                      const struct selector *selector, const char *value)
{
    switch (selector->value) {
    case VALUE_NONE: return false;
    case VALUE_DIGITS:
        if (value[strspn(value, selector->digits)] != '\0')
            return false;
        command_word(line, value);
        return true;
    case VALUE_PREFIX:
        if (!is_prefix(value))
            return false;
        command_word(line, value);
        return true;
    case VALUE_DEVICE: command_device(line, value); return true;
    }
    return false;
}

/* One selector with its value; false when it is none. */
static bool add_selector(struct command_line *line, const char *token,
                         const char **text, struct rule *rule)
{
    char value[TOKEN_SIZE];
    size_t i = 0;

    while (i < ARRAY_SIZE(selectors) && strcmp(selectors[i].word, token) != 0)
        i++;
    if (i == ARRAY_SIZE(selectors) || (rule->seen & 1u << i) != 0)
        return false;
    rule->seen |= 1u << i;
    rule->selects |= selectors[i].selects;
    command_word(line, token);
    if (selectors[i].value == VALUE_NONE)
        return true;
    if (!next_token(text, value) || !add_value(line, &selectors[i], value))
        return false;
    if (strcmp(token, "pref") == 0)
        rule->preference = strtoul(value, NULL, 10);
    else if (strcmp(token, "lookup") == 0)
        rule->table = strtoul(value, NULL, 10);
    return true;
}

void command_delete_rule(struct command_line *line, unsigned family,
                         const char *rule)
{
    const char *text = rule;
    char token[TOKEN_SIZE];
    struct rule parsed = {.seen = 0};

    command_fixed(line, "rule del");
    while (next_token(&text, token))
        if (!add_selector(line, token, &text, &parsed)) {
            command_drop(line);
            return;
        }
    if (*text != '\0' || parsed.preference == 0 ||
        parsed.table == COMMAND_TABLE_LOCAL ||
        (parsed.table == COMMAND_TABLE_MAIN && !parsed.selects))
        command_drop(line);
    line->takes = (struct command_takes){
        .kind = TAKES_RULE,
        .address.family = (uint8_t)family,
        .table = (int64_t)parsed.table,
    };
    text_format(line->takes.rule, sizeof(line->takes.rule), "%s", rule);
}

/* 0: the text tells none. */
static unsigned long preference_of(const char *rule)
{
    static const char pref[] = "pref ";

    return strncmp(rule, pref, strlen(pref)) == 0
               ? strtoul(rule + strlen(pref), NULL, 10)
               : 0;
}

static bool is_offered(int64_t table)
{
    return table >= 1 && table <= UINT32_MAX && table != COMMAND_TABLE_LOCAL;
}

/* What goes to that address, or comes from it, takes that table from now on. */
static void take_ways(struct command_line *line, const struct address *address,
                      int64_t table)
{
    line->takes = (struct command_takes){
        .kind = TAKES_BY_RULE, .address = *address, .table = table};
}

/* By its name, as everybody knows it, where it has one. */
static void put_table(struct command_line *line, int64_t table)
{
    command_fixed(line, "lookup");
    if (table == COMMAND_TABLE_MAIN)
        command_fixed(line, "main");
    else if (table == COMMAND_TABLE_DEFAULT)
        command_fixed(line, "default");
    else
        command_number(line, table);
}

void command_add_rule_before(struct command_line *line, const char *rule,
                             const struct address *address, int64_t table)
{
    unsigned long preference = preference_of(rule);

    if (preference < 2 || preference > UINT32_MAX || !is_offered(table)) {
        command_drop(line);
        return;
    }
    command_fixed(line, "rule add pref");
    command_number(line, (int64_t)preference - 1);
    command_fixed(line, "to");
    command_prefix(line, address, (int64_t)address_size(address) * 8);
    put_table(line, table);
    take_ways(line, address, table);
}

void command_add_rule_back(struct command_line *line, unsigned family,
                           int64_t table)
{
    if (table == COMMAND_TABLE_MAIN)
        command_fixed(line, "rule add pref 32766 lookup main");
    else if (table == COMMAND_TABLE_DEFAULT)
        command_fixed(line, "rule add pref 32767 lookup default");
    else
        command_drop(line);
    line->takes = (struct command_takes){.kind = TAKES_FROM_LATER,
                                         .address.family = (uint8_t)family,
                                         .table = table};
}

void command_add_rule_from(struct command_line *line, const char *rule,
                           const struct address *from, int64_t table)
{
    unsigned long preference = preference_of(rule);

    if ((rule[0] != '\0' && preference < 2) || preference > UINT32_MAX ||
        !is_offered(table)) {
        command_drop(line);
        return;
    }
    command_fixed(line, "rule add");
    if (preference != 0) {
        command_fixed(line, "pref");
        command_number(line, (int64_t)preference - 1);
    }
    command_fixed(line, "from");
    command_prefix(line, from, (int64_t)address_size(from) * 8);
    put_table(line, table);
    take_ways(line, from, table);
}
