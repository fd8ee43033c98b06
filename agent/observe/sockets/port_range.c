#include "agent/observe/sockets/port_range.h"

#include <stdio.h>

#include "common/base/clean.h"
#include "common/base/fs.h"

#define PORT_RANGE_FILE "/proc/sys/net/ipv4/ip_local_port_range"

bool port_range_read(struct port_range *out)
{
    CLEAN_FREE char *text = NULL;
    struct port_range read;
    size_t size;

    *out = (struct port_range){0, UINT16_MAX};
    if (fs_read(PORT_RANGE_FILE, 64, &text, &size, NULL) < 0 ||
        sscanf(text, "%u %u", &read.low, &read.high) != 2)
        return false;
    *out = read;
    return true;
}

bool port_range_holds(const struct port_range *range, uint16_t port)
{
    return port >= range->low && port <= range->high;
}
