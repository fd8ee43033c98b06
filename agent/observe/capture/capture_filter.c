#include "agent/observe/capture/capture_filter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Where the quoted TCP header begins: ICMP's own header is 8 octets, the quoted
 * IPv4 header says its length itself; IPv6's is 40 behind our 40 and 8. */
#define QUOTED_TCP4 "icmp[8 + ((icmp[8] & 0xf) << 2) + "
#define QUOTED_TCP6 88

#define ICMP4_ERROR \
    "(icmp[0] = 3 or icmp[0] = 11 or icmp[0] = 12) and icmp[17] = 6"
#define ICMP6_ERROR \
    "ip6[6] = 58 and ip6[40] >= 1 and ip6[40] <= 4 and ip6[54] = 6"
#define NEIGHBOURS "arp or (ip6[6] = 58 and (ip6[40] = 135 or ip6[40] = 136))"

struct text
{
    char *buffer;
    size_t size;
    size_t used;
};

static void add(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    size_t room = text->used < text->size ? text->size - text->used : 0;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(room > 0 ? text->buffer + text->used : NULL, room, format,
                     arguments);
    va_end(arguments);
    if (size > 0)
        text->used += (size_t)size;
}

/* Does the 32-bit number at this place have the trace's upper bits? */
static void add_match(struct text *text, const char *field, unsigned at,
                      const struct order *order)
{
    add(text, "%s%u:4] & 0x%08x = 0x%08x", field, at, ORDER_ISN_MASK,
        order->isn_base & ORDER_ISN_MASK);
}

/* A quote's sequence number must be asked for before its acknowledgement
 * number: a load beyond the packet's end refuses the packet, and the shortest
 * quotes end between the two. */
static void add_numbers(struct text *text, const struct order *order)
{
    add(text, "(tcp and (");
    add_match(text, "tcp[", 4, order);
    add(text, " or ");
    add_match(text, "tcp[", 8, order);
    add(text, ")) or (ip6[6] = 6 and (");
    add_match(text, "ip6[", 44, order);
    add(text, " or ");
    add_match(text, "ip6[", 48, order);
    add(text, ")) or (" ICMP4_ERROR " and (");
    add_match(text, QUOTED_TCP4, 4, order);
    add(text, " or ");
    add_match(text, QUOTED_TCP4, 8, order);
    add(text, ")) or (" ICMP6_ERROR " and (");
    add_match(text, "ip6[", QUOTED_TCP6 + 4, order);
    add(text, " or ");
    add_match(text, "ip6[", QUOTED_TCP6 + 8, order);
    add(text, "))");
}

/* Errors about what this port sent: the shortest quotes of a SYN-ACK have neither
 * number of the trace's.  Before all others, whose loads they are too short
 * for. */
static void add_short_quotes(struct text *text, const struct order *order)
{
    add(text, "(" ICMP4_ERROR " and " QUOTED_TCP4 "0:2] = %u) or ",
        order->port);
}

/* What a trial sends beside TCP: its data begins with the number.  A filter ends
 * where a packet is too short for it, so each is asked for by its kind first. */
static void add_trials(struct text *text, const struct order *order)
{
    add(text, " or (udp and ");
    add_match(text, "udp[", 8, order);
    add(text, ") or (ip6[6] = 17 and ");
    add_match(text, "ip6[", 48, order);
    add(text, ") or ((icmp[0] = 8 or icmp[0] = 0) and ");
    add_match(text, "icmp[", 8, order);
    add(text, ") or (ip6[6] = 58 and (ip6[40] = 128 or ip6[40] = 129) and ");
    add_match(text, "ip6[", 48, order);
    add(text, ")");
}

/* Any new connection to the port, whatever its number: see strangers.h. */
static void add_syns(struct text *text, const struct order *order)
{
    add(text,
        " or (tcp dst port %u and (tcp[13] & 0x12 = 2 or (ip6[6] = 6 and "
        "ip6[53] & 0x12 = 2)))",
        order->port);
}

/* A reset that acknowledges nothing bears the other side's number alone. */
static void add_bare_resets(struct text *text, const struct order *order)
{
    add(text,
        " or (tcp src port %u and (tcp[13] & 0x14 = 4 or (ip6[6] = 6 and "
        "ip6[53] & 0x14 = 4)))",
        order->port);
}

/* Any opening answer of the peer's port, whatever it acknowledges: likewise. */
static void add_answers(struct text *text, const struct order *order,
                        const struct address *peer)
{
    char host[ADDRESS_TEXT_SIZE];

    add(text,
        " or (src host %s and tcp src port %u and (tcp[13] & 0x12 = 0x12 or "
        "(ip6[6] = 6 and ip6[53] & 0x12 = 0x12)))",
        address_print(peer, host), order->port);
}

static void add_port(struct text *text, const struct order *order,
                     const struct address *peer)
{
    char host[ADDRESS_TEXT_SIZE];

    add(text, "(tcp and port %u and host %s)", order->port,
        address_print(peer, host));
    add(text, " or (" ICMP4_ERROR " and " QUOTED_TCP4 "2:2] = %u)",
        order->port);
    add(text, " or (" ICMP6_ERROR " and ip6[%d:2] = %u)", QUOTED_TCP6 + 2,
        order->port);
}

static void add_exact(struct text *text, const struct order *order,
                      const struct address *peer)
{
    if (order->role == ROLE_DESTINATION)
        add_short_quotes(text, order);
    add_numbers(text, order);
    add_bare_resets(text, order);
    add_trials(text, order);
    if (order->role == ROLE_DESTINATION)
        add_syns(text, order);
    if (order->role == ROLE_SOURCE && peer != NULL && address_is_set(peer))
        add_answers(text, order, peer);
}

int capture_filter_build(char *buffer, size_t size, const struct order *order,
                         bool exact, const struct address *peer)
{
    struct text text = {.buffer = buffer, .size = size};

    if (!exact && !address_is_set(peer))
        return -EINVAL;
    if (exact)
        add_exact(&text, order, peer);
    else
        add_port(&text, order, peer);
    add(&text, " or " NEIGHBOURS);
    return text.used < size ? 0 : -ENOSPC;
}
