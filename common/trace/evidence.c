#include "common/trace/evidence.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/base/clock.h"

#define HOUR_NS (3600LL * NS_PER_S)

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

/* The last text gives its end; should a shorter one begin there, it is empty. */
static void make_room(struct evidence *evidence, size_t size)
{
    size_t most = sizeof(evidence->texts) - size;

    if (evidence->text_size <= most)
        return;
    evidence->text_size = (uint16_t)most;
    evidence->texts[most - 1] = '\0';
    for (unsigned i = 0; i < evidence->count; i++)
        if (evidence_keys[evidence->values[i].key].type == VALUE_TEXT &&
            evidence->values[i].text >= most)
            evidence->values[i].text = (uint16_t)(most - 1);
}

bool evidence_force_text(struct evidence *evidence, enum evidence_key key,
                         const char *text)
{
    if (evidence->count == EVIDENCE_MAX_VALUES)
        return false;
    make_room(evidence, strlen(text) + 1);
    return evidence_set_text(evidence, key, text);
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

int64_t evidence_us_as_ns(const struct evidence *evidence,
                          enum evidence_key key)
{
    int64_t us = evidence_number(evidence, key, 0);

    if (us < 0)
        return 0;
    return us < HOUR_NS / NS_PER_US ? us * NS_PER_US : HOUR_NS;
}

int64_t evidence_rise(const struct evidence *evidence, enum evidence_key from,
                      enum evidence_key to)
{
    int64_t low = evidence_number(evidence, from, 0);
    int64_t rise;

    if (__builtin_sub_overflow(evidence_number(evidence, to, 0), low, &rise))
        return low < 0 ? INT64_MAX : INT64_MIN;
    return rise;
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

static bool text_is_sound(const struct evidence *evidence,
                          const struct evidence_value *value)
{
    const struct word_list *words;

    if (value->text >= evidence->text_size)
        return false;
    words = evidence_text_words((enum evidence_kind)evidence->kind,
                                (enum evidence_key)value->key);
    return words == NULL ||
           word_value(words, evidence->texts + value->text) >= 0;
}

static bool value_is_sound(const struct evidence *evidence,
                           const struct evidence_value *value)
{
    const struct evidence_key_info *info;

    if (value->key >= KEY_COUNT_OF_KEYS ||
        !evidence_kind_carries((enum evidence_kind)evidence->kind,
                               (enum evidence_key)value->key))
        return false;
    if (find(evidence, value->key) != value) /* a key twice */
        return false;
    info = &evidence_keys[value->key];
    switch (info->type) {
    case VALUE_NUMBER: return true;
    case VALUE_TEXT: return text_is_sound(evidence, value);
    case VALUE_WORD:
        return value->number >= 0 && value->number < info->words->count;
    case VALUE_ADDRESS:
        return value->address.family == 4 || value->address.family == 6;
    }
    return false;
}

int evidence_missing_key(const struct evidence *evidence)
{
    const struct evidence_key_list *required =
        &evidence_kinds[evidence->kind].required;

    for (size_t i = 0; i < required->count; i++)
        if (!evidence_has(evidence, (enum evidence_key)required->items[i]))
            return required->items[i];
    return -1;
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
    return evidence_missing_key(evidence) < 0 ? 0 : -ENODATA;
}

size_t evidence_size(const struct evidence *evidence)
{
    return offsetof(struct evidence, texts) + evidence->text_size;
}
