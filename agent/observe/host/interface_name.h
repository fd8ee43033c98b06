/* The name of the interface behind an index. */
#ifndef OBSERVE_INTERFACE_NAME_H
#define OBSERVE_INTERFACE_NAME_H

#include <stdint.h>

#define INTERFACE_NAME_SIZE 16 /* IF_NAMESIZE */

/* "if<INDEX>" when there is none (any more).  Returns buffer. */
const char *interface_name(uint32_t index,
                           char buffer[static INTERFACE_NAME_SIZE]);

#endif
