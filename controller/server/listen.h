/* The listening socket: where it is told to be, with clear errors. */
#ifndef CONTROLLER_LISTEN_H
#define CONTROLLER_LISTEN_H

#include <uv.h>

struct err;

#define LISTEN_DEFAULT "[::]:7443"
#define LISTEN_BACKLOG 4096

/* "ADDR:PORT", with an IPv6 address in brackets.  -EINVAL. */
int listen_parse(const char *text, struct sockaddr_storage *out,
                 struct err *err);

/* Binds the initialised handle and listens: "::" takes IPv4 as well, and where
 * the kernel has no IPv6 the default address falls back to IPv4.  On failure
 * the handle is the caller's to close. */
int listen_open(uv_tcp_t *handle, const struct sockaddr_storage *address,
                uv_connection_cb on_connection, struct err *err);

#endif
