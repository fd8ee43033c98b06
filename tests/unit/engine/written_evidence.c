#include "tests/unit/engine/written_evidence.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/unit/test.h"

static void put(struct evidence *evidence, enum evidence_key key,
                const char *value)
{
    const struct evidence_key_info *info = &evidence_keys[key];
    struct address address;

    switch (info->type) {
    case VALUE_NUMBER:
        evidence_set_number(evidence, key, strtoll(value, NULL, 0));
        break;
    case VALUE_WORD:
        if (word_value(info->words, value) < 0)
            fail_msg("%s has no word %s", info->name, value);
        evidence_set_word(evidence, key, word_value(info->words, value));
        break;
    case VALUE_TEXT: evidence_set_text(evidence, key, value); break;
    case VALUE_ADDRESS:
        if (address_parse(value, &address) < 0)
            fail_msg("%s is no address", value);
        evidence_set_address(evidence, key, &address);
        break;
    }
}

static void make_up(struct evidence *evidence, enum evidence_key key)
{
    const struct word_list *words =
        evidence_text_words((enum evidence_kind)evidence->kind, key);

    switch (evidence_keys[key].type) {
    case VALUE_NUMBER:
        put(evidence, key,
            key == KEY_DESTINATION_PORT || key == KEY_PORT ? "8080" : "1");
        break;
    case VALUE_WORD: evidence_set_word(evidence, key, 0); break;
    case VALUE_TEXT:
        evidence_set_text(evidence, key, words == NULL ? "x" : words->names[0]);
        break;
    case VALUE_ADDRESS:
        put(evidence, key,
            key == KEY_SOURCE ? WRITTEN_SOURCE : WRITTEN_DESTINATION);
        break;
    }
}

static void read_pair(struct evidence *evidence, char *pair)
{
    char *equal = strchr(pair, '=');
    int key;

    if (equal == NULL)
        fail_msg("'%s' is no KEY=VALUE", pair);
    *equal = '\0';
    key = evidence_key_value(pair);
    if (key < 0)
        fail_msg("there is no key %s", pair);
    put(evidence, (enum evidence_key)key, equal + 1);
}

static void read_piece(char *text, struct evidence *evidence)
{
    char *rest = NULL;
    char *role = strtok_r(text, " ", &rest);
    char *kind = strtok_r(NULL, " ", &rest);
    const struct evidence_key_list *required;
    char *pair;

    assert_non_null(kind);
    if (word_value(&role_words, role) < 0 || evidence_kind_value(kind) < 0)
        fail_msg("there is no role %s or kind %s", role, kind);
    evidence_init(evidence, (enum evidence_kind)evidence_kind_value(kind), 0);
    evidence->role = (uint8_t)word_value(&role_words, role);
    while ((pair = strtok_r(NULL, " ", &rest)) != NULL)
        read_pair(evidence, pair);
    required = &evidence_kinds[evidence->kind].required;
    for (size_t i = 0; i < required->count; i++)
        if (!evidence_has(evidence, (enum evidence_key)required->items[i]))
            make_up(evidence, (enum evidence_key)required->items[i]);
    if (evidence_check(evidence) != 0)
        fail_msg("an agent sends no such %s", kind);
}

size_t written_evidence(const char *text, struct evidence *items, size_t size)
{
    char *copy = strdup(text);
    char *rest = NULL;
    int64_t late_ns = 0;
    size_t count = 0;

    assert_non_null(copy);
    for (char *piece = strtok_r(copy, ";", &rest); piece != NULL;
         piece = strtok_r(NULL, ";", &rest)) {
        piece += strspn(piece, " ");
        if (piece[0] == '\0')
            continue;
        if (strcmp(piece, "pause") == 0) {
            late_ns += NS_PER_S;
            continue;
        }
        assert_true(count < size);
        read_piece(piece, &items[count]);
        items[count].id = (uint32_t)count + 1;
        items[count].at_ns = (int64_t)count * NS_PER_MS + late_ns;
        count++;
    }
    free(copy);
    return count;
}
