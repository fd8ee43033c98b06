/* Apart from endpoint.c, which is linked where no resolver may be. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

#include "common/base/address.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/endpoint.h"

static void free_addresses(struct addrinfo **list)
{
    if (*list != NULL)
        freeaddrinfo(*list);
}

int endpoint_resolve(const struct endpoint *endpoint,
                     struct sockaddr_storage *out, size_t max, struct err *err)
{
    CLEAN(free_addresses) struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct address address;
    uint16_t none;
    size_t count = 0;
    int status;

    if (address_parse(endpoint->host, &address) == 0) {
        address_to_sockaddr(&address, endpoint->port, &out[0]);
        return 1;
    }
    status = getaddrinfo(endpoint->host, NULL, &hints, &list);
    if (status != 0)
        return err_set(err, -EHOSTUNREACH,
                       "cannot resolve the name '%s': %s: check the name and "
                       "this host's resolver",
                       endpoint->host, gai_strerror(status));
    for (const struct addrinfo *i = list; i != NULL && count < max;
         i = i->ai_next) {
        if (address_from_sockaddr(i->ai_addr, &address, &none) == 0)
            address_to_sockaddr(&address, endpoint->port, &out[count++]);
    }
    if (count == 0)
        return err_set(err, -EHOSTUNREACH, "the name '%s' has no address",
                       endpoint->host);
    return (int)count;
}
