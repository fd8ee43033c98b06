/* Where to listen or to connect: "192.0.2.1:7443", "[2001:db8::1]:7443",
 * "name:7443". */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

struct err;

#define ENDPOINT_HOST_SIZE 254 /* a DNS name with its NUL */
#define ENDPOINT_TEXT_SIZE (ENDPOINT_HOST_SIZE + 8)

struct endpoint
{
    char host[ENDPOINT_HOST_SIZE]; /* without brackets */
    uint16_t port;                 /* never 0 */
};

/* -EINVAL with what is wrong and what is right. */
int endpoint_parse(const char *text, struct endpoint *out, struct err *err);

/* The form that endpoint_parse() takes.  Returns buffer. */
const char *endpoint_print(const struct endpoint *endpoint,
                           char buffer[static ENDPOINT_TEXT_SIZE]);

/* Looks the host up: at most max addresses, in the resolver's order.  Returns
 * their count (at least 1) or -EHOSTUNREACH.  Blocks on DNS when the host is a
 * name: call it at start-up or on a thread, never on a busy loop. */
int endpoint_resolve(const struct endpoint *endpoint,
                     struct sockaddr_storage *out, size_t max, struct err *err);

#endif
