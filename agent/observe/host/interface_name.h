/* Names of interfaces: behind an index, and of the link. */
#ifndef OBSERVE_INTERFACE_NAME_H
#define OBSERVE_INTERFACE_NAME_H

#include <stdint.h>

#define INTERFACE_NAME_SIZE 16 /* IF_NAMESIZE */

/* "if<INDEX>" when there is none (any more).  Returns buffer. */
const char *interface_name(uint32_t index,
                           char buffer[static INTERFACE_NAME_SIZE]);

#define LINK_ADDRESS_SIZE      6
#define LINK_ADDRESS_TEXT_SIZE 18

/* As "02:00:00:00:00:01".  Returns buffer. */
const char *link_address_print(const uint8_t octets[static LINK_ADDRESS_SIZE],
                               char buffer[static LINK_ADDRESS_TEXT_SIZE]);

#endif
