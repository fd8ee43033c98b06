#include "agent/observe/firewall/rule_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"

#define MAX_WORDS 256
#define WORD_SIZE 64

static const struct
{
    const char *first;
    const char *second; /* NULL: one word */
    enum rule_field field;
} selectors[] = {
    {"ip", "saddr", FIELD_SOURCE},
    {"ip6", "saddr", FIELD_SOURCE},
    {"ip", "daddr", FIELD_DESTINATION},
    {"ip6", "daddr", FIELD_DESTINATION},
    {"tcp", "sport", FIELD_SOURCE_PORT},
    {"th", "sport", FIELD_SOURCE_PORT},
    {"tcp", "dport", FIELD_DESTINATION_PORT},
    {"th", "dport", FIELD_DESTINATION_PORT},
    {"iifname", NULL, FIELD_IN_INTERFACE},
    {"oifname", NULL, FIELD_OUT_INTERFACE},
};

/* The selector that ends before words[*end]; *end becomes its beginning. */
static bool read_selector(const struct rule_word *words, size_t *end,
                          enum rule_field *field)
{
    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
        size_t length = selectors[i].second == NULL ? 1 : 2;
        size_t at = *end - length;

        if (*end < length || !rule_word_is(&words[at], selectors[i].first) ||
            (length == 2 && !rule_word_is(&words[at + 1], selectors[i].second)))
            continue;
        *field = selectors[i].field;
        *end = at;
        return true;
    }
    return false;
}

static void reverse(enum rule_field *fields, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        enum rule_field kept = fields[i];

        fields[i] = fields[count - 1 - i];
        fields[count - 1 - i] = kept;
    }
}

/* What is asked of the set that stands at words[at]: "ip saddr . tcp dport". */
static bool read_fields(const struct rule_word *words, size_t at,
                        struct rule_set *set)
{
    set->field_count = 0;
    set->is_map = at > 0 && rule_word_is(&words[at - 1], "vmap");
    if (set->is_map)
        at--;
    do {
        if (set->field_count == RULE_SET_FIELDS_MAX ||
            !read_selector(words, &at, &set->fields[set->field_count]))
            return false;
        set->field_count++;
    } while (at > 0 && rule_word_is(&words[at - 1], ".") && at-- > 0);
    reverse(set->fields, set->field_count);
    return true;
}

static bool asks_address(const struct rule_set *set)
{
    for (size_t i = 0; i < set->field_count; i++)
        if (set->fields[i] == FIELD_SOURCE ||
            set->fields[i] == FIELD_DESTINATION)
            return true;
    return false;
}

bool rule_set_find(const char *text, struct rule_set *set)
{
    struct rule_word words[MAX_WORDS];
    size_t count = rule_words_split(text, words, MAX_WORDS);
    struct rule_set here = {0};
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        bool named = words[i].at[0] == '@' && words[i].length > 1;

        if (words[i].at[0] == '"' ||
            (!named && !rule_word_is(&words[i], "{")) ||
            !read_fields(words, i, &here))
            continue;
        here.elements = named ? NULL : words[i].at + 1;
        snprintf(here.name, sizeof(here.name), "%.*s",
                 named ? (int)words[i].length - 1 : 0, words[i].at + 1);
        if (asks_address(&here)) {
            *set = here;
            return true;
        }
        if (here.is_map || (named && !found))
            *set = here;
        found |= here.is_map || named;
    }
    return found;
}

bool rule_set_find_ipset(const char *text, struct ipset_use *use)
{
    struct rule_word words[MAX_WORDS];
    size_t count = rule_words_split(text, words, MAX_WORDS);

    for (size_t i = 1; i + 2 < count; i++) {
        if (!rule_word_is(&words[i], "--match-set") ||
            rule_word_is(&words[i - 1], "!"))
            continue;
        rule_word_copy(&words[i + 1], use->name, sizeof(use->name));
        rule_word_copy(&words[i + 2], use->directions, sizeof(use->directions));
        return true;
    }
    return false;
}

size_t rule_field_octets(enum rule_field field,
                         const struct rule_subject *subject,
                         uint8_t octets[static RULE_FIELD_SIZE])
{
    const struct rule_packet *packet = &subject->packet;
    const struct address *address =
        field == FIELD_SOURCE ? &packet->source : &packet->destination;
    uint16_t port = field == FIELD_SOURCE_PORT ? packet->source_port
                                               : packet->destination_port;
    const char *name = field == FIELD_IN_INTERFACE ? subject->in : subject->out;

    memset(octets, 0, RULE_FIELD_SIZE);
    switch (field) {
    case FIELD_SOURCE:
    case FIELD_DESTINATION:
        memcpy(octets, address->bytes, address_size(address));
        return address_size(address);
    case FIELD_SOURCE_PORT:
    case FIELD_DESTINATION_PORT:
        octets[0] = (uint8_t)(port >> 8);
        octets[1] = (uint8_t)port;
        return 2;
    case FIELD_IN_INTERFACE:
    case FIELD_OUT_INTERFACE:
        memcpy(octets, name, strnlen(name, IF_NAMESIZE - 1));
        return name[0] == '\0' ? 0 : IF_NAMESIZE;
    default: return 0;
    }
}

/* Addresses and ports compare as their octets do. */
static bool read_octets(const char *text, size_t size,
                        uint8_t octets[static RULE_FIELD_SIZE])
{
    struct address address;
    char *end;
    unsigned long port;

    if (size != 2) {
        if (address_parse(text, &address) < 0 || address_size(&address) != size)
            return false;
        memcpy(octets, address.bytes, size);
        return true;
    }
    port = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || port > UINT16_MAX)
        return false;
    octets[0] = (uint8_t)(port >> 8);
    octets[1] = (uint8_t)port;
    return true;
}

static bool in_range(const char *low, const char *high, const uint8_t *value,
                     size_t size)
{
    uint8_t first[RULE_FIELD_SIZE];
    uint8_t last[RULE_FIELD_SIZE];

    return read_octets(low, size, first) && read_octets(high, size, last) &&
           memcmp(first, value, size) <= 0 && memcmp(value, last, size) <= 0;
}

static bool in_prefix(const char *text, const char *length,
                      const uint8_t *value, size_t size)
{
    struct address prefix;
    struct address own = address_from_bytes(value, size);
    char *end;
    unsigned long bits = strtoul(length, &end, 10);

    return end != length && *end == '\0' && bits <= size * 8 &&
           address_parse(text, &prefix) == 0 && address_size(&prefix) == size &&
           address_same_prefix(&prefix, &own, (unsigned)bits);
}

/* "eth0", or any that begins so: "eth*". */
static bool is_interface(const char *text, const uint8_t *value)
{
    size_t length = strlen(text);
    char name[WORD_SIZE];

    if (length < 2 || length >= sizeof(name) || text[0] != '"' ||
        text[length - 1] != '"')
        return false;
    memcpy(name, text + 1, length - 2);
    name[length - 2] = '\0';
    if (length > 2 && name[length - 3] == '*')
        return strncmp((const char *)value, name, length - 3) == 0;
    return strcmp((const char *)value, name) == 0;
}

static bool matches_word(const struct rule_word *word, enum rule_field field,
                         const struct rule_subject *subject)
{
    uint8_t value[RULE_FIELD_SIZE];
    size_t size = rule_field_octets(field, subject, value);
    char text[WORD_SIZE];
    char *mark;

    if (size == 0 || word->length >= sizeof(text))
        return false;
    rule_word_copy(word, text, sizeof(text));
    if (field == FIELD_IN_INTERFACE || field == FIELD_OUT_INTERFACE)
        return is_interface(text, value);
    mark = strpbrk(text, "/-");
    if (mark == NULL)
        return in_range(text, text, value, size);
    *mark = '\0';
    if (word->at[mark - text] == '/')
        return in_prefix(text, mark + 1, value, size);
    return in_range(text, mark + 1, value, size);
}

/* One element, its words: "192.0.2.10 . 8080 : drop". */
static bool matches_element(const struct rule_word *words, size_t count,
                            const struct rule_set *set,
                            const struct rule_subject *subject)
{
    for (size_t i = 0; i < set->field_count; i++) {
        if (2 * i >= count ||
            (i > 0 && !rule_word_is(&words[2 * i - 1], ".")) ||
            !matches_word(&words[2 * i], set->fields[i], subject))
            return false;
    }
    return true;
}

bool rule_set_match(const struct rule_set *set,
                    const struct rule_subject *subject,
                    char element[static RULE_ELEMENT_SIZE])
{
    const char *at = set->elements;

    while (at != NULL && *at != '\0' && *at != '}') {
        struct rule_word words[16];
        size_t length = 0;
        char text[RULE_ELEMENT_SIZE];

        at += strspn(at, " ");
        for (bool quoted = false;
             at[length] != '\0' && (quoted || strchr(",}", at[length]) == NULL);
             length++)
            quoted ^= at[length] == '"';
        while (length > 0 && at[length - 1] == ' ')
            length--;
        snprintf(text, sizeof(text), "%.*s", (int)length, at);
        if (length < sizeof(text) &&
            matches_element(words,
                            rule_words_split(text, words, ARRAY_SIZE(words)),
                            set, subject)) {
            strcpy(element, text);
            return true;
        }
        at += length + strspn(at + length, " ");
        at += *at == ',';
    }
    return false;
}
