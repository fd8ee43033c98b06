/* How a device's setting is called: agent and engine must write it alike. */
#ifndef TRACE_SYSCTL_NAME_H
#define TRACE_SYSCTL_NAME_H

#include <stddef.h>

#define SYSCTL_NAME_SIZE 80 /* the longest device, area and setting fit */

/* "net.ipv4.conf.eth0/100.arp_ignore" for the area "net.ipv4.conf", the device
 * eth0.100 and the leaf "arp_ignore": as sysctl(8) takes it, with a slash for a
 * dot of the device's.  Returns buffer; cut where it does not fit. */
const char *sysctl_name(const char *area, const char *device, const char *leaf,
                        char buffer[static SYSCTL_NAME_SIZE]);

#endif
