/* What a rule's text says that others must know: what it limits, translates,
 * asks for, and whose it is.  Read here, once; it goes on as keys of the
 * evidence, so that nobody behind the agent reads a rule. */
#ifndef OBSERVE_RULE_KEYS_H
#define OBSERVE_RULE_KEYS_H

#include <stdbool.h>

#include "common/trace/front_end.h"

struct evidence;

#define RULE_QUEUE_NONE  (-1)
#define RULE_QUEUE_RANGE (-2) /* to one of several */

struct rule_keys
{
    int limiter;      /* enum limiter, or -1 */
    int translates;   /* enum translation, or -1 */
    int state_asked;  /* enum asked_state, or -1 */
    int queue;        /* to user space: its number, or one of the above */
    bool goes_to;     /* another chain, from which no packet comes back here */
    bool catches_all; /* drops and asks for nothing */
    bool asks_source;
    bool asks_interface;      /* by which a packet comes in */
    bool path_filter;         /* asks whether the way back leads there */
    bool of_owner;            /* asks for users or control groups */
    enum front_end front_end; /* whose it surely is, by the sets it asks */
    enum front_end resembles; /* whose it is, if the packet passed its chains */
    char jail[FRONT_END_NAME_SIZE]; /* fail2ban's, or empty */
};

/* Reads a rule in the language of nft, of iptables-save ("-A ..."), or as
 * rule_dump.h writes it.  What is not understood says nothing. */
void rule_keys_read(const char *text, struct rule_keys *keys);

/* Adds to evidence what there is. */
void rule_keys_put(const struct rule_keys *keys, struct evidence *evidence);

#endif
