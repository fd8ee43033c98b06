#include "common/trace/layout.h"

#include <errno.h>
#include <stddef.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"

/* FNV-1a. */
#define HASH_BEGIN 2166136261u
#define HASH_PRIME 16777619u

#define FIELD(type, name) \
    offsetof(struct type, name), sizeof(((struct type *)0)->name)

static const size_t fields[] = {
    sizeof(struct order),
    FIELD(order, trace_id),
    FIELD(order, peer),
    FIELD(order, name),
    FIELD(order, role),
    FIELD(order, family),
    FIELD(order, exact_count),
    FIELD(order, attempts),
    FIELD(order, vantage),
    FIELD(order, payload),
    FIELD(order, port),
    FIELD(order, from_port),
    FIELD(order, source),
    FIELD(order, destination),
    FIELD(order, told),
    FIELD(order, as_user),
    FIELD(order, inside),
    FIELD(order, device),
    FIELD(order, isn_base),
    FIELD(order, spacing_ms),
    FIELD(order, deadline_ms),
    FIELD(order, service),
    FIELD(order, control_own),
    FIELD(order, control_peer),
    sizeof(struct command),
    FIELD(command, kind),
    FIELD(command, self_test),
    FIELD(command, self_test_briefly),
    FIELD(command, attempt),
    FIELD(command, max_ttl),
    FIELD(command, own_port),
    FIELD(command, peer_port),
    FIELD(command, own_address),
    FIELD(command, peer_address),
    FIELD(command, acknowledge),
    sizeof(struct address),
    FIELD(address, family),
    FIELD(address, bytes),
    sizeof(struct evidence),
    FIELD(evidence, id),
    FIELD(evidence, role),
    FIELD(evidence, kind),
    FIELD(evidence, count),
    FIELD(evidence, text_size),
    FIELD(evidence, at_ns),
    FIELD(evidence, values),
    FIELD(evidence, texts),
    sizeof(struct evidence_value),
    FIELD(evidence_value, key),
    FIELD(evidence_value, text),
    FIELD(evidence_value, number),
    FIELD(evidence_value, address),
};

/* Besides those of evidence's keys. */
static const struct word_list *const lists[] = {&role_words, &command_words};

static uint32_t add_octet(uint32_t hash, uint8_t octet)
{
    return (hash ^ octet) * HASH_PRIME;
}

/* With its end, so that "a", "bc" is not "ab", "c". */
static uint32_t add_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = add_octet(hash, (uint8_t)*text);
    return add_octet(hash, 0);
}

static uint32_t add_number(uint32_t hash, size_t number)
{
    for (unsigned i = 0; i < sizeof(number); i++)
        hash = add_octet(hash, (uint8_t)(number >> (8 * i)));
    return hash;
}

static uint32_t add_words(uint32_t hash, const struct word_list *words)
{
    for (int i = 0; i < words->count; i++)
        hash = add_text(hash, words->names[i]);
    return add_octet(hash, 0);
}

uint32_t layout_number(void)
{
    uint32_t hash = HASH_BEGIN;

    for (int i = 0; i < EVIDENCE_KIND_COUNT; i++)
        hash = add_text(hash, evidence_kinds[i].name);
    for (int i = 0; i < KEY_COUNT_OF_KEYS; i++) {
        hash = add_text(hash, evidence_keys[i].name);
        hash = add_number(hash, evidence_keys[i].type);
        if (evidence_keys[i].words != NULL)
            hash = add_words(hash, evidence_keys[i].words);
    }
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        hash = add_words(hash, lists[i]);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        hash = add_number(hash, fields[i]);
    return hash != 0 ? hash : 1;
}

int layout_check(uint32_t layout, struct err *err)
{
    uint32_t own = layout_number();

    if (layout == own)
        return 0;
    return err_set(err, -EPROTO,
                   "the agent's processes are of different versions (layout "
                   "%08x and %08x): restart it (systemctl restart "
                   "probe-agent)",
                   layout, own);
}
