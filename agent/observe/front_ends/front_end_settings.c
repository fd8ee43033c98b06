#include "agent/observe/front_ends/front_end_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELD 128
#define UFW_TUPLE "### tuple ### "

bool front_end_is_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length >= FRONT_END_NAME_SIZE)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
            name[i] != '-')
            return false;
    return true;
}

/* Digits alone, a port.  Moves *at behind them. */
static bool read_port(const char **at, unsigned *port)
{
    size_t length = strspn(*at, "0123456789");

    if (length == 0 || length > 5)
        return false;
    *port = (unsigned)strtoul(*at, NULL, 10);
    *at += length;
    return *port <= UINT16_MAX;
}

int front_end_match_ports(const char *text, char separator, uint16_t port)
{
    unsigned low;
    unsigned high;

    if (!read_port(&text, &low))
        return -1;
    high = low;
    if (*text == separator) {
        text++;
        if (!read_port(&text, &high))
            return -1;
    }
    return *text != '\0' ? -1 : low <= port && port <= high;
}

int front_end_match_prefix(const char *text, const struct address *address)
{
    size_t length = strcspn(text, "/");
    char plain[MAX_FIELD];
    struct address prefix;
    unsigned bits;

    if (!address_is_set(address) || length >= sizeof(plain))
        return -1;
    snprintf(plain, sizeof(plain), "%.*s", (int)length, text);
    if (address_parse(plain, &prefix) < 0)
        return -1;
    if (prefix.family != address->family)
        return 0;
    bits = (unsigned)address_size(&prefix) * 8;
    text += length;
    if (*text == '/') {
        text++;
        if (!read_port(&text, &bits) || bits > address_size(&prefix) * 8)
            return -1;
    }
    return *text != '\0' ? -1 : address_same_prefix(&prefix, address, bits);
}

/* "any", an address, or a prefix that holds the address. */
static bool prefix_holds(const char *text, const struct address *address)
{
    return strcmp(text, "any") == 0 ||
           front_end_match_prefix(text, address) > 0;
}

/* "any", or ports and ranges with commas between: 80,8000:8100. */
static bool ports_hold(char *text, uint16_t port)
{
    char *rest = NULL;

    if (strcmp(text, "any") == 0)
        return true;
    for (char *one = strtok_r(text, ",", &rest); one != NULL;
         one = strtok_r(NULL, ",", &rest))
        if (front_end_match_ports(one, ':', port) > 0)
            return true;
    return false;
}

struct tuple /* ACTION PROTOCOL PORT TO SOURCE-PORT FROM [APPS] DIRECTION */
{
    char action[MAX_FIELD];
    char protocol[MAX_FIELD];
    char port[MAX_FIELD];
    char to[MAX_FIELD];
    char source_port[MAX_FIELD];
    char from[MAX_FIELD];
    char rest[MAX_FIELD];
};

static bool read_tuple(const char *line, struct tuple *tuple)
{
    return strncmp(line, UFW_TUPLE, sizeof(UFW_TUPLE) - 1) == 0 &&
           sscanf(line + sizeof(UFW_TUPLE) - 1,
                  "%127s %127s %127s %127s %127s %127s %127[^\n]",
                  tuple->action, tuple->protocol, tuple->port, tuple->to,
                  tuple->source_port, tuple->from, tuple->rest) == 7;
}

/* For packets that come in on whatever interface. */
static bool is_incoming(const char *rest)
{
    const char *last = strrchr(rest, ' ');

    return strcmp(last == NULL ? rest : last + 1, "in") == 0 ||
           strstr(rest, " in comment=") != NULL ||
           strncmp(rest, "in comment=", 11) == 0;
}

static bool is_for(struct tuple *tuple, const struct front_end_flow *flow,
                   const char *protocol)
{
    return strncmp(tuple->action, "route:", 6) != 0 &&
           (strcmp(tuple->protocol, protocol) == 0 ||
            strcmp(tuple->protocol, "any") == 0) &&
           strcmp(tuple->source_port, "any") == 0 && is_incoming(tuple->rest) &&
           prefix_holds(tuple->from, &flow->source) &&
           prefix_holds(tuple->to, &flow->destination) &&
           ports_hold(tuple->port, flow->port);
}

bool front_end_ufw_allows(const char *rules, const struct front_end_flow *flow,
                          const char *protocol)
{
    for (const char *line = rules; line != NULL && *line != '\0';
         line = strchr(line, '\n')) {
        struct tuple tuple;

        line += *line == '\n';
        if (read_tuple(line, &tuple) && is_for(&tuple, flow, protocol))
            return strncmp(tuple.action, "allow", 5) == 0;
    }
    return false;
}

bool front_end_ufw_is_enabled(const char *settings)
{
    const char *at = strstr(settings, "\nENABLED=");

    if (at == NULL && strncmp(settings, "ENABLED=", 8) == 0)
        at = settings - 1;
    return at != NULL && strncasecmp(at + 9, "yes", 3) == 0;
}

bool front_end_bus_text(const char *output,
                        char text[static FRONT_END_NAME_SIZE])
{
    const char *end;

    if (strncmp(output, "s \"", 3) != 0)
        return false;
    end = strchr(output + 3, '"');
    if (end == NULL || end - (output + 3) >= FRONT_END_NAME_SIZE)
        return false;
    snprintf(text, FRONT_END_NAME_SIZE, "%.*s", (int)(end - (output + 3)),
             output + 3);
    return front_end_is_name(text);
}

bool front_end_jails(const char *output,
                     char jails[static FRONT_END_JAILS_SIZE])
{
    const char *at = strstr(output, "Jail list:");
    size_t length;

    if (at == NULL)
        return false;
    at += strlen("Jail list:");
    at += strspn(at, " \t");
    length = strcspn(at, "\n");
    if (length == 0 || length >= FRONT_END_JAILS_SIZE)
        return false;
    snprintf(jails, FRONT_END_JAILS_SIZE, "%.*s", (int)length, at);
    return true;
}
