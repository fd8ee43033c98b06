#include "common/trace/order.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/base/err.h"

#define COMMAND_TEXT(name, text) text,

static const char *const command_names[] = {ORDER_COMMANDS(COMMAND_TEXT)};
const struct word_list command_words = {command_names, COMMAND_COUNT};

uint32_t order_isn(const struct order *order, unsigned n)
{
    return order->isn_base + (n << ORDER_ISN_SHIFT);
}

unsigned order_attempt_of(const struct order *order, uint32_t isn)
{
    uint32_t distance = isn - order->isn_base;
    unsigned n = distance >> ORDER_ISN_SHIFT;

    if (distance % (1u << ORDER_ISN_SHIFT) != 0)
        return 0;
    return n >= 1 && n <= order->attempts ? n : 0;
}

static bool is_terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

bool host_name_is_valid(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size >= HOST_NAME_SIZE || !isalnum((unsigned char)*name))
        return false;
    for (; *name != '\0'; name++)
        if (!isalnum((unsigned char)*name) && strchr("-._", *name) == NULL)
            return false;
    return true;
}

bool service_name_is_valid(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size >= SERVICE_NAME_SIZE || *name == '-')
        return false;
    for (; *name != '\0'; name++)
        if (!isalnum((unsigned char)*name) && strchr(":_.@-", *name) == NULL)
            return false;
    return true;
}

/* size: of the store, the NUL included. */
static bool is_made_of(const char *name, size_t size, const char *others)
{
    size_t length = strlen(name);

    if (length == 0 || length >= size ||
        (!isalnum((unsigned char)*name) && *name != '_'))
        return false;
    for (; *name != '\0'; name++)
        if (!isalnum((unsigned char)*name) && strchr(others, *name) == NULL)
            return false;
    return true;
}

bool user_name_is_valid(const char *name)
{
    const char *dollar = strchr(name, '$');

    return is_made_of(name, USER_NAME_SIZE, "-._$") &&
           (dollar == NULL || dollar[1] == '\0');
}

bool inside_name_is_valid(const char *name)
{
    return is_made_of(name, INSIDE_NAME_SIZE, "-._:@+");
}

bool device_name_is_valid(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length >= DEVICE_NAME_SIZE || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0 || *name == '-')
        return false;
    for (; *name != '\0'; name++)
        if (!isgraph((unsigned char)*name) || *name == '/' || *name == ':')
            return false;
    return true;
}

/* What getaddrinfo may be asked: no control characters, no spaces. */
static bool dns_name_is_valid(const char *name)
{
    for (; *name != '\0'; name++)
        if (!isgraph((unsigned char)*name))
            return false;
    return true;
}

static bool trace_id_is_valid(const char *id)
{
    if (!is_terminated(id, TRACE_ID_SIZE) || strlen(id) != TRACE_ID_SIZE - 1)
        return false;
    for (; *id != '\0'; id++)
        if (!isalnum((unsigned char)*id))
            return false;
    return true;
}

/* An IPv4 address as an IPv6 one would pass by a policy's IPv4 prefixes. */
static bool is_v4_mapped(const struct address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return address->family == 6 &&
           memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static bool address_is_sound(const struct address *address)
{
    return (address->family == 0 || address->family == 4 ||
            address->family == 6) &&
           !is_v4_mapped(address);
}

static int check_texts(const struct order *order, struct err *err)
{
    if (!trace_id_is_valid(order->trace_id))
        return err_set(err, -EBADMSG, "the order's trace id is malformed");
    if (!is_terminated(order->peer, sizeof(order->peer)) ||
        (order->peer[0] != '\0' && !host_name_is_valid(order->peer)))
        return err_set(err, -EBADMSG, "the order's peer name is malformed");
    if (!is_terminated(order->name, sizeof(order->name)) ||
        !dns_name_is_valid(order->name))
        return err_set(err, -EBADMSG, "the name to resolve is malformed");
    if (!is_terminated(order->service, sizeof(order->service)) ||
        (order->service[0] != '\0' && !service_name_is_valid(order->service)))
        return err_set(err, -EBADMSG, "the service's name is malformed");
    return 0;
}

static int check_addresses(const struct order *order, struct err *err)
{
    if (!address_is_sound(&order->source) ||
        !address_is_sound(&order->destination) ||
        !address_is_sound(&order->told) ||
        (order->family != 0 && order->family != 4 && order->family != 6))
        return err_set(err, -EBADMSG, "an address of the order is malformed");
    if (!address_is_sound(&order->control_own) ||
        !address_is_sound(&order->control_peer) ||
        order->control_own.family != order->control_peer.family)
        return err_set(err, -EBADMSG,
                       "the order's control connection is malformed");
    if (!address_is_set(&order->destination) &&
        (order->name[0] == '\0' || order->role != ROLE_SOURCE))
        return err_set(err, -EINVAL, "the order names no destination");
    return 0;
}

/* As whom, where and from which port and device the source probes. */
static int check_manner(const struct order *order, struct err *err)
{
    bool is_plain = order->as_user[0] == '\0' && order->inside[0] == '\0' &&
                    order->device[0] == '\0' && !order->vantage &&
                    order->payload == PAYLOAD_NONE;

    if (!is_terminated(order->as_user, sizeof(order->as_user)) ||
        (order->as_user[0] != '\0' && !user_name_is_valid(order->as_user)))
        return err_set(err, -EBADMSG, "the order's user is malformed");
    if (!is_terminated(order->inside, sizeof(order->inside)) ||
        (order->inside[0] != '\0' && !inside_name_is_valid(order->inside)))
        return err_set(err, -EBADMSG, "the order's namespace is malformed");
    if (!is_terminated(order->device, sizeof(order->device)) ||
        (order->device[0] != '\0' && !device_name_is_valid(order->device)))
        return err_set(err, -EBADMSG, "the order's device is malformed");
    if (!is_plain && order->role != ROLE_SOURCE)
        return err_set(err, -EINVAL,
                       "only the source has a user, a namespace or a device "
                       "to probe from, is a vantage point or sends payload");
    if (order->vantage && order->attempts > ORDER_MAX_VANTAGE)
        return err_set(err, -EINVAL,
                       "%d attempts from a vantage point: allowed are %d",
                       order->attempts, ORDER_MAX_VANTAGE);
    if (order->payload >= PAYLOAD_COUNT)
        return err_set(err, -EBADMSG, "the order's payload is malformed");
    if (order->from_port != 0 && order->attempts != 1)
        return err_set(err, -EINVAL,
                       "%d attempts from one port would disturb each other: "
                       "make one",
                       order->attempts);
    return 0;
}

int order_check(const struct order *order, struct err *err)
{
    uint32_t low = order->isn_base & ~ORDER_ISN_MASK;
    int status = check_texts(order, err);

    if (status == 0)
        status = check_addresses(order, err);
    if (status == 0)
        status = check_manner(order, err);
    if (status < 0)
        return status;
    if (order->role != ROLE_SOURCE && order->role != ROLE_DESTINATION)
        return err_set(err, -EINVAL, "the order's role %d is none",
                       order->role);
    if (order->port == 0)
        return err_set(err, -EINVAL, "port 0 cannot be traced");
    if (order->attempts < 1 || order->attempts > ORDER_MAX_ATTEMPTS)
        return err_set(err, -EINVAL, "%d attempts: allowed are 1 to %d",
                       order->attempts, ORDER_MAX_ATTEMPTS);
    if (low < 1 || low > 15)
        return err_set(err, -EINVAL, "the order's sequence base is malformed");
    if (order->deadline_ms < 1 || order->deadline_ms > ORDER_MAX_DEADLINE_MS)
        return err_set(err, -EINVAL, "a deadline of %u ms: allowed are 1 to %d",
                       order->deadline_ms, ORDER_MAX_DEADLINE_MS);
    return 0;
}

int command_check(const struct command *command, struct err *err)
{
    if (command->kind >= COMMAND_COUNT)
        return err_set(err, -EBADMSG, "command %d is none", command->kind);
    if (!address_is_sound(&command->own_address) ||
        !address_is_sound(&command->peer_address))
        return err_set(err, -EBADMSG, "an address of the command is malformed");
    if (command->kind == COMMAND_TRY && !address_is_set(&command->peer_address))
        return err_set(err, -EINVAL, "the order to try is malformed");
    if (command->kind == COMMAND_WALK &&
        (command->max_ttl < 1 || command->max_ttl > 64 ||
         !address_is_set(&command->peer_address)))
        return err_set(err, -EINVAL, "the order to walk is malformed");
    return 0;
}
