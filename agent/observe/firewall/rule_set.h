/* Which set or map a rule asks, by its text, and which of an anonymous one's
 * elements a packet is. */
#ifndef OBSERVE_RULE_SET_H
#define OBSERVE_RULE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include "agent/observe/firewall/rule_step.h"

#define RULE_SET_FIELDS_MAX   4 /* of a concatenation */
#define RULE_ELEMENT_SIZE     160
#define IPSET_DIRECTIONS_SIZE 32

/* What a set is asked about. */
enum rule_field
{
    FIELD_SOURCE,
    FIELD_DESTINATION,
    FIELD_SOURCE_PORT,
    FIELD_DESTINATION_PORT,
    FIELD_IN_INTERFACE,
    FIELD_OUT_INTERFACE,
};

/* A packet as rules see it. */
struct rule_subject
{
    struct rule_packet packet;
    char in[IF_NAMESIZE]; /* empty: none, or not known */
    char out[IF_NAMESIZE];
};

struct rule_set
{
    char name[RULE_NAME_SIZE]; /* empty: anonymous */
    bool is_map;
    const char *elements; /* an anonymous one's, into the rule's text */
    size_t field_count;
    enum rule_field fields[RULE_SET_FIELDS_MAX];
};

struct ipset_use
{
    char name[RULE_NAME_SIZE];
    char directions[IPSET_DIRECTIONS_SIZE]; /* "src,dst" */
};

/* The set that says most about the packet, of a rule in nft's language: one of
 * addresses, else a map.  False when there is none that the packet is in, or
 * when it is asked about other things than the fields above. */
bool rule_set_find(const char *text, struct rule_set *set);

/* The set of a rule in iptables' language ("-m set --match-set"); false when
 * there is none that the packet is in. */
bool rule_set_find_ipset(const char *text, struct ipset_use *use);

/* The anonymous set's element that the subject is, as it is written. */
bool rule_set_match(const struct rule_set *set,
                    const struct rule_subject *subject,
                    char element[static RULE_ELEMENT_SIZE]);

/* The field's octets as the kernel keeps them in a set; 0 when the subject has
 * none.  An interface's name is filled up with zeros. */
#define RULE_FIELD_SIZE 16
size_t rule_field_octets(enum rule_field field,
                         const struct rule_subject *subject,
                         uint8_t octets[static RULE_FIELD_SIZE]);

#endif
