#include "agent/link/inventory.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/link_address.h"
#include "proto/message.h"

/* Changes come in bursts: one message for each burst. */
#define SETTLE_MS 200

struct watch
{
    uv_poll_t poll;
    uv_timer_t settle;
    int fd;
    void (*changed)(void *owner);
    void *owner;
};

static bool is_global(const struct address *address)
{
    return address_is_set(address) && !address_is_any(address) &&
           !address_is_loopback(address) && !address_is_link_local(address);
}

static bool is_listed(const struct message_inventory *inventory,
                      const struct address *address)
{
    for (size_t i = 0; i < inventory->count; i++)
        if (address_equal(&inventory->addresses[i], address))
            return true;
    return false;
}

/* What stands on which of them: a bridge or a dummy is most often the way to what
 * runs on this host, and nobody else comes by it. */
struct listing
{
    struct message_inventory *inventory;
    bool is_inner[MESSAGE_MAX_ADDRESSES];
};

static bool is_inner_device(int fd, const char *name)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq request = {.ifr_data = (void *)&info};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return ioctl(fd, SIOCETHTOOL, &request) == 0 &&
           (strcmp(info.driver, "bridge") == 0 ||
            strcmp(info.driver, "dummy") == 0);
}

/* Those of its devices: an address that another host's neighbour entry holds, or a
 * frame bears, is told by whose it is. */
static void add_link(struct message_inventory *inventory,
                     const struct ifaddrs *item)
{
    static const unsigned char none[LINK_ADDRESS_SIZE];
    const struct sockaddr_ll *link = (const void *)item->ifa_addr;
    size_t used = strlen(inventory->links);
    char text[1 + LINK_ADDRESS_TEXT_SIZE] = ",";
    const char *added = used > 0 ? text : text + 1;

    if (link->sll_halen != sizeof(none) ||
        memcmp(link->sll_addr, none, sizeof(none)) == 0)
        return;
    link_address_print(link->sll_addr, text + 1);
    if (used + strlen(added) < sizeof(inventory->links))
        strcpy(inventory->links + used, added);
}

static void list_addresses(struct listing *listing)
{
    struct message_inventory *inventory = listing->inventory;
    CLEAN_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifaddrs *list;

    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *item = list;
         item != NULL && inventory->count < MESSAGE_MAX_ADDRESSES;
         item = item->ifa_next) {
        struct address address;
        uint16_t port;

        if (item->ifa_addr != NULL && item->ifa_addr->sa_family == AF_PACKET)
            add_link(inventory, item);
        if (item->ifa_addr == NULL ||
            address_from_sockaddr(item->ifa_addr, &address, &port) < 0 ||
            !is_global(&address) || is_listed(inventory, &address))
            continue;
        listing->is_inner[inventory->count] =
            fd >= 0 && is_inner_device(fd, item->ifa_name);
        inventory->addresses[inventory->count++] = address;
    }
    freeifaddrs(list);
}

/* Asks the kernel's routing which source it would take: connecting a UDP socket
 * looks the route up and sends nothing.  The targets are the anycast addresses
 * of the retired 6to4 relays (RFC 7526): global, and routed by the default
 * route alone. */
static struct address default_source(uint8_t family)
{
    const char *target = family == 4 ? "192.88.99.1" : "2002:c058:6301::";
    struct address address = {0}, none = {0};
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);
    CLEAN_FD int fd = -1;
    uint16_t port;

    if (address_parse(target, &address) < 0)
        return none;
    fd = socket(address_af(&address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return none;
    size = (socklen_t)address_to_sockaddr(&address, 9, &name);
    if (connect(fd, (struct sockaddr *)&name, size) < 0)
        return none;
    size = sizeof(name);
    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 ||
        address_from_sockaddr((struct sockaddr *)&name, &address, &port) < 0)
        return none;
    return is_global(&address) ? address : none;
}

/* The first of the family but this one (NULL: any). */
static struct address first_of(const struct listing *listing, uint8_t family,
                               bool is_inner, const struct address *unwanted)
{
    const struct message_inventory *inventory = listing->inventory;

    for (size_t i = 0; i < inventory->count; i++)
        if (inventory->addresses[i].family == family &&
            listing->is_inner[i] == is_inner &&
            (unwanted == NULL ||
             !address_equal(&inventory->addresses[i], unwanted)))
            return inventory->addresses[i];
    return (struct address){0};
}

/* That of the default route; but a host with a leg for management whose default
 * route went there, by mistake or not, serves on its other leg. */
static struct address primary(const struct listing *listing, uint8_t family,
                              const struct address *control)
{
    struct address usual = default_source(family);
    struct address found = usual;

    if (!address_is_set(&usual) || address_equal(&usual, control))
        found = first_of(listing, family, false, control);
    if (!address_is_set(&found))
        found = usual;
    if (!address_is_set(&found))
        found = first_of(listing, family, false, NULL);
    if (!address_is_set(&found))
        found = first_of(listing, family, true, NULL);
    return found;
}

void inventory_read(struct message_inventory *inventory,
                    const struct address *control)
{
    struct listing listing = {.inventory = inventory};
    struct utsname system;

    memset(inventory, 0, sizeof(*inventory));
    list_addresses(&listing);
    inventory->primary4 = primary(&listing, 4, control);
    inventory->primary6 = primary(&listing, 6, control);
    if (uname(&system) == 0)
        snprintf(inventory->kernel, sizeof(inventory->kernel), "%.63s",
                 system.release);
    strcpy(inventory->software, PROBE_VERSION);
}

static void on_settled(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    watch->changed(watch->owner);
}

/* What changed does not matter: everything is read anew. */
static void on_event(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    char ignored[8192];

    (void)status;
    (void)events;
    while (recv(watch->fd, ignored, sizeof(ignored), MSG_DONTWAIT) > 0)
        continue;
    if (!uv_is_active((uv_handle_t *)&watch->settle))
        uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
}

int inventory_watch(uv_loop_t *loop, void (*changed)(void *owner), void *owner,
                    struct err *err)
{
    const struct sockaddr_nl name = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_LINK};
    CLEAN_FREE struct watch *watch = calloc(1, sizeof(*watch));
    CLEAN_FD int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (watch == NULL || fd < 0 ||
        bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
        return err_set(err, -errno, "cannot watch this host's addresses: %s",
                       strerror(errno));
    watch->changed = changed;
    watch->owner = owner;
    watch->poll.data = watch->settle.data = watch;
    uv_timer_init(loop, &watch->settle);
    uv_poll_init(loop, &watch->poll, fd);
    uv_poll_start(&watch->poll, UV_READABLE, on_event);
    watch->fd = TAKE_FD(fd);
    (void)TAKE_PTR(watch); /* libuv holds it from here on */
    return 0;
}
