/* Observer: what the host's rules would do with packets that did not come to
 * them.
 *
 * At the end, when it is known how the packets look on this host, the rules are
 * read and the SYN and its answer led through all chains of their way.  What
 * surely stops one is told, and what the rules on the way in say of the SYN.
 * Where the last attempt opened there is nothing to foresee. */
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>

#include "agent/observe/firewall/legacy_listing.h"
#include "agent/observe/firewall/rule_text.h"
#include "agent/observe/observer.h"
#include "agent/observe/ruleset/journey.h"
#include "agent/observe/ruleset/questions.h"
#include "agent/observe/ruleset/ruleset.h"
#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/users.h"

#define MAX_FORESEEN   16
#define MAX_QUESTIONED 8

struct foresight
{
    struct worker *worker;
    struct journey journey;
    struct questions questions;
    unsigned told;
    unsigned questioned; /* chains that were told of questions */
    bool misses_device;  /* one that may stop the packet asks for it */
};

/* A question or its answer on its way. */
struct asking
{
    struct foresight *foresight;
    const struct question *question;
    bool is_answer;
};

/* What the rules on the SYN's way in say. */
struct decision
{
    struct foresight *foresight;
    enum packet packet;
    bool is_wanted; /* is it that way? */
    bool tells_obstacles;
    unsigned chains;
    bool is_unsure;
    bool is_moved;     /* it is for another host or port then, or may be */
    enum rule_act act; /* ACT_NONE: no chain was met */
    bool is_of_rule;   /* not of a policy */
    struct evidence evidence;
};

static int foresight_arm(struct worker *worker, void **state, struct err *err)
{
    struct foresight *foresight = calloc(1, sizeof(*foresight));

    if (foresight == NULL)
        return err_set(err, -ENOMEM, "foresight: out of memory");
    foresight->worker = worker;
    *state = foresight;
    return 0;
}

static void foresight_notice(void *state, const struct evidence *evidence)
{
    struct foresight *foresight = state;

    journey_notice(&foresight->journey, worker_order(foresight->worker),
                   evidence);
    questions_notice(&foresight->questions, evidence);
}

static bool stops(const struct ruled *ruled)
{
    return ruled->ruling->act == ACT_DROP || ruled->ruling->act == ACT_REJECT;
}

static void tell_obstacle(struct foresight *foresight, enum packet packet,
                          const struct ruled *ruled)
{
    struct evidence evidence;

    if (foresight->told == MAX_FORESEEN)
        return;
    evidence_init(&evidence, EVIDENCE_FORESEEN, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PACKET, (int)packet);
    evidence_set_number(&evidence, KEY_INDEX, foresight->told++);
    ruleset_report(ruled, &evidence);
    worker_emit(foresight->worker, &evidence);
}

static bool is_stopped(const struct decision *decision)
{
    return decision->act == ACT_DROP || decision->act == ACT_REJECT;
}

/* The first that stops it decides; of those that accept, the last one that has a
 * rule for it, or else the last. */
static void decide(struct decision *decision, const struct ruled *ruled)
{
    decision->chains++;
    if (is_stopped(decision) || decision->is_unsure)
        return;
    if (ruled->ruling->act == ACT_UNKNOWN) {
        decision->is_unsure = true;
        return;
    }
    if (!stops(ruled) && decision->is_of_rule && ruled->ruling->is_policy)
        return;
    decision->act = ruled->ruling->act;
    decision->is_of_rule = !ruled->ruling->is_policy;
    evidence_init(&decision->evidence, EVIDENCE_INPUT_RULE,
                  clock_monotonic_ns());
    ruleset_report(ruled, &decision->evidence);
}

static void on_ruled(const struct ruled *ruled, void *data)
{
    struct decision *decision = data;

    if (decision->is_wanted)
        decide(decision, ruled);
    if (decision->tells_obstacles && stops(ruled))
        tell_obstacle(decision->foresight, decision->packet, ruled);
    if (decision->tells_obstacles && ruled->ruling->act == ACT_UNKNOWN)
        decision->foresight->misses_device |= ruled->packet->misses_device;
}

static void tell_decision(struct decision *decision)
{
    struct evidence *evidence = &decision->evidence;

    if (decision->is_unsure || decision->act == ACT_NONE)
        evidence_init(evidence, EVIDENCE_INPUT_RULE, clock_monotonic_ns());
    evidence_set_number(evidence, KEY_COUNT, decision->chains);
    if (decision->is_moved)
        evidence_set_number(evidence, KEY_MOVED, 1);
    if (!decision->is_unsure)
        evidence_set_word(evidence, KEY_VERDICT,
                          is_stopped(decision) ? VERDICT_DROP : VERDICT_ACCEPT);
    worker_emit(decision->foresight->worker, evidence);
}

static void lead_below(struct ruleset *ruleset, bool leaves,
                       struct rule_view *view, struct decision *decision)
{
    bool is_bridged = decision->foresight->questions.is_bridged;

    if (is_bridged && leaves)
        ruleset_ask_bridge(ruleset, leaves, view, on_ruled, decision);
    ruleset_ask_device(ruleset, leaves, view, on_ruled, decision);
    if (is_bridged && !leaves)
        ruleset_ask_bridge(ruleset, leaves, view, on_ruled, decision);
}

/* What comes in and is translated may be passed on, to a container perhaps: then
 * no rule for this host's own packets meets it. */
static void lead(struct ruleset *ruleset, const uint32_t hooks[2],
                 bool is_first, struct rule_view *view,
                 struct decision *decision)
{
    bool leaves = hooks[1] == NF_INET_POST_ROUTING;

    if (!leaves)
        lead_below(ruleset, leaves, view, decision);
    ruleset_ask(ruleset, hooks[0], is_first, view, on_ruled, decision);
    decision->is_moved |= !leaves && view->destination_moved;
    if (decision->is_moved)
        decision->is_unsure |= !is_stopped(decision);
    else
        ruleset_ask(ruleset, hooks[1], is_first, view, on_ruled, decision);
    if (leaves)
        lead_below(ruleset, leaves, view, decision);
}

static const uint32_t way_in[2] = {NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN};
static const uint32_t way_out[2] = {NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING};

/* Where the host translates what is called, the SYN goes on as another one, and
 * so does its answer.  Who calls may be translated at the source: the answer
 * comes for that address, until it is turned back behind the first hook. */
static void lead_answer(struct foresight *foresight, struct ruleset *ruleset,
                        const struct rule_view *syn, struct decision *decision)
{
    bool at_source = worker_order(foresight->worker)->role == ROLE_SOURCE;
    struct rule_view view;

    decision->packet = PACKET_SYN_ACK;
    decision->is_wanted = false;
    if (syn->destination_moved || (syn->source_moved && !at_source))
        return;
    journey_answer(&foresight->journey,
                   (enum role)worker_order(foresight->worker)->role, syn,
                   &view);
    if (!at_source) {
        lead(ruleset, way_out, false, &view, decision);
        return;
    }
    lead_below(ruleset, false, &view, decision);
    if (!syn->source_moved)
        ruleset_ask(ruleset, way_in[0], false, &view, on_ruled, decision);
    ruleset_ask(ruleset, way_in[1], false, &view, on_ruled, decision);
}

static bool holds(const struct ifaddrs *item, const struct address *address)
{
    struct address own;
    uint16_t port;

    return item->ifa_addr != NULL &&
           (item->ifa_addr->sa_family == AF_INET ||
            item->ifa_addr->sa_family == AF_INET6) &&
           address_from_sockaddr(item->ifa_addr, &own, &port) == 0 &&
           address_equal(&own, address);
}

/* Does this host hold the address?  If one device alone does, that is named;
 * its address may bear a label behind a colon instead. */
static bool find_holder(const struct address *address, char device[IF_NAMESIZE])
{
    struct ifaddrs *list = NULL;
    unsigned count = 0;

    device[0] = '\0';
    if (getifaddrs(&list) < 0)
        return false;
    for (struct ifaddrs *item = list; item != NULL; item = item->ifa_next) {
        size_t length = strcspn(item->ifa_name, ":");

        if (!holds(item, address) || length >= IF_NAMESIZE)
            continue;
        memcpy(device, item->ifa_name, length);
        device[length] = '\0';
        count++;
    }
    freeifaddrs(list);
    if (count > 1)
        device[0] = '\0';
    return count > 0;
}

static bool is_own(const struct address *address)
{
    char device[IF_NAMESIZE];

    return find_holder(address, device);
}

static void on_asked(const struct ruled *ruled, void *data)
{
    const struct asking *asking = data;
    struct foresight *foresight = asking->foresight;
    const struct question *question = asking->question;
    bool leaves = (question->direction == DIRECTION_OUT) != asking->is_answer;
    struct evidence evidence;

    if (ruled->ruling->act == ACT_ACCEPT ||
        foresight->questioned == MAX_QUESTIONED)
        return;
    foresight->questioned++;
    evidence_init(&evidence, EVIDENCE_QUESTION_RULE, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &question->asked);
    evidence_set_number(&evidence, KEY_ANSWERED, asking->is_answer);
    evidence_set_word(&evidence, KEY_DIRECTION,
                      leaves ? DIRECTION_OUT : DIRECTION_IN);
    if (stops(ruled))
        evidence_set_word(&evidence, KEY_VERDICT, VERDICT_DROP);
    if (address_is_set(&ruled->packet->tuple.source) &&
        address_is_set(&ruled->packet->tuple.destination)) {
        evidence_set_address(&evidence, KEY_SOURCE,
                             &ruled->packet->tuple.source);
        evidence_set_address(&evidence, KEY_DESTINATION,
                             &ruled->packet->tuple.destination);
    }
    ruleset_report(ruled, &evidence);
    worker_emit(foresight->worker, &evidence);
}

/* Whose address another host asks for is ours to answer; what the capture has
 * not seen answered.  The answer to our own it sees before our rules do: where
 * the neighbour stayed unknown, one of them may have dropped what came. */
static void look_at_questions(struct foresight *foresight,
                              struct ruleset *ruleset)
{
    struct address own = worker_own(foresight->worker);

    for (size_t i = 0; i < foresight->questions.count; i++) {
        const struct question *question = &foresight->questions.items[i];
        struct asking asking = {foresight, question, false};

        if ((question->is_answered && !question->is_in_vain) ||
            (question->direction == DIRECTION_IN && !is_own(&question->asked)))
            continue;
        if (!question->is_answered)
            questions_lead(&foresight->questions, question, false, &own,
                           ruleset, on_asked, &asking);
        asking.is_answer = true;
        questions_lead(&foresight->questions, question, true, &own, ruleset,
                       on_asked, &asking);
    }
}

static void tell_limits(struct foresight *foresight,
                        const struct ruleset *ruleset)
{
    if (ruleset_trouble(ruleset)[0] != '\0')
        worker_limit(foresight->worker, "foresight",
                     "not all rules could be looked at: %s",
                     ruleset_trouble(ruleset));
    if (foresight->misses_device)
        worker_limit(foresight->worker, "foresight",
                     "rules that depend on the device were not looked ahead: "
                     "by which one the %s comes or goes is not known",
                     worker_order(foresight->worker)->role == ROLE_SOURCE
                         ? "SYN or its answer"
                         : "SYN");
}

static void look_ahead(struct foresight *foresight, bool wants_decision,
                       uint32_t user, struct ruleset *ruleset)
{
    enum role role = (enum role)worker_order(foresight->worker)->role;
    struct decision decision = {
        .foresight = foresight,
        .packet = PACKET_SYN,
        .is_wanted = wants_decision,
        .tells_obstacles = !foresight->journey.is_open,
    };
    struct rule_view view;

    journey_syn(&foresight->journey, role, user, &view);
    lead(ruleset, role == ROLE_SOURCE ? way_out : way_in, true, &view,
         &decision);
    if (wants_decision)
        tell_decision(&decision);
    if (decision.tells_obstacles)
        lead_answer(foresight, ruleset, &view, &decision);
    if (decision.tells_obstacles)
        look_at_questions(foresight, ruleset);
    tell_limits(foresight, ruleset);
}

/* The packets of a host that talks to itself, and of one that passes them on,
 * take other ways. */
static bool is_plain(const struct foresight *foresight)
{
    const struct rule_packet *syn = &foresight->journey.syn;
    bool at_source = worker_order(foresight->worker)->role == ROLE_SOURCE;

    return (address_is_set(&syn->source) ||
            foresight->journey.comes_translated) &&
           address_is_set(&syn->destination) &&
           is_own(&syn->destination) == !at_source &&
           (at_source || !is_own(&syn->source));
}

static bool uses_legacy(unsigned family)
{
    unsigned count = 0;

    return legacy_listing_count(family == 6, &count, NULL) == 0 && count > 0;
}

static void foresight_collect(void *state)
{
    struct foresight *foresight = state;
    const struct order *order = worker_order(foresight->worker);
    struct address own = worker_own(foresight->worker);
    struct address peer = worker_peer(foresight->worker);
    struct journey *journey = &foresight->journey;
    struct ruleset *ruleset = NULL;
    struct user user = {0};
    struct err err = {0};
    bool wants_decision;

    journey_complete(journey, order, &own, &peer);
    (void)find_holder(order->role == ROLE_SOURCE ? &journey->syn.source
                                                 : &journey->syn.destination,
                      journey->holder);
    wants_decision =
        order->role == ROLE_DESTINATION &&
        (!journey->is_ruled || uses_legacy(journey->syn.destination.family));
    if (!is_plain(foresight) || (journey->is_open && !wants_decision) ||
        (order->as_user[0] != '\0' && !users_find(order->as_user, &user)))
        return;
    if (ruleset_open(worker_loop(foresight->worker),
                     journey->syn.destination.family,
                     rule_texts_offered(foresight->worker), &ruleset, &err) < 0)
        worker_limit(foresight->worker, "foresight",
                     "what rules would do is not known: %s", err.text);
    else
        look_ahead(foresight, wants_decision, user.uid, ruleset);
    ruleset_free(ruleset);
}

static unsigned foresight_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer foresight_observer = {
    .name = "foresight",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_FORESEEN) |
                EVIDENCE_BIT(EVIDENCE_INPUT_RULE) |
                EVIDENCE_BIT(EVIDENCE_QUESTION_RULE),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_RULE) |
             EVIDENCE_BIT(EVIDENCE_ROUTE) | EVIDENCE_BIT(EVIDENCE_ROUTE_LEG) |
             EVIDENCE_BIT(EVIDENCE_ATTEMPT_START) | EVIDENCE_BIT(EVIDENCE_ARP) |
             EVIDENCE_BIT(EVIDENCE_NEIGHBOUR) | EVIDENCE_BIT(EVIDENCE_LINK),
    .arm = foresight_arm,
    .notice = foresight_notice,
    .collect = foresight_collect,
    .disarm = foresight_disarm,
};
