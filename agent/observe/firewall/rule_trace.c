/* Observer: the kernel's own rule trace of the trace's packets.
 *
 * A table of ours marks the packets (rule_table.h); the kernel then tells, to
 * whoever listens, every rule that decides over them and every chain's policy,
 * each message with a number of the packet.  The first message in each chain
 * on a hook carries the packet's headers.  The texts of the rules come from
 * nft itself, which runs while the first packets are on their way: steps that
 * arrive before its answer wait for it, with the time of their arrival. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>

#include "agent/keeper/policy.h"
#include "agent/observe/firewall/owner_rules.h"
#include "agent/observe/firewall/rule_changes.h"
#include "agent/observe/firewall/rule_flow.h"
#include "agent/observe/firewall/rule_listing.h"
#include "agent/observe/firewall/rule_report.h"
#include "agent/observe/firewall/rule_step.h"
#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/firewall/rule_text.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/host/watch.h"
#include "agent/observe/observer.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_WAITING 256 /* steps that wait for the rules' texts */
#define MAX_STEPS   4096
#define MAX_READS   1024 /* at one go */

struct waiting
{
    int64_t at_ns;
    struct rule_step step;
    struct rule_flow flow; /* as it stood */
};

struct rule_trace
{
    struct worker *worker;
    unsigned tables;
    bool incomplete;
    struct netlink *owner; /* the table lives as long as this */
    bool has_table;
    struct rule_marks marks; /* that the tables were made with */
    struct netlink *events;
    struct netlink
        *changing; /* hears who changes the rules; NULL: nobody can */
    struct rule_changes changes;
    struct watch *watch;
    struct rule_chains chains;
    struct rule_texts *texts;
    struct rule_listing *listing; /* NULL when the texts are there */
    bool reread;                  /* the rules were read a second time */
    struct rule_flows flows;
    unsigned steps;
    struct waiting waiting[MAX_WAITING];
    size_t waiting_count;
};

static const struct order *order_of(const struct rule_trace *trace)
{
    return worker_order(trace->worker);
}

static void emit_state(struct rule_trace *trace, enum phase phase)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_RULE_TRACE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_TABLES, trace->tables);
    evidence_set_number(&evidence, KEY_COMPLETE, !trace->incomplete);
    rule_changes_put(&trace->changes, &evidence);
    worker_emit(trace->worker, &evidence);
}

static void emit_step(struct rule_trace *trace, const struct waiting *item)
{
    struct evidence evidence;

    rule_report(&trace->chains, trace->texts, &item->step, &item->flow,
                item->at_ns, &evidence);
    worker_emit(trace->worker, &evidence);
}

/* Of the rules that let the packet go on only those that change it tell. */
static bool tells(const struct rule_trace *trace, const struct rule_step *step)
{
    return step->verdict != VERDICT_CONTINUE ||
           rule_report_sets_ttl(trace->texts, step);
}

static void flush(struct rule_trace *trace)
{
    for (size_t i = 0; i < trace->waiting_count; i++)
        if (tells(trace, &trace->waiting[i].step))
            emit_step(trace, &trace->waiting[i]);
    trace->waiting_count = 0;
}

/* The texts are there, or will not come: the steps need not wait any more. */
static void take_texts(struct rule_trace *trace)
{
    struct err err = {0};

    if (trace->listing == NULL)
        return;
    if (rule_listing_take(trace->listing, trace->texts, &err) < 0)
        worker_limit(trace->worker, "rule-trace",
                     "the rules' texts are not known: %s", err.text);
    rule_listing_close(TAKE_PTR(trace->listing));
    rule_texts_offer(trace->worker, trace->texts);
    flush(trace);
}

static void on_texts(void *data)
{
    take_texts(data);
}

static void start_listing(struct rule_trace *trace)
{
    static const char *const tables[] = {"filter", "nat", "mangle", "raw",
                                         "security"};
    bool v4 = false;
    bool v6 = false;
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        v4 |= rule_chains_is_iptables(&trace->chains, NFPROTO_IPV4, tables[i]);
        v6 |= rule_chains_is_iptables(&trace->chains, NFPROTO_IPV6, tables[i]);
    }
    if (rule_listing_open(worker_loop(trace->worker), v4, v6, on_texts, trace,
                          &trace->listing, &err) < 0)
        worker_limit(trace->worker, "rule-trace",
                     "the rules' texts are not known: %s", err.text);
}

static int read_chains(struct rule_trace *trace, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    int status = netlink_open(NETLINK_NETFILTER, &netlink, err);

    if (status == 0)
        status = rule_chains_read(netlink, &trace->chains, err);
    return status;
}

static bool is_known(const struct rule_trace *trace, const struct waiting *item)
{
    const struct rule_step *step = &item->step;

    if (rule_chains_find(&trace->chains, step->family, step->table,
                         item->flow.levels[0].chain) == NULL)
        return false;
    return step->is_policy || !step->has_handle || trace->listing != NULL ||
           rule_texts_find(trace->texts, rule_family_name(step->family),
                           step->table, step->chain, step->handle) != NULL;
}

/* A rule that is younger than our reading: read once more. */
static void read_again(struct rule_trace *trace)
{
    take_texts(trace);
    trace->reread = true;
    (void)read_chains(trace, NULL);
    start_listing(trace);
}

static void keep_step(struct rule_trace *trace, const struct rule_step *step,
                      const struct rule_flow *flow)
{
    struct waiting *item;

    if (trace->waiting_count == MAX_WAITING)
        take_texts(trace);
    item = &trace->waiting[trace->waiting_count++];
    item->at_ns = clock_monotonic_ns();
    item->step = *step;
    item->flow = *flow;
    if (!trace->reread && !is_known(trace, item))
        read_again(trace);
    if (trace->listing == NULL)
        flush(trace);
    else if (rule_listing_is_ready(trace->listing))
        take_texts(trace);
}

/* While the texts are on their way nobody knows; half of the room is kept for
 * those that tell in any case. */
static bool may_tell(const struct rule_trace *trace,
                     const struct rule_step *step)
{
    if (trace->listing != NULL && step->verdict == VERDICT_CONTINUE)
        return step->has_handle && trace->waiting_count < MAX_WAITING / 2;
    return tells(trace, step);
}

static bool is_ours(const struct rule_step *step)
{
    return strncmp(step->table, RULE_TABLE_PREFIX,
                   sizeof(RULE_TABLE_PREFIX) - 1) == 0;
}

static int read_step(const struct nlmsghdr *message, void *data)
{
    struct rule_trace *trace = data;
    struct rule_flow *flow;
    struct rule_step step;

    if (rule_step_read(message, &step) < 0)
        return 0;
    flow = rule_flows_step(&trace->flows, &step, order_of(trace));
    if (flow == NULL || flow->attempt == 0 || is_ours(&step) ||
        !may_tell(trace, &step))
        return 0;
    if (trace->steps++ < MAX_STEPS)
        keep_step(trace, &step, flow);
    else
        trace->incomplete = true;
    if (step.verdict == VERDICT_JUMP || step.verdict == VERDICT_GOTO)
        rule_flow_jump(flow, &step);
    return 0;
}

/* Somebody else's trace may flood us: the loop has other things to do, too.
 * False when there is more to read. */
static bool read_events(struct rule_trace *trace)
{
    int status = 0;

    for (unsigned i = 0; i < MAX_READS; i++) {
        status = netlink_receive(trace->events, read_step, trace);
        if (status == -EAGAIN)
            return true;
        if (status < 0)
            trace->incomplete = true;
        if (status < 0 && status != -ENOBUFS)
            return true;
    }
    return false;
}

static void on_events(void *data)
{
    (void)read_events(data);
}

static unsigned rule_trace_disarm(void *state)
{
    struct rule_trace *trace = state;
    const struct order *order = order_of(trace);
    unsigned left = 0;
    bool removed = true;

    if (trace->has_table)
        removed =
            rule_table_remove(trace->owner, order, &trace->marks, NULL) == 0;
    netlink_close(trace->owner);
    /* Closing its owner's socket should have removed it all the same. */
    if (!removed && rule_table_exists(order))
        left = 1;
    watch_stop(trace->watch);
    netlink_close(trace->events);
    netlink_close(trace->changing);
    rule_listing_close(trace->listing);
    if (rule_texts_offered(trace->worker) == trace->texts)
        rule_texts_offer(trace->worker, NULL);
    rule_texts_free(trace->texts);
    free(trace);
    return left;
}

/* Without the devices' and the bridge's chains, should one of the devices just
 * have gone. */
static int create_tables(struct rule_trace *trace, struct err *err)
{
    const struct rule_marks *wanted = &trace->chains.marks;
    struct err failure = {0};
    int status;

    trace->marks = *wanted;
    status = rule_table_create(trace->owner, order_of(trace), &trace->marks,
                               &failure);
    if (status < 0 && (wanted->ingress.count > 0 || wanted->bridge)) {
        memset(&trace->marks, 0, sizeof(trace->marks));
        status = rule_table_create(trace->owner, order_of(trace), &trace->marks,
                                   &failure);
    }
    trace->has_table = status == 0;
    if (status < 0)
        return err_set(err, status, "%s", failure.text);
    if (wanted->ingress.cut || failure.code != 0) {
        worker_limit(trace->worker, "rule-trace",
                     "not all rules on interfaces and bridges are traced%s%s",
                     failure.code != 0 ? ": " : "", failure.text);
        trace->incomplete = true;
    }
    return 0;
}

static int start_tracing(struct rule_trace *trace, struct err *err)
{
    int status = netlink_open(NETLINK_NETFILTER, &trace->events, err);

    if (status == 0)
        status = netlink_join(trace->events, NFNLGRP_NFTRACE, err);
    if (status == 0)
        status =
            watch_start(worker_loop(trace->worker), netlink_fd(trace->events),
                        on_events, trace, &trace->watch, err);
    if (status == 0) /* before the rules are read */
        status = rule_changes_watch(&trace->changing, err);
    if (status == 0)
        status = read_chains(trace, err);
    if (status < 0)
        return status;
    start_listing(trace); /* runs beside what follows */
    status = netlink_open(NETLINK_NETFILTER, &trace->owner, err);
    if (status == 0)
        status = create_tables(trace, err);
    if (status == -EOPNOTSUPP || status == -EINVAL)
        err_set(err, status,
                "this kernel cannot tie a table to its maker (needs Linux "
                "5.12), so no rule trace was armed");
    return status;
}

static int rule_trace_arm(struct worker *worker, void **state, struct err *err)
{
    struct rule_trace *trace;
    int status;

    if (!worker_policy(worker)->rule_trace)
        return err_set(err, -EPERM, "forbidden by this host's policy");
    trace = calloc(1, sizeof(*trace));
    if (trace == NULL)
        return err_set(err, -ENOMEM, "the rule trace: out of memory");
    trace->worker = worker;
    trace->texts = rule_texts_new();
    if (trace->texts == NULL)
        status = err_set(err, -ENOMEM, "the rule trace: out of memory");
    else
        status = rule_table_count(&trace->tables, err);
    if (status == 0 && trace->tables > 0)
        status = start_tracing(trace, err);
    if (status < 0) {
        rule_trace_disarm(trace);
        return status;
    }
    *state = trace;
    emit_state(trace, PHASE_ARMED);
    return 0;
}

/* Tables that came up during the trace were not traced when there were none
 * before: then its silence proves nothing. */
/* The first one will do: it says what to ask for. */
static void tell_owner_rules(struct rule_trace *trace)
{
    uint16_t port = worker_order(trace->worker)->port;
    const char *other_family =
        worker_peer(trace->worker).family == 6 ? "ip" : "ip6";
    const struct rule_text *rule;

    if (trace->texts == NULL || !owner_rules_matter(trace->worker))
        return;
    for (size_t i = 0; (rule = rule_texts_at(trace->texts, i)) != NULL; i++)
        if (strcmp(rule->family, other_family) != 0 &&
            owner_rules_concerns(rule_text_words(rule), port)) {
            owner_rules_tell(trace->worker, "rule-trace", rule->table,
                             rule->chain, rule_text_words(rule));
            return;
        }
}

static void rule_trace_collect(void *state)
{
    struct rule_trace *trace = state;
    bool traced = trace->tables > 0;
    struct err err = {0};

    if (traced && !read_events(trace))
        trace->incomplete = true;
    if (traced)
        rule_changes_take(trace->changing, &trace->changes);
    take_texts(trace);
    tell_owner_rules(trace);
    if (rule_table_count(&trace->tables, &err) < 0) {
        worker_limit(trace->worker, "rule-trace", "%s", err.text);
        trace->incomplete = true;
    }
    if (!traced && trace->tables > 0)
        trace->incomplete = true;
    emit_state(trace, PHASE_AFTER);
}

const struct observer rule_trace_observer = {
    .name = "rule-trace",
    .at_source = true,
    .at_destination = true,
    .outside = true,
    .produces = EVIDENCE_BIT(EVIDENCE_RULE) | EVIDENCE_BIT(EVIDENCE_RULE_TRACE),
    .arm = rule_trace_arm,
    .collect = rule_trace_collect,
    .disarm = rule_trace_disarm,
};
