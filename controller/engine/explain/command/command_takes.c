/* Commands that take an address or a route away, and remember which. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/command/command_line.h"

static struct command_takes takes(enum command_takes_kind kind,
                                  const struct address *address, int64_t prefix,
                                  const char *device)
{
    struct command_takes taken = {
        .kind = kind, .address = *address, .prefix = (int)prefix};

    text_format(taken.device, sizeof(taken.device), "%s",
                device == NULL ? "" : device);
    return taken;
}

void command_delete_address(struct command_line *line,
                            const struct address *address, int64_t prefix,
                            const char *device)
{
    command_fixed(line, "addr del");
    command_prefix(line, address, prefix);
    command_fixed(line, "dev");
    command_device(line, device);
    line->takes = takes(TAKES_ADDRESS, address, prefix, device);
}

static void add_way(struct command_line *line, const struct address *via,
                    const char *device)
{
    if (address_is_set(via)) {
        command_fixed(line, "via");
        command_address(line, via);
    }
    if (device != NULL) {
        command_fixed(line, "dev");
        command_device(line, device);
    }
}

void command_delete_route(struct command_line *line,
                          const struct command_route *route)
{
    static const char *const types[] = {"blackhole", "unreachable", "prohibit",
                                        "throw", NULL};

    command_fixed(line, "route del");
    if (route->type != NULL)
        command_one_of(line, route->type, types);
    command_prefix(line, &route->address, route->prefix);
    add_way(line, &route->via, route->device);
    if (route->table != COMMAND_TABLE_MAIN) {
        command_fixed(line, "table");
        command_number(line, route->table);
    }
    line->takes =
        takes(TAKES_ROUTE, &route->address, route->prefix, route->device);
    line->takes.via = route->via;
    line->takes.table = route->table;
    line->takes.rejects = route->type != NULL;
    line->takes.throws =
        route->type != NULL && strcmp(route->type, "throw") == 0;
}

void command_replace_route(struct command_line *line,
                           const struct address *address,
                           const struct address *via, const char *device,
                           bool onlink)
{
    int64_t prefix = (int64_t)address_size(address) * 8;

    command_fixed(line, "route replace");
    command_prefix(line, address, prefix);
    add_way(line, via, device);
    onlink = onlink && address_is_set(via);
    if (onlink)
        command_fixed(line, "onlink");
    line->takes = takes(TAKES_OTHER_WAYS, address, prefix, device);
    line->takes.onlink = onlink;
    line->takes.via = *via;
    line->takes.table = COMMAND_TABLE_MAIN;
}

void command_forward_ipv6(struct command_line *line)
{
    command_fixed(line, "net.ipv6.conf.all.forwarding=1");
    line->takes = (struct command_takes){.kind = TAKES_ADVERTISED,
                                         .address = {.family = 6}};
}
