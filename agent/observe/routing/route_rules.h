/* The policy rules (`ip rule`) that choose the routing table for a packet that
 * this host sends or passes on. */
#ifndef OBSERVE_ROUTE_RULES_H
#define OBSERVE_ROUTE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/observe/routing/route_lookup.h"

#define ROUTE_RULES_MAX 64

enum route_match
{
    ROUTE_MATCH_NO,
    ROUTE_MATCH_YES,
    ROUTE_MATCH_MAYBE, /* it hangs on what is not judged here: a VRF */
};

struct route_rule
{
    uint8_t action; /* FR_ACT_* */
    enum route_match match;
    uint32_t table;
    uint32_t mark;                   /* that it asks for, 0: none */
    bool by_source;                  /* it asks for one source address */
    int suppress;                    /* matches up to this length do not count,
                                        -1: all do */
    char text[ROUTE_RULE_TEXT_SIZE]; /* as `ip rule del` takes it; empty if it
                                        cannot be written safely */
};

struct route_rules
{
    const struct route_question *question;
    bool cut; /* there are more than fit */
    size_t count;
    struct route_rule items[ROUTE_RULES_MAX]; /* in the order of asking */
};

/* Lists all rules of the question's family and says which match it. */
int route_rules_read(struct netlink *netlink,
                     const struct route_question *question,
                     struct route_rules *rules, struct err *err);

/* The rule that led to this table, NULL if that is not sure. */
const struct route_rule *route_rules_leading_to(const struct route_rules *rules,
                                                uint32_t table);

#endif
