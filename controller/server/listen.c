#include "controller/server/listen.h"

#include <errno.h>

#include "common/base/address.h"
#include "common/base/err.h"
#include "common/net/endpoint.h"

int listen_parse(const char *text, struct sockaddr_storage *out,
                 struct err *err)
{
    struct endpoint endpoint;
    struct address address;
    int status = endpoint_parse(text, &endpoint, err);

    if (status < 0) {
        err_prefix(err, "--listen");
        return status;
    }
    if (address_parse(endpoint.host, &address) < 0)
        return err_set(err, -EINVAL,
                       "--listen %s: '%s' is no numeric address, e.g. "
                       "192.0.2.1:7443 or [::]:7443",
                       text, endpoint.host);
    address_to_sockaddr(&address, endpoint.port, out);
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
