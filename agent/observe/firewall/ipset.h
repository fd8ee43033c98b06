/* Asks the kernel which entry of an ipset a packet is. */
#ifndef OBSERVE_IPSET_H
#define OBSERVE_IPSET_H

#include "agent/observe/firewall/rule_set.h"

struct err;

/* The entry of the set that the subject is, as the program ipset writes it:
 * "192.0.2.0/24", "192.0.2.10,tcp:8080".  For sets of addresses, networks and
 * ports.  Of a list of sets use gets the name of the first member that has it.
 * -ENOENT when there is surely none; -ENOTSUP when the set is of another kind,
 * or too much of a list to tell; -ETIMEDOUT once a trace (a process) has spent
 * too long on them. */
int ipset_find(struct ipset_use *use, const struct rule_subject *subject,
               char entry[static RULE_ELEMENT_SIZE], struct err *err);

#endif
