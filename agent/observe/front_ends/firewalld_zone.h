/* What a zone that firewalld saved says of one connection.
 *
 * The files are XML, read with nesting: what stands in a rich <rule> holds only
 * for those whom the rule names.  A document type, where entities would be
 * declared, is refused, as is what is no XML.  Nothing here opens a file. */
#ifndef OBSERVE_FIREWALLD_ZONE_H
#define OBSERVE_FIREWALLD_ZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/observe/front_ends/front_end_settings.h"
#include "common/base/err.h"

#define FIREWALLD_MAX_SERVICES 64 /* read for one zone */

/* The text of the service's file, on the heap, or NULL when there is none.  The
 * name is one that front_end_is_name() takes. */
typedef char *firewalld_service_fn(void *context, const char *name);

struct firewalld_zone
{
    bool allows;    /* this connection, whatever the kernel's rules do now */
    bool opens_udp; /* the zone opens this port of UDP */
    /* Rules tell apart who may reach the port: what opens it to everybody is
     * not what the zone says. */
    bool restricts;
};

/* Reads a zone's file.  What cannot be told (sets of addresses, hardware
 * addresses, limits, services without a file) never allows, and counts where it
 * refuses.  Rules hold in firewalld's order: by priority, and of one priority
 * those that refuse first.
 *
 * Returns -EINVAL with the place and reason when this is no zone's XML, -ENOMEM;
 * then out is left alone. */
int firewalld_zone_read(const char *xml, const struct front_end_flow *flow,
                        firewalld_service_fn *service, void *context,
                        struct firewalld_zone *out, struct err *err);

#endif
