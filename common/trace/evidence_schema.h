/* The schema of evidence: which kinds there are, which keys a kind carries, and
 * what a key's value may be.
 *
 * It is data: evidence_check(), the codec, the tests' random evidence and the
 * fuzzers read it, and so does a person.  To let an observer say something new,
 * add a line to evidence_kinds.h or evidence_keys.h.  Both are sorted by their
 * texts, which are looked up by halving: names are an interface, numbers are not.
 *
 * REQ: what every piece of the kind carries, or it says nothing; one that lacks
 * it is refused.  OPT: what it may carry, where it was observed.  Every kind
 * may carry NAMESPACE; absent: the host's own, or at the source the one that
 * the trace was asked to be made in.  A new key of an old kind is optional:
 * agents and bundles of before know nothing of it. */
#ifndef TRACE_EVIDENCE_SCHEMA_H
#define TRACE_EVIDENCE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/evidence_keys.h"
#include "common/trace/evidence_kinds.h"
#include "common/trace/words.h"

enum value_type
{
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_WORD,
    VALUE_ADDRESS
};

#define EVIDENCE_ENUM_KIND(name, text, observer, req, opt) EVIDENCE_##name,
#define EVIDENCE_ENUM_KEY(name, text, type, words)         KEY_##name,
enum evidence_kind
{
    EVIDENCE_KINDS(EVIDENCE_ENUM_KIND) EVIDENCE_KIND_COUNT
};
enum evidence_key
{
    EVIDENCE_KEYS(EVIDENCE_ENUM_KEY) KEY_COUNT_OF_KEYS
};
#undef EVIDENCE_ENUM_KIND
#undef EVIDENCE_ENUM_KEY

struct evidence_key_list
{
    const uint8_t *items; /* enum evidence_key */
    size_t count;
};

struct evidence_kind_info
{
    const char *name;
    const char *observer;
    struct evidence_key_list required;
    struct evidence_key_list optional; /* with NAMESPACE */
};

struct evidence_key_info
{
    const char *name;
    enum value_type type;
    const struct word_list *words; /* VALUE_WORD only */
};

extern const struct evidence_kind_info evidence_kinds[EVIDENCE_KIND_COUNT];
extern const struct evidence_key_info evidence_keys[KEY_COUNT_OF_KEYS];

/* -1 when there is no kind or key of that name. */
int evidence_kind_value(const char *name);
int evidence_key_value(const char *name);

/* May a piece of this kind carry this key? */
bool evidence_kind_carries(enum evidence_kind kind, enum evidence_key key);

/* The words one of which a text under this key is; NULL: it may be any. */
const struct word_list *evidence_text_words(enum evidence_kind kind,
                                            enum evidence_key key);

#endif
