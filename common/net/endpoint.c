#include "common/net/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/err.h"

#define WANTED "give ADDRESS:PORT, [IPV6-ADDRESS]:PORT or NAME:PORT"

static int parse_port(const char *text, uint16_t *out)
{
    unsigned long port = 0;

    if (*text == '\0')
        return -EINVAL;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        port = port * 10 + (unsigned long)(*text - '0');
        if (port > UINT16_MAX)
            return -EINVAL;
    }
    if (port == 0)
        return -EINVAL;
    *out = (uint16_t)port;
    return 0;
}

static int check_host(const char *host, int bracketed, const char *text,
                      struct err *err)
{
    struct address address;

    if (bracketed) {
        if (address_parse(host, &address) == 0 && address.family == 6)
            return 0;
        return err_set(err, -EINVAL,
                       "'%s': '%s' is not an IPv6 address: " WANTED, text,
                       host);
    }
    if (strchr(host, ':') != NULL)
        return err_set(err, -EINVAL,
                       "'%s': put an IPv6 address in brackets: " WANTED, text);
    for (const char *c = host; *c != '\0'; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
            (*c >= '0' && *c <= '9') || strchr("-._", *c) != NULL)
            continue;
        return err_set(err, -EINVAL,
                       "'%s': a host name has no character 0x%02x: " WANTED,
                       text, (unsigned)(unsigned char)*c);
    }
    return 0;
}

int endpoint_parse(const char *text, struct endpoint *out, struct err *err)
{
    struct endpoint endpoint = {0};
    int bracketed = text[0] == '[';
    const char *host = bracketed ? text + 1 : text;
    const char *colon, *end;
    int status;

    if (strnlen(text, ENDPOINT_TEXT_SIZE) >= ENDPOINT_TEXT_SIZE)
        return err_set(err, -EINVAL, "'%.40s...' is too long: " WANTED, text);
    colon = strrchr(text, ':');
    if (colon == NULL || strchr(colon, ']') != NULL)
        return err_set(err, -EINVAL, "'%s' has no port: " WANTED, text);
    end = bracketed ? strchr(text, ']') : colon;
    if (end == NULL || (bracketed && end + 1 != colon))
        return err_set(err, -EINVAL, "'%s': brackets do not match: " WANTED,
                       text);
    if (end == host || (size_t)(end - host) >= sizeof(endpoint.host))
        return err_set(err, -EINVAL,
                       "'%s' has no host of usable length: " WANTED, text);
    memcpy(endpoint.host, host, (size_t)(end - host));
    status = check_host(endpoint.host, bracketed, text, err);
    if (status < 0)
        return status;
    if (parse_port(colon + 1, &endpoint.port) < 0)
        return err_set(err, -EINVAL, "'%s': the port is not 1 to 65535", text);
    *out = endpoint;
    return 0;
}

const char *endpoint_print(const struct endpoint *endpoint,
                           char buffer[static ENDPOINT_TEXT_SIZE])
{
    bool is_ipv6 = strchr(endpoint->host, ':') != NULL;

    snprintf(buffer, ENDPOINT_TEXT_SIZE, "%s%s%s:%u", is_ipv6 ? "[" : "",
             endpoint->host, is_ipv6 ? "]" : "", (unsigned)endpoint->port);
    return buffer;
}
