/* Facts from programs, queue disciplines and IPsec policies of both hosts, and
 * from a connect() that the source's own kernel refused. */
#include "controller/engine/view/programs.h"

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"

static void derive_ipsec(struct known *known, const struct view *view,
                         enum role role, enum direction direction,
                         fact_ref fact)
{
    bool listed;
    const struct evidence *policy = view_ipsec(view, role, direction, &listed);

    if (policy != NULL || listed)
        facts_say(known, fact, policy != NULL, policy);
}

/* Any of these counts what a policy stopped. */
static const char *const stopped_out[] = {
    "XfrmOutPolBlock",       "XfrmOutNoStates",  "XfrmOutPolError",
    "XfrmOutBundleGenError", "XfrmAcquireError", NULL};
static const char *const stopped_in[] = {"XfrmInPolBlock", "XfrmInNoPols",
                                         "XfrmInTmplMismatch", NULL};

static void derive_ipsec_counted(struct known *known, const struct view *view,
                                 const struct attempt_view *attempt,
                                 enum role role, const char *const *names,
                                 fact_ref fact)
{
    for (; *names != NULL; names++) {
        facts_derive_counter(known, view, attempt, role, *names, fact);
        if (fact_is(known, fact, YES))
            return;
    }
}

/* The interface by which that end's packets leave; while it has none to send,
 * that on which it answers for its address. */
static const char *way_out(const struct view *view, enum role role)
{
    const struct end_view *end = view_end(view, role);
    const struct evidence *tells =
        end->route != NULL ? end->route : end->own_address;

    return tells == NULL ? NULL : evidence_text(tells, KEY_INTERFACE, NULL);
}

static void derive_qdisc(struct known *known, const struct view *view,
                         enum role role, fact_ref fact)
{
    const char *interface = way_out(view, role);
    const struct evidence *qdisc;

    if (interface == NULL)
        return;
    qdisc = view_qdisc(view, role, interface);
    if (qdisc != NULL)
        facts_say(known, fact, true, qdisc);
    else if (view_count_programs(view, role, "qdisc", interface) == 0)
        facts_say(known, fact, false, NULL);
}

/* connect() was refused by what stands before any packet: these are the errors
 * of security modules, seccomp, BPF programs and IPsec policies.  An error that
 * came before the call (of bind(), say) is told as no outcome of the network. */
static bool is_denied(const struct attempt_view *attempt)
{
    int64_t error = evidence_number(attempt->end, KEY_ERRNO, 0);

    if (attempt->start != NULL || evidence_has(attempt->end, KEY_ICMP_TYPE))
        return false;
    return error == EPERM ||
           (error == EACCES &&
            evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_UNREACHABLE);
}

static void derive_refusal(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    const char *hook = view->subject->destination.family == 6
                           ? "cgroup-connect6"
                           : "cgroup-connect4";
    int programs = view_count_programs(view, ROLE_SOURCE, hook, NULL);

    if (attempt->end != NULL)
        facts_say(known, F(SOURCE, CONNECT_DENIED), is_denied(attempt),
                  attempt->end);
    if (programs >= 0)
        facts_say(known, F(SOURCE, GROUP_WATCHES), programs > 0,
                  view_program(view, ROLE_SOURCE, hook, NULL, 0));
}

static const char *const netfilter_hooks[] = {
    "netfilter-prerouting", "netfilter-input", "netfilter-forward",
    "netfilter-output", "netfilter-postrouting"};

static const struct evidence *find_netfilter_program(const struct view *view,
                                                     enum role role)
{
    for (size_t i = 0; i < ARRAY_SIZE(netfilter_hooks); i++) {
        const struct evidence *found =
            view_program(view, role, netfilter_hooks[i], NULL, 0);

        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Was every hook listed, and nothing found? */
static bool is_netfilter_free(const struct view *view, enum role role)
{
    for (size_t i = 0; i < ARRAY_SIZE(netfilter_hooks); i++)
        if (view_count_programs(view, role, netfilter_hooks[i], NULL) != 0)
            return false;
    return true;
}

/* Netfilter's events of that end for the SYN and for its answer: was each in
 * nftables' own function?  The last of them, NULL if not, or if there is none. */
static const struct evidence *all_by_rules(const struct attempt_view *attempt,
                                           enum role role)
{
    static const enum packet packets[] = {PACKET_SYN, PACKET_SYN_ACK};
    const struct end_sights *end = view_sights(attempt, role);
    const struct evidence *found = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        const struct evidence *event = end->drop_event[packets[i]];

        if (event == NULL)
            continue;
        if (strncmp(evidence_text(event, KEY_FUNCTION, ""), "nft_do_chain",
                    12) != 0)
            return NULL;
        found = event;
    }
    return found;
}

static void derive_netfilter_program(struct known *known,
                                     const struct view *view,
                                     const struct attempt_view *attempt,
                                     enum role role, fact_ref fact)
{
    const struct evidence *found = find_netfilter_program(view, role);
    const struct evidence *event = all_by_rules(attempt, role);

    if (event != NULL)
        facts_say(known, fact, false, event);
    else if (found != NULL || is_netfilter_free(view, role))
        facts_say(known, fact, found != NULL, found);
}

/* The device of the destination at which it is called: the SYN came in there, or
 * the question for its address.  NULL: not known. */
static const char *device_called(const struct known *known,
                                 const struct view *view,
                                 const struct attempt_view *attempt)
{
    const struct evidence *in = view_arrival(view, attempt);

    if (in == NULL && fact_is(known, F(DESTINATION, ADDRESS_ASKED_FOR), YES))
        in = known->because[F(DESTINATION, ADDRESS_ASKED_FOR)];
    return in == NULL ? NULL : evidence_text(in, KEY_INTERFACE, NULL);
}

static bool is_ipv6_off(const struct evidence *item, enum role role)
{
    return item->kind == EVIDENCE_SYSCTL && item->role == role &&
           strstr(evidence_text(item, KEY_NAME, ""), ".disable_ipv6") != NULL &&
           strcmp(evidence_text(item, KEY_VALUE, "0"), "0") != 0;
}

/* The agent tells which interfaces speak IPv4 alone because IPv6 was switched
 * off, and how many they are.  Of the destination's only one matters: others may
 * be without it for good reason. */
static void derive_ipv6(struct known *known, const struct view *view,
                        enum role role, const char *device)
{
    fact_ref fact = fact_at(role, FACT_IPV6_DISABLED);
    const struct evidence *found = NULL;
    const struct evidence *none = NULL;

    if (view->subject->destination.family != 6) {
        facts_say(known, fact, false, NULL);
        return;
    }
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        const char *interface = evidence_text(item, KEY_INTERFACE, NULL);

        if (!is_ipv6_off(item, role))
            continue;
        if (interface != NULL && (found == NULL || item->id < found->id) &&
            (role == ROLE_SOURCE ||
             (device != NULL && strcmp(interface, device) == 0)))
            found = item;
        if (evidence_has(item, KEY_COUNT) &&
            (evidence_number(item, KEY_COUNT, 0) == 0 || device != NULL))
            none = item;
    }
    if (found != NULL || none != NULL)
        facts_say(known, fact, found != NULL, found != NULL ? found : none);
}

void facts_derive_programs(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    derive_refusal(known, view, attempt);
    derive_ipsec(known, view, ROLE_SOURCE, DIRECTION_OUT,
                 F(SOURCE, IPSEC_STOPS));
    derive_ipsec(known, view, ROLE_DESTINATION, DIRECTION_OUT,
                 F(DESTINATION, IPSEC_STOPS));
    derive_ipsec(known, view, ROLE_DESTINATION, DIRECTION_IN,
                 F(DESTINATION, IPSEC_STOPS_IN));
    derive_ipsec_counted(known, view, attempt, ROLE_SOURCE, stopped_out,
                         F(SOURCE, IPSEC_COUNTED));
    derive_ipsec_counted(known, view, attempt, ROLE_DESTINATION, stopped_out,
                         F(DESTINATION, IPSEC_COUNTED));
    derive_ipsec_counted(known, view, attempt, ROLE_DESTINATION, stopped_in,
                         F(DESTINATION, IPSEC_COUNTED_IN));
    derive_qdisc(known, view, ROLE_SOURCE, F(SOURCE, QDISC_DROPPED));
    derive_qdisc(known, view, ROLE_DESTINATION, F(DESTINATION, QDISC_DROPPED));
    derive_netfilter_program(known, view, attempt, ROLE_SOURCE,
                             F(SOURCE, NETFILTER_PROGRAM));
    derive_netfilter_program(known, view, attempt, ROLE_DESTINATION,
                             F(DESTINATION, NETFILTER_PROGRAM));
    derive_ipv6(known, view, ROLE_SOURCE, NULL);
    derive_ipv6(known, view, ROLE_DESTINATION,
                device_called(known, view, attempt));
}
