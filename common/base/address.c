#include "common/base/address.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int address_parse(const char *text, struct address *out)
{
    struct address parsed = {0};

    if (inet_pton(AF_INET, text, parsed.bytes) == 1)
        parsed.family = 4;
    else if (inet_pton(AF_INET6, text, parsed.bytes) == 1)
        parsed.family = 6;
    else
        return -EINVAL;
    *out = parsed;
    return 0;
}

const char *address_print(const struct address *address,
                          char buffer[static ADDRESS_TEXT_SIZE])
{
    if (address->family == 0 || inet_ntop(address_af(address), address->bytes,
                                          buffer, ADDRESS_TEXT_SIZE) == NULL)
        strcpy(buffer, "-");
    return buffer;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family &&
           memcmp(a->bytes, b->bytes, address_size(a)) == 0;
}

bool address_is_set(const struct address *address)
{
    return address->family != 0;
}

bool address_is_any(const struct address *address)
{
    static const uint8_t zero[16];

    return address->family != 0 &&
           memcmp(address->bytes, zero, address_size(address)) == 0;
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t v6_loopback[16] = {[15] = 1};

    if (address->family == 4)
        return address->bytes[0] == 127;
    return address->family == 6 &&
           memcmp(address->bytes, v6_loopback, sizeof(v6_loopback)) == 0;
}

bool address_is_link_local(const struct address *address)
{
    if (address->family == 4)
        return address->bytes[0] == 169 && address->bytes[1] == 254;
    return address->family == 6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

bool address_is_multicast(const struct address *address)
{
    if (address->family == 4)
        return (address->bytes[0] & 0xf0) == 0xe0;
    return address->family == 6 && address->bytes[0] == 0xff;
}

static bool is_within(const struct address *address, const char *prefix,
                      unsigned length)
{
    struct address network;

    return address_parse(prefix, &network) == 0 &&
           network.family == address->family &&
           address_same_prefix(address, &network, length);
}

bool address_is_private(const struct address *address)
{
    return is_within(address, "10.0.0.0", 8) ||
           is_within(address, "172.16.0.0", 12) ||
           is_within(address, "192.168.0.0", 16) ||
           is_within(address, "100.64.0.0", 10) ||
           is_within(address, "fc00::", 7);
}

size_t address_size(const struct address *address)
{
    if (address->family == 4)
        return 4;
    return address->family == 6 ? 16 : 0;
}

struct address address_from_bytes(const void *bytes, size_t size)
{
    struct address address = {0};

    if (size == 4 || size == 16) {
        address.family = size == 4 ? 4 : 6;
        memcpy(address.bytes, bytes, size);
    }
    return address;
}

size_t address_to_sockaddr(const struct address *address, uint16_t port,
                           struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(port)};

    memset(out, 0, sizeof(*out));
    if (address->family == 6) {
        memcpy(&v6.sin6_addr, address->bytes, 16);
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    memcpy(&v4.sin_addr, address->bytes, 4);
    memcpy(out, &v4, sizeof(v4));
    return sizeof(v4);
}

int address_from_sockaddr(const struct sockaddr *in, struct address *address,
                          uint16_t *port)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (in->sa_family == AF_INET) {
        memcpy(&v4, in, sizeof(v4));
        *address = address_from_bytes(&v4.sin_addr, 4);
        *port = ntohs(v4.sin_port);
        return 0;
    }
    if (in->sa_family != AF_INET6)
        return -EAFNOSUPPORT;
    memcpy(&v6, in, sizeof(v6));
    if (memcmp(&v6.sin6_addr, v4_mapped, sizeof(v4_mapped)) == 0)
        *address = address_from_bytes(v6.sin6_addr.s6_addr + 12, 4);
    else
        *address = address_from_bytes(&v6.sin6_addr, 16);
    *port = ntohs(v6.sin6_port);
    return 0;
}

int address_af(const struct address *address)
{
    if (address->family == 4)
        return AF_INET;
    return address->family == 6 ? AF_INET6 : AF_UNSPEC;
}

bool address_same_prefix(const struct address *a, const struct address *b,
                         unsigned length)
{
    size_t whole = length / 8;
    unsigned rest = length % 8;

    if (a->family != b->family || length > address_size(a) * 8)
        return false;
    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           (a->bytes[whole] >> (8 - rest)) == (b->bytes[whole] >> (8 - rest));
}
