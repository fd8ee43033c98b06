/* Observer: the kernel's own routing decision towards the peer, before and
 * after.  At the destination the peer may be known only from the first SYN
 * that comes in, and behind a source NAT that is another one than expected.
 * When a rule gives a packet a mark, the decision is asked for again with it;
 * at the end, for each other interface, which way it would offer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/routing/route_others.h"
#include "agent/observe/routing/route_question.h"
#include "agent/observe/routing/route_rules.h"
#include "agent/observe/routing/route_unruled.h"
#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_TARGETS 4
#define MAX_MARKS   8

struct target
{
    struct address destination; /* of the lookup: the peer */
    struct address source;
    struct route_answer answer; /* the latest */
};

struct routes
{
    struct worker *worker;
    struct netlink *netlink;
    struct target targets[MAX_TARGETS];
    size_t count;
    uint32_t marks[MAX_MARKS]; /* that were asked for */
    size_t mark_count;
    bool told_onward;
    bool refused; /* a lookup that could not be made was reported */
};

static void emit_leg(struct routes *routes, const struct target *target,
                     const struct route_leg *leg, unsigned number)
{
    char name[IF_NAMESIZE];
    struct evidence evidence;

    if (if_indextoname(leg->index, name) == NULL)
        return;
    evidence_init(&evidence, EVIDENCE_ROUTE_LEG, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_DESTINATION, &target->destination);
    evidence_set_text(&evidence, KEY_INTERFACE, name);
    evidence_set_address(&evidence, KEY_GATEWAY, &leg->gateway);
    evidence_set_number(&evidence, KEY_INDEX, number);
    worker_emit(routes->worker, &evidence);
}

/* A table that no default rule leads to: which one does? */
static void add_rule(struct routes *routes,
                     const struct route_question *question,
                     const struct route_answer *answer,
                     struct evidence *evidence)
{
    const struct route_rule *rule;
    struct route_rules rules;

    if (answer->rule[0] != '\0')
        evidence_set_text(evidence, KEY_RULE, answer->rule);
    if (answer->table == 0 || answer->table == RT_TABLE_MAIN ||
        answer->table == RT_TABLE_LOCAL || answer->table == RT_TABLE_DEFAULT ||
        route_rules_read(routes->netlink, question, &rules, NULL) < 0)
        return;
    rule = route_rules_leading_to(&rules, answer->table);
    if (rule == NULL || rule->text[0] == '\0')
        return;
    evidence_set_text(evidence, KEY_RULE, rule->text);
    if (rule->by_source)
        evidence_set_number(evidence, KEY_BY_SOURCE, 1);
}

/* Where the lookup found nothing: does a table that no rule leads to know? */
static void add_unruled(struct routes *routes,
                        const struct route_question *question, uint32_t first,
                        uint32_t second, struct evidence *evidence)
{
    uint32_t table =
        route_unruled_table(routes->netlink, question, first, second);

    if (table == 0)
        return;
    evidence_set_number(evidence, KEY_TABLE_ID, table);
    evidence_set_number(evidence, KEY_RULED, 0);
}

static int look_up(struct routes *routes, const struct route_question *question,
                   struct route_answer *answer)
{
    struct err err = {0};
    int status = route_lookup(routes->netlink, question, answer, &err);

    if (status < 0 && !routes->refused)
        worker_limit(routes->worker, "routes", "%s", err.text);
    routes->refused |= status < 0;
    return status;
}

static void emit_answer(struct routes *routes,
                        const struct route_question *question,
                        const struct route_answer *answer, enum phase phase)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ROUTE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_address(&evidence, KEY_DESTINATION, &question->destination);
    evidence_set_address(&evidence, KEY_SOURCE, &question->source);
    evidence_set_text(&evidence, KEY_ROUTE_TYPE, answer->type);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer->gateway);
    if (answer->interface[0] != '\0')
        evidence_set_text(&evidence, KEY_INTERFACE, answer->interface);
    evidence_set_address(&evidence, KEY_PREFERRED_SOURCE,
                         &answer->preferred_source);
    if (answer->table != 0)
        evidence_set_number(&evidence, KEY_TABLE_ID, answer->table);
    if (answer->prefix >= 0) {
        evidence_set_address(&evidence, KEY_ADDRESS, &answer->matched);
        evidence_set_number(&evidence, KEY_PREFIX, answer->prefix);
    }
    if (answer->error != 0)
        evidence_set_number(&evidence, KEY_ERRNO, answer->error);
    if (address_is_set(&answer->gateway))
        evidence_set_number(
            &evidence, KEY_ON_LINK,
            route_is_on_link(routes->netlink, &answer->gateway, answer->index));
    if (question->mark != 0)
        evidence_set_number(&evidence, KEY_MARK, question->mark);
    if (question->has_user)
        evidence_set_number(&evidence, KEY_USER, question->user);
    add_rule(routes, question, answer, &evidence);
    if (strcmp(answer->type, "none") == 0)
        add_unruled(routes, question, RT_TABLE_MAIN, RT_TABLE_DEFAULT,
                    &evidence);
    worker_emit(routes->worker, &evidence);
}

static void emit_route(struct routes *routes, struct target *target,
                       enum phase phase)
{
    struct route_question question =
        route_question_of(routes->worker, target->destination, target->source);
    struct route_answer *answer = &target->answer;

    if (look_up(routes, &question, answer) < 0) {
        memset(answer, 0, sizeof(*answer));
        return;
    }
    emit_answer(routes, &question, answer, phase);
    if (phase == PHASE_BEFORE)
        for (unsigned i = 0; i < answer->leg_count; i++)
            emit_leg(routes, target, &answer->legs[i], i + 1);
}

/* Does the host take the address for its own?  A packet for one that it does
 * not would go on: whither? */
static void emit_onward(struct routes *routes, struct address own)
{
    struct route_question question = {.destination = own};
    struct route_answer answer;
    struct evidence evidence;

    if (!address_is_set(&own) || routes->told_onward ||
        route_lookup(routes->netlink, &question, &answer, NULL) < 0)
        return;
    routes->told_onward = true;
    evidence_init(&evidence, EVIDENCE_ONWARD, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &own);
    evidence_set_text(&evidence, KEY_ROUTE_TYPE, answer.type);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer.gateway);
    if (answer.interface[0] != '\0')
        evidence_set_text(&evidence, KEY_INTERFACE, answer.interface);
    if (strcmp(answer.type, "local") != 0)
        add_unruled(routes, &question, RT_TABLE_LOCAL, 0, &evidence);
    worker_emit(routes->worker, &evidence);
}

static bool is_known(const struct routes *routes,
                     const struct address *destination)
{
    for (size_t i = 0; i < routes->count; i++)
        if (address_equal(&routes->targets[i].destination, destination))
            return true;
    return false;
}

static void add_target(struct routes *routes, struct address destination,
                       struct address source)
{
    struct target *target;

    if (!address_is_set(&destination) || routes->count == MAX_TARGETS ||
        is_known(routes, &destination))
        return;
    /* A link-local peer has a route on every link; an address does not say
     * which is meant. */
    if (address_is_link_local(&destination) && destination.family == 6) {
        worker_limit(routes->worker, "routes",
                     "a link-local peer's route cannot be looked up");
        return;
    }
    target = &routes->targets[routes->count++];
    *target = (struct target){.destination = destination, .source = source};
    emit_route(routes, target, PHASE_BEFORE);
}

/* The way of packets that carry this mark; each is asked for once. */
static void add_mark(struct routes *routes, uint32_t mark)
{
    struct route_question question;
    struct route_answer answer;

    for (size_t i = 0; i < routes->mark_count; i++)
        if (routes->marks[i] == mark)
            return;
    if (mark == 0 || routes->count == 0 || routes->mark_count == MAX_MARKS)
        return;
    routes->marks[routes->mark_count++] = mark;
    question = route_question_of(routes->worker, routes->targets[0].destination,
                                 routes->targets[0].source);
    question.mark = mark;
    if (look_up(routes, &question, &answer) == 0)
        emit_answer(routes, &question, &answer, PHASE_AFTER);
}

/* Marks that rules ask for: what sets them may be out of our sight. */
static void add_marks_of_rules(struct routes *routes)
{
    struct route_question question =
        route_question_of(routes->worker, routes->targets[0].destination,
                          routes->targets[0].source);
    struct route_rules rules;

    if (route_rules_read(routes->netlink, &question, &rules, NULL) < 0)
        return;
    for (size_t i = 0; i < rules.count; i++)
        add_mark(routes, rules.items[i].mark);
}

static int routes_arm(struct worker *worker, void **state, struct err *err)
{
    struct routes *routes = calloc(1, sizeof(*routes));
    int status;

    if (routes == NULL)
        return err_set(err, -ENOMEM, "routes: out of memory");
    routes->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &routes->netlink, err);
    if (status < 0) {
        free(routes);
        return status;
    }
    *state = routes;
    emit_onward(routes, worker_own(worker));
    add_target(routes, worker_peer(worker), worker_own(worker));
    if (worker_order(worker)->role == ROLE_SOURCE && routes->count > 0)
        emit_onward(routes, routes->targets[0].answer.preferred_source);
    return 0;
}

static void routes_notice(void *state, const struct evidence *evidence)
{
    struct routes *routes = state;
    bool at_source = worker_order(routes->worker)->role == ROLE_SOURCE;

    if (!at_source && interest_is_arrival(evidence))
        add_target(routes, evidence_address(evidence, KEY_SOURCE),
                   evidence_address(evidence, KEY_DESTINATION));
    if (evidence->kind == EVIDENCE_RULE &&
        evidence_word(evidence, KEY_PACKET) ==
            (at_source ? PACKET_SYN : PACKET_SYN_ACK))
        add_mark(routes, (uint32_t)evidence_number(evidence, KEY_MARK, 0));
}

static void routes_collect(void *state)
{
    struct routes *routes = state;

    for (size_t i = 0; i < routes->count; i++) {
        emit_route(routes, &routes->targets[i], PHASE_AFTER);
        route_others_tell(routes->worker, routes->netlink,
                          &routes->targets[i].destination,
                          &routes->targets[i].answer);
    }
    if (routes->count > 0)
        add_marks_of_rules(routes);
}

static unsigned routes_disarm(void *state)
{
    struct routes *routes = state;

    netlink_close(routes->netlink);
    free(routes);
    return 0;
}

const struct observer routes_observer = {
    .name = "routes",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_ROUTE) | EVIDENCE_BIT(EVIDENCE_ROUTE_LEG) |
        EVIDENCE_BIT(EVIDENCE_ROUTE_OTHER) | EVIDENCE_BIT(EVIDENCE_ONWARD),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_RULE),
    .arm = routes_arm,
    .notice = routes_notice,
    .collect = routes_collect,
    .disarm = routes_disarm,
};
