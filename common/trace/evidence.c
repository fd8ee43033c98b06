#include "common/trace/evidence.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define KIND_INFO(name, text, observer)   {text, observer},
#define KEY_INFO(name, text, type, words) {text, type, words},

const struct evidence_kind_info evidence_kinds[EVIDENCE_KIND_COUNT] = {
    EVIDENCE_KINDS(KIND_INFO)};
const struct evidence_key_info evidence_keys[KEY_COUNT_OF_KEYS] = {
    EVIDENCE_KEYS(KEY_INFO)};

void evidence_init(struct evidence *evidence, enum evidence_kind kind,
                   int64_t at_ns)
{
    memset(evidence, 0, sizeof(*evidence));
    evidence->kind = (uint8_t)kind;
    evidence->at_ns = at_ns;
}

static const struct evidence_value *find(const struct evidence *evidence,
                                         enum evidence_key key)
{
    for (unsigned i = 0; i < evidence->count; i++)
        if (evidence->values[i].key == key)
            return &evidence->values[i];
    return NULL;
}

static struct evidence_value *add(struct evidence *evidence,
                                  enum evidence_key key)
{
    struct evidence_value *value;

    assert(find(evidence, key) == NULL);
    if (evidence->count == EVIDENCE_MAX_VALUES)
        return NULL;
    value = &evidence->values[evidence->count++];
    value->key = (uint16_t)key;
    return value;
}

bool evidence_set_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number)
{
    struct evidence_value *value = add(evidence, key);

    assert(evidence_keys[key].type == VALUE_NUMBER);
    if (value != NULL)
        value->number = number;
    return value != NULL;
}

bool evidence_set_word(struct evidence *evidence, enum evidence_key key,
                       int word)
{
    struct evidence_value *value = add(evidence, key);

    assert(evidence_keys[key].type == VALUE_WORD);
    assert(word >= 0 && word < evidence_keys[key].words->count);
    if (value != NULL)
        value->number = word;
    return value != NULL;
}

bool evidence_set_text(struct evidence *evidence, enum evidence_key key,
                       const char *text)
{
    size_t room = sizeof(evidence->texts) - evidence->text_size;
    struct evidence_value *value;
    size_t size;

    assert(evidence_keys[key].type == VALUE_TEXT);
    if (text == NULL)
        return true;
    value = room > 0 ? add(evidence, key) : NULL;
    if (value == NULL)
        return false;
    size = strlen(text);
    if (size > room - 1)
        size = room - 1;
    value->text = evidence->text_size;
    memcpy(evidence->texts + evidence->text_size, text, size);
    evidence->texts[evidence->text_size + size] = '\0';
    evidence->text_size = (uint16_t)(evidence->text_size + size + 1);
    return true;
}

bool evidence_set_address(struct evidence *evidence, enum evidence_key key,
                          const struct address *address)
{
    struct evidence_value *value;

    assert(evidence_keys[key].type == VALUE_ADDRESS);
    if (!address_is_set(address))
        return true;
    value = add(evidence, key);
    if (value != NULL)
        value->address = *address;
    return value != NULL;
}

void evidence_put_text(struct evidence *evidence, enum evidence_key key,
                       const char *text)
{
    if (text[0] != '\0')
        evidence_set_text(evidence, key, text);
}

void evidence_put_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number)
{
    if (number != 0)
        evidence_set_number(evidence, key, number);
}

bool evidence_has(const struct evidence *evidence, enum evidence_key key)
{
    return find(evidence, key) != NULL;
}

int64_t evidence_number(const struct evidence *evidence, enum evidence_key key,
                        int64_t fallback)
{
    const struct evidence_value *value = find(evidence, key);

    return value == NULL ? fallback : value->number;
}

int evidence_word(const struct evidence *evidence, enum evidence_key key)
{
    return (int)evidence_number(evidence, key, -1);
}

const char *evidence_text(const struct evidence *evidence,
                          enum evidence_key key, const char *fallback)
{
    const struct evidence_value *value = find(evidence, key);

    return value == NULL ? fallback : evidence->texts + value->text;
}

struct address evidence_address(const struct evidence *evidence,
                                enum evidence_key key)
{
    const struct evidence_value *value = find(evidence, key);

    return value == NULL ? (struct address){0} : value->address;
}

static bool value_is_sound(const struct evidence *evidence,
                           const struct evidence_value *value)
{
    const struct evidence_key_info *info;

    if (value->key >= KEY_COUNT_OF_KEYS)
        return false;
    if (find(evidence, value->key) != value) /* a key twice */
        return false;
    info = &evidence_keys[value->key];
    switch (info->type) {
    case VALUE_NUMBER: return true;
    case VALUE_TEXT: return value->text < evidence->text_size;
    case VALUE_WORD:
        return value->number >= 0 && value->number < info->words->count;
    case VALUE_ADDRESS:
        return value->address.family == 4 || value->address.family == 6;
    }
    return false;
}

int evidence_check(const struct evidence *evidence)
{
    if (evidence->kind >= EVIDENCE_KIND_COUNT || evidence->role >= ROLE_COUNT)
        return -EBADMSG;
    if (evidence->count > EVIDENCE_MAX_VALUES ||
        evidence->text_size > EVIDENCE_TEXT_SIZE)
        return -EBADMSG;
    if (evidence->text_size > 0 &&
        evidence->texts[evidence->text_size - 1] != '\0')
        return -EBADMSG;
    for (unsigned i = 0; i < evidence->count; i++)
        if (!value_is_sound(evidence, &evidence->values[i]))
            return -EBADMSG;
    return 0;
}

size_t evidence_size(const struct evidence *evidence)
{
    return offsetof(struct evidence, texts) + evidence->text_size;
}

int evidence_kind_value(const char *name)
{
    for (int i = 0; i < EVIDENCE_KIND_COUNT; i++)
        if (strcmp(evidence_kinds[i].name, name) == 0)
            return i;
    return -1;
}

int evidence_key_value(const char *name)
{
    for (int i = 0; i < KEY_COUNT_OF_KEYS; i++)
        if (strcmp(evidence_keys[i].name, name) == 0)
            return i;
    return -1;
}
