/* What an operator types: destinations, endpoints, durations, numbers.  Every
 * failure is -EINVAL with a sentence that holds the value and what to write
 * instead. */
#ifndef CTL_PARSE_H
#define CTL_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/net/endpoint.h"
#include "common/trace/order.h"

struct err;

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

enum output_format
{
    FORMAT_TEXT,
    FORMAT_JSON,
};

/* DST:PORT[/tcp|/udp], as in hostB:8080, hostB:http, 192.0.2.1:80,
 * [2001:db8::1]:443, [fe80::1%eth0]:22; or a URL, whose port its scheme tells. */
struct destination
{
    char host[DNS_NAME_SIZE];      /* without brackets */
    struct address address;        /* set if host is one */
    char device[DEVICE_NAME_SIZE]; /* that a link-local address is meant on */
    uint16_t port;                 /* never 0 */
    uint8_t protocol;              /* PROTOCOL_TCP or PROTOCOL_UDP */
};

int parse_destination(const char *text, struct destination *out,
                      struct err *err);

/* endpoint_parse(), and what looks like a mistyped IPv4 address is no name. */
int parse_endpoint(const char *text, struct endpoint *out, struct err *err);

/* A decimal number between min and max; what names it in the error. */
int parse_number(const char *what, const char *text, unsigned min, unsigned max,
                 unsigned *out, struct err *err);

/* 90s, 1.5h, 7d, 500ms.  bare_ms is what a number without a unit counts in
 * milliseconds, 0 if a unit is needed. */
struct duration_rule
{
    const char *what;
    uint64_t bare_ms;
    uint64_t min_ms, max_ms;
};

int parse_duration(const struct duration_rule *rule, const char *text,
                   uint64_t *out_ms, struct err *err);

/* The argument of -o. */
int parse_format(const char *text, enum output_format *out, struct err *err);

/* The name of an agent. */
int parse_host_name(const char *what, const char *text,
                    char out[static HOST_NAME_SIZE], struct err *err);

#endif
