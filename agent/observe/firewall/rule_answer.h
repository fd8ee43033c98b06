/* The answers to single questions of a rule's text: of a word about one thing
 * that is known of a packet, or not. */
#ifndef OBSERVE_RULE_ANSWER_H
#define OBSERVE_RULE_ANSWER_H

#include "agent/observe/firewall/rule_view.h"

struct ipset_use;
struct rule_subject;

/* "192.0.2.0/24", "192.0.2.0/255.255.255.0", "2001:db8::1" */
enum tri rule_answer_prefix(const char *word, const struct address *own);

/* "192.0.2.1-192.0.2.9" */
enum tri rule_answer_range(const char *word, const struct address *own);

/* "80,443,8000:8100" */
enum tri rule_answer_ports(const char *word, uint16_t port);

/* "eth0", or any that begins so, where the word ends with the wildcard. */
enum tri rule_answer_device(const char *word, const struct rule_device *device,
                            char wildcard);

/* "NEW,ESTABLISHED" */
enum tri rule_answer_states(const char *word, const struct rule_number *state);

/* "0x1/0xff"; and its two parts. */
enum tri rule_answer_mark(const char *word, const struct rule_number *mark);
bool rule_answer_read_mark(const char *word, uint32_t *value, uint32_t *mask);

/* "33", "1000-1999" */
enum tri rule_answer_number(const char *word, const struct rule_number *number);

/* "FIN,SYN,RST,ACK", "SYN": which are looked at, which must be set */
enum tri rule_answer_flags(const char *mask, const char *wanted,
                           const struct rule_number *flags);

/* "LOCAL,BROADCAST" of an address that may be this host's */
enum tri rule_answer_type(const char *word, enum tri is_local);

/* Asks the kernel. */
enum tri rule_answer_set(struct ipset_use *use,
                         const struct rule_subject *subject);

#endif
