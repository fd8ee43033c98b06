/* The values of a piece of evidence to and from a JSON object. */
#ifndef REPORT_VALUES_H
#define REPORT_VALUES_H

#include <jansson.h>

#include "common/trace/evidence.h"

struct err;

/* A new reference: {"interface": "eth0", "ttl": 63, ...}. */
json_t *values_write(const struct evidence *evidence);

/* Adds the object's members to evidence.  -EINVAL for a key that we do not
 * know or a value of the wrong type. */
int values_read(const json_t *object, struct evidence *evidence,
                struct err *err);

/* Set a member; an absent or empty text and an unset address set none. */
void values_put_text(json_t *object, const char *key, const char *text);
void values_put_address(json_t *object, const char *key,
                        const struct address *address);

#endif
