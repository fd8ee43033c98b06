/* Asks the kernel which element of a named set or map a packet is. */
#ifndef OBSERVE_RULE_ELEMENT_H
#define OBSERVE_RULE_ELEMENT_H

#include "agent/observe/firewall/rule_set.h"

struct err;

/* The element of nftables' set that the subject is, as nft writes it:
 * "192.0.2.0/24", "192.0.2.10 . 8080", of a map "8080 : drop".  -ENOENT when
 * it is in none, or was taken out in the meantime. */
int rule_element_find(int family, const char *table, const struct rule_set *set,
                      const struct rule_subject *subject,
                      char element[static RULE_ELEMENT_SIZE], struct err *err);

#endif
