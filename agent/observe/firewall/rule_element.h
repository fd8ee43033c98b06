/* Asks the kernel which element of a set or map a packet is. */
#ifndef OBSERVE_RULE_ELEMENT_H
#define OBSERVE_RULE_ELEMENT_H

#include "agent/observe/firewall/rule_set.h"

#define RULE_KEY_SIZE (RULE_SET_FIELDS_MAX * RULE_FIELD_SIZE)

/* What a set or map holds under a key. */
struct rule_value
{
    bool may_fail; /* a limit, a quota of the element's own decides as well */
    bool has_verdict;
    int verdict;                /* NF_*, NFT_* of linux/netfilter/nf_tables.h */
    char chain[RULE_NAME_SIZE]; /* of a jump or goto */
    size_t size;                /* of what is no verdict */
    uint8_t octets[RULE_KEY_SIZE];
};

struct err;

/* The element of nftables' set that the subject is, as nft writes it:
 * "192.0.2.0/24", "192.0.2.10 . 8080", of a map "8080 : drop".  -ENOENT when
 * it is in none, or was taken out in the meantime. */
int rule_element_find(int family, const char *table, const struct rule_set *set,
                      const struct rule_subject *subject,
                      char element[static RULE_ELEMENT_SIZE], struct err *err);

/* The same by the key as rules have it, anonymous sets included: the set's own
 * size of it is read, and told in *key_size.  0: it holds the key; -ENOENT: it
 * does not; else it cannot be told. */
int rule_element_look_up(int family, const char *table, const char *set,
                         const uint8_t key[static RULE_KEY_SIZE],
                         size_t *key_size, struct rule_value *value);

#endif
