#include "agent/observe/host/interface_name.h"

#include <stdio.h>

#include <net/if.h>

const char *interface_name(uint32_t index,
                           char buffer[static INTERFACE_NAME_SIZE])
{
    if (if_indextoname(index, buffer) == NULL)
        snprintf(buffer, INTERFACE_NAME_SIZE, "if%u", index);
    return buffer;
}
