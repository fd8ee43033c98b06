/* Observer: the ways that this host needs whatever is traced, as its kernel
 * looks them up: that of the agent's own connection to the controller, and the
 * default one.  A report must offer no command that takes them away. */
#include <string.h>

#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/observer.h"
#include "agent/observe/routing/route_lookup.h"
#include "agent/observe/routing/route_rules.h"
#include "common/base/address.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"

/* No other route than a default one is for these (class E, what was the 6bone):
 * the longest prefix that still counts as one, since a VPN covers all by two
 * halves, and IPv6's own world is 2000::/3. */
static const struct
{
    const char *address;
    int longest;
} anywhere[] = {{"240.0.0.1", 1}, {"3ffe::1", 3}};

static void add_rule(struct netlink *netlink,
                     const struct route_question *question, uint32_t table,
                     struct evidence *evidence)
{
    const struct route_rule *rule;
    struct route_rules rules;

    if (table == 0 || route_rules_read(netlink, question, &rules, NULL) < 0)
        return;
    rule = route_rules_leading_to(&rules, table);
    if (rule != NULL)
        evidence_put_text(evidence, KEY_RULE, rule->text);
}

static void emit(struct worker *worker, struct netlink *netlink,
                 enum user_of_way user, const struct route_question *question,
                 const struct route_answer *answer)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_LIFELINE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_USED_BY, (int)user);
    evidence_set_address(&evidence, KEY_DESTINATION, &question->destination);
    evidence_set_address(&evidence, KEY_SOURCE, &question->source);
    evidence_set_text(&evidence, KEY_ROUTE_TYPE, answer->type);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer->gateway);
    evidence_put_text(&evidence, KEY_INTERFACE, answer->interface);
    evidence_set_address(&evidence, KEY_PREFERRED_SOURCE,
                         &answer->preferred_source);
    evidence_put_number(&evidence, KEY_TABLE_ID, answer->table);
    if (answer->prefix >= 0) {
        evidence_set_address(&evidence, KEY_ADDRESS, &answer->matched);
        evidence_set_number(&evidence, KEY_PREFIX, answer->prefix);
    }
    add_rule(netlink, question, answer->table, &evidence);
    worker_emit(worker, &evidence);
}

/* Told even where the lookup finds nothing: then it is known who is connected
 * from which address. */
static void tell_control(struct worker *worker, struct netlink *netlink)
{
    const struct order *order = worker_order(worker);
    struct route_question question = {.destination = order->control_peer,
                                      .source = order->control_own};
    struct route_answer answer;

    if (address_is_set(&question.destination) && !worker_is_inside(worker) &&
        route_lookup(netlink, &question, &answer, NULL) == 0)
        emit(worker, netlink, USER_OF_WAY_CONTROL, &question, &answer);
}

static void tell_default(struct worker *worker, struct netlink *netlink,
                         const char *address, int longest)
{
    struct route_question question = {.mark = 0};
    struct route_answer answer;

    if (address_parse(address, &question.destination) == 0 &&
        route_lookup(netlink, &question, &answer, NULL) == 0 &&
        strcmp(answer.type, "unicast") == 0 && answer.prefix <= longest)
        emit(worker, netlink, USER_OF_WAY_DEFAULT, &question, &answer);
}

static int lifeline_arm(struct worker *worker, void **state, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    int status = netlink_open(NETLINK_ROUTE, &netlink, err);

    if (status < 0)
        return status;
    tell_control(worker, netlink);
    for (size_t i = 0; i < ARRAY_SIZE(anywhere); i++)
        tell_default(worker, netlink, anywhere[i].address, anywhere[i].longest);
    *state = NULL;
    return 0;
}

const struct observer lifeline_observer = {
    .name = "lifeline",
    .at_source = true,
    .at_destination = true,
    .outside = true,
    .produces = EVIDENCE_BIT(EVIDENCE_LIFELINE),
    .arm = lifeline_arm,
};
