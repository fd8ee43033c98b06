/* One message of the kernel's rule trace, decoded. */
#ifndef OBSERVE_RULE_STEP_H
#define OBSERVE_RULE_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/observe/firewall/rule_table.h"
#include "common/base/address.h"
#include "common/trace/words.h"

struct nlmsghdr;

/* What the headers of a packet say of its way. */
struct rule_packet
{
    struct address source; /* unset when the headers were not shown */
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
};

/* Those that evidence tells of a packet, or of an attempt as it begins. */
struct evidence;
struct rule_packet rule_packet_of(const struct evidence *evidence);

struct rule_step
{
    uint32_t trace_id; /* the kernel's, of one packet */
    int family;        /* NFPROTO_* of the table */
    char table[RULE_NAME_SIZE];
    char chain[RULE_NAME_SIZE];
    char jump[RULE_NAME_SIZE]; /* target of a jump or goto */
    bool is_policy;
    bool has_handle;
    uint64_t handle;
    int verdict; /* enum verdict_word, VERDICT_CONTINUE for none */
    unsigned in_index;
    unsigned out_index;
    uint32_t mark; /* of the packet behind this step, 0: none */

    /* The first message of a base chain shows the packet. */
    bool has_packet;
    uint32_t sequence;
    uint32_t acknowledgement;
    uint8_t flags; /* of TCP */
    bool has_data; /* octets behind the TCP header */
    struct rule_packet packet;
};

/* -EBADMSG when the message is none of the trace's; -ENOMEM. */
int rule_step_read(const struct nlmsghdr *message, struct rule_step *step);

/* The attempt that the shown packet belongs to, and what kind it is; 0 when it
 * belongs to none. */
struct order;
unsigned rule_step_attempt(const struct rule_step *step,
                           const struct order *order, enum packet *packet);

#endif
