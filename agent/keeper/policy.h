/* What the host's owner allows, whatever the controller says.
 *
 * An INI file that only root can have written; without it the defaults hold:
 *
 *     [probe]
 *     allow = any            ; or none, or prefixes: 192.0.2.0/24 2001:db8::/32
 *     max_traces = 16        ; at a time
 *     syns_per_second = 100  ; of the whole agent
 *     syns_per_second_per_target = 30
 *     users = any            ; or none, or names and numbers: www-data 1001
 *     walk = yes             ; may it send copies with a low TTL?
 *     differential = agents  ; or none, or any: to whom may other packets go?
 *     other_ports = 3        ; that those may try, chosen here
 *     vantage = yes          ; may it probe for a trace of other hosts?
 *     payload = none         ; or own, or service: may it send on a connection?
 *     [observe]
 *     rule_trace = yes       ; may it arm the kernel's rule trace?
 *     containers = yes       ; may it look into other network namespaces?
 */
#ifndef KEEPER_POLICY_H
#define KEEPER_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "common/base/address.h"

struct err;
struct order;

#define POLICY_MAX_PREFIXES 32
#define POLICY_MAX_TRACES   16
#define POLICY_MAX_USERS    16

#define POLICY_MAX_PORTS 3

/* To whom packets may go that are not the trace's own: another port, another
 * protocol, other options. */
enum policy_differential
{
    DIFFERENTIAL_NONE,
    DIFFERENTIAL_AGENTS, /* where an agent takes part in the trace */
    DIFFERENTIAL_ANY,
    DIFFERENTIAL_COUNT,
};

struct policy_prefix
{
    struct address address;
    unsigned length; /* bits */
};

struct policy
{
    bool any; /* no list of prefixes: every destination */
    size_t count;
    struct policy_prefix allowed[POLICY_MAX_PREFIXES];
    unsigned max_traces;
    unsigned syns_per_second, syns_per_second_per_target;
    bool any_user; /* no list: a probe may be made as anybody */
    size_t user_count;
    uid_t users[POLICY_MAX_USERS];
    bool walk, vantage;
    unsigned differential; /* enum policy_differential */
    unsigned other_ports;
    unsigned payload; /* enum order_payload: the most that is allowed */
    bool rule_trace, containers;
};

void policy_init(struct policy *policy);

/* Reads the file.  A missing file is the defaults.  -EPERM when others than
 * root (or we) could write it, -EINVAL when it says something unknown or out
 * of range: then no order may be carried out. */
int policy_read(const char *path, struct policy *out, struct err *err);

/* May packets be sent to this address? */
bool policy_permits(const struct policy *policy, const struct address *target);

/* The same as 0, or -EPERM and the sentence for the operator. */
int policy_check_address(const struct policy *policy,
                         const struct address *target, struct err *err);

/* May a probe be made as this user?  0, or -EPERM and the sentence.  As root it
 * may: that is who makes it when nobody is named. */
int policy_check_user(const struct policy *policy, uid_t uid, struct err *err);

/* May it be made as the order's user, and in its namespace?  Likewise. */
int policy_check_manner(const struct policy *policy, const struct order *order,
                        struct err *err);

/* May the source of this order send packets that are not the trace's own to its
 * destination?  Likewise.  Their other ports are chosen by the agent, at most
 * policy->other_ports. */
int policy_check_differential(const struct policy *policy,
                              const struct order *order, struct err *err);

/* 0, or -EPERM and the sentence for the operator.  A destination that is still
 * a name is judged by the worker once it is an address. */
int policy_check_order(const struct policy *policy, const struct order *order,
                       struct err *err);

/* The policy's words for the worker's command line, NULL-terminated:
 * --no-rule-trace, --no-containers, --allow-none, --allow PREFIX, --no-users,
 * --user UID, --no-walk, --no-vantage, --differential WORD, --other-ports COUNT,
 * --payload WORD.  Some of these texts stand in the structure. */
#define POLICY_MAX_ARGUMENTS \
    (POLICY_MAX_PREFIXES * 2 + POLICY_MAX_USERS * 2 + 14)
#define POLICY_PREFIX_SIZE 52

struct policy_arguments
{
    const char *list[POLICY_MAX_ARGUMENTS];
    char prefixes[POLICY_MAX_PREFIXES][POLICY_PREFIX_SIZE];
    char users[POLICY_MAX_USERS][12];
    char ports[12];
};

void policy_print_arguments(const struct policy *policy,
                            struct policy_arguments *out);

/* The other way, in the worker: list without the program's name, ended by
 * NULL.  -EINVAL on anything unknown. */
int policy_parse_arguments(char *const *list, struct policy *out,
                           struct err *err);

#endif
