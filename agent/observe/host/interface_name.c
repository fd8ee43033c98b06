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

const char *link_address_print(const uint8_t octets[static LINK_ADDRESS_SIZE],
                               char buffer[static LINK_ADDRESS_TEXT_SIZE])
{
    snprintf(buffer, LINK_ADDRESS_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
             octets[0], octets[1], octets[2], octets[3], octets[4], octets[5]);
    return buffer;
}
