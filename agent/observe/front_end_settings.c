#include "agent/observe/front_end_settings.h"

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

/* The value of name="..." between at and end. */
static bool read_attribute(const char *at, const char *end, const char *name,
                           char *value, size_t size)
{
    size_t length = strlen(name);

    for (; at + length + 2 < end; at++) {
        const char *from = at + length + 2;
        const char *to;

        if (!isspace((unsigned char)at[0]) ||
            strncmp(at + 1, name, length) != 0 || at[1 + length] != '=' ||
            from >= end || (*from != '"' && *from != '\''))
            continue;
        to = memchr(from + 1, *from, (size_t)(end - from - 1));
        if (to == NULL || (size_t)(to - from) > size)
            return false;
        snprintf(value, size, "%.*s", (int)(to - from - 1), from + 1);
        return true;
    }
    return false;
}

/* "8080" or, with separator '-', "8000-8100". */
static bool range_holds(const char *text, char separator, uint16_t port)
{
    char *end;
    unsigned long low = strtoul(text, &end, 10);
    unsigned long high = low;

    if (end == text)
        return false;
    if (*end == separator)
        high = strtoul(end + 1, &end, 10);
    return *end == '\0' && low <= port && port <= high;
}

/* The next element of that name; end gets its '>'. */
static const char *find_element(const char *at, const char *name,
                                const char **end)
{
    size_t length = strlen(name);

    while ((at = strchr(at, '<')) != NULL) {
        if (strncmp(at, "<!--", 4) == 0) {
            at = strstr(at, "-->");
            if (at == NULL)
                return NULL;
            continue;
        }
        at++;
        if (strncmp(at, name, length) != 0 ||
            !isspace((unsigned char)at[length]))
            continue;
        *end = strchr(at, '>');
        return *end == NULL ? NULL : at + length;
    }
    return NULL;
}

bool front_end_xml_opens(const char *xml, uint16_t port)
{
    const char *end;

    for (const char *at = find_element(xml, "port", &end); at != NULL;
         at = find_element(end, "port", &end)) {
        char protocol[MAX_FIELD];
        char range[MAX_FIELD];

        if (read_attribute(at, end, "protocol", protocol, sizeof(protocol)) &&
            read_attribute(at, end, "port", range, sizeof(range)) &&
            strcmp(protocol, "tcp") == 0 && range_holds(range, '-', port))
            return true;
    }
    return false;
}

bool front_end_xml_service(const char **at,
                           char name[static FRONT_END_NAME_SIZE])
{
    const char *end;
    const char *element;

    while ((element = find_element(*at, "service", &end)) != NULL) {
        *at = end;
        if (read_attribute(element, end, "name", name, FRONT_END_NAME_SIZE) &&
            front_end_is_name(name))
            return true;
    }
    return false;
}

/* "any", an address, or a prefix that holds the address. */
static bool prefix_holds(char *text, const struct address *address)
{
    char *slash = strchr(text, '/');
    struct address prefix;
    unsigned long length;

    if (strcmp(text, "any") == 0)
        return true;
    if (slash != NULL)
        *slash = '\0';
    if (!address_is_set(address) || address_parse(text, &prefix) < 0 ||
        prefix.family != address->family)
        return false;
    length = slash == NULL ? address_size(&prefix) * 8
                           : strtoul(slash + 1, NULL, 10);
    return length <= address_size(&prefix) * 8 &&
           address_same_prefix(&prefix, address, (unsigned)length);
}

/* "any", or ports and ranges with commas between: 80,8000:8100. */
static bool ports_hold(char *text, uint16_t port)
{
    char *rest = NULL;

    if (strcmp(text, "any") == 0)
        return true;
    for (char *one = strtok_r(text, ",", &rest); one != NULL;
         one = strtok_r(NULL, ",", &rest))
        if (range_holds(one, ':', port))
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

static bool is_for(struct tuple *tuple, const struct front_end_flow *flow)
{
    return strncmp(tuple->action, "route:", 6) != 0 &&
           (strcmp(tuple->protocol, "tcp") == 0 ||
            strcmp(tuple->protocol, "any") == 0) &&
           strcmp(tuple->source_port, "any") == 0 && is_incoming(tuple->rest) &&
           prefix_holds(tuple->from, &flow->source) &&
           prefix_holds(tuple->to, &flow->destination) &&
           ports_hold(tuple->port, flow->port);
}

bool front_end_ufw_allows(const char *rules, const struct front_end_flow *flow)
{
    for (const char *line = rules; line != NULL && *line != '\0';
         line = strchr(line, '\n')) {
        struct tuple tuple;

        line += *line == '\n';
        if (read_tuple(line, &tuple) && is_for(&tuple, flow))
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
