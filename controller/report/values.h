/* The values of a piece of evidence to and from a JSON object. */
#ifndef REPORT_VALUES_H
#define REPORT_VALUES_H

#include <jansson.h>

#include "common/trace/evidence.h"

struct err;

/* A new reference: a text as it may be shown (see utf8_clean()): every text of
 * a report goes through here, for any may be a host's. */
json_t *values_text(const char *text);

/* A new reference: {"interface": "eth0", "ttl": 63, ...}.  Texts are cleaned, or
 * (to be judged again) as they are, as far as JSON can hold them. */
json_t *values_write(const struct evidence *evidence);
json_t *values_write_raw(const struct evidence *evidence);

/* Adds the object's members to evidence.  -EINVAL for a key that we do not
 * know or a value of the wrong type. */
int values_read(const json_t *object, struct evidence *evidence,
                struct err *err);

/* Set a member; an absent or empty text and an unset address set none. */
void values_put_text(json_t *object, const char *key, const char *text);
void values_put_address(json_t *object, const char *key,
                        const struct address *address);

#endif
