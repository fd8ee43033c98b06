#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "proto/text.h"
#include "proto/wire.h"

/* A later agent may know more keys than fit here; they are dropped. */
#define MAX_VALUES_ON_WIRE 64

/* protobuf-c keeps texts as char * but does not write to them. */
static char *borrow(const char *text)
{
    char *borrowed;

    memcpy(&borrowed, &text, sizeof(borrowed));
    return borrowed;
}

/* What a host calls its processes or devices need not be printable. */
static int write_text(struct arena *arena, const char *text, Probe__Value *out)
{
    size_t size = strlen(text) + 1;

    out->text = arena_alloc(arena, size);
    if (out->text == NULL)
        return -ENOMEM;
    memcpy(out->text, text, size);
    text_clean(out->text, true);
    return 0;
}

static int write_value(struct arena *arena, const struct evidence *evidence,
                       const struct evidence_value *value, Probe__Value *out)
{
    const struct evidence_key_info *info = &evidence_keys[value->key];

    probe__value__init(out);
    out->key = borrow(info->name);
    switch (info->type) {
    case VALUE_NUMBER:
        out->number = value->number;
        out->has_number = 1;
        return 0;
    case VALUE_WORD:
        out->text = borrow(word_name(info->words, (int)value->number));
        return 0;
    case VALUE_TEXT:
        return write_text(arena, evidence->texts + value->text, out);
    case VALUE_ADDRESS:
        out->address.len = address_size(&value->address);
        out->address.data = arena_alloc(arena, out->address.len);
        if (out->address.data == NULL)
            return -ENOMEM;
        memcpy(out->address.data, value->address.bytes, out->address.len);
        out->has_address = 1;
        return 0;
    }
    return -EINVAL;
}

static int write_evidence(struct arena *arena, const struct evidence *evidence,
                          Probe__Evidence *out)
{
    Probe__Value *values;
    int status = evidence_check(evidence);

    if (status < 0)
        return -EINVAL;
    probe__evidence__init(out);
    out->kind = borrow(evidence_kinds[evidence->kind].name);
    out->at_ns = evidence->at_ns;
    values = arena_alloc(arena, evidence->count * sizeof(*values));
    out->value = arena_alloc(arena, evidence->count * sizeof(*out->value));
    if (values == NULL || out->value == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < evidence->count && status == 0; i++) {
        status = write_value(arena, evidence, &evidence->values[i], &values[i]);
        out->value[out->n_value++] = &values[i];
    }
    return status;
}

int wire_write_evidence(struct arena *arena,
                        const struct message_evidence *batch,
                        Probe__EvidenceBatch *out)
{
    Probe__Evidence *pieces;
    int status = 0;

    if (batch->count > MESSAGE_MAX_EVIDENCE)
        return -EINVAL;
    pieces = arena_alloc(arena, batch->count * sizeof(*pieces));
    out->evidence = arena_alloc(arena, batch->count * sizeof(*out->evidence));
    if (pieces == NULL || out->evidence == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < batch->count && status == 0; i++) {
        status = write_evidence(arena, &batch->items[i], &pieces[i]);
        out->evidence[out->n_evidence++] = &pieces[i];
    }
    return status;
}

/* True if the text fits whole: what is cut would say something else. */
static bool text_fits(const struct evidence *evidence, const char *text)
{
    return strlen(text) < sizeof(evidence->texts) - evidence->text_size;
}

static bool read_by_type(const Probe__Value *in, enum evidence_key key,
                         struct evidence *evidence)
{
    const struct evidence_key_info *info = &evidence_keys[key];
    const struct word_list *words;
    struct address address;
    int word;

    switch (info->type) {
    case VALUE_NUMBER:
        return !in->has_number ||
               evidence_set_number(evidence, key, in->number);
    case VALUE_WORD:
        word = in->text == NULL ? -1 : word_value(info->words, in->text);
        return word < 0 || evidence_set_word(evidence, key, word);
    case VALUE_TEXT:
        if (in->text == NULL)
            return true;
        words = evidence_text_words((enum evidence_kind)evidence->kind, key);
        if (words != NULL && word_value(words, in->text) < 0)
            return true;
        return text_is_clean(in->text, true) && text_fits(evidence, in->text) &&
               evidence_set_text(evidence, key, in->text);
    case VALUE_ADDRESS:
        if (!in->has_address)
            return true;
        address = address_from_bytes(in->address.data, in->address.len);
        return address_is_set(&address) &&
               evidence_set_address(evidence, key, &address);
    }
    return false;
}

/* A key or word that is unknown, or not of this kind, and a value of another
 * type than ours, is of a later version: dropped.  False only for what breaks a
 * limit. */
static bool read_value(const Probe__Value *in, struct evidence *evidence)
{
    int key = evidence_key_value(in->key);

    if (key < 0 || !evidence_kind_carries((enum evidence_kind)evidence->kind,
                                          (enum evidence_key)key))
        return true;
    if (evidence_has(evidence, (enum evidence_key)key))
        return false;
    return read_by_type(in, (enum evidence_key)key, evidence);
}

/* -ENODATA if a required key is missing: no reason to refuse the others. */
static int read_evidence(const Probe__Evidence *in, enum evidence_kind kind,
                         struct evidence *evidence, struct err *err)
{
    if (in->n_value > MAX_VALUES_ON_WIRE)
        return err_set(err, -EBADMSG, "%zu values in a piece of evidence",
                       in->n_value);
    evidence_init(evidence, kind, in->at_ns);
    for (size_t i = 0; i < in->n_value; i++)
        if (!read_value(in->value[i], evidence))
            return err_set(err, -EBADMSG, "a value of its %s is unacceptable",
                           evidence_kinds[kind].name);
    return evidence_check(evidence);
}

int wire_read_evidence(struct arena *arena, const Probe__EvidenceBatch *in,
                       struct message_evidence *batch, struct err *err)
{
    if (in->n_evidence > MESSAGE_MAX_EVIDENCE)
        return err_set(err, -EBADMSG, "%zu pieces of evidence in one batch",
                       in->n_evidence);
    batch->items = arena_alloc(arena, in->n_evidence * sizeof(*batch->items));
    if (batch->items == NULL)
        return err_set(err, -EBADMSG, "the evidence needs too much memory");
    for (size_t i = 0; i < in->n_evidence; i++) {
        int kind = evidence_kind_value(in->evidence[i]->kind);
        int status;

        if (kind < 0)
            continue;
        status = read_evidence(in->evidence[i], (enum evidence_kind)kind,
                               &batch->items[batch->count], err);
        if (status == 0)
            batch->count++;
        else if (status == -ENODATA)
            batch->incomplete++;
        else
            return status;
    }
    return 0;
}
