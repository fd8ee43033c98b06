#include "controller/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/err.h"

int listen_parse(const char *text, struct sockaddr_storage *out,
                 struct err *err)
{
    char host[ADDRESS_TEXT_SIZE];
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    const char *begin = text;
    struct address address;
    char *end = NULL;
    unsigned long port = 0;
    bool has_brackets = length >= 2 && text[0] == '[' && colon[-1] == ']';

    if (has_brackets) {
        begin++;
        length -= 2;
    }
    if (colon != NULL && colon[1] >= '0' && colon[1] <= '9')
        port = strtoul(colon + 1, &end, 10);
    if (end == NULL || *end != '\0' || port < 1 || port > 65535 ||
        length == 0 || length >= sizeof(host))
        return err_set(err, -EINVAL,
                       "'%s' is not ADDR:PORT, e.g. 192.0.2.1:7443 or "
                       "[::]:7443",
                       text);
    snprintf(host, sizeof(host), "%.*s", (int)length, begin);
    if (address_parse(host, &address) < 0 ||
        (address.family == 6) != has_brackets)
        return err_set(err, -EINVAL,
                       "'%s' is no numeric address to listen on (IPv6 goes in "
                       "brackets)",
                       text);
    address_to_sockaddr(&address, (uint16_t)port, out);
    return 0;
}

static int bind_and_listen(uv_tcp_t *handle, const struct sockaddr *address,
                           uv_connection_cb on_connection)
{
    int status = uv_tcp_bind(handle, address, 0);

    if (status == 0)
        status =
            uv_listen((uv_stream_t *)handle, LISTEN_BACKLOG, on_connection);
    return status;
}

int listen_open(uv_tcp_t *handle, const struct sockaddr_storage *address,
                uv_connection_cb on_connection, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address host;
    uint16_t port = 0;
    int status = bind_and_listen(handle, (const struct sockaddr *)address,
                                 on_connection);

    if (address_from_sockaddr((const struct sockaddr *)address, &host, &port) <
        0)
        return err_set(err, -EINVAL, "cannot listen: not an IP address");
    if (status == UV_EAFNOSUPPORT && address_is_any(&host)) {
        struct address any4 = {.family = 4};
        struct sockaddr_storage fallback;

        address_to_sockaddr(&any4, port, &fallback);
        status = bind_and_listen(handle, (struct sockaddr *)&fallback,
                                 on_connection);
    }
    if (status == 0)
        return 0;
    address_print(&host, text);
    return err_set(err, status, "cannot listen on %s port %u: %s%s", text, port,
                   uv_strerror(status),
                   status == UV_EADDRINUSE
                       ? "; see who does with 'ss -ltnp', or give another "
                         "with --listen"
                       : "");
}
