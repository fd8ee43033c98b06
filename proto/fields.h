/* The table of fields: how each field of each message looks in the plain
 * struct, and its limits.  The wire's side of it comes from the generated
 * descriptors. */
#ifndef PROTO_FIELDS_H
#define PROTO_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/message.h"

enum field_form
{
    FIELD_LABEL,     /* one line of text, not empty if the field is required */
    FIELD_LINES,     /* free text; what is unprintable is sent as '?' */
    FIELD_HOST,      /* a name that an agent may have */
    FIELD_TRACE_ID,  /* 26 letters and digits */
    FIELD_UINT,      /* uint8_t, uint16_t or uint32_t */
    FIELD_FAMILY,    /* uint8_t: 0, 4 or 6 */
    FIELD_INT,       /* int32_t or int64_t */
    FIELD_BOOL,      /* bool, or uint8_t of 0 and 1 */
    FIELD_ADDRESS,   /* struct address; most: its only family, or 0 */
    FIELD_ADDRESSES, /* the inventory's list */
    FIELD_PIECE,     /* the document's octets */
    FIELD_EVIDENCE,  /* the batch's list */
};

struct field
{
    uint8_t kind;          /* enum message_kind */
    uint8_t id;            /* the field's number in probe.proto */
    uint8_t form;          /* enum field_form */
    uint16_t offset, size; /* in struct message */
    uint32_t least, most;  /* FIELD_UINT */
};

extern const struct field fields[];
extern const size_t fields_count;

#endif
