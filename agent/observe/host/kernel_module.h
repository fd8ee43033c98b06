/* Is a part of the kernel there without asking for it? */
#ifndef OBSERVE_KERNEL_MODULE_H
#define OBSERVE_KERNEL_MODULE_H

#include <stdbool.h>

/* True only if it is known that the module is neither loaded nor built in:
 * using it would load it, and a host is to be left as it was found. */
bool kernel_module_is_absent(const char *name);

#endif
