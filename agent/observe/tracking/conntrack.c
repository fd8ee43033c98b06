/* Observer: connection tracking's table, before and after: how full it is, and
 * its entries for the trace's own tuples.  An entry that is older than the
 * attempt decides where the SYN goes, whatever the rules say by now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/observe/firewall/nat_rules.h"
#include "agent/observe/host/kernel_module.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/tracking/conntrack_table.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_OLD    512   /* entries kept of before the first packet */
#define MAX_WALKED 65536 /* entries that the kernel may walk through for them */

struct conntrack
{
    struct worker *worker;
    struct netlink *netlink; /* NULL: the table is not read */
    struct conntrack_entry *old;
    size_t old_count;
    bool old_cut;
    struct conntrack_tuple tuples[ORDER_MAX_ATTEMPTS + 1]; /* by attempt */
};

static void emit_table(struct conntrack *conntrack, enum phase phase,
                       int64_t count, int64_t limit, bool complete)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_TRACKING, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_COUNT, count);
    evidence_set_number(&evidence, KEY_LIMIT, limit);
    evidence_set_number(&evidence, KEY_COMPLETE, complete);
    worker_emit(conntrack->worker, &evidence);
}

static void set_known(struct evidence *evidence, enum evidence_key key,
                      int64_t number)
{
    if (number >= 0)
        evidence_set_number(evidence, key, number);
}

static const struct conntrack_entry *find_old(const struct conntrack *conntrack,
                                              unsigned attempt)
{
    for (size_t i = 0; i < conntrack->old_count; i++)
        if (conntrack_tuple_equal(&conntrack->old[i].original,
                                  &conntrack->tuples[attempt]))
            return &conntrack->old[i];
    return NULL;
}

/* An old entry that translates: would a rule do so today? */
static void add_rules(struct conntrack *conntrack, struct evidence *evidence,
                      const struct conntrack_entry *entry)
{
    struct err err = {0};
    bool mentioned;

    if (address_equal(&entry->original.destination, &entry->reply.source))
        return;
    if (nat_rules_mention(&entry->reply.source, &mentioned, &err) < 0)
        worker_limit(conntrack->worker, "conntrack", "%s", err.text);
    else
        evidence_set_number(evidence, KEY_RULED, mentioned);
}

static void emit_entry(struct conntrack *conntrack, enum phase phase,
                       unsigned attempt, const struct conntrack_entry *entry)
{
    char status[CONNTRACK_STATUS_SIZE];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_TRACKED, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_address(&evidence, KEY_SOURCE, &entry->original.source);
    evidence_set_number(&evidence, KEY_SOURCE_PORT,
                        entry->original.source_port);
    evidence_set_address(&evidence, KEY_DESTINATION,
                         &entry->original.destination);
    evidence_set_number(&evidence, KEY_DESTINATION_PORT,
                        entry->original.destination_port);
    evidence_set_address(&evidence, KEY_REPLY_SOURCE, &entry->reply.source);
    evidence_set_number(&evidence, KEY_REPLY_SOURCE_PORT,
                        entry->reply.source_port);
    evidence_set_address(&evidence, KEY_REPLY_DESTINATION,
                         &entry->reply.destination);
    evidence_set_number(&evidence, KEY_REPLY_DESTINATION_PORT,
                        entry->reply.destination_port);
    evidence_set_text(&evidence, KEY_STATUS,
                      conntrack_print_status(entry->status, status));
    evidence_set_text(&evidence, KEY_STATE, entry->state);
    if (phase == PHASE_AFTER && find_old(conntrack, attempt) != NULL)
        add_rules(conntrack, &evidence, entry);
    set_known(&evidence, KEY_MARK, entry->mark);
    set_known(&evidence, KEY_ZONE, entry->zone);
    set_known(&evidence, KEY_EXPIRES_S, entry->expires_s);
    worker_emit(conntrack->worker, &evidence);
}

static void keep_old(const struct conntrack_entry *entry, void *data)
{
    struct conntrack *conntrack = data;

    if (conntrack->old_count == MAX_OLD)
        conntrack->old_cut = true;
    else
        conntrack->old[conntrack->old_count++] = *entry;
}

/* The attempts' ports are not known yet: all connections between the two
 * addresses that go to the port. */
static int list_old(struct conntrack *conntrack, struct err *err)
{
    const struct order *order = worker_order(conntrack->worker);
    bool is_source = order->role == ROLE_SOURCE;
    struct address own = worker_own(conntrack->worker);
    struct address peer = worker_peer(conntrack->worker);

    if (!address_is_set(is_source ? &peer : &own))
        return 0;
    conntrack->old = calloc(MAX_OLD, sizeof(*conntrack->old));
    if (conntrack->old == NULL)
        return err_set(err, -ENOMEM, "conntrack: out of memory");
    return conntrack_list(conntrack->netlink, is_source ? &own : &peer,
                          is_source ? &peer : &own, order->port, keep_old,
                          conntrack, err);
}

static void read_before(struct conntrack *conntrack, int64_t count,
                        int64_t limit)
{
    struct err err = {0};
    bool complete = count == 0;

    if (count > MAX_WALKED)
        worker_limit(conntrack->worker, "conntrack",
                     "connection tracking holds %lld entries: those older than "
                     "the trace were not looked for",
                     (long long)count);
    else if (count > 0 && list_old(conntrack, &err) < 0)
        worker_limit(conntrack->worker, "conntrack", "%s", err.text);
    else
        complete = !conntrack->old_cut;
    emit_table(conntrack, PHASE_BEFORE, count, limit, complete);
}

static unsigned conntrack_disarm(void *state)
{
    struct conntrack *conntrack = state;

    netlink_close(conntrack->netlink);
    free(conntrack->old);
    free(conntrack);
    return 0;
}

static int conntrack_arm(struct worker *worker, void **state, struct err *err)
{
    struct conntrack *conntrack = calloc(1, sizeof(*conntrack));
    int64_t count, limit;
    int status = 0;

    if (conntrack == NULL)
        return err_set(err, -ENOMEM, "conntrack: out of memory");
    conntrack->worker = worker;
    *state = conntrack;
    if (conntrack_count(&count, &limit, NULL) < 0)
        return 0; /* nothing is tracked here */
    if (!kernel_module_is_absent("nf_conntrack_netlink"))
        status = netlink_open(NETLINK_NETFILTER, &conntrack->netlink, err);
    else if (count > 0)
        worker_limit(worker, "conntrack",
                     "entries of connection tracking are not read: "
                     "nf_conntrack_netlink is not loaded");
    if (status < 0) {
        conntrack_disarm(conntrack);
        return status;
    }
    if (conntrack->netlink != NULL)
        read_before(conntrack, count, limit);
    else
        emit_table(conntrack, PHASE_BEFORE, count, limit, false);
    return 0;
}

/* Here the tuple is as the kernel of this host tracks it: before its own
 * translation. */
static bool begins_attempt(const struct conntrack *conntrack,
                           const struct evidence *evidence)
{
    return worker_order(conntrack->worker)->role == ROLE_SOURCE
               ? evidence->kind == EVIDENCE_ATTEMPT_START
               : interest_is_arrival(evidence);
}

static void conntrack_notice(void *state, const struct evidence *evidence)
{
    struct conntrack *conntrack = state;
    int64_t n = evidence_number(evidence, KEY_ATTEMPT, 0);
    const struct conntrack_entry *old;
    struct conntrack_tuple *tuple;

    if (conntrack->netlink == NULL || n < 1 || n > ORDER_MAX_ATTEMPTS ||
        !begins_attempt(conntrack, evidence) ||
        conntrack->tuples[n].source_port != 0)
        return;
    tuple = &conntrack->tuples[n];
    tuple->source = evidence_address(evidence, KEY_SOURCE);
    tuple->destination = evidence_address(evidence, KEY_DESTINATION);
    tuple->source_port =
        (uint16_t)evidence_number(evidence, KEY_SOURCE_PORT, 0);
    tuple->destination_port =
        (uint16_t)evidence_number(evidence, KEY_DESTINATION_PORT, 0);
    old = find_old(conntrack, (unsigned)n);
    if (old != NULL)
        emit_entry(conntrack, PHASE_BEFORE, (unsigned)n, old);
}

/* False if one could not be looked up. */
static bool read_after(struct conntrack *conntrack)
{
    struct conntrack_entry entry;

    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        int status;

        if (conntrack->tuples[n].source_port == 0)
            continue;
        status = conntrack_get(conntrack->netlink, &conntrack->tuples[n],
                               &entry, NULL);
        if (status == 0)
            emit_entry(conntrack, PHASE_AFTER, n, &entry);
        else if (status != -ENOENT)
            return false;
    }
    return true;
}

static void conntrack_collect(void *state)
{
    struct conntrack *conntrack = state;
    int64_t count, limit;
    bool complete = false;

    if (conntrack_count(&count, &limit, NULL) < 0)
        return;
    if (conntrack->netlink != NULL && count > 0)
        complete = read_after(conntrack);
    emit_table(conntrack, PHASE_AFTER, count, limit, complete || count == 0);
}

const struct observer conntrack_observer = {
    .name = "conntrack",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_TRACKING) | EVIDENCE_BIT(EVIDENCE_TRACKED),
    .reads =
        EVIDENCE_BIT(EVIDENCE_ATTEMPT_START) | EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = conntrack_arm,
    .notice = conntrack_notice,
    .collect = conntrack_collect,
    .disarm = conntrack_disarm,
};
