/* Which systemd unit a process belongs to, by its /proc/PID/cgroup. */
#ifndef OBSERVE_CGROUP_UNIT_H
#define OBSERVE_CGROUP_UNIT_H

#include <stdbool.h>

#define UNIT_NAME_SIZE 256 /* systemd's own limit */

/* The outermost unit that is not a slice: what runs deeper down belongs to a
 * manager inside it, a container's perhaps.  user: the unit of a user's own
 * manager, below "user@1000.service"; else empty.  False, with both empty, when
 * the text names none. */
bool cgroup_unit_parse(const char *cgroup, char unit[static UNIT_NAME_SIZE],
                       char user[static UNIT_NAME_SIZE]);

/* May a text be a unit's name?  Letters, digits, ":_.@-" and '\\', not '-'
 * first, and an ending that systemd knows. */
bool unit_name_is_valid(const char *name);

/* Does the name end in this suffix, ".service" for one? */
bool unit_name_ends(const char *name, const char *suffix);

#endif
