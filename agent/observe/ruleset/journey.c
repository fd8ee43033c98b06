#include "agent/observe/ruleset/journey.h"

#include <stdio.h>
#include <string.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"

/* A packet that was seen on two devices (a bridge's port and the bridge) came
 * to the hooks by one of them. */
static void keep_device(struct rule_device *device, const char *name)
{
    device->is_not_lo = strcmp(name, "lo") != 0;
    if (device->name[0] == '\0' && strlen(name) < IF_NAMESIZE) {
        device->is_known = true;
        strcpy(device->name, name);
    } else if (strcmp(device->name, name) != 0) {
        device->is_known = false;
    }
}

/* What opened before may be shut since. */
static void notice_attempt(struct journey *journey, int64_t attempt)
{
    if (attempt <= journey->attempt)
        return;
    journey->attempt = attempt;
    journey->is_open = false;
}

static void notice_packet(struct journey *journey, const struct order *order,
                          const struct evidence *packet)
{
    const char *device = evidence_text(packet, KEY_INTERFACE, "");
    bool at_source = order->role == ROLE_SOURCE;
    bool comes_in = evidence_word(packet, KEY_DIRECTION) == DIRECTION_IN;
    int kind = evidence_word(packet, KEY_PACKET);

    if (evidence_has(packet, KEY_NAMESPACE) ||
        evidence_number(packet, KEY_OTHER_HOST, 0) != 0)
        return;
    if (kind == PACKET_ACK && comes_in != at_source &&
        evidence_number(packet, KEY_ATTEMPT, 0) >= journey->attempt)
        journey->is_open = true;
    if (kind == PACKET_SYN_ACK && comes_in == at_source)
        keep_device(&journey->answer_by, device);
    if (kind != PACKET_SYN || comes_in == at_source)
        return;
    notice_attempt(journey, evidence_number(packet, KEY_ATTEMPT, 0));
    keep_device(&journey->syn_by, device);
    if (at_source || journey->has_arrived)
        return;
    journey->has_arrived = true;
    journey->syn = rule_packet_of(packet);
}

static void notice_start(struct journey *journey, const struct evidence *start)
{
    journey->syn = rule_packet_of(start);
}

static void notice_route(struct journey *journey, const struct evidence *route)
{
    if (evidence_has(route, KEY_MARK) ||
        evidence_has(route, KEY_FROM_INTERFACE))
        return;
    snprintf(journey->route, sizeof(journey->route), "%.*s", IF_NAMESIZE - 1,
             evidence_text(route, KEY_INTERFACE, ""));
    if (strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), "unicast") != 0)
        journey->route[0] = '\0';
}

/* A port of a bridge, or what else hands over what comes in. */
static void notice_link(struct journey *journey, const struct evidence *link)
{
    const char *name = evidence_text(link, KEY_INTERFACE, "");

    if (evidence_has(link, KEY_MASTER) && !evidence_has(link, KEY_NAMESPACE) &&
        strlen(name) < IF_NAMESIZE && journey->slave_count < JOURNEY_SLAVES_MAX)
        strcpy(journey->slaves[journey->slave_count++], name);
}

void journey_notice(struct journey *journey, const struct order *order,
                    const struct evidence *evidence)
{
    switch (evidence->kind) {
    case EVIDENCE_PACKET:
        if (evidence_number(evidence, KEY_ATTEMPT, 0) > 0)
            notice_packet(journey, order, evidence);
        break;
    case EVIDENCE_ATTEMPT_START: notice_start(journey, evidence); break;
    case EVIDENCE_ROUTE: notice_route(journey, evidence); break;
    case EVIDENCE_ROUTE_LEG:
        journey->is_forked |= evidence_number(evidence, KEY_INDEX, 0) > 1;
        break;
    case EVIDENCE_LINK: notice_link(journey, evidence); break;
    case EVIDENCE_RULE:
        journey->is_ruled |=
            evidence_word(evidence, KEY_PACKET) == PACKET_SYN &&
            evidence_word(evidence, KEY_STAGE) == STAGE_INPUT;
        break;
    default: break;
    }
}

void journey_complete(struct journey *journey, const struct order *order,
                      const struct address *own, const struct address *peer)
{
    bool at_source = order->role == ROLE_SOURCE;
    struct rule_packet *syn = &journey->syn;

    if (!address_is_set(&syn->source))
        syn->source = at_source ? *own : *peer;
    if (!address_is_set(&syn->destination))
        syn->destination = at_source ? *peer : *own;
    if (syn->destination_port == 0)
        syn->destination_port = order->port;
    journey->comes_translated = !at_source && !journey->has_arrived &&
                                address_is_private(&syn->source) &&
                                !address_is_private(&syn->destination);
    if (journey->comes_translated)
        syn->source = (struct address){0};
}

static bool is_slave(const struct journey *journey, const char *name)
{
    for (unsigned i = 0; i < journey->slave_count; i++)
        if (strcmp(journey->slaves[i], name) == 0)
            return true;
    return false;
}

/* What comes back, or comes in first, takes the way that leads to the peer if
 * that device holds the address that is called, too; else it may take either. */
static bool comes_by_route(const struct journey *journey)
{
    return !journey->is_forked &&
           strcmp(journey->route, journey->holder) == 0 &&
           !is_slave(journey, journey->route);
}

/* A device that no packet was seen on: that on the way to the peer.  By lo it
 * comes from no other host. */
static struct rule_device way_of(const struct journey *journey,
                                 const struct rule_device *seen, bool leaves)
{
    struct rule_device device = *seen;

    if (device.name[0] == '\0') {
        device.is_not_lo = true;
        device.is_known =
            journey->route[0] != '\0' && (leaves || comes_by_route(journey));
        if (device.is_known)
            strcpy(device.name, journey->route);
    }
    if (!device.is_known)
        device.name[0] = '\0';
    return device;
}

static struct rule_number known(uint32_t value)
{
    return (struct rule_number){true, value};
}

void journey_syn(const struct journey *journey, enum role role, uint32_t user,
                 struct rule_view *view)
{
    bool leaves = role == ROLE_SOURCE;
    struct rule_device by = way_of(journey, &journey->syn_by, leaves);

    *view = (struct rule_view){
        .tuple = journey->syn,
        .in = {.is_known = true},
        .out = {.is_known = true},
        .flags = known(RULE_FLAG_SYN),
        .mark = known(0),
        .connection_mark = known(0),
        .state = known(RULE_STATE_NEW),
        .reply = known(0),
        .user = {.is_known = leaves, .value = user},
        .from_socket = tri_of(leaves),
        .source_is_local = tri_of(leaves),
        .destination_is_local = tri_of(!leaves),
    };
    if (leaves)
        view->out = by;
    else
        view->in = by;
}

/* What connection tracking was told to leave alone, it does not know as the
 * answer to anything. */
static void track_answer(const struct rule_view *syn, struct rule_view *view)
{
    if (!syn->state.is_known || syn->state.value != RULE_STATE_NEW)
        return;
    view->state = known(RULE_STATE_ESTABLISHED);
    view->reply = known(1);
    view->connection_mark = syn->connection_mark;
}

void journey_answer(const struct journey *journey, enum role role,
                    const struct rule_view *syn, struct rule_view *view)
{
    bool leaves = role == ROLE_DESTINATION;
    struct rule_device by = way_of(journey, &journey->answer_by, leaves);

    *view = (struct rule_view){
        .tuple = {.source = journey->syn.destination,
                  .destination = journey->syn.source,
                  .source_port = journey->syn.destination_port,
                  .destination_port = journey->syn.source_port},
        .in = {.is_known = true},
        .out = {.is_known = true},
        .flags = known(RULE_FLAG_SYN | RULE_FLAG_ACK),
        .mark = {.is_known = !leaves}, /* the listener may have set one */
        .from_socket = TRI_MAYBE,
        .source_is_local = tri_of(leaves),
        .destination_is_local = tri_of(!leaves),
    };
    track_answer(syn, view);
    if (leaves)
        view->out = by;
    else
        view->in = by;
}
