/* Facts about what the destination does not keep for itself: may it pass it on,
 * and is there who takes it? */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/inside.h"

static const struct evidence *find_sysctl(const struct view *view,
                                          const char *name)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_SYSCTL && item->role == ROLE_DESTINATION &&
            view_is_own(item) &&
            strcmp(evidence_text(item, KEY_NAME, ""), name) == 0)
            return item;
    }
    return NULL;
}

/* Where came in what the host had to pass on: the container's answer where the
 * kernel says that it dropped that one, else the SYN. */
static const char *arrived_by(const struct view *view,
                              const struct attempt_view *attempt)
{
    const struct evidence *event = facts_drop_event(attempt);
    const struct evidence *syn = view_arrival(view, attempt);

    if (event != NULL && event->role == ROLE_DESTINATION &&
        strcmp(evidence_text(event, KEY_REASON, ""), "IP_INADDRERRORS") == 0 &&
        evidence_has(event, KEY_INTERFACE))
        return evidence_text(event, KEY_INTERFACE, "");
    return syn == NULL ? "" : evidence_text(syn, KEY_INTERFACE, "");
}

/* IPv4 asks the device that a packet came in on, and the setting for all only
 * writes those of the devices; IPv6 asks the setting for all. */
static const struct evidence *
deciding_sysctl(const struct view *view, const struct attempt_view *attempt)
{
    const char *device = arrived_by(view, attempt);
    char name[SYSCTL_NAME_SIZE];
    const struct evidence *own = NULL;

    if (view->subject->destination.family == 6)
        return find_sysctl(view, "net.ipv6.conf.all.forwarding");
    if (device[0] != '\0')
        own = find_sysctl(
            view, sysctl_name("net.ipv4.conf", device, "forwarding", name));
    return own != NULL ? own : find_sysctl(view, "net.ipv4.ip_forward");
}

/* A guest's frames are bridged: no setting of the host's stops them. */
static void derive_forwarding(struct known *known, const struct view *view,
                              const struct attempt_view *attempt)
{
    const struct evidence *sysctl = deciding_sysctl(view, attempt);
    bool v6 = view->subject->destination.family == 6;

    if (view->has_guest)
        return;
    if (sysctl != NULL)
        facts_say(known, F(DESTINATION, FORWARDING_OFF),
                  strtoll(evidence_text(sysctl, KEY_VALUE, "0"), NULL, 10) == 0,
                  sysctl);
    facts_derive_counter(known, view, attempt, ROLE_DESTINATION,
                         v6 ? "Ip6InAddrErrors" : "Ip.InAddrErrors",
                         F(DESTINATION, ADDRESS_ERRORS));
}

/* Whom the SYN was translated to, as connection tracking keeps it. */
static const struct evidence *translated(const struct attempt_view *attempt)
{
    const struct evidence *entry = attempt->destination.tracked[1];
    struct address called, target;

    if (entry == NULL)
        return NULL;
    called = evidence_address(entry, KEY_DESTINATION);
    target = evidence_address(entry, KEY_REPLY_SOURCE);
    return address_equal(&called, &target) ? NULL : entry;
}

static void derive_target(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *entry = translated(attempt);
    const struct evidence *questions;
    struct address target;

    /* A host that redirects to itself has nobody to ask for. */
    if (fact_is(known, F(DESTINATION, REDIRECTED_HERE), YES)) {
        facts_say(known, F(DESTINATION, TARGET_SILENT), false,
                  known->because[F(DESTINATION, REDIRECTED_HERE)]);
        return;
    }
    if (entry == NULL)
        return;
    target = evidence_address(entry, KEY_REPLY_SOURCE);
    questions = facts_asked_in_vain(view, ROLE_DESTINATION, attempt, &target);
    if (questions != NULL)
        facts_say(known, F(DESTINATION, TARGET_SILENT), true, questions);
    else if (facts_was_watching(view, ROLE_DESTINATION, attempt))
        facts_say(known, F(DESTINATION, TARGET_SILENT), false, entry);
}

/* Of several packets the one that came the farthest. */
static const struct evidence *stopped_inside(const struct attempt_view *attempt)
{
    static const enum packet packets[] = {PACKET_SYN_ACK, PACKET_SYN};

    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        const struct evidence *event = inside_drop(attempt, packets[i]);

        if (event != NULL &&
            strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") == 0)
            return event;
    }
    return NULL;
}

/* Whom the SYN was passed on to judges it, not the host's own sockets.  A reset
 * beside somebody who listens there is a rule's. */
static void derive_refusal(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    const struct evidence *event = inside_drop(attempt, PACKET_SYN);
    const struct evidence *reset = inside_refusal(view, attempt, PACKET_RST);
    const struct evidence *loopback = inside_listener(view, attempt, true);
    const struct evidence *served = inside_listener(view, attempt, false);
    bool no_socket =
        event != NULL &&
        strcmp(evidence_text(event, KEY_REASON, ""), "NO_SOCKET") == 0;

    if (no_socket)
        facts_say(known, F(DESTINATION, TARGET_NO_SOCKET), true, event);
    if (no_socket || (reset != NULL && served == NULL))
        facts_say(known, F(DESTINATION, TARGET_REFUSED), true,
                  no_socket ? event : reset);
    if (loopback != NULL && served == NULL)
        facts_say(known, F(DESTINATION, TARGET_ON_LOOPBACK), true, loopback);
}

/* With a reset for a SYN that netfilter dropped in there; or with what TCP itself
 * never answers. */
static void derive_rejection(struct known *known, const struct view *view,
                             const struct attempt_view *attempt)
{
    const struct evidence *stopped = stopped_inside(attempt);
    const struct evidence *reset = inside_refusal(view, attempt, PACKET_RST);
    const struct evidence *icmp = inside_refusal(view, attempt, PACKET_ICMP);

    if (stopped != NULL)
        facts_say(known, F(DESTINATION, STOPPED_INSIDE), true, stopped);
    if (icmp != NULL || (stopped != NULL && reset != NULL))
        facts_say(known, F(DESTINATION, TARGET_REJECTS), true,
                  stopped != NULL ? stopped : icmp);
    if (reset != NULL || icmp != NULL) /* so it is there */
        facts_say(known, F(DESTINATION, TARGET_SILENT), false,
                  reset != NULL ? reset : icmp);
}

/* Nobody there is known to have said or done so: once all is told, that is no. */
static void derive_inside(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    static const fact_ref facts[] = {
        F(DESTINATION, TARGET_REFUSED), F(DESTINATION, TARGET_NO_SOCKET),
        F(DESTINATION, TARGET_ON_LOOPBACK), F(DESTINATION, STOPPED_INSIDE),
        F(DESTINATION, TARGET_REJECTS)};

    derive_refusal(known, view, attempt);
    derive_rejection(known, view, attempt);
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
        if (facts_was_watching(view, ROLE_DESTINATION, attempt) &&
            view->subject->collected)
            facts_say(known, facts[i], false, view->destination.capture_after);
}

void facts_derive_passed_on(struct known *known, const struct view *view,
                            const struct attempt_view *attempt)
{
    derive_forwarding(known, view, attempt);
    derive_target(known, view, attempt);
    derive_inside(known, view, attempt);
    if (view->has_guest) /* its sockets, rules and routes are not the host's */
        facts_say(known, F(DESTINATION, HANDED_ON), true,
                  view_arrival(view, attempt));
}
