/* Whether somebody changes nftables' rules while a trace is under way. */
#ifndef OBSERVE_RULE_CHANGES_H
#define OBSERVE_RULE_CHANGES_H

#include <stdint.h>

struct err;
struct evidence;
struct netlink;

struct rule_changes
{
    unsigned count;   /* transactions that touched tables of others than us */
    uint32_t pid;     /* who made the last one, 0: not told */
    char process[16]; /* its name, or empty */
};

/* Hears of every change from now on, in this network namespace; *out is the
 * caller's to close.  The kernel's count of generations would not do: the tables
 * that other traces make and remove raise it, too.  Asking loads nf_tables: only
 * for a host that has tables. */
int rule_changes_watch(struct netlink **out, struct err *err);

/* What was heard so far; more than could be kept counts as one change. */
void rule_changes_take(struct netlink *netlink, struct rule_changes *out);

/* COUNT, and PID and PROCESS of the last, if there was any. */
void rule_changes_put(const struct rule_changes *changes,
                      struct evidence *evidence);

#endif
