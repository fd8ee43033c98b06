/* The addresses of a name that failed, as an application meets them one after
 * the other. */
#ifndef REPORT_ADDRESSES_H
#define REPORT_ADDRESSES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/engine/verdict.h"

#define REPORT_MAX_ADDRESSES 16

struct report_address
{
    struct address address;
    char host[HOST_NAME_SIZE]; /* who has it, empty: not known */
    enum outcome outcome;
    enum cause cause;
    enum confidence confidence;
    char summary[JUDGEMENT_TEXT_SIZE];
    /* How long a program waits that tries one after the other, before it goes on
     * to the next; -1: not known. */
    int64_t wait_ms;
};

struct report_addresses
{
    struct report_address items[REPORT_MAX_ADDRESSES];
    size_t count;
};

/* Adds what became of one address, unless it let the application in; what is
 * beyond the limit is left out. */
void report_add_address(struct report_addresses *addresses,
                        const struct subject *subject,
                        const struct judgement *judgement,
                        const struct evidence *items, size_t count);

/* The report's array. */
json_t *report_write_addresses(const struct report_addresses *addresses);

/* Appends to a summary that other addresses failed before this one. */
void report_say_earlier(const struct report_addresses *addresses,
                        const struct address *last, char *text, size_t size);

#endif
