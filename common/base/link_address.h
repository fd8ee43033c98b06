/* Link addresses (of Ethernet) as text. */
#ifndef BASE_LINK_ADDRESS_H
#define BASE_LINK_ADDRESS_H

#include <stdint.h>

#define LINK_ADDRESS_SIZE      6
#define LINK_ADDRESS_TEXT_SIZE 18

/* As "02:00:00:00:00:01".  Returns buffer. */
const char *link_address_print(const uint8_t octets[static LINK_ADDRESS_SIZE],
                               char buffer[static LINK_ADDRESS_TEXT_SIZE]);

#endif
