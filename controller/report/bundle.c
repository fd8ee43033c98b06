#include "controller/report/bundle.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/text.h"
#include "controller/report/values.h"

#define SCHEMA "probectl.bundle/1"

/* No clock gets there, and no difference of two such times overflows. */
#define LATEST_NS (INT64_MAX / 8)

/* The subject's yes-or-no members, by name. */
static const struct
{
    const char *name;
    size_t offset;
} flags[] = {
    {"exact_count", offsetof(struct subject, exact_count)},
    {"named_is_agent", offsetof(struct subject, named_is_agent)},
    {"expected_elsewhere", offsetof(struct subject, expected_elsewhere)},
    {"probing_over", offsetof(struct subject, probing_over)},
    {"collected", offsetof(struct subject, collected)},
    {"wait_over", offsetof(struct subject, wait_over)},
    {"destination_held", offsetof(struct subject, destination_held)},
    {"destination_former", offsetof(struct subject, destination_former)},
    {"source_lost", offsetof(struct subject, source_lost)},
    {"destination_lost", offsetof(struct subject, destination_lost)},
};

#define FLAG_COUNT ARRAY_SIZE(flags)

/* And its texts. */
static const struct
{
    const char *name;
    size_t offset, size;
} texts[] = {
#define TEXT(member)                                 \
    {                                                \
#        member, offsetof(struct subject, member),   \
            sizeof(((struct subject *)NULL)->member) \
    }
    TEXT(source_host),  TEXT(destination_host), TEXT(named_as),
    TEXT(vantage_host), TEXT(as_user),          TEXT(inside),
    TEXT(device),       TEXT(service),          TEXT(absent_host),
    TEXT(note),         TEXT(absent_seen),
#undef TEXT
};
#define TEXT_COUNT ARRAY_SIZE(texts)

static json_t *write_subject(const struct subject *subject)
{
    json_t *object = json_object();

    for (size_t i = 0; i < TEXT_COUNT; i++)
        values_put_text(object, texts[i].name,
                        (const char *)subject + texts[i].offset);
    if (subject->from_port != 0)
        json_object_set_new(object, "from_port",
                            json_integer(subject->from_port));
    values_put_address(object, "source", &subject->source);
    values_put_address(object, "destination", &subject->destination);
    values_put_address(object, "primary4", &subject->primary4);
    values_put_address(object, "primary6", &subject->primary6);
    json_object_set_new(object, "port", json_integer(subject->port));
    json_object_set_new(object, "attempts", json_integer(subject->attempts));
    json_object_set_new(object, "isn_base", json_integer(subject->isn_base));
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (*(const bool *)((const char *)subject + flags[i].offset))
            json_object_set_new(object, flags[i].name, json_true());
    return object;
}

int bundle_write_json(const struct subject *subject,
                      const struct evidence *items, size_t count,
                      char **json_text, struct err *err)
{
    json_t *root = json_object();
    json_t *array = json_array();
    char *text;

    values_put_text(root, "schema", SCHEMA);
    json_object_set_new(root, "subject", write_subject(subject));
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();

        json_object_set_new(object, "id", json_integer(items[i].id));
        values_put_text(object, "role", word_name(&role_words, items[i].role));
        values_put_text(object, "kind", evidence_kinds[items[i].kind].name);
        json_object_set_new(object, "at_ns", json_integer(items[i].at_ns));
        json_object_set_new(object, "values", values_write_raw(&items[i]));
        json_array_append_new(array, object);
    }
    json_object_set_new(root, "evidence", array);
    /* Nothing in it acts on a terminal, and no text is another for it. */
    text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(root);
    if (text == NULL)
        return err_set(err, -ENOMEM, "cannot write the bundle: out of memory");
    *json_text = text;
    return 0;
}

static int attach(const char *bundle_json, const char *member, const char *json,
                  char **json_text, struct err *err)
{
    size_t length = strlen(bundle_json);
    char *text;

    assert(length > 2 && bundle_json[length - 1] == '}');
    if (asprintf(&text, "%.*s,\"%s\":%s}", (int)length - 1, bundle_json, member,
                 json) < 0)
        return err_set(err, -ENOMEM, "cannot write the bundle: out of memory");
    *json_text = text;
    return 0;
}

int bundle_attach_report(const char *bundle_json, const char *report_json,
                         char **json_text, struct err *err)
{
    return attach(bundle_json, "report", report_json, json_text, err);
}

int bundle_attach_earlier(const char *bundle_json, char *const *earlier,
                          size_t count, char **json_text, struct err *err)
{
    CLEAN_FREE char *array = strdup("[");

    for (size_t i = 0; i < count && array != NULL; i++) {
        char *longer = NULL;

        if (asprintf(&longer, "%s%s%s", array, earlier[i],
                     i + 1 < count ? "," : "]") < 0)
            longer = NULL;
        free(array);
        array = longer;
    }
    if (array == NULL)
        return err_set(err, -ENOMEM, "cannot write the bundle: out of memory");
    return attach(bundle_json, "earlier", array, json_text, err);
}

static void get_text(const json_t *object, const char *key, char *out,
                     size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    text_format(out, size, "%s", text == NULL ? "" : text);
}

static int get_address(const json_t *object, const char *key,
                       struct address *out, struct err *err)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text != NULL && address_parse(text, out) < 0)
        return err_set(err, -EINVAL, "%s: '%s' is no address", key, text);
    return 0;
}

static int read_subject(const json_t *object, struct subject *out,
                        struct err *err)
{
    int status;

    for (size_t i = 0; i < TEXT_COUNT; i++)
        get_text(object, texts[i].name, (char *)out + texts[i].offset,
                 texts[i].size);
    status = get_address(object, "source", &out->source, err);
    if (status == 0)
        status = get_address(object, "destination", &out->destination, err);
    if (status == 0)
        status = get_address(object, "primary4", &out->primary4, err);
    if (status == 0)
        status = get_address(object, "primary6", &out->primary6, err);
    out->port = (uint16_t)json_integer_value(json_object_get(object, "port"));
    out->from_port =
        (uint16_t)json_integer_value(json_object_get(object, "from_port"));
    out->attempts =
        (uint8_t)json_integer_value(json_object_get(object, "attempts"));
    out->isn_base =
        (uint32_t)json_integer_value(json_object_get(object, "isn_base"));
    for (size_t i = 0; i < FLAG_COUNT; i++)
        *(bool *)((char *)out + flags[i].offset) =
            json_is_true(json_object_get(object, flags[i].name));
    return status;
}

/* Its file came from a person. */
static int check_schema(const struct evidence *evidence, struct err *err)
{
    enum evidence_kind kind = (enum evidence_kind)evidence->kind;
    int missing = evidence_missing_key(evidence);

    for (unsigned i = 0; i < evidence->count; i++) {
        enum evidence_key key = (enum evidence_key)evidence->values[i].key;

        if (!evidence_kind_carries(kind, key))
            return err_set(err, -EINVAL, "it cannot have the key '%s'",
                           evidence_keys[key].name);
    }
    if (missing >= 0)
        return err_set(err, -EINVAL, "its key '%s' is missing",
                       evidence_keys[missing].name);
    if (evidence_check(evidence) < 0)
        return err_set(err, -EINVAL, "one of its words is unknown");
    return 0;
}

static int read_item(const json_t *object, size_t index, struct evidence *out,
                     struct err *err)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *role = json_string_value(json_object_get(object, "role"));
    json_t *id = json_object_get(object, "id");
    int64_t at_ns = json_integer_value(json_object_get(object, "at_ns"));
    int kind_value = kind == NULL ? -1 : evidence_kind_value(kind);
    int role_value = role == NULL ? -1 : word_value(&role_words, role);
    int status;

    if (kind_value < 0 || role_value < 0)
        return err_set(err, -EINVAL, "evidence %zu has no known kind and role",
                       index + 1);
    if (at_ns > LATEST_NS || at_ns < -LATEST_NS)
        return err_set(err, -EINVAL, "evidence %zu: no clock shows %lld ns",
                       index + 1, (long long)at_ns);
    evidence_init(out, (enum evidence_kind)kind_value, at_ns);
    out->role = (uint8_t)role_value;
    out->id =
        id == NULL ? (uint32_t)index + 1 : (uint32_t)json_integer_value(id);
    status = values_read(json_object_get(object, "values"), out, err);
    if (status == 0)
        status = check_schema(out, err);
    if (status < 0)
        err_prefix(err, "evidence %zu (%s)", index + 1, kind);
    return status;
}

static int read_items(const json_t *array, struct bundle *out, struct err *err)
{
    size_t count = json_array_size(array);

    if (count > BUNDLE_MAX_EVIDENCE)
        return err_set(err, -EFBIG, "%zu pieces of evidence: at most %d", count,
                       BUNDLE_MAX_EVIDENCE);
    out->items = calloc(count + 1, sizeof(*out->items));
    if (out->items == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        int status =
            read_item(json_array_get(array, i), i, &out->items[i], err);

        if (status < 0)
            return status;
        out->count++;
    }
    return 0;
}

/* Without those before it. */
static int read_part(const json_t *root, struct bundle *out, struct err *err)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *subject = json_object_get(root, "subject");
    int status;

    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return err_set(err, -EINVAL, "the schema is not %s", SCHEMA);
    if (!json_is_object(subject) ||
        !json_is_array(json_object_get(root, "evidence")))
        return err_set(err, -EINVAL, "it has no subject or no evidence");
    status = read_subject(subject, &out->subject, err);
    if (status == 0)
        status = read_items(json_object_get(root, "evidence"), out, err);
    return status;
}

static int read_earlier(const json_t *array, struct bundle *out,
                        struct err *err)
{
    size_t count = json_array_size(array);

    if (count > BUNDLE_MAX_EARLIER)
        return err_set(err, -EFBIG, "%zu earlier addresses: at most %d", count,
                       BUNDLE_MAX_EARLIER);
    if (count == 0)
        return 0;
    out->earlier = calloc(count, sizeof(*out->earlier));
    if (out->earlier == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        int status = read_part(json_array_get(array, i), &out->earlier[i], err);

        out->earlier_count++; /* what was read of it is to be freed, too */
        if (status < 0) {
            err_prefix(err, "earlier address %zu", i + 1);
            return status;
        }
    }
    return 0;
}

int bundle_read_json(const char *json_text, size_t size, struct bundle *out,
                     struct err *err)
{
    json_error_t error;
    json_t *root = json_loadb(json_text, size, 0, &error);
    struct bundle bundle = {0};
    int status;

    if (root == NULL)
        return err_set(err, -EINVAL, "line %d: %s", error.line, error.text);
    status = read_part(root, &bundle, err);
    if (status == 0)
        status = read_earlier(json_object_get(root, "earlier"), &bundle, err);
    json_decref(root);
    if (status < 0) {
        bundle_fini(&bundle);
        return status;
    }
    *out = bundle;
    return 0;
}

void bundle_fini(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->earlier_count; i++)
        free(bundle->earlier[i].items);
    free(bundle->earlier);
    free(bundle->items);
    bundle->earlier = NULL;
    bundle->earlier_count = 0;
    bundle->items = NULL;
    bundle->count = 0;
}
