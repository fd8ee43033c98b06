#include "agent/observe/firewall/rule_answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/ipset.h"
#include "common/base/array.h"

#define WORD_SIZE 128

static bool read_number(const char *text, const char **end, long *number)
{
    char *rest;

    *number = strtol(text, &rest, 10);
    *end = rest;
    return rest != text;
}

/* Cuts the word at the mark; NULL: it has none. */
static char *cut_at(char *text, char mark)
{
    char *found = strchr(text, mark);

    if (found != NULL)
        *found++ = '\0';
    return found;
}

static enum tri in_mask(const struct address *prefix,
                        const struct address *mask, const struct address *own)
{
    for (size_t i = 0; i < address_size(own); i++)
        if (((prefix->bytes[i] ^ own->bytes[i]) & mask->bytes[i]) != 0)
            return TRI_NO;
    return TRI_YES;
}

enum tri rule_answer_prefix(const char *word, const struct address *own)
{
    char text[WORD_SIZE];
    struct address prefix;
    struct address mask;
    char *length_text;
    const char *end;
    long length;

    snprintf(text, sizeof(text), "%s", word);
    length_text = cut_at(text, '/');
    if (address_parse(text, &prefix) < 0 || !address_is_set(own) ||
        prefix.family != own->family)
        return TRI_MAYBE;
    length = (long)address_size(own) * 8;
    if (length_text != NULL && address_parse(length_text, &mask) == 0 &&
        mask.family == own->family)
        return in_mask(&prefix, &mask, own);
    if (length_text != NULL &&
        (!read_number(length_text, &end, &length) || *end != '\0' ||
         length < 0 || length > (long)address_size(own) * 8))
        return TRI_MAYBE;
    return tri_of(address_same_prefix(&prefix, own, (unsigned)length));
}

enum tri rule_answer_range(const char *word, const struct address *own)
{
    char text[WORD_SIZE];
    struct address low;
    struct address high;
    char *rest;

    snprintf(text, sizeof(text), "%s", word);
    rest = cut_at(text, '-');
    if (rest == NULL || !address_is_set(own) || address_parse(text, &low) < 0 ||
        address_parse(rest, &high) < 0 || low.family != own->family ||
        high.family != own->family)
        return TRI_MAYBE;
    return tri_of(memcmp(low.bytes, own->bytes, address_size(own)) <= 0 &&
                  memcmp(own->bytes, high.bytes, address_size(own)) <= 0);
}

enum tri rule_answer_ports(const char *word, uint16_t port)
{
    const char *at = word;

    while (port != 0) {
        long low = 0;
        long high = UINT16_MAX;

        if (*at != ':' && !read_number(at, &at, &low))
            return TRI_MAYBE;
        if (*at != ':')
            high = low;
        else if (at++,
                 *at != '\0' && *at != ',' && !read_number(at, &at, &high))
            return TRI_MAYBE;
        if (port >= low && port <= high)
            return TRI_YES;
        if (*at == '\0')
            return TRI_NO;
        if (*at++ != ',')
            return TRI_MAYBE;
    }
    return TRI_MAYBE;
}

enum tri rule_answer_device(const char *word, const struct rule_device *device,
                            char wildcard)
{
    size_t length = strlen(word);

    if (!device->is_known)
        return device->is_not_lo && strcmp(word, "lo") == 0 ? TRI_NO
                                                            : TRI_MAYBE;
    if (length > 0 && word[length - 1] == wildcard)
        return tri_of(strncmp(word, device->name, length - 1) == 0);
    return tri_of(strcmp(word, device->name) == 0);
}

enum tri rule_answer_states(const char *word, const struct rule_number *state)
{
    static const struct
    {
        const char *name;
        unsigned bit;
    } names[] = {
        {"INVALID", RULE_STATE_INVALID},
        {"NEW", RULE_STATE_NEW},
        {"RELATED", RULE_STATE_RELATED},
        {"ESTABLISHED", RULE_STATE_ESTABLISHED},
        {"UNTRACKED", RULE_STATE_UNTRACKED},
    };
    unsigned asked = 0;
    bool others = false; /* SNAT, DNAT */

    while (*word != '\0') {
        size_t length = strcspn(word, ",");
        unsigned bit = 0;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            if (strlen(names[i].name) == length &&
                strncmp(names[i].name, word, length) == 0)
                bit = names[i].bit;
        asked |= bit;
        others |= bit == 0;
        word += length + (word[length] == ',');
    }
    if (state->is_known && (asked & state->value) != 0)
        return TRI_YES;
    return state->is_known && !others ? TRI_NO : TRI_MAYBE;
}

bool rule_answer_read_mark(const char *word, uint32_t *value, uint32_t *mask)
{
    char *end;

    *value = (uint32_t)strtoul(word, &end, 0);
    *mask = UINT32_MAX;
    if (end == word)
        return false;
    if (*end == '/') {
        const char *rest = end + 1;

        *mask = (uint32_t)strtoul(rest, &end, 0);
        if (end == rest)
            return false;
    }
    return *end == '\0';
}

enum tri rule_answer_mark(const char *word, const struct rule_number *mark)
{
    uint32_t value;
    uint32_t mask;

    if (!mark->is_known || !rule_answer_read_mark(word, &value, &mask))
        return TRI_MAYBE;
    return tri_of((mark->value & mask) == value);
}

enum tri rule_answer_number(const char *word, const struct rule_number *number)
{
    long low;
    long high;

    if (!number->is_known || !read_number(word, &word, &low))
        return TRI_MAYBE;
    high = low;
    if (*word == '-' && !read_number(word + 1, &word, &high))
        return TRI_MAYBE;
    if (*word != '\0')
        return TRI_MAYBE;
    return tri_of(low <= (long)number->value && (long)number->value <= high);
}

/* False when a name is not known. */
static bool read_flags(const char *word, unsigned *flags)
{
    static const struct
    {
        const char *name;
        unsigned bits;
    } names[] = {
        {"FIN", 0x01}, {"SYN", 0x02}, {"RST", 0x04}, {"PSH", 0x08},
        {"ACK", 0x10}, {"URG", 0x20}, {"ALL", 0x3f}, {"NONE", 0},
    };

    *flags = 0;
    while (*word != '\0') {
        size_t length = strcspn(word, ",");
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            if (strlen(names[i].name) == length &&
                strncmp(names[i].name, word, length) == 0) {
                *flags |= names[i].bits;
                found = true;
            }
        if (!found)
            return false;
        word += length + (word[length] == ',');
    }
    return true;
}

enum tri rule_answer_flags(const char *mask, const char *wanted,
                           const struct rule_number *flags)
{
    unsigned looked_at;
    unsigned set;

    if (!flags->is_known || !read_flags(mask, &looked_at) ||
        !read_flags(wanted, &set))
        return TRI_MAYBE;
    return tri_of((flags->value & looked_at) == set);
}

static bool has_type(const char *word, const char *type)
{
    size_t size = strlen(type);

    for (const char *at = word; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, type, size) == 0 &&
            (at[size] == ',' || at[size] == '\0'))
            return true;
    }
    return false;
}

enum tri rule_answer_type(const char *word, enum tri is_local)
{
    enum tri answer = TRI_NO;

    if (has_type(word, "LOCAL"))
        answer = tri_or(answer, is_local);
    if (has_type(word, "UNICAST"))
        answer = tri_or(answer, tri_not(is_local));
    return answer;
}

enum tri rule_answer_set(struct ipset_use *use,
                         const struct rule_subject *subject)
{
    char entry[RULE_ELEMENT_SIZE];
    int status = ipset_find(use, subject, entry, NULL);

    if (status == 0)
        return TRI_YES;
    return status == -ENOENT ? TRI_NO : TRI_MAYBE;
}
