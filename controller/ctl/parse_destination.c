/* A destination as people have it at hand: with the port's number or its name, or
 * the URL that their program calls. */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/text.h"
#include "controller/ctl/parse.h"

#define WANTED "; write HOST:PORT, as in hostB:8080 or [2001:db8::1]:443"

/* What /etc/services may lack, or calls otherwise. */
static const struct
{
    const char *name;
    uint16_t port;
} known_services[] = {
    {"http", 80},       {"https", 443},       {"ws", 80},
    {"wss", 443},       {"ssh", 22},          {"sftp", 22},
    {"postgres", 5432}, {"postgresql", 5432}, {"mysql", 3306},
    {"redis", 6379},    {"rediss", 6379},     {"amqp", 5672},
    {"amqps", 5671},    {"mongodb", 27017},   {"ldap", 389},
    {"ldaps", 636},     {"smtp", 25},         {"grpc", 443},
};

/* The text in its parts; each points into one copy of it, which is cut. */
struct parts
{
    char *host;         /* with brackets, if there are any */
    char *device;       /* NULL: none */
    char *port;         /* NULL: none; a number or a name */
    const char *scheme; /* NULL: no URL */
};

/* 0 if nobody knows such a service. */
static uint16_t find_service(const char *name, uint8_t protocol)
{
    struct servent *entry =
        getservbyname(name, protocol == PROTOCOL_UDP ? "udp" : "tcp");

    if (entry != NULL)
        return ntohs((uint16_t)entry->s_port);
    for (size_t i = 0; i < ARRAY_SIZE(known_services); i++)
        if (strcasecmp(known_services[i].name, name) == 0)
            return known_services[i].port;
    return 0;
}

/* What follows the address in a URL says nothing about the connection. */
static char *strip_url(char *rest)
{
    char *at;

    rest[strcspn(rest, "/?#")] = '\0';
    at = strrchr(rest, '@');
    return at == NULL ? rest : at + 1;
}

static int cut_protocol(char *rest, const char *text,
                        struct destination *parsed, struct err *err)
{
    char *slash = strchr(rest, '/');

    if (slash == NULL)
        return 0;
    *slash = '\0';
    if (slash[1] == '\0') /* as it is copied from a browser */
        return 0;
    if (strcmp(slash + 1, "udp") == 0)
        parsed->protocol = PROTOCOL_UDP;
    else if (strcmp(slash + 1, "tcp") != 0)
        return err_set(err, -EINVAL,
                       "'%s': '%s' is no protocol; write /tcp or /udp, or a "
                       "whole URL, as in http://hostB:8080/x",
                       text, slash + 1);
    return 0;
}

/* "[fe80::1%eth0]:80": the device stands within the brackets. */
static int cut_device(struct parts *parts, const char *text, struct err *err)
{
    char *percent = strchr(parts->host, '%');
    char *end = strchr(parts->host, ']');

    if (percent == NULL || parts->host[0] != '[' || end == NULL ||
        end < percent)
        return 0;
    *percent = '\0';
    parts->device = percent + 1;
    if (strncmp(parts->device, "25", 2) == 0) /* as URLs write the sign */
        parts->device += 2;
    *end = '\0';
    if (!device_name_is_valid(parts->device))
        return err_set(err, -EINVAL,
                       "'%s': '%s' is no name of a device; write one that 'ip "
                       "link' lists on the source, as in [fe80::1%%eth0]:80",
                       text, parts->device);
    return 0;
}

static int split(char *copy, const char *text, struct parts *parts,
                 struct destination *parsed, struct err *err)
{
    char *rest = copy, *scheme = strstr(copy, "://");
    char *colon;
    int status = 0;

    if (scheme != NULL) {
        *scheme = '\0';
        parts->scheme = copy;
        rest = strip_url(scheme + 3);
    } else {
        status = cut_protocol(rest, text, parsed, err);
    }
    if (status < 0)
        return status;
    parts->host = rest;
    colon = strrchr(rest, ':');
    if (colon != NULL && strchr(colon, ']') == NULL) {
        *colon = '\0';
        parts->port = colon + 1;
    }
    return cut_device(parts, text, err);
}

/* The port as a number in words: the other checks are endpoint_parse()'s. */
static int name_port(const struct parts *parts, const char *text,
                     uint8_t protocol, char *out, size_t size, struct err *err)
{
    const char *name = parts->port != NULL ? parts->port : parts->scheme;
    uint16_t port;

    if (name == NULL)
        return err_set(err, -EINVAL, "'%s' has no port" WANTED, text);
    if (!isalpha((unsigned char)name[0])) {
        if (strpbrk(name, ",-") != NULL && isdigit((unsigned char)name[0]))
            return err_set(err, -EINVAL,
                           "'%s': '%s' is more than one port; a trace is about "
                           "one",
                           text, name);
        snprintf(out, size, "%s", name);
        return 0;
    }
    port = find_service(name, protocol);
    if (port == 0)
        return err_set(err, -EINVAL,
                       "'%s': '%s' is no service whose port is known here; "
                       "write the port's number",
                       text, name);
    snprintf(out, size, "%u", port);
    return 0;
}

/* The sentences are about what was written. */
static int read_endpoint(const struct parts *parts, const char *port,
                         const char *text, struct endpoint *out,
                         struct err *err)
{
    char joined[DNS_NAME_SIZE + 64];
    struct err inner = {0};
    bool is_open = parts->device != NULL; /* its bracket was cut off */
    int status;

    if (strlen(parts->host) + strlen(port) + 3 > sizeof(joined))
        return err_set(err, -EINVAL, "'%.40s...' is too long" WANTED, text);
    text_format(joined, sizeof(joined), "%s%s:%s", parts->host,
                is_open ? "]" : "", port);
    status = parse_endpoint(joined, out, &inner);
    if (status < 0 && strcmp(joined, text) == 0)
        return err_set(err, status, "%s", inner.text);
    if (status < 0)
        return err_set(err, status, "'%s': %s", text, inner.text);
    return 0;
}

/* A link-local address means another host on each device. */
static int check_device(const struct destination *parsed, const char *text,
                        struct err *err)
{
    bool is_local =
        parsed->address.family == 6 && address_is_link_local(&parsed->address);

    if (parsed->device[0] != '\0' && !is_local)
        return err_set(err, -EINVAL,
                       "'%s': only a link-local address (fe80::) is meant on a "
                       "device; leave out %%%s",
                       text, parsed->device);
    return 0;
}

int parse_destination(const char *text, struct destination *out,
                      struct err *err)
{
    CLEAN_FREE char *copy = strdup(text);
    struct destination parsed = {.protocol = PROTOCOL_TCP};
    struct parts parts = {0};
    struct endpoint endpoint;
    char port[32] = "";
    int status;

    if (copy == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    status = split(copy, text, &parts, &parsed, err);
    if (status == 0)
        status =
            name_port(&parts, text, parsed.protocol, port, sizeof(port), err);
    if (status == 0)
        status = read_endpoint(&parts, port, text, &endpoint, err);
    if (status < 0)
        return status;
    memcpy(parsed.host, endpoint.host, sizeof(parsed.host));
    parsed.port = endpoint.port;
    if (address_parse(parsed.host, &parsed.address) < 0)
        parsed.address = (struct address){0};
    if (parts.device != NULL)
        snprintf(parsed.device, sizeof(parsed.device), "%s", parts.device);
    status = check_device(&parsed, text, err);
    if (status < 0)
        return status;
    *out = parsed;
    return 0;
}
