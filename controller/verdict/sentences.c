/* What a finding says, cause by cause. */
#include "controller/verdict/sentences.h"

#include "common/base/text.h"

static void sentence_firewall(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const char *verb =
        finding->cause == CAUSE_FIREWALL_REJECT ? "rejects" : "drops";
    bool policy;

    if (rule == NULL || !evidence_has(rule, KEY_CHAIN)) {
        finding_say(
            finding,
            "a firewall on %s most likely %s the %s: nothing else on the host "
            "explains it",
            words->host, verb, words->packet);
        return;
    }
    policy = evidence_number(rule, KEY_POLICY, 0) != 0;
    finding_add_text(
        finding, "backend",
        word_name(&backend_words, evidence_word(rule, KEY_BACKEND)));
    finding_add_text(finding, "family",
                     evidence_text(rule, KEY_FIREWALL_FAMILY, NULL));
    finding_add_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    finding_add_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    finding_add_text(finding, "base_chain",
                     evidence_text(rule, KEY_BASE_CHAIN, NULL));
    if (evidence_has(rule, KEY_HANDLE))
        finding_add_number(finding, "handle",
                           evidence_number(rule, KEY_HANDLE, 0));
    finding_add_text(finding, "rule",
                     policy ? NULL : evidence_text(rule, KEY_RULE, NULL));
    if (policy)
        finding_add_text(finding, "policy", "drop");
    finding_say(finding, "%s's firewall %s the %s: table %s %s, chain %s, %s%s",
                words->host, verb, words->packet,
                evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
                evidence_text(rule, KEY_TABLE, "?"),
                evidence_text(rule, KEY_CHAIN, "?"),
                policy ? "the chain's policy" : "rule ",
                policy ? "" : evidence_text(rule, KEY_RULE, "(text unknown)"));
}

static void describe_listener(struct finding *finding,
                              const struct evidence *listener, char *text,
                              size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address bound = evidence_address(listener, KEY_ADDRESS);

    address_print(&bound, address);
    finding_add_text(finding, "address", address);
    finding_add_number(finding, "port", evidence_number(listener, KEY_PORT, 0));
    finding_add_text(finding, "process",
                     evidence_text(listener, KEY_PROCESS, NULL));
    if (evidence_has(listener, KEY_PID))
        finding_add_number(finding, "pid",
                           evidence_number(listener, KEY_PID, 0));
    if (evidence_has(listener, KEY_PID))
        text_format(text, size, "%s (pid %lld)",
                    evidence_text(listener, KEY_PROCESS, "a process"),
                    (long long)evidence_number(listener, KEY_PID, 0));
    else
        text_format(text, size, "%s",
                    evidence_text(listener, KEY_PROCESS, "a process"));
}

static void sentence_listening(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    char who[96];
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *listener = file->decider;
    unsigned port = file->view->subject->port;
    struct address bound;

    if (listener == NULL)
        return;
    bound = evidence_address(listener, KEY_ADDRESS);
    address_print(&bound, address);
    describe_listener(finding, listener, who, sizeof(who));
    if (finding->cause == CAUSE_LISTENING_IN_OTHER_NAMESPACE) {
        finding_add_text(finding, "listener_namespace",
                         evidence_text(listener, KEY_NAMESPACE, NULL));
        finding_say(
            finding,
            "%s listens on port %u, but in the network namespace %s of %s, not "
            "in the host's own",
            who, port, evidence_text(listener, KEY_NAMESPACE, "?"),
            words->host);
    } else if (finding->cause == CAUSE_LISTENING_ON_OTHER_FAMILY)
        finding_say(finding,
                    "on %s, %s listens on port %u of %s only, and the SYN "
                    "comes by IPv%u",
                    words->host, who, port, address,
                    file->view->subject->destination.family);
    else if (finding->cause == CAUSE_LISTENING_ON_OTHER_DEVICE)
        finding_say(finding,
                    "on %s, %s listens on port %u of the device %s only",
                    words->host, who, port,
                    evidence_text(listener, KEY_INTERFACE, "?"));
    else
        finding_say(finding, "on %s, %s listens on %s port %u only, not on %s",
                    words->host, who, address, port,
                    words->destination_address);
}

static void sentence_not_listening(const struct case_file *file,
                                   const struct words *words,
                                   struct finding *finding)
{
    finding_say(finding,
                "nothing listens on port %u of %s: its TCP answers with a "
                "reset",
                file->view->subject->port, words->host);
}

static void sentence_queue(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    char who[96];
    const struct evidence *listener = file->decider;
    const struct evidence *counter =
        file->known->because[FACT_QUEUE_OVERFLOWED];

    if (listener == NULL)
        return;
    describe_listener(finding, listener, who, sizeof(who));
    finding_add_number(finding, "queue",
                       evidence_number(listener, KEY_QUEUE, 0));
    finding_add_number(finding, "limit",
                       evidence_number(listener, KEY_QUEUE_LIMIT, 0));
    finding_add_text(finding, "process_state",
                     evidence_text(listener, KEY_PROCESS_STATE, NULL));
    if (evidence_has(listener, KEY_FILES))
        finding_add_number(finding, "files",
                           evidence_number(listener, KEY_FILES, 0));
    if (evidence_has(listener, KEY_FILES_LIMIT))
        finding_add_number(finding, "files_limit",
                           evidence_number(listener, KEY_FILES_LIMIT, 0));
    finding_cite(finding, counter);
    finding_say(
        finding,
        "the accept queue of %s on %s port %u is full (%lld waiting, limit "
        "%lld): the process does not accept fast enough",
        who, words->host, file->view->subject->port,
        (long long)evidence_number(listener, KEY_QUEUE, 0),
        (long long)evidence_number(listener, KEY_QUEUE_LIMIT, 0));
}

static void sentence_route(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    const struct evidence *route = file->decider;
    const char *target = finding->role == ROLE_SOURCE
                             ? words->destination_address
                             : words->source_address;

    if (finding->cause == CAUSE_NO_ROUTE) {
        finding_say(finding, "%s has no route to %s, so the %s cannot leave",
                    words->host, target, words->packet);
        return;
    }
    finding_add_text(
        finding, "route_type",
        route == NULL ? NULL : evidence_text(route, KEY_ROUTE_TYPE, NULL));
    finding_say(finding, "a route of type %s on %s rejects %s",
                route == NULL ? "?" : evidence_text(route, KEY_ROUTE_TYPE, "?"),
                words->host, target);
}

static void sentence_link(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *link = file->decider;
    const char *name =
        link == NULL ? "?" : evidence_text(link, KEY_INTERFACE, "?");
    bool up = link != NULL && evidence_number(link, KEY_UP, 1) != 0;

    finding_add_text(finding, "interface", name);
    finding_add_number(finding, "up", up);
    finding_say(finding, "%s's interface %s %s", words->host, name,
                up ? "has no carrier" : "is down");
}

static void sentence_neighbour(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *neighbour = file->decider;
    struct address next;

    if (neighbour == NULL)
        return;
    next = evidence_address(neighbour, KEY_ADDRESS);
    address_print(&next, address);
    finding_add_text(finding, "address", address);
    finding_add_text(finding, "interface",
                     evidence_text(neighbour, KEY_INTERFACE, NULL));
    finding_add_text(finding, "state",
                     evidence_text(neighbour, KEY_NEIGHBOUR_STATE, NULL));
    finding_say(finding,
                "%s's next hop %s does not answer %s on %s, so the %s cannot "
                "leave",
                words->host, address,
                next.family == 6 ? "neighbour discovery" : "ARP",
                evidence_text(neighbour, KEY_INTERFACE, "?"), words->packet);
}

static void sentence_ports(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    const struct evidence *ports = file->view->source.ports;

    if (ports != NULL) {
        finding_add_number(finding, "range_low",
                           evidence_number(ports, KEY_RANGE_LOW, 0));
        finding_add_number(finding, "range_high",
                           evidence_number(ports, KEY_RANGE_HIGH, 0));
        finding_add_number(finding, "in_use",
                           evidence_number(ports, KEY_COUNT, 0));
        finding_cite(finding, ports);
        finding_say(
            finding,
            "%s has no free source port towards %s port %u: %lld of the range "
            "%lld to %lld are taken",
            words->host, words->destination_address, file->view->subject->port,
            (long long)evidence_number(ports, KEY_COUNT, 0),
            (long long)evidence_number(ports, KEY_RANGE_LOW, 0),
            (long long)evidence_number(ports, KEY_RANGE_HIGH, 0));
        return;
    }
    finding_say(finding, "%s has no free source port towards %s port %u",
                words->host, words->destination_address,
                file->view->subject->port);
}

static void sentence_names(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    const char *name = file->view->subject->named_as;

    finding_add_text(finding, "name", name);
    if (finding->cause == CAUSE_NAME_NOT_RESOLVED) {
        finding_say(
            finding, "%s's resolver gives no address for %s: %s", words->host,
            name,
            file->decider == NULL
                ? "?"
                : evidence_text(file->decider, KEY_TEXT, "no reason given"));
        return;
    }
    finding_add_text(finding, "address", words->destination_address);
    finding_say(finding, "%s resolves %s to %s, which %s does not own",
                words->source, name, words->destination_address,
                words->destination);
}

static void sentence_rp_filter(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    const struct evidence *back = view_end(file->view, finding->role)->route;
    const struct end_sights *sights = finding->role == ROLE_SOURCE
                                          ? &file->attempt->source
                                          : &file->attempt->destination;
    const struct evidence *in =
        sights->packets[finding->packet][DIRECTION_IN].first;
    const char *arrived =
        in == NULL ? "?" : evidence_text(in, KEY_INTERFACE, "?");
    const char *route =
        back == NULL ? "?" : evidence_text(back, KEY_INTERFACE, "?");

    finding_add_text(finding, "arrived_on", arrived);
    finding_add_text(finding, "route_uses", route);
    finding_cite(finding, in);
    finding_cite(finding, back);
    finding_cite(finding, file->known->because[FACT_RP_FILTERED]);
    finding_cite(finding, file->known->because[FACT_SOURCE_RP_FILTERED]);
    finding_say(
        finding,
        "reverse path filtering on %s drops the %s: it came in on %s, and the "
        "route back uses %s",
        words->host, words->packet, arrived, route);
}

/* The farthest hop that answered the walk from that end, or NULL. */
static const struct evidence *last_hop(const struct view *view, enum role from)
{
    const struct evidence *last = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *hop = &view->items[i];

        if (hop->kind == EVIDENCE_HOP && hop->role == from &&
            evidence_has(hop, KEY_OFFENDER) &&
            (last == NULL || evidence_number(hop, KEY_TTL, 0) >
                                 evidence_number(last, KEY_TTL, 0)))
            last = hop;
    }
    return last;
}

static void sentence_path(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    const char *from = forward ? words->source : words->destination;
    const char *to = forward ? words->destination : words->source;
    const struct evidence *hop =
        last_hop(file->view, forward ? ROLE_SOURCE : ROLE_DESTINATION);
    char address[ADDRESS_TEXT_SIZE];
    struct address offender;

    finding_cite(finding, file->view->source.capture_after);
    finding_cite(finding, file->view->destination.capture_after);
    if (hop == NULL) {
        finding_say(finding,
                    "the %s left %s and never reached %s: it was lost between "
                    "the two hosts' devices",
                    words->packet, from, to);
        return;
    }
    offender = evidence_address(hop, KEY_OFFENDER);
    address_print(&offender, address);
    finding_add_text(finding, "last_hop", address);
    finding_cite(finding, hop);
    finding_say(finding,
                "the %s left %s and never reached %s: it was lost on the way, "
                "at or behind %s, the last hop that answered",
                words->packet, from, to, address);
}

/* What the error calls itself; RFC 792, 1812 and 4443. */
static const char *icmp_name(unsigned family, int64_t type, int64_t code)
{
    static const struct
    {
        unsigned family;
        int type, code;
        const char *name;
    } names[] = {
        {4, 3, 0, "network unreachable"},
        {4, 3, 1, "host unreachable"},
        {4, 3, 2, "protocol unreachable"},
        {4, 3, 3, "port unreachable, as a firewall's reject rule sends it"},
        {4, 3, 9, "network administratively prohibited"},
        {4, 3, 10, "host administratively prohibited"},
        {4, 3, 13, "communication administratively prohibited"},
        {4, 11, 0, "TTL exceeded"},
        {6, 1, 0, "no route to destination"},
        {6, 1, 1, "administratively prohibited"},
        {6, 1, 3, "address unreachable"},
        {6, 1, 4, "port unreachable, as a firewall's reject rule sends it"},
        {6, 1, 5, "source address failed policy"},
        {6, 1, 6, "reject route to destination"},
        {6, 3, 0, "hop limit exceeded"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].family == family && names[i].type == type &&
            names[i].code == code)
            return names[i].name;
    return "unreachable";
}

static void sentence_icmp(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *icmp = file->decider;
    struct address offender;
    int64_t type;
    int64_t code;

    if (icmp == NULL)
        return;
    offender = evidence_address(icmp, KEY_OFFENDER);
    address_print(&offender, address);
    type = evidence_number(icmp, KEY_ICMP_TYPE, 0);
    code = evidence_number(icmp, KEY_ICMP_CODE, 0);
    finding_add_text(finding, "hop", address);
    finding_add_number(finding, "icmp_type", type);
    finding_add_number(finding, "icmp_code", code);
    finding_say(finding,
                "%s answers the %s with an ICMP error (type %lld, code %lld): "
                "%s",
                address, words->packet, (long long)type, (long long)code,
                icmp_name(offender.family, type, code));
}

static void sentence_address(const struct case_file *file,
                             const struct words *words, struct finding *finding)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    finding_add_text(finding, "address", words->destination_address);
    finding_cite(finding, in);
    finding_say(
        finding,
        "the SYN reached %s, but %s does not own the address %s and does not "
        "forward it",
        words->host, words->host, words->destination_address);
}

static void sentence_connected(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    const struct attempt_view *attempt = file->attempt;

    finding_cite(finding,
                 attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first);
    finding_cite(finding,
                 attempt->destination.packets[PACKET_ACK][DIRECTION_IN].first);
    finding_say(finding, "%s connects to %s port %u", words->source,
                words->destination, file->view->subject->port);
}

void sentence_by_meaning(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    (void)file;
    if (finding->role == ROLE_PATH)
        finding_say(finding, "between %s and %s: %s", words->source,
                    words->destination, causes[finding->cause].meaning);
    else
        finding_say(finding, "on %s: %s", words->host,
                    causes[finding->cause].meaning);
}

sentence_fn *const sentences[CAUSE_COUNT] = {
    [CAUSE_CONNECTED] = sentence_connected,
    [CAUSE_NAME_NOT_RESOLVED] = sentence_names,
    [CAUSE_NAME_RESOLVES_ELSEWHERE] = sentence_names,
    [CAUSE_SOURCE_PORTS_EXHAUSTED] = sentence_ports,
    [CAUSE_NO_ROUTE] = sentence_route,
    [CAUSE_ROUTE_REJECTS] = sentence_route,
    [CAUSE_LINK_DOWN] = sentence_link,
    [CAUSE_NEIGHBOUR_UNRESOLVED] = sentence_neighbour,
    [CAUSE_FIREWALL_DROP] = sentence_firewall,
    [CAUSE_FIREWALL_REJECT] = sentence_firewall,
    [CAUSE_NOT_LISTENING] = sentence_not_listening,
    [CAUSE_LISTENING_ON_LOOPBACK] = sentence_listening,
    [CAUSE_LISTENING_ON_OTHER_ADDRESS] = sentence_listening,
    [CAUSE_LISTENING_ON_OTHER_FAMILY] = sentence_listening,
    [CAUSE_LISTENING_ON_OTHER_DEVICE] = sentence_listening,
    [CAUSE_LISTENING_IN_OTHER_NAMESPACE] = sentence_listening,
    [CAUSE_ACCEPT_QUEUE_FULL] = sentence_queue,
    [CAUSE_RP_FILTER] = sentence_rp_filter,
    [CAUSE_ADDRESS_NOT_LOCAL] = sentence_address,
    [CAUSE_LOST_ON_PATH] = sentence_path,
    [CAUSE_REJECTED_ON_PATH] = sentence_icmp,
    [CAUSE_UNREACHABLE_ON_PATH] = sentence_icmp,
};
