#include "controller/report/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/utf8.h"

json_t *values_text(const char *text)
{
    size_t size = strlen(text) * (sizeof("\\xff") - 1) + 1; /* at the most */
    CLEAN_FREE char *cleaned = malloc(size);

    if (cleaned == NULL)
        return NULL;
    utf8_clean(text, cleaned, size);
    return json_string(cleaned);
}

void values_put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_set_new(object, key, values_text(text));
}

void values_put_address(json_t *object, const char *key,
                        const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];

    if (address_is_set(address))
        values_put_text(object, key, address_print(address, text));
}

static json_t *raw_text(const char *text)
{
    json_t *json = json_string(text);

    return json != NULL ? json : values_text(text); /* no UTF-8 */
}

static json_t *write_value(const struct evidence *evidence,
                           const struct evidence_value *value,
                           json_t *(*write_text)(const char *text))
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence_key_info *info = &evidence_keys[value->key];

    switch (info->type) {
    case VALUE_NUMBER: return json_integer(value->number);
    case VALUE_WORD:
        return json_string(word_name(info->words, (int)value->number));
    case VALUE_TEXT: return write_text(evidence->texts + value->text);
    case VALUE_ADDRESS:
        return json_string(address_print(&value->address, address));
    }
    return NULL;
}

static json_t *write_values(const struct evidence *evidence,
                            json_t *(*write_text)(const char *text))
{
    json_t *object = json_object();

    for (unsigned i = 0; i < evidence->count; i++)
        json_object_set_new(
            object, evidence_keys[evidence->values[i].key].name,
            write_value(evidence, &evidence->values[i], write_text));
    return object;
}

json_t *values_write(const struct evidence *evidence)
{
    return write_values(evidence, values_text);
}

json_t *values_write_raw(const struct evidence *evidence)
{
    return write_values(evidence, raw_text);
}

static bool read_value(const json_t *json, enum evidence_key key,
                       struct evidence *evidence)
{
    const struct evidence_key_info *info = &evidence_keys[key];
    const char *text = json_string_value(json);
    struct address address;

    switch (info->type) {
    case VALUE_NUMBER:
        return json_is_integer(json) &&
               evidence_set_number(evidence, key, json_integer_value(json));
    case VALUE_WORD:
        return text != NULL && word_value(info->words, text) >= 0 &&
               evidence_set_word(evidence, key, word_value(info->words, text));
    case VALUE_TEXT:
        return text != NULL && evidence_set_text(evidence, key, text);
    case VALUE_ADDRESS:
        return text != NULL && address_parse(text, &address) == 0 &&
               evidence_set_address(evidence, key, &address);
    }
    return false;
}

int values_read(const json_t *object, struct evidence *evidence,
                struct err *err)
{
    const char *name;
    json_t *json;

    /* jansson's iteration macro wants a mutable object, and changes nothing. */
    for (void *i = json_object_iter((json_t *)(uintptr_t)object); i != NULL;
         i = json_object_iter_next((json_t *)(uintptr_t)object, i)) {
        int key;

        name = json_object_iter_key(i);
        json = json_object_iter_value(i);
        key = evidence_key_value(name);
        if (key < 0)
            return err_set(err, -EINVAL, "evidence has no key '%s'", name);
        if (!read_value(json, (enum evidence_key)key, evidence))
            return err_set(err, -EINVAL, "the value of '%s' is malformed",
                           name);
    }
    return 0;
}
