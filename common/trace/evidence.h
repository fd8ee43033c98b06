/* Evidence: one typed, timestamped observation by one observer on one host.
 *
 * A piece of evidence is a kind and a few values under keys.  A key that is not
 * there was not observed; nothing is ever zero for want of knowledge.  The same
 * plain struct goes from an observer through worker, link and controller into
 * the verdict engine and the store; only the codecs (proto/codec.c, JSON) know
 * another form.  evidence_schema.h lists the kinds and keys: to let an observer
 * say something new, add a line there; every consumer follows.
 *
 * It holds no pointer: texts are offsets into its own store, so that it can be
 * copied and sent as it is, and checked by evidence_check() on arrival. */
#ifndef TRACE_EVIDENCE_H
#define TRACE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/trace/evidence_schema.h"

#define EVIDENCE_MAX_VALUES 40
#define EVIDENCE_TEXT_SIZE  1024

/* KEY_NAMESPACE of the host's own network namespace, where it is not the one
 * that the trace is made in. */
#define EVIDENCE_HOST_NAMESPACE "host"

struct evidence_value
{
    uint16_t key;           /* enum evidence_key, each at most once */
    uint16_t text;          /* VALUE_TEXT: offset into texts, NUL-terminated */
    int64_t number;         /* VALUE_NUMBER and VALUE_WORD */
    struct address address; /* VALUE_ADDRESS */
};

struct evidence
{
    uint32_t layout;    /* layout.h; set where it is handed on */
    uint32_t id;        /* set by the controller: printed as e<id>; 0 before */
    uint8_t role;       /* enum role: whose host; set by the controller */
    uint8_t kind;       /* enum evidence_kind */
    uint16_t count;     /* values used */
    uint16_t text_size; /* bytes of texts used */
    int64_t at_ns;      /* CLOCK_MONOTONIC of the host that observed it */
    struct evidence_value values[EVIDENCE_MAX_VALUES];
    char texts[EVIDENCE_TEXT_SIZE];
};

/* Begins a piece of evidence of this kind, seen at this time. */
void evidence_init(struct evidence *evidence, enum evidence_kind kind,
                   int64_t at_ns);

/* Add a value.  The key's type must be the setter's (asserted).  A text that
 * does not fit is cut at the end; NULL text and unset addresses add nothing.
 * A value too many is dropped and false is returned. */
bool evidence_set_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number);
bool evidence_set_word(struct evidence *evidence, enum evidence_key key,
                       int word);
bool evidence_set_text(struct evidence *evidence, enum evidence_key key,
                       const char *text);
bool evidence_set_address(struct evidence *evidence, enum evidence_key key,
                          const struct address *address);

/* A short text without which the rest would say something else: the texts that
 * were set before are cut for it. */
bool evidence_force_text(struct evidence *evidence, enum evidence_key key,
                         const char *text);

/* The same for what stands for nothing when it is empty, or zero: then it adds
 * nothing. */
void evidence_put_text(struct evidence *evidence, enum evidence_key key,
                       const char *text);
void evidence_put_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number);

/* True if the key was observed. */
bool evidence_has(const struct evidence *evidence, enum evidence_key key);

/* The value, or the fallback when it was not observed. */
int64_t evidence_number(const struct evidence *evidence, enum evidence_key key,
                        int64_t fallback);
/* A time that was told in us, in ns; 0 when it was not observed.  What a host says
 * may be anything: at least 0 and at most an hour comes back. */
int64_t evidence_us_as_ns(const struct evidence *evidence,
                          enum evidence_key key);
int evidence_word(const struct evidence *evidence, enum evidence_key key);
const char *evidence_text(const struct evidence *evidence,
                          enum evidence_key key, const char *fallback);
struct address evidence_address(const struct evidence *evidence,
                                enum evidence_key key);

/* How much the number under `to` is above the one under `from`, which are 0 when
 * they were not observed; as much as a number holds, where it is more: a host may
 * say anything. */
int64_t evidence_rise(const struct evidence *evidence, enum evidence_key from,
                      enum evidence_key to);

/* Is this a piece of evidence as its kind has them (evidence_schema.h)?  For
 * everything that comes from another process.  -EBADMSG if a kind, key, word,
 * offset or terminator is wrong, or a key or text not of this kind;
 * -ENODATA if all is right but a required key is missing. */
int evidence_check(const struct evidence *evidence);

/* The first required key that is missing; -1 if none is. */
int evidence_missing_key(const struct evidence *evidence);

/* Bytes that matter: everything up to the end of the used texts.  Sent so. */
size_t evidence_size(const struct evidence *evidence);

#endif
