/* Observer: the kernel's own routing decision towards the peer, before and
 * after.  At the destination the peer may be known only from the first SYN
 * that comes in, and behind a source NAT that is another one than expected.
 * Where the destination passes the SYN on, to a container, it is asked for the
 * answer too: that is routed while it still bears the container's address.
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
    struct route_question question;
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
    int64_t ttl; /* of the SYN as it came in, 0: it did not */
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
    evidence_set_address(&evidence, KEY_DESTINATION,
                         &target->question.destination);
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
    struct route_question asked = *question;
    const struct route_rule *rule;
    struct route_rules rules;

    if (!address_is_set(&asked.source) && asked.from_interface[0] == '\0')
        asked.source = answer->preferred_source; /* what connect() would take */
    if (answer->rule[0] != '\0')
        evidence_set_text(evidence, KEY_RULE, answer->rule);
    if (answer->table == 0 || answer->table == RT_TABLE_MAIN ||
        answer->table == RT_TABLE_LOCAL || answer->table == RT_TABLE_DEFAULT ||
        route_rules_read(routes->netlink, &asked, &rules, NULL) < 0)
        return;
    rule = route_rules_leading_to(&rules, answer->table);
    if (rule == NULL || rule->text[0] == '\0')
        return;
    evidence_set_text(evidence, KEY_RULE, rule->text);
    if (rule->by_source)
        evidence_set_number(evidence, KEY_BY_SOURCE, 1);
}

/* Where the lookup found nothing: does a table that no rule leads to know, or
 * stands the way behind a route that ends the search? */
static void add_unruled(struct routes *routes,
                        const struct route_question *question, uint32_t first,
                        uint32_t second, struct evidence *evidence)
{
    struct route_unruled found =
        route_unruled_find(routes->netlink, question, first, second);

    if (found.table != 0) {
        evidence_set_number(evidence, KEY_TABLE_ID, found.table);
        evidence_set_number(evidence, KEY_RULED, 0);
    } else if (found.thrown.table != 0) {
        evidence_set_number(evidence, KEY_TABLE_ID, found.thrown.table);
        evidence_set_address(evidence, KEY_ADDRESS, &found.thrown.address);
        evidence_set_number(evidence, KEY_PREFIX, found.thrown.prefix);
    }
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
    bool is_none = strcmp(answer->type, "none") == 0;
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
    if (answer->table != 0 && !is_none) /* else the one that would know */
        evidence_set_number(&evidence, KEY_TABLE_ID, answer->table);
    if (answer->prefix >= 0) {
        evidence_set_address(&evidence, KEY_ADDRESS, &answer->matched);
        evidence_set_number(&evidence, KEY_PREFIX, answer->prefix);
    }
    if (answer->error != 0)
        evidence_set_number(&evidence, KEY_ERRNO, answer->error);
    if (answer->hop_limit != 0)
        evidence_set_number(&evidence, KEY_TTL, answer->hop_limit);
    if (address_is_set(&answer->gateway))
        evidence_set_number(
            &evidence, KEY_ON_LINK,
            route_is_on_link(routes->netlink, &answer->gateway, answer->index));
    if (question->mark != 0)
        evidence_set_number(&evidence, KEY_MARK, question->mark);
    if (question->has_user)
        evidence_set_number(&evidence, KEY_USER, question->user);
    evidence_put_text(&evidence, KEY_FROM_INTERFACE, question->from_interface);
    add_rule(routes, question, answer, &evidence);
    if (is_none)
        add_unruled(routes, question, RT_TABLE_MAIN, RT_TABLE_DEFAULT,
                    &evidence);
    worker_emit(routes->worker, &evidence);
}

/* A host that does not forward from that device answers as if an unreachable
 * route stood there: told is only one that was found. */
static bool is_told(const struct route_question *question,
                    const struct route_answer *answer)
{
    return question->from_interface[0] == '\0' || answer->error == 0 ||
           answer->error == ENETUNREACH || answer->prefix >= 0 ||
           answer->rule[0] != '\0';
}

static void emit_route(struct routes *routes, struct target *target,
                       enum phase phase)
{
    const struct route_question *question = &target->question;
    struct route_answer *answer = &target->answer;

    if (look_up(routes, question, answer) < 0) {
        memset(answer, 0, sizeof(*answer));
        return;
    }
    if (is_told(question, answer))
        emit_answer(routes, question, answer, phase);
    if (phase == PHASE_BEFORE && question->from_interface[0] == '\0')
        for (unsigned i = 0; i < answer->leg_count; i++)
            emit_leg(routes, target, &answer->legs[i], i + 1);
}

/* An address that is not looked up as the host's own: does its table of own
 * addresses know it, and does a rule lead there? */
static void add_own_table(struct routes *routes,
                          const struct route_question *question,
                          struct evidence *evidence)
{
    struct route_unruled found =
        route_unruled_find(routes->netlink, question, RT_TABLE_LOCAL, 0);

    if (found.table == 0 && found.ruled == 0)
        return;
    evidence_set_number(evidence, KEY_TABLE_ID, RT_TABLE_LOCAL);
    evidence_set_number(evidence, KEY_RULED, found.table == 0);
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
        add_own_table(routes, &question, &evidence);
    worker_emit(routes->worker, &evidence);
}

static bool is_known(const struct routes *routes,
                     const struct route_question *question)
{
    for (size_t i = 0; i < routes->count; i++) {
        const struct route_question *other = &routes->targets[i].question;

        if (address_equal(&other->destination, &question->destination) &&
            strcmp(other->from_interface, question->from_interface) == 0 &&
            (question->from_interface[0] == '\0' ||
             address_equal(&other->source, &question->source)))
            return true;
    }
    return false;
}

static void add_question(struct routes *routes,
                         const struct route_question *question)
{
    struct target *target;

    if (routes->count == MAX_TARGETS || is_known(routes, question))
        return;
    /* A link-local peer has a route on every link; an address does not say
     * which is meant. */
    if (address_is_link_local(&question->destination) &&
        question->destination.family == 6) {
        worker_limit(routes->worker, "routes",
                     "a link-local peer's route cannot be looked up");
        return;
    }
    target = &routes->targets[routes->count++];
    *target = (struct target){.question = *question};
    emit_route(routes, target, PHASE_BEFORE);
}

static void add_target(struct routes *routes, struct address destination,
                       struct address source)
{
    struct route_question question =
        route_question_of(routes->worker, destination, source);

    if (address_is_set(&destination))
        add_question(routes, &question);
}

/* The SYN goes on to another host, a container perhaps: what answers comes in
 * where this goes out, with the address that it was sent to.  Connection tracking
 * has put the peer's address back by then.  A bridge takes nothing from the TTL,
 * and asks no route. */
static void add_passed_on(struct routes *routes, const struct evidence *syn)
{
    struct address holder = evidence_address(syn, KEY_DESTINATION);
    struct route_question there = {.destination = holder};
    struct route_question question;
    struct route_answer answer;

    if (routes->count == 0 || routes->ttl == 0 ||
        evidence_number(syn, KEY_TTL, 0) >= routes->ttl ||
        route_lookup(routes->netlink, &there, &answer, NULL) < 0 ||
        answer.interface[0] == '\0' || strcmp(answer.type, "unicast") != 0)
        return;
    question = route_question_of(
        routes->worker, routes->targets[0].question.destination, holder);
    question.own_port = (uint16_t)evidence_number(syn, KEY_DESTINATION_PORT, 0);
    memcpy(question.from_interface, answer.interface,
           sizeof(question.from_interface));
    add_question(routes, &question);
}

/* What a rule's mark is given to: what is passed on, if anything is. */
static const struct route_question *
question_for_marks(const struct routes *routes)
{
    const struct route_question *found = &routes->targets[0].question;

    for (size_t i = 1; i < routes->count; i++)
        if (routes->targets[i].question.from_interface[0] != '\0')
            found = &routes->targets[i].question;
    return found;
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
    question = *question_for_marks(routes);
    question.mark = mark;
    if (look_up(routes, &question, &answer) == 0 && is_told(&question, &answer))
        emit_answer(routes, &question, &answer, PHASE_AFTER);
}

/* Marks that rules ask for: what sets them may be out of our sight. */
static void add_marks_of_rules(struct routes *routes)
{
    struct route_rules rules;

    if (route_rules_read(routes->netlink, question_for_marks(routes), &rules,
                         NULL) < 0)
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

static bool is_syn(const struct evidence *evidence, enum direction direction)
{
    return evidence->kind == EVIDENCE_PACKET &&
           evidence_word(evidence, KEY_PACKET) == PACKET_SYN &&
           evidence_word(evidence, KEY_DIRECTION) == (int)direction &&
           evidence_number(evidence, KEY_ATTEMPT, 0) > 0 &&
           !evidence_has(evidence, KEY_NAMESPACE);
}

static void notice_syn(struct routes *routes, const struct evidence *evidence)
{
    int64_t ttl = evidence_number(evidence, KEY_TTL, 0);

    if (is_syn(evidence, DIRECTION_IN) && ttl > routes->ttl)
        routes->ttl = ttl;
    if (interest_is_arrival(evidence))
        add_target(routes, evidence_address(evidence, KEY_SOURCE),
                   evidence_address(evidence, KEY_DESTINATION));
    else if (is_syn(evidence, DIRECTION_OUT))
        add_passed_on(routes, evidence);
}

static void routes_notice(void *state, const struct evidence *evidence)
{
    struct routes *routes = state;
    bool at_source = worker_order(routes->worker)->role == ROLE_SOURCE;

    if (!at_source)
        notice_syn(routes, evidence);
    if (evidence->kind == EVIDENCE_RULE &&
        evidence_word(evidence, KEY_PACKET) ==
            (at_source ? PACKET_SYN : PACKET_SYN_ACK))
        add_mark(routes, (uint32_t)evidence_number(evidence, KEY_MARK, 0));
}

/* No SYN came: the way back to whom it would have come from.  A private address
 * that calls a public one comes as another. */
static void add_expected(struct routes *routes)
{
    struct address peer = worker_peer(routes->worker);
    struct address own = worker_own(routes->worker);

    if (routes->count == 0 &&
        (!address_is_private(&peer) || address_is_private(&own)))
        add_target(routes, peer, own);
}

static void routes_collect(void *state)
{
    struct routes *routes = state;

    add_expected(routes);
    for (size_t i = 0; i < routes->count; i++) {
        emit_route(routes, &routes->targets[i], PHASE_AFTER);
        route_others_tell(routes->worker, routes->netlink,
                          &routes->targets[i].question.destination,
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
