/* IPv4 and IPv6 addresses as plain values. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct sockaddr_storage;

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

struct address
{
    uint8_t family;    /* 0 unset, 4 or 6 */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4, rest zero */
};

/* Parses a numeric address.  -EINVAL when text is none. */
int address_parse(const char *text, struct address *out);

/* Writes the usual form; "-" for an unset address.  Returns buffer. */
const char *address_print(const struct address *address,
                          char buffer[static ADDRESS_TEXT_SIZE]);

bool address_equal(const struct address *a, const struct address *b);
bool address_is_set(const struct address *address);
bool address_is_any(const struct address *address);
bool address_is_loopback(const struct address *address);
bool address_is_link_local(const struct address *address);
bool address_is_multicast(const struct address *address);

/* Of RFC 1918, 4193 or 6598: one that means nothing outside of its own site. */
bool address_is_private(const struct address *address);

/* Octets on the wire: 4, 16, or 0 for an unset address. */
size_t address_size(const struct address *address);

/* From 4 or 16 octets in network order; any other size gives an unset one. */
struct address address_from_bytes(const void *bytes, size_t size);

/* To and from the kernel's form.  An IPv4-mapped IPv6 address becomes IPv4. */
size_t address_to_sockaddr(const struct address *address, uint16_t port,
                           struct sockaddr_storage *out);
int address_from_sockaddr(const struct sockaddr *in, struct address *address,
                          uint16_t *port);

/* AF_INET, AF_INET6 or AF_UNSPEC. */
int address_af(const struct address *address);

/* True if both lie in the same prefix of the given length in bits. */
bool address_same_prefix(const struct address *a, const struct address *b,
                         unsigned length);

#endif
