#include "common/base/link_address.h"

#include <stdio.h>

const char *link_address_print(const uint8_t octets[static LINK_ADDRESS_SIZE],
                               char buffer[static LINK_ADDRESS_TEXT_SIZE])
{
    snprintf(buffer, LINK_ADDRESS_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
             octets[0], octets[1], octets[2], octets[3], octets[4], octets[5]);
    return buffer;
}
