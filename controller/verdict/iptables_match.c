#include "controller/verdict/iptables_match.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"

#define WORD_SIZE  128
#define MAX_PREFIX 128

struct reader
{
    const char *at;
    char word[WORD_SIZE]; /* the last one read; empty at the end */
};

/* A quoted text is a word that begins with its quote. */
static const char *next_word(struct reader *reader)
{
    const char *start = reader->at + strspn(reader->at, " ");
    const char *end = start;
    bool quoted = false;

    for (; *end != '\0' && (quoted || *end != ' '); end++)
        if (*end == '\\' && quoted && end[1] != '\0')
            end++;
        else if (*end == '"')
            quoted = !quoted;
    reader->at = end;
    text_format(reader->word, sizeof(reader->word), "%.*s", (int)(end - start),
                start);
    return reader->word;
}

static bool read_number(const char *text, const char **end, long *number)
{
    char *rest;

    *number = strtol(text, &rest, 10);
    *end = rest;
    return rest != text;
}

/* "192.0.2.0/24", "2001:db8::/64" or a mask in full: is the address elsewhere,
 * surely? */
static bool outside_prefix(const char *word, const struct address *own)
{
    char text[WORD_SIZE];
    struct address prefix;
    char *slash;
    const char *end;
    long length;

    text_format(text, sizeof(text), "%s", word);
    slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    if (address_parse(text, &prefix) < 0 || !address_is_set(own) ||
        prefix.family != own->family)
        return false;
    length = (long)address_size(own) * 8;
    if (slash != NULL && (!read_number(slash + 1, &end, &length) ||
                          *end != '\0' || length < 0 || length > MAX_PREFIX))
        return false;
    return !address_same_prefix(&prefix, own, (unsigned)length);
}

/* "80,443,8000:8100": is the port none of them, surely? */
static bool outside_ports(const char *word, uint16_t port)
{
    const char *at = word;

    while (port != 0) {
        long low;
        long high;

        if (!read_number(at, &at, &low))
            return false;
        high = low;
        if (*at == ':' && !read_number(at + 1, &at, &high))
            return false;
        if (port >= low && port <= high)
            return false;
        if (*at == '\0')
            return true;
        if (*at++ != ',')
            return false;
    }
    return false;
}

/* Another protocol than TCP? */
static bool outside_protocol(const char *word)
{
    static const char *const others[] = {
        "udp", "icmp", "ipv6-icmp", "icmpv6", "sctp", "udplite", "esp", "ah"};

    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (strcmp(word, others[i]) == 0)
            return true;
    return false;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* Is the option one that is understood?  Then excluded says what its argument
 * means for the packet. */
static bool read_option(const char *option, const char *argument,
                        const struct iptables_packet *packet, bool *excluded)
{
    if (strcmp(option, "-s") == 0)
        *excluded = outside_prefix(argument, &packet->source);
    else if (strcmp(option, "-d") == 0)
        *excluded = outside_prefix(argument, &packet->destination);
    else if (is_one_of(option, "--dport", "--dports"))
        *excluded = outside_ports(argument, packet->destination_port);
    else if (is_one_of(option, "--sport", "--sports"))
        *excluded = outside_ports(argument, packet->source_port);
    else if (strcmp(option, "-p") == 0)
        *excluded = outside_protocol(argument);
    else if (strcmp(option, "-i") == 0)
        *excluded = packet->from_elsewhere && strcmp(argument, "lo") == 0;
    else
        return false;
    return true;
}

bool iptables_excludes(const char *text, const struct iptables_packet *packet)
{
    struct reader reader = {.at = text};
    bool negated = false;

    while (next_word(&reader)[0] != '\0') {
        char option[WORD_SIZE];
        struct reader ahead = reader;
        bool excluded = false;

        memcpy(option, reader.word, sizeof(option));
        if (strcmp(option, "!") == 0) {
            negated = true;
            continue;
        }
        if (option[0] == '-' && strcmp(option, "--syn") != 0)
            (void)next_word(&ahead); /* its argument, whatever it looks like */
        if (*ahead.at == ' ' && !negated && /* a cut text ends in no space */
            read_option(option, ahead.word, packet, &excluded) && excluded)
            return true;
        if (strcmp(option, "--comment") == 0)
            reader = ahead;
        negated = false;
    }
    return false;
}
