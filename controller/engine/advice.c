#include "controller/engine/advice.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/advice_parts.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/one_end.h"

const char *const advice_audiences[ADVICE_AUDIENCE_COUNT] = {
    "host", "service", "network team", "cloud"};

void advice_say(struct judgement *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format_list(out->advice, sizeof(out->advice), format, arguments);
    va_end(arguments);
}

/* Where another host holds the address as well, that is what is to be mended,
 * whatever came of it. */
bool advice_say_holder(struct judgement *out)
{
    const char *address = finding_text(&out->verdict, "address");
    const char *holder = finding_text(&out->verdict, "held_by_too");

    if (holder == NULL || address == NULL)
        return false;
    advice_say(
        out,
        "see why what is sent to %s comes to %s: take the address off the "
        "host that should not have it, or correct the route, the neighbour "
        "entry or the name that leads there",
        address, holder);
    return true;
}

void advice_say_entry(struct judgement *out)
{
    if (!advice_say_holder(out))
        advice_say(out, "%s", causes[out->verdict.cause].advice);
}

void advise_by_place(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    (void)view;
    (void)known;
    advice_say_entry(out);
}

void advise_martian(const struct view *view, const struct known *known,
                    struct judgement *out)
{
    (void)view;
    if (fact_is(known, F(DESTINATION, LED_TO_LOOPBACK), YES))
        advice_say(out,
                   "let the rule translate to an address of the device that "
                   "the SYN comes in on, and the service listen there");
    else
        advice_say_entry(out);
}

static void advise_container(const char *name, unsigned port,
                             struct judgement *out)
{
    const char *state = finding_text(&out->verdict, "container_state");
    bool runs = state != NULL && strcmp(state, "running") == 0;

    if (!runs)
        advice_say(out,
                   "see why the container %s does not run ('docker logs' and "
                   "'docker inspect' tell), mend that, and start it",
                   name);
    else if (finding_number(&out->verdict, "container_publishes") != 0)
        advice_say(out,
                   "publish the port of the container %s on the address that "
                   "is called; if it should be, restart Docker, which makes "
                   "its rules anew",
                   name);
    else
        advice_say(out,
                   "if the container %s is meant, make it anew with its port "
                   "published (docker run -p %u:PORT ...); else start the "
                   "service, or call the port that it listens on",
                   name, port);
}

void advise_service(const struct view *view, const struct known *known,
                    struct judgement *out)
{
    int64_t arrived = finding_number(&out->verdict, "arrived_port");
    int64_t led = finding_number(&out->verdict, "led_to_port");
    const char *target = finding_text(&out->verdict, "target");
    const char *container = finding_text(&out->verdict, "container");

    (void)known;
    out->advice_audience = ADVICE_SERVICE;
    if (container != NULL) {
        advise_container(container, view->subject->port, out);
        return;
    }
    if (target != NULL && out->verdict.cause == CAUSE_NOT_LISTENING)
        advice_say(out,
                   "start the service that should listen on port %lld of %s, "
                   "or let the rule lead to the port that it listens on",
                   (long long)finding_number(&out->verdict, "target_port"),
                   target);
    else if (target != NULL)
        advice_say(out, "let the service listen on %s, or on all addresses",
                   target);
    else if (led != 0 && out->verdict.cause == CAUSE_NOT_LISTENING)
        advice_say(out,
                   "start the service on port %lld, or correct the rule that "
                   "leads port %u to it; if its unit failed, journalctl -u "
                   "UNIT tells why",
                   (long long)led, view_called_port(view));
    else if (arrived != 0 && out->verdict.cause == CAUSE_NOT_LISTENING)
        advice_say(out,
                   "start the service on port %lld, or correct the rule on the "
                   "way that translates port %u to it; if its unit failed, "
                   "journalctl -u UNIT tells why",
                   (long long)arrived, view->subject->port);
    else
        advice_say_entry(out);
}

void advise_firewall(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    const char *target = finding_text(&out->verdict, "target");

    (void)view;
    (void)known;
    if (target == NULL)
        advice_say_entry(out);
    else
        advice_say(out,
                   "look at the rules where %s is (nft list ruleset, behind "
                   "'ip netns exec NAME' or 'nsenter -t PID -n'), and let this "
                   "connection through there",
                   target);
}

void advise_cloud(const struct view *view, const struct known *known,
                  struct judgement *out)
{
    (void)view;
    (void)known;
    out->advice_audience = ADVICE_CLOUD;
    advice_say_entry(out);
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
        advice_say(out,
                   "allow it in the policy of the agent on %s "
                   "(/etc/probectl/agent.conf)",
                   lost);
    else if (lost != NULL)
        advice_say(
            out,
            "see that the agent on %s runs and reaches the controller, and "
            "trace again",
            lost);
    else if (view->attempt_count == 0)
        advice_say(out, "trace again with a longer --timeout");
    else if (address_is_link_local(&subject->destination) &&
             subject->device[0] == '\0')
        advice_say(out, "name the device: [%s%%DEVICE]:%u, or --device",
                   destination, subject->port);
    else if (one_end_advise(view, known, out->advice, sizeof(out->advice)))
        return;
    else if (subject->destination_host[0] == '\0' && subject->named_is_agent)
        advice_say(
            out,
            "bring the agent on %s back (systemctl status probe-agent there), "
            "and trace again",
            subject->absent_host[0] != '\0' ? subject->absent_host
                                            : subject->named_as);
    else if (subject->destination_host[0] == '\0')
        advice_say(
            out,
            "install an agent on %s, or name the one that should receive it "
            "with --to; without one, look there for the listener (ss -ltn), "
            "the rules, and the SYN itself (tcpdump)",
            destination);
    else if (view->destination.capture_armed == NULL)
        advice_say(
            out,
            "see that the agent on %s reaches the controller by a way that "
            "this fault does not cut, and may capture, and trace again",
            destination);
    else if (lost_packets(view))
        advice_say(out, "trace again when the hosts are less busy");
    else if (finding_text(&out->verdict, "listener_namespace") != NULL)
        advice_say(out,
                   "look at the routes and rules of the network namespace %s "
                   "on %s (ip route, nft list ruleset, behind 'ip netns exec "
                   "NAME' or 'nsenter -t PID -n')",
                   finding_text(&out->verdict, "listener_namespace"),
                   destination);
    else if (fact_is(known, F(DESTINATION, HANDED_ON), YES))
        advice_say(out,
                   "trace the address that %s sends it on to, from %s and from "
                   "elsewhere",
                   destination, destination);
    else
        advice_say(
            out,
            "trace again with --count 10 and see whether it is always so; what "
            "was not looked at tells which agent needs more rights; --bundle "
            "FILE keeps the evidence");
}

/* --- the way between the hosts --- */

void advise_neighbour(const struct view *view, const struct known *known,
                      struct judgement *out)
{
    const char *sent_by = finding_text(&out->verdict, "sent_by");

    (void)view;
    (void)known;
    if (finding_text(&out->verdict, "entry_on") == NULL)
        advice_say_entry(out);
    else
        advice_say(
            out,
            "delete the neighbour entry for %s on the last router (%s); if it "
            "comes back, look for another host with this address",
            finding_text(&out->verdict, "address"),
            sent_by == NULL ? "its link address is not known" : sent_by);
}

/* The next hop is the destination itself, and nobody knows who that is. */
void advise_next_hop(const struct view *view, const struct known *known,
                     struct judgement *out)
{
    const char *address = finding_text(&out->verdict, "unanswered");
    const char *own = finding_text(&out->verdict, "own_address");

    (void)view;
    (void)known;
    if (finding_text(&out->verdict, "misled") != NULL)
        advice_say(out,
                   "remove the route %s dev %s, or give it the gateway that "
                   "leads there",
                   finding_text(&out->verdict, "route"),
                   finding_text(&out->verdict, "interface"));
    else if (finding_text(&out->verdict, "answered") != NULL)
        advice_say(
            out, "see what on that host drops the answer, a rule, a filter of "
                 "tc or a sysctl, and let it in");
    else if (own != NULL)
        advice_say(
            out,
            "take %s off %s if %s is not on that link; if it is, see that it "
            "is up",
            own, finding_text(&out->verdict, "interface"),
            finding_text(&out->verdict, "address"));
    else if (address == NULL)
        advice_say_entry(out);
    else
        advice_say(
            out,
            "see whether %s is the right address, and its host is up and on "
            "this network; if it should be behind a router, the prefix of the "
            "device is too wide",
            address);
}

/* A router that finds nobody has a way: there is nobody at its end. */
void advise_unreachable(const struct view *view, const struct known *known,
                        struct judgement *out)
{
    const char *hop = finding_text(&out->verdict, "hop");
    char address[ADDRESS_TEXT_SIZE];

    if (hop == NULL || !fact_is(known, F(SOURCE, ICMP_NO_HOST), YES) ||
        !fact_is(known, F(DESTINATION, AGENT), NO)) {
        advice_say_entry(out);
        return;
    }
    advice_say(
        out,
        "see whether %s is the right address, and its host is up; if both are, "
        "ask whoever runs %s, the router that does not find it",
        address_print(&view->subject->destination, address), hop);
}

void advice_fill(const struct view *view, const struct known *known,
                 struct judgement *out)
{
    const char *program = finding_text(&out->verdict, "not_installed");
    char host[HOST_NAME_SIZE];
    size_t used;

    if (out->verdict.cause == CAUSE_CONNECTED || out->fix_count > 0)
        return;
    out->advice_audience =
        out->verdict.role == ROLE_PATH ? ADVICE_NETWORK : ADVICE_HOST;
    causes[out->verdict.cause].advise(view, known, out);
    used = strlen(out->advice);
    if (program != NULL)
        text_format(out->advice + used, sizeof(out->advice) - used,
                    "; a command that does it needs %s, which is not installed "
                    "on %s",
                    program, explain_host(view, out->verdict.role, host));
}
