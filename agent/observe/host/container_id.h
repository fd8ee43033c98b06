/* Which container a process belongs to, by the name of its control group. */
#ifndef OBSERVE_CONTAINER_ID_H
#define OBSERVE_CONTAINER_ID_H

#include <stdbool.h>

#define CONTAINER_ID_SIZE 65 /* 64 hexadecimal digits and a NUL, or a name */

struct container_id
{
    char id[CONTAINER_ID_SIZE];
    bool is_name; /* that the owner gave it, and no digits */
    /* Below a group that somebody else than root may divide: he may have made
     * one of any name there. */
    bool is_claimed;
};

/* Reads a process's /proc/PID/cgroup.  A container's group bears its id in a
 * form that its maker gives it (docker-ID.scope, /docker/ID, crio-ID ...), or
 * its name (lxc.payload.NAME, systemd-nspawn@NAME.service); the monitors beside
 * them do not count.  Of containers inside each other it is the outermost: the
 * host's own, and what is below may be called anything by whoever lives there.
 * False when the process is in none; then out is left alone. */
bool container_id_find(const char *cgroup, struct container_id *out);

#endif
