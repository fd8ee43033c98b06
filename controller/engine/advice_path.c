/* What to do about the way between the hosts: losses, filters, routes, and answers
 * that are not the destination's. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/advice_parts.h"
#include "controller/engine/explain/explain.h"

#define MANY 24 /* attempts, of which a pattern would be told */

/* What to ask for, by what the losses follow. */
void advise_losses(const struct view *view, const struct known *known,
                   struct judgement *out)
{
    static const struct
    {
        const char *follows;
        const char *text;
    } asks[] = {
        {"source-port",
         "ask whoever runs the way between the hosts for its ways of equal "
         "cost (ECMP, link aggregation, a balancer's members), one of which "
         "is dead: it takes the ports that are named"},
        {"rate",
         "ask whoever runs the way for a limit of new connections in a time "
         "(a rate limit of SYNs, a policer, protection against floods), and "
         "what this source may have"},
        {"rate-or-port",
         "trace a few times with --count 1, some ten seconds apart: if each "
         "opens, ask whoever runs the way for a limit of new connections in a "
         "time; if not, for a dead one of its ways of equal cost"},
        {"ecn",
         "try 'sysctl -w net.ipv4.tcp_ecn=2' on the source and trace again: if "
         "nothing is lost then, ask whoever runs the way for the device that "
         "drops SYNs that ask for ECN; else for what drops the first packet "
         "of each flow"},
        {"first-packet",
         "ask whoever runs the way for what drops the first packet of each "
         "flow: a firewall or balancer that is slow to learn new flows, or "
         "lets in only what comes again"},
        {"chance",
         "ask whoever runs the way for the errors and drops that its links "
         "and queues count: a bad cable, a full link, a queue that overflows"},
    };
    const char *follows = finding_text(&out->verdict, "follows");

    (void)known;
    for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
        if (follows != NULL && out->verdict.role == ROLE_PATH &&
            strcmp(follows, asks[i].follows) == 0) {
            advice_say(out, "%s", asks[i].text);
            return;
        }
    if (out->verdict.role == ROLE_PATH && view->attempt_count >= MANY)
        advice_say(out,
                   "of so many a higher --count tells no more: ask whoever "
                   "runs the way for what its links, queues and limits drop");
    else
        advice_say_entry(out);
}

/* The neighbour that brought the SYN to the destination, if it is not the
 * gateway that the answers are sent to. */
static bool print_bringer(const struct view *view, const char *gateway,
                          char text[static ADDRESS_TEXT_SIZE])
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address;

        if (item->kind != EVIDENCE_NEIGHBOUR ||
            item->role != ROLE_DESTINATION ||
            evidence_number(item, KEY_BRINGER, 0) == 0)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        return strcmp(address_print(&address, text), gateway) != 0;
    }
    return false;
}

/* What to do where the lost SYN's ECN or another option of it is suspected; false
 * if none is. */
static bool say_option(const struct view *view, struct judgement *out)
{
    const char *hop = finding_text(&out->verdict, "last_hop");
    const char *sysctl = finding_text(&out->verdict, "sysctl");
    const char *option = finding_text(&out->verdict, "filtered_option");
    const char *at = hop == NULL ? "" : " from ";
    char from[ADDRESS_TEXT_SIZE];
    char to[ADDRESS_TEXT_SIZE];

    if (hop == NULL)
        hop = "";
    if (sysctl != NULL)
        advice_say(out,
                   "try without ECN first (sysctl -w %s on %s): if the SYN "
                   "gets through, ask whoever runs the way for the device "
                   "that drops those that ask for it",
                   sysctl, view->subject->source_host);
    else if (option != NULL)
        advice_say(out,
                   "ask whoever runs the way%s%s for the device that drops "
                   "SYNs by their TCP options (%s), and to let them through "
                   "from %s to %s, port %u",
                   at, hop, option, address_print(&view->subject->source, from),
                   address_print(&view->subject->destination, to),
                   view->subject->port);
    return sysctl != NULL || option != NULL;
}

/* A wrong gateway takes what it is sent and says nothing: that is the host's own
 * affair, and the next hop's. */
void advise_lost(const struct view *view, const struct known *known,
                 struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    const char *hop = finding_text(verdict, "last_hop");
    const char *gateway = finding_text(verdict, "gateway");
    bool answer = verdict->packet == PACKET_SYN_ACK;
    char buffer[HOST_NAME_SIZE];
    char bringer[ADDRESS_TEXT_SIZE];
    const char *sender =
        explain_host(view, answer ? ROLE_DESTINATION : ROLE_SOURCE, buffer);

    (void)known;
    if (say_option(view, out))
        return;
    if (verdict->packet == PACKET_ACK)
        advice_say(
            out,
            "trace again with --count 10 and see whether it is always so; the "
            "SYN and the SYN-ACK passed: if it is, ask whoever runs the way "
            "between the two hosts for a filter that drops the plain ACKs "
            "behind them");
    else if (finding_text(verdict, "suspect") != NULL)
        advice_say(
            out,
            "see what %s does with the %s; if it lets it pass, ask whoever "
            "runs the way between the two hosts",
            finding_text(verdict, "suspect"), answer ? "SYN-ACK" : "SYN");
    else if (gateway != NULL && answer &&
             (hop == NULL || strcmp(hop, gateway) == 0) &&
             print_bringer(view, gateway, bringer))
        advice_say(
            out,
            "see whether %s is the right gateway on %s, for the SYN came in by "
            "%s, and %s answered; if it is, ask whoever runs it whether it "
            "passes packets on",
            gateway, sender, bringer,
            hop == NULL ? "not even hop 1" : "no hop behind that gateway");
    else if (hop != NULL)
        advice_say(
            out,
            "ask whoever runs the way from %s on: a filter, a missing route or "
            "a security group may be there",
            hop);
    else if (gateway != NULL)
        advice_say(
            out,
            "see whether %s is the right gateway on %s and passes packets on; "
            "if so, ask whoever runs the way behind it: a filter there, such "
            "as a security group, may drop the %s",
            gateway, sender, answer ? "SYN-ACK" : "SYN");
    else
        advice_say(out, "%s", causes[CAUSE_LOST_ON_PATH].advice);
}

/* Whose filter it is, and the rule to ask for. */
void advise_filtered(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    const struct subject *subject = view->subject;
    const char *hop = finding_text(&out->verdict, "last_hop");
    const char *at = hop == NULL ? "" : " at or behind ";
    char source[ADDRESS_TEXT_SIZE];
    char destination[ADDRESS_TEXT_SIZE];

    (void)known;
    if (hop == NULL)
        hop = "";
    out->advice_audience = ADVICE_NETWORK;
    address_print(&subject->source, source);
    address_print(&subject->destination, destination);
    if (out->verdict.packet == PACKET_SYN_ACK)
        advice_say(
            out,
            "ask whoever runs the filter (a network ACL, a firewall)%s%s to "
            "let the answers out: TCP from %s, port %u, to %s, ports 1024 to "
            "65535; one that keeps no state needs a rule for this way, too",
            at, hop, destination, subject->port, source);
    else
        advice_say(
            out,
            "ask whoever runs the filter (a security group, a firewall)%s%s "
            "for this rule: allow TCP from %s to %s, port %u",
            at, hop, source, destination, subject->port);
}

/* An own address of a device but loopback without a net around it; NULL: there is
 * none. */
static const struct evidence *lone_address(const struct view *view,
                                           enum role role)
{
    if (view->subject->destination.family != 4) /* DHCPv6 gives no other */
        return NULL;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == (uint8_t)role &&
            view_is_own(item) && own.family == 4 &&
            evidence_number(item, KEY_PREFIX, 0) == 32 &&
            strcmp(evidence_text(item, KEY_INTERFACE, "lo"), "lo") != 0)
            return item;
    }
    return NULL;
}

/* Where no net is around the host's address the kernel knows no gateway on the
 * link, and takes one with onlink alone. */
static void say_onlink(const struct evidence *lone, struct judgement *out)
{
    char own[PREFIX_TEXT_SIZE];

    advice_say(
        out,
        "add a route: ip route add ADDRESS via GATEWAY dev DEVICE; by the "
        "device of %s, which has no net around it, the kernel takes it "
        "with 'onlink' at the end alone",
        prefix_print(lone, own));
}

/* Of what is passed on, a policy rule that rejects leaves the same traces. */
void advise_route(const struct view *view, const struct known *known,
                  struct judgement *out)
{
    const struct evidence *lone = lone_address(view, out->verdict.role);

    (void)known;
    if (out->verdict.stage == STAGE_FORWARD)
        advice_say(out, "look at 'ip rule' on that host: a rule that says "
                        "unreachable looks the same from outside; if there is "
                        "none, add a route: ip route add ADDRESS via GATEWAY");
    else if (lone != NULL)
        say_onlink(lone, out);
    else
        advice_say_entry(out);
}

/* Of what the destination passes on, the lookup is not made again: the address
 * is in its rule. */
void advise_onward(const struct view *view, const struct known *known,
                   struct judgement *out)
{
    (void)view;
    (void)known;
    if (finding_text(&out->verdict, "passed_on") == NULL)
        advice_say_entry(out);
    else
        advice_say(out, "ask 'ip route get' on that host for the address that "
                        "the SYN is passed on to, and look at 'ip rule': take "
                        "out what rejects it, unless it stands there on "
                        "purpose");
}

/* Where the host drops the outer packets itself, nobody else need be asked. */
void advise_tunnel(const struct view *view, const struct known *known,
                   struct judgement *out)
{
    const char *host = finding_text(&out->verdict, "dropped_by");
    const char *remote = finding_text(&out->verdict, "remote");

    (void)view;
    (void)known;
    if (host == NULL)
        advice_say_entry(out);
    else
        advice_say(
            out,
            "look on %s for a rule in its output or postrouting chains that "
            "stops what goes to %s, the tunnel's other end (nft list ruleset, "
            "iptables-save), and for a queue that drops (tc -s qdisc)",
            host, remote == NULL ? "there" : remote);
}

/* By its link address, or by the hop whose TTL the answer bears. */
static bool say_answerer(struct judgement *out)
{
    int64_t number = finding_number(&out->verdict, "hop_number");
    const char *link = finding_text(&out->verdict, "link_address");
    const char *hop = finding_text(&out->verdict, "hop");

    if (link != NULL &&
        (hop == NULL ||
         finding_text(&out->verdict, "own_link_address") != NULL))
        advice_say(
            out,
            "find the host with the link address %s (the switches know its "
            "port) and take the address off it",
            link);
    else if (hop != NULL)
        advice_say(
            out,
            "ask whoever runs %s, whose TTL the answer bears, for a filter, a "
            "proxy or a redirecting rule there; or another host with the "
            "address is as far away",
            hop);
    else if (number > 0)
        advice_say(out, "%s; by its TTL the answer comes from hop %lld",
                   causes[out->verdict.cause].advice, (long long)number);
    else
        return false;
    return true;
}

void advise_reset(const struct view *view, const struct known *known,
                  struct judgement *out)
{
    char buffer[HOST_NAME_SIZE];

    (void)known;
    if (advice_say_holder(out) || say_answerer(out))
        return;
    if (out->verdict.packet != PACKET_SYN_ACK)
        advice_say_entry(out);
    else
        advice_say(
            out,
            "look for another host with %s's address, and ask whoever runs a "
            "filter between the hosts: one of them sends the reset",
            explain_host(view, ROLE_SOURCE, buffer));
}

void advise_answerer(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    (void)view;
    (void)known;
    if (out->verdict.role != ROLE_PATH ||
        finding_text(&out->verdict, "held_by_too") != NULL ||
        !say_answerer(out))
        advice_say_entry(out);
}
