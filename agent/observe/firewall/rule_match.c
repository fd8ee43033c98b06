#include "agent/observe/firewall/rule_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"

#define WORD_SIZE  128
#define MAX_PREFIX 128

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

    snprintf(text, sizeof(text), "%s", word);
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

static bool is_one_of(const struct rule_word *word, const char *a,
                      const char *b)
{
    return rule_word_is(word, a) || rule_word_is(word, b);
}

/* Does the option, with this argument, ask for another packet? */
static bool asks_for_other(const struct rule_word *option,
                           const struct rule_word *word,
                           const struct rule_packet *packet,
                           bool from_elsewhere)
{
    char argument[WORD_SIZE];

    rule_word_copy(word, argument, sizeof(argument));
    if (rule_word_is(option, "-s"))
        return outside_prefix(argument, &packet->source);
    if (rule_word_is(option, "-d"))
        return outside_prefix(argument, &packet->destination);
    if (is_one_of(option, "--dport", "--dports"))
        return outside_ports(argument, packet->destination_port);
    if (is_one_of(option, "--sport", "--sports"))
        return outside_ports(argument, packet->source_port);
    if (rule_word_is(option, "-p"))
        return outside_protocol(argument);
    if (rule_word_is(option, "-i"))
        return from_elsewhere && strcmp(argument, "lo") == 0;
    return false;
}

bool rule_match_excludes(const char *text, const struct rule_packet *packet,
                         bool from_elsewhere)
{
    struct rule_reader reader = {.at = text};
    bool negated = false;

    while (rule_words_next(&reader)) {
        struct rule_reader ahead = reader;

        /* A rule's last word is its target's, unless the text was cut. */
        if (!negated && rule_words_next(&ahead) && *ahead.at == ' ' &&
            asks_for_other(&reader.word, &ahead.word, packet, from_elsewhere))
            return true;
        negated = rule_word_is(&reader.word, "!");
    }
    return false;
}
