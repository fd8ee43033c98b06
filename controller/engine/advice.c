#include "controller/engine/advice.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/one_end.h"

const char *const advice_audiences[ADVICE_AUDIENCE_COUNT] = {
    "host", "service", "network team", "cloud"};

static void say(struct judgement *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct judgement *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format_list(out->advice, sizeof(out->advice), format, arguments);
    va_end(arguments);
}

static const char *detail_of(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (!finding->details[i].is_number &&
            strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

static void tell_by_place(struct judgement *out)
{
    out->advice_audience =
        out->verdict.role == ROLE_PATH ? ADVICE_NETWORK : ADVICE_HOST;
}

/* Where another host holds the address as well, that is what is to be mended,
 * whatever came of it. */
static bool say_holder(struct judgement *out)
{
    const char *address = detail_of(&out->verdict, "address");
    const char *holder = detail_of(&out->verdict, "held_by_too");

    if (holder == NULL || address == NULL)
        return false;
    say(out,
        "see why what is sent to %s comes to %s: take the address off the "
        "host that should not have it, or correct the route, the neighbour "
        "entry or the name that leads there",
        address, holder);
    return true;
}

static void say_entry(struct judgement *out)
{
    if (!say_holder(out))
        say(out, "%s", causes[out->verdict.cause].advice);
}

void advise_by_place(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    (void)view;
    (void)known;
    tell_by_place(out);
    say_entry(out);
}

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
        {"first-packet",
         "ask whoever runs the way for what drops the first packet of each "
         "flow: a firewall or balancer that is slow to learn new flows, or "
         "lets in only what comes again"},
        {"chance",
         "ask whoever runs the way for the errors and drops that its links "
         "and queues count: a bad cable, a full link, a queue that overflows"},
    };
    const char *follows = detail_of(&out->verdict, "follows");

    (void)view;
    (void)known;
    tell_by_place(out);
    for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
        if (follows != NULL && out->verdict.role == ROLE_PATH &&
            strcmp(follows, asks[i].follows) == 0) {
            say(out, "%s", asks[i].text);
            return;
        }
    say_entry(out);
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
void advise_route(const struct view *view, const struct known *known,
                  struct judgement *out)
{
    const struct evidence *lone = lone_address(view, out->verdict.role);
    char address[ADDRESS_TEXT_SIZE];
    struct address own;

    if (lone == NULL) {
        advise_by_place(view, known, out);
        return;
    }
    own = evidence_address(lone, KEY_ADDRESS);
    tell_by_place(out);
    say(out,
        "add a route: ip route add ADDRESS via GATEWAY dev DEVICE; by the "
        "device of %s/%lld, which has no net around it, the kernel takes it "
        "with 'onlink' at the end alone",
        address_print(&own, address),
        (long long)evidence_number(lone, KEY_PREFIX, 0));
}

/* Where the host drops the outer packets itself, nobody else need be asked. */
void advise_tunnel(const struct view *view, const struct known *known,
                   struct judgement *out)
{
    const char *host = detail_of(&out->verdict, "dropped_by");
    const char *remote = detail_of(&out->verdict, "remote");

    if (host == NULL) {
        advise_by_place(view, known, out);
        return;
    }
    tell_by_place(out);
    say(out,
        "look on %s for a rule in its output or postrouting chains that stops "
        "what goes to %s, the tunnel's other end (nft list ruleset, "
        "iptables-save), and for a queue that drops (tc -s qdisc)",
        host, remote == NULL ? "there" : remote);
}

void advise_service(const struct view *view, const struct known *known,
                    struct judgement *out)
{
    (void)view;
    (void)known;
    out->advice_audience = ADVICE_SERVICE;
    say_entry(out);
}

void advise_cloud(const struct view *view, const struct known *known,
                  struct judgement *out)
{
    (void)view;
    (void)known;
    out->advice_audience = ADVICE_CLOUD;
    say_entry(out);
}

/* --- undetermined: what would tell more --- */

static bool lost_packets(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_CAPTURE &&
            evidence_number(view->items[i], KEY_LOST, 0) > 0)
            return true;
    return false;
}

/* The host whose agent went away or refused, NULL for none. */
static const char *lost_host(const struct view *view, bool *refused)
{
    const struct subject *subject = view->subject;

    *refused =
        view->source.refused != NULL || view->destination.refused != NULL;
    if (view->source.refused != NULL || view->lost[ROLE_SOURCE] != NULL ||
        subject->source_lost)
        return subject->source_host;
    if (view->destination.refused != NULL ||
        view->lost[ROLE_DESTINATION] != NULL || subject->destination_lost)
        return subject->destination_host;
    return NULL;
}

void advise_undetermined(const struct view *view, const struct known *known,
                         struct judgement *out)
{
    const struct subject *subject = view->subject;
    bool refused;
    const char *lost = lost_host(view, &refused);
    char buffer[HOST_NAME_SIZE];
    const char *destination = explain_host(view, ROLE_DESTINATION, buffer);

    out->advice_audience = ADVICE_HOST;
    if (lost != NULL && refused)
        say(out,
            "allow it in the policy of the agent on %s "
            "(/etc/probectl/agent.conf)",
            lost);
    else if (lost != NULL)
        say(out,
            "see that the agent on %s runs and reaches the controller, and "
            "trace again",
            lost);
    else if (view->attempt_count == 0)
        say(out, "trace again with a longer --timeout");
    else if (address_is_link_local(&subject->destination) &&
             subject->device[0] == '\0')
        say(out, "name the device: [%s%%DEVICE]:%u, or --device", destination,
            subject->port);
    else if (one_end_advise(view, known, out->advice, sizeof(out->advice)))
        return;
    else if (subject->destination_host[0] == '\0' && subject->named_is_agent)
        say(out,
            "bring the agent on %s back (systemctl status probe-agent there), "
            "and trace again",
            subject->absent_host[0] != '\0' ? subject->absent_host
                                            : subject->named_as);
    else if (subject->destination_host[0] == '\0')
        say(out,
            "install an agent on %s, or name the one that should receive it "
            "with --to; without one, look there for the listener (ss -ltn), "
            "the rules, and the SYN itself (tcpdump)",
            destination);
    else if (view->destination.capture_armed == NULL)
        say(out,
            "see that the agent on %s reaches the controller by a way that "
            "this fault does not cut, and may capture, and trace again",
            destination);
    else if (lost_packets(view))
        say(out, "trace again when the hosts are less busy");
    else if (fact_is(known, F(DESTINATION, HANDED_ON), YES))
        say(out,
            "trace the address that %s sends it on to, from %s and from "
            "elsewhere",
            destination, destination);
    else
        say(out,
            "trace again with --count 10 and see whether it is always so; what "
            "was not looked at tells which agent needs more rights; --bundle "
            "FILE keeps the evidence");
}

/* --- the way between the hosts --- */

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

/* A wrong gateway takes what it is sent and says nothing: that is the host's own
 * affair, and the next hop's. */
void advise_lost(const struct view *view, const struct known *known,
                 struct judgement *out)
{
    const struct finding *verdict = &out->verdict;
    const char *hop = detail_of(verdict, "last_hop");
    const char *gateway = detail_of(verdict, "gateway");
    bool answer = verdict->packet == PACKET_SYN_ACK;
    char buffer[HOST_NAME_SIZE];
    char bringer[ADDRESS_TEXT_SIZE];
    const char *sender =
        explain_host(view, answer ? ROLE_DESTINATION : ROLE_SOURCE, buffer);

    (void)known;
    tell_by_place(out);
    if (explain_advise_option(view, out))
        return;
    if (verdict->packet == PACKET_ACK)
        say(out,
            "trace again with --count 10 and see whether it is always so; the "
            "SYN and the SYN-ACK passed: if it is, ask whoever runs the way "
            "between the two hosts for a filter that drops the plain ACKs "
            "behind them");
    else if (detail_of(verdict, "suspect") != NULL)
        say(out,
            "see what %s does with the %s; if it lets it pass, ask whoever "
            "runs the way between the two hosts",
            detail_of(verdict, "suspect"), answer ? "SYN-ACK" : "SYN");
    else if (gateway != NULL && answer &&
             (hop == NULL || strcmp(hop, gateway) == 0) &&
             print_bringer(view, gateway, bringer))
        say(out,
            "see whether %s is the right gateway on %s, for the SYN came in by "
            "%s, and %s answered; if it is, ask whoever runs it whether it "
            "passes packets on",
            gateway, sender, bringer,
            hop == NULL ? "not even hop 1" : "no hop behind that gateway");
    else if (hop != NULL)
        say(out,
            "ask whoever runs the way from %s on: a filter, a missing route or "
            "a security group may be there",
            hop);
    else if (gateway != NULL)
        say(out,
            "see whether %s is the right gateway on %s and passes packets on; "
            "if so, ask whoever runs the way behind it: a filter there, such "
            "as a security group, may drop the %s",
            gateway, sender, answer ? "SYN-ACK" : "SYN");
    else
        say(out, "%s", causes[CAUSE_LOST_ON_PATH].advice);
}

void advise_neighbour(const struct view *view, const struct known *known,
                      struct judgement *out)
{
    const char *sent_by = detail_of(&out->verdict, "sent_by");

    (void)view;
    (void)known;
    tell_by_place(out);
    if (detail_of(&out->verdict, "entry_on") == NULL)
        say_entry(out);
    else
        say(out,
            "delete the neighbour entry for %s on the last router (%s); if it "
            "comes back, look for another host with this address",
            detail_of(&out->verdict, "address"),
            sent_by == NULL ? "its link address is not known" : sent_by);
}

/* The next hop is the destination itself, and nobody knows who that is. */
void advise_next_hop(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    const char *address = detail_of(&out->verdict, "unanswered");
    const char *own = detail_of(&out->verdict, "own_address");

    (void)view;
    (void)known;
    tell_by_place(out);
    if (own != NULL)
        say(out,
            "take %s off %s if %s is not on that link; if it is, see that it "
            "is up",
            own, detail_of(&out->verdict, "interface"),
            detail_of(&out->verdict, "address"));
    else if (address == NULL)
        say_entry(out);
    else
        say(out,
            "see whether %s is the right address, and its host is up and on "
            "this network; if it should be behind a router, the prefix of the "
            "device is too wide",
            address);
}

/* A router that finds nobody has a way: there is nobody at its end. */
void advise_unreachable(const struct view *view, const struct known *known,
                        struct judgement *out)
{
    const char *hop = detail_of(&out->verdict, "hop");
    char address[ADDRESS_TEXT_SIZE];

    tell_by_place(out);
    if (hop == NULL || !fact_is(known, F(SOURCE, ICMP_NO_HOST), YES) ||
        !fact_is(known, F(DESTINATION, AGENT), NO)) {
        say_entry(out);
        return;
    }
    say(out,
        "see whether %s is the right address, and its host is up; if both are, "
        "ask whoever runs %s, the router that does not find it",
        address_print(&view->subject->destination, address), hop);
}

static int64_t number_of(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (finding->details[i].is_number &&
            strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].number;
    return 0;
}

/* By its link address, or by the hop whose TTL the answer bears. */
static bool say_answerer(struct judgement *out)
{
    int64_t number = number_of(&out->verdict, "hop_number");
    const char *link = detail_of(&out->verdict, "link_address");
    const char *hop = detail_of(&out->verdict, "hop");

    if (link != NULL &&
        (hop == NULL || detail_of(&out->verdict, "own_link_address") != NULL))
        say(out,
            "find the host with the link address %s (the switches know its "
            "port) and take the address off it",
            link);
    else if (hop != NULL)
        say(out,
            "ask whoever runs %s, whose TTL the answer bears, for a filter, a "
            "proxy or a redirecting rule there; or another host with the "
            "address is as far away",
            hop);
    else if (number > 0)
        say(out, "%s; by its TTL the answer comes from hop %lld",
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
    tell_by_place(out);
    if (say_holder(out) || say_answerer(out))
        return;
    if (out->verdict.packet != PACKET_SYN_ACK)
        say_entry(out);
    else
        say(out,
            "look for another host with %s's address, and ask whoever runs a "
            "filter between the hosts: one of them sends the reset",
            explain_host(view, ROLE_SOURCE, buffer));
}

void advise_answerer(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    (void)view;
    (void)known;
    tell_by_place(out);
    if (out->verdict.role != ROLE_PATH ||
        detail_of(&out->verdict, "held_by_too") != NULL || !say_answerer(out))
        say_entry(out);
}

void advice_fill(const struct view *view, const struct known *known,
                 struct judgement *out)
{
    const char *program = detail_of(&out->verdict, "not_installed");
    char host[HOST_NAME_SIZE];
    size_t used;

    if (out->verdict.cause == CAUSE_CONNECTED || out->fix_count > 0)
        return;
    causes[out->verdict.cause].advise(view, known, out);
    used = strlen(out->advice);
    if (program != NULL)
        text_format(out->advice + used, sizeof(out->advice) - used,
                    "; a command that does it needs %s, which is not installed "
                    "on %s",
                    program, explain_host(view, out->verdict.role, host));
}
