#include "agent/observe/firewall/rule_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/observe/firewall/iptables_text.h"
#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"
#include "common/base/clean.h"

#define MARK              "# handle "
#define IPTABLES_FAMILIES 2

struct rule_texts
{
    char *listing;
    char *iptables[IPTABLES_FAMILIES];
    struct rule_text *rules;
    size_t count;
    size_t room;
};

struct rule_texts *rule_texts_new(void)
{
    return calloc(1, sizeof(struct rule_texts));
}

static void forget(struct rule_texts *texts)
{
    free(texts->listing);
    for (size_t i = 0; i < IPTABLES_FAMILIES; i++)
        free(texts->iptables[i]);
    free(texts->rules);
    memset(texts, 0, sizeof(*texts));
}

void rule_texts_free(struct rule_texts *texts)
{
    if (texts == NULL)
        return;
    forget(texts);
    free(texts);
}

static struct
{
    const void *owner;
    const struct rule_texts *texts;
} offers[RULE_TEXT_OWNERS];

void rule_texts_offer(const void *owner, const struct rule_texts *texts)
{
    for (size_t i = 0; i < RULE_TEXT_OWNERS; i++)
        if (offers[i].owner == owner || offers[i].texts == NULL) {
            offers[i].owner = owner;
            offers[i].texts = texts;
            return;
        }
}

const struct rule_texts *rule_texts_offered(const void *owner)
{
    for (size_t i = 0; i < RULE_TEXT_OWNERS; i++)
        if (offers[i].owner == owner)
            return offers[i].texts;
    return NULL;
}

static int add_rule(struct rule_texts *texts, const struct rule_text *rule)
{
    size_t room = texts->room == 0 ? 64 : texts->room * 2;
    struct rule_text *grown;

    if (texts->count == RULE_TEXT_MAX)
        return -EFBIG;
    if (texts->count == texts->room) {
        grown = reallocarray(texts->rules, room, sizeof(*grown));
        if (grown == NULL)
            return -ENOMEM;
        texts->rules = grown;
        texts->room = room;
    }
    texts->rules[texts->count++] = *rule;
    return 0;
}

/* Cuts the "# handle N" off a line's end.  False when there is none. */
static bool cut_handle(char *line, uint64_t *handle)
{
    char *mark = NULL;
    char *end;

    for (char *at = strstr(line, MARK); at != NULL; at = strstr(at + 1, MARK))
        mark = at;
    if (mark == NULL || !isdigit((unsigned char)mark[sizeof(MARK) - 1]))
        return false;
    *handle = strtoull(mark + sizeof(MARK) - 1, &end, 10);
    if (*end != '\0')
        return false;
    while (mark > line && mark[-1] == ' ')
        mark--;
    *mark = '\0';
    return true;
}

/* A rule's long sets go over several lines: line is put behind rule. */
static void join_lines(char *rule, const char *line)
{
    char *end = rule + strlen(rule);

    *end++ = ' ';
    memmove(end, line, strlen(line) + 1);
}

struct parsing
{
    struct rule_texts *texts;
    struct rule_text place; /* of the next rule */
    char *begun;            /* a rule whose end is to come, or NULL */
};

static void enter_table(struct parsing *parsing, char *line)
{
    char *rest = NULL;

    (void)strtok_r(line, " ", &rest); /* "table" */
    parsing->place = (struct rule_text){0};
    parsing->place.family = strtok_r(NULL, " ", &rest);
    parsing->place.table = strtok_r(NULL, " ", &rest);
}

static void enter_chain(struct parsing *parsing, char *line)
{
    char *rest = NULL;

    (void)strtok_r(line, " ", &rest); /* "chain" */
    parsing->place.chain = strtok_r(NULL, " ", &rest);
    parsing->place.position = 0;
    parsing->begun = NULL;
}

/* A chain's own lines: its hook and its comment carry no handle. */
static bool is_heading(const char *line)
{
    return strncmp(line, "type ", 5) == 0 || strncmp(line, "comment ", 8) == 0;
}

static int read_rule_line(struct parsing *parsing, char *line)
{
    bool complete = cut_handle(line, &parsing->place.handle);

    if (parsing->begun != NULL)
        join_lines(parsing->begun, line);
    else if (!complete && is_heading(line))
        return 0;
    else
        parsing->begun = line;
    if (!complete)
        return 0;
    parsing->place.nft = parsing->begun;
    parsing->place.position++;
    parsing->begun = NULL;
    if (add_rule(parsing->texts, &parsing->place) < 0)
        return -EFBIG;
    return 0;
}

static int read_nft_line(struct parsing *parsing, char *line)
{
    size_t depth = strspn(line, "\t");
    char *text = line + depth;

    text += strspn(text, " ");
    if (depth == 0 && strncmp(text, "table ", 6) == 0) {
        enter_table(parsing, text);
    } else if (depth == 1) {
        parsing->place.chain = NULL;
        if (strncmp(text, "chain ", 6) == 0)
            enter_chain(parsing, text);
    } else if (depth >= 2 && parsing->place.family != NULL &&
               parsing->place.table != NULL && parsing->place.chain != NULL) {
        return read_rule_line(parsing, text);
    }
    return 0;
}

int rule_texts_set_nft(struct rule_texts *texts, char *listing)
{
    struct parsing parsing = {.texts = texts};
    char *rest = NULL;
    int status = 0;

    forget(texts);
    texts->listing = listing;
    for (char *line = strtok_r(listing, "\n", &rest);
         line != NULL && status == 0; line = strtok_r(NULL, "\n", &rest))
        status = read_nft_line(&parsing, line);
    return status;
}

/* A chain of iptables', rule by rule, beside the same chain as nft lists it. */
struct matching
{
    struct rule_texts *texts;
    const char *family;
    const char *table; /* where the last rule was */
    char chain[IPTABLES_NAME_SIZE];
    size_t first; /* nft's first rule of that chain */
    size_t next;  /* its rule at the next place */
    bool differs; /* the two listings do not show the same chain */
};

static bool is_in_chain(const struct matching *matching, size_t index)
{
    const struct rule_text *rule = rule_texts_at(matching->texts, index);

    return rule != NULL && strcmp(rule->family, matching->family) == 0 &&
           strcmp(rule->table, matching->table) == 0 &&
           strcmp(rule->chain, matching->chain) == 0;
}

/* One place names one rule only while both listings are of the same rules, and
 * they are made one after the other by two programs; our own table changes the
 * ruleset meanwhile, so that the kernel's count of generations cannot tell.
 * What does is the chain itself: as many rules, and at each place the same end
 * (see ends_alike()).  Where one is missing, added or moved, the whole chain
 * keeps nft's words, which stand by their handles and are surely its own. */
static void leave_chain(struct matching *matching)
{
    if (matching->table == NULL)
        return;
    if (!matching->differs && !is_in_chain(matching, matching->next))
        return;
    for (size_t i = matching->first; is_in_chain(matching, i); i++)
        matching->texts->rules[i].iptables = NULL;
}

/* A chain's rules stand together in both listings. */
static void enter_matched_chain(struct matching *matching,
                                const struct iptables_line *line)
{
    size_t count = matching->texts->count;

    if (matching->table == line->table &&
        strcmp(matching->chain, line->chain) == 0)
        return;
    leave_chain(matching);
    matching->table = line->table;
    strcpy(matching->chain, line->chain);
    matching->differs = false;
    matching->first = 0;
    while (matching->first < count && !is_in_chain(matching, matching->first))
        matching->first++;
    matching->next = matching->first;
}

/* What iptables-nft does without an extension, nft shows in its own words. */
static bool ends_alike(const char *nft, const char *target)
{
    static const struct
    {
        const char *target;
        const char *word;
    } ends[] = {{"DROP", "drop"}, {"ACCEPT", "accept"}, {"RETURN", "return"}};

    if (nft[0] == '(') /* rule_dump.h: the names of expressions alone */
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (rule_words_have(nft, ends[i].word) !=
            (strcmp(target, ends[i].target) == 0))
            return false;
    return (!rule_words_have(nft, "jump") && !rule_words_have(nft, "goto")) ||
           rule_words_have(nft, target);
}

static void match_line(const struct iptables_line *line, void *data)
{
    struct matching *matching = data;
    struct rule_text *rule;

    if (line->is_policy || line->is_chain)
        return;
    enter_matched_chain(matching, line);
    if (!is_in_chain(matching, matching->next)) {
        matching->differs = true;
        return;
    }
    rule = &matching->texts->rules[matching->next++];
    matching->differs |= !ends_alike(rule->nft, line->target);
    rule->iptables = line->text;
}

int rule_texts_set_iptables(struct rule_texts *texts, const char *family,
                            char *listing)
{
    struct matching matching = {.texts = texts, .family = family};
    char **kept = &texts->iptables[strcmp(family, "ip6") == 0];
    int status;

    free(*kept);
    *kept = listing;
    status = iptables_text_read(listing, match_line, &matching);
    leave_chain(&matching);
    return status;
}

const struct rule_text *rule_texts_find(const struct rule_texts *texts,
                                        const char *family, const char *table,
                                        const char *chain, uint64_t handle)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct rule_text *rule = &texts->rules[i];

        if (rule->handle == handle && strcmp(rule->chain, chain) == 0 &&
            strcmp(rule->table, table) == 0 &&
            strcmp(rule->family, family) == 0)
            return rule;
    }
    return NULL;
}

const struct rule_text *rule_texts_at(const struct rule_texts *texts,
                                      size_t index)
{
    return index < texts->count ? &texts->rules[index] : NULL;
}

const char *rule_text_words(const struct rule_text *rule)
{
    return rule->iptables != NULL ? rule->iptables : rule->nft;
}
