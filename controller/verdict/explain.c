#include "controller/verdict/explain.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"

static void detail_text(struct finding *finding, const char *name,
                        const char *text)
{
    struct detail *detail;

    if (text == NULL || text[0] == '\0' ||
        finding->detail_count == JUDGEMENT_MAX_DETAILS)
        return;
    detail = &finding->details[finding->detail_count++];
    text_format(detail->name, sizeof(detail->name), "%s", name);
    text_format(detail->text, sizeof(detail->text), "%s", text);
}

static void detail_number(struct finding *finding, const char *name,
                          int64_t number)
{
    struct detail *detail;

    if (finding->detail_count == JUDGEMENT_MAX_DETAILS)
        return;
    detail = &finding->details[finding->detail_count++];
    text_format(detail->name, sizeof(detail->name), "%s", name);
    detail->is_number = true;
    detail->number = number;
}

static void say(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format_list(finding->summary, sizeof(finding->summary), format,
                     arguments);
    va_end(arguments);
}

void finding_cite(struct finding *finding, const struct evidence *evidence)
{
    if (evidence == NULL || finding->evidence_count == JUDGEMENT_MAX_EVIDENCE)
        return;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (finding->evidence[i] == evidence->id)
            return;
    finding->evidence[finding->evidence_count++] = evidence->id;
}

const char *explain_host(const struct view *view, enum role role,
                         char buffer[static HOST_NAME_SIZE])
{
    const struct subject *subject = view->subject;

    if (role == ROLE_SOURCE)
        return subject->source_host;
    if (role == ROLE_PATH)
        return "the path";
    if (subject->destination_host[0] != '\0')
        return subject->destination_host;
    return address_print(&subject->destination, buffer);
}

struct words /* of one explanation, ready to print */
{
    char host[HOST_NAME_SIZE];
    char source[HOST_NAME_SIZE];
    char destination[HOST_NAME_SIZE];
    char source_address[ADDRESS_TEXT_SIZE];
    char destination_address[ADDRESS_TEXT_SIZE];
    const char *packet;
};

static const char *packet_title(enum packet packet)
{
    static const char *const titles[PACKET_COUNT] = {
        "SYN", "SYN-ACK", "ACK", "data", "RST", "FIN", "ICMP error", "packet"};

    return titles[packet];
}

static void words_prepare(struct words *words, const struct case_file *file,
                          const struct finding *finding)
{
    char buffer[HOST_NAME_SIZE];
    const struct subject *subject = file->view->subject;

    text_format(words->host, sizeof(words->host), "%s",
                explain_host(file->view, finding->role, buffer));
    text_format(words->source, sizeof(words->source), "%s",
                subject->source_host);
    text_format(words->destination, sizeof(words->destination), "%s",
                explain_host(file->view, ROLE_DESTINATION, buffer));
    address_print(&subject->source, words->source_address);
    address_print(&subject->destination, words->destination_address);
    words->packet = packet_title(finding->packet);
}

static void explain_firewall(const struct case_file *file,
                             const struct words *words, struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const char *verb =
        finding->cause == CAUSE_FIREWALL_REJECT ? "rejects" : "drops";
    bool policy;

    if (rule == NULL || !evidence_has(rule, KEY_CHAIN)) {
        say(finding,
            "a firewall on %s most likely %s the %s: nothing else on the host "
            "explains it",
            words->host, verb, words->packet);
        return;
    }
    policy = evidence_number(rule, KEY_POLICY, 0) != 0;
    detail_text(finding, "backend",
                word_name(&backend_words, evidence_word(rule, KEY_BACKEND)));
    detail_text(finding, "family",
                evidence_text(rule, KEY_FIREWALL_FAMILY, NULL));
    detail_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    detail_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    detail_text(finding, "base_chain",
                evidence_text(rule, KEY_BASE_CHAIN, NULL));
    if (evidence_has(rule, KEY_HANDLE))
        detail_number(finding, "handle", evidence_number(rule, KEY_HANDLE, 0));
    detail_text(finding, "rule",
                policy ? NULL : evidence_text(rule, KEY_RULE, NULL));
    if (policy)
        detail_text(finding, "policy", "drop");
    say(finding, "%s's firewall %s the %s: table %s %s, chain %s, %s%s",
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
    detail_text(finding, "address", address);
    detail_number(finding, "port", evidence_number(listener, KEY_PORT, 0));
    detail_text(finding, "process", evidence_text(listener, KEY_PROCESS, NULL));
    if (evidence_has(listener, KEY_PID))
        detail_number(finding, "pid", evidence_number(listener, KEY_PID, 0));
    if (evidence_has(listener, KEY_PID))
        text_format(text, size, "%s (pid %lld)",
                    evidence_text(listener, KEY_PROCESS, "a process"),
                    (long long)evidence_number(listener, KEY_PID, 0));
    else
        text_format(text, size, "%s",
                    evidence_text(listener, KEY_PROCESS, "a process"));
}

static void explain_listening(const struct case_file *file,
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
        detail_text(finding, "listener_namespace",
                    evidence_text(listener, KEY_NAMESPACE, NULL));
        say(finding,
            "%s listens on port %u, but in the network namespace %s of %s, not "
            "in the host's own",
            who, port, evidence_text(listener, KEY_NAMESPACE, "?"),
            words->host);
    } else if (finding->cause == CAUSE_LISTENING_ON_OTHER_FAMILY)
        say(finding,
            "on %s, %s listens on port %u of %s only, and the SYN "
            "comes by IPv%u",
            words->host, who, port, address,
            file->view->subject->destination.family);
    else if (finding->cause == CAUSE_LISTENING_ON_OTHER_DEVICE)
        say(finding, "on %s, %s listens on port %u of the device %s only",
            words->host, who, port,
            evidence_text(listener, KEY_INTERFACE, "?"));
    else
        say(finding, "on %s, %s listens on %s port %u only, not on %s",
            words->host, who, address, port, words->destination_address);
}

static void explain_not_listening(const struct case_file *file,
                                  const struct words *words,
                                  struct finding *finding)
{
    say(finding,
        "nothing listens on port %u of %s: its TCP answers with a "
        "reset",
        file->view->subject->port, words->host);
}

static void explain_queue(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    char who[96];
    const struct evidence *listener = file->decider;
    const struct evidence *counter =
        file->known->because[FACT_QUEUE_OVERFLOWED];

    if (listener == NULL)
        return;
    describe_listener(finding, listener, who, sizeof(who));
    detail_number(finding, "queue", evidence_number(listener, KEY_QUEUE, 0));
    detail_number(finding, "limit",
                  evidence_number(listener, KEY_QUEUE_LIMIT, 0));
    detail_text(finding, "process_state",
                evidence_text(listener, KEY_PROCESS_STATE, NULL));
    if (evidence_has(listener, KEY_FILES))
        detail_number(finding, "files",
                      evidence_number(listener, KEY_FILES, 0));
    if (evidence_has(listener, KEY_FILES_LIMIT))
        detail_number(finding, "files_limit",
                      evidence_number(listener, KEY_FILES_LIMIT, 0));
    finding_cite(finding, counter);
    say(finding,
        "the accept queue of %s on %s port %u is full (%lld waiting, limit "
        "%lld): the process does not accept fast enough",
        who, words->host, file->view->subject->port,
        (long long)evidence_number(listener, KEY_QUEUE, 0),
        (long long)evidence_number(listener, KEY_QUEUE_LIMIT, 0));
}

static void explain_route(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *route = file->decider;
    const char *target = finding->role == ROLE_SOURCE
                             ? words->destination_address
                             : words->source_address;

    if (finding->cause == CAUSE_NO_ROUTE) {
        say(finding, "%s has no route to %s, so the %s cannot leave",
            words->host, target, words->packet);
        return;
    }
    detail_text(finding, "route_type",
                route == NULL ? NULL
                              : evidence_text(route, KEY_ROUTE_TYPE, NULL));
    say(finding, "a route of type %s on %s rejects %s",
        route == NULL ? "?" : evidence_text(route, KEY_ROUTE_TYPE, "?"),
        words->host, target);
}

static void explain_link(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct evidence *link = file->decider;
    const char *name =
        link == NULL ? "?" : evidence_text(link, KEY_INTERFACE, "?");
    bool up = link != NULL && evidence_number(link, KEY_UP, 1) != 0;

    detail_text(finding, "interface", name);
    detail_number(finding, "up", up);
    say(finding, "%s's interface %s %s", words->host, name,
        up ? "has no carrier" : "is down");
}

static void explain_neighbour(const struct case_file *file,
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
    detail_text(finding, "address", address);
    detail_text(finding, "interface",
                evidence_text(neighbour, KEY_INTERFACE, NULL));
    detail_text(finding, "state",
                evidence_text(neighbour, KEY_NEIGHBOUR_STATE, NULL));
    say(finding,
        "%s's next hop %s does not answer %s on %s, so the %s cannot "
        "leave",
        words->host, address, next.family == 6 ? "neighbour discovery" : "ARP",
        evidence_text(neighbour, KEY_INTERFACE, "?"), words->packet);
}

static void explain_ports(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *ports = file->view->source.ports;

    if (ports != NULL) {
        detail_number(finding, "range_low",
                      evidence_number(ports, KEY_RANGE_LOW, 0));
        detail_number(finding, "range_high",
                      evidence_number(ports, KEY_RANGE_HIGH, 0));
        detail_number(finding, "in_use", evidence_number(ports, KEY_COUNT, 0));
        finding_cite(finding, ports);
        say(finding,
            "%s has no free source port towards %s port %u: %lld of the range "
            "%lld to %lld are taken",
            words->host, words->destination_address, file->view->subject->port,
            (long long)evidence_number(ports, KEY_COUNT, 0),
            (long long)evidence_number(ports, KEY_RANGE_LOW, 0),
            (long long)evidence_number(ports, KEY_RANGE_HIGH, 0));
        return;
    }
    say(finding, "%s has no free source port towards %s port %u", words->host,
        words->destination_address, file->view->subject->port);
}

static void explain_names(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const char *name = file->view->subject->named_as;

    detail_text(finding, "name", name);
    if (finding->cause == CAUSE_NAME_NOT_RESOLVED) {
        say(finding, "%s's resolver gives no address for %s: %s", words->host,
            name,
            file->decider == NULL
                ? "?"
                : evidence_text(file->decider, KEY_TEXT, "no reason given"));
        return;
    }
    detail_text(finding, "address", words->destination_address);
    say(finding, "%s resolves %s to %s, which %s does not own", words->source,
        name, words->destination_address, words->destination);
}

static void explain_rp_filter(const struct case_file *file,
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

    detail_text(finding, "arrived_on", arrived);
    detail_text(finding, "route_uses", route);
    finding_cite(finding, in);
    finding_cite(finding, back);
    finding_cite(finding, file->known->because[FACT_RP_FILTERED]);
    finding_cite(finding, file->known->because[FACT_SOURCE_RP_FILTERED]);
    say(finding,
        "reverse path filtering on %s drops the %s: it came in on %s, and the "
        "route back uses %s",
        words->host, words->packet, arrived, route);
}

static void explain_path(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;

    finding_cite(finding, file->view->source.capture_after);
    finding_cite(finding, file->view->destination.capture_after);
    say(finding,
        "the %s left %s and never reached %s: it was lost between the two "
        "hosts' devices",
        words->packet, forward ? words->source : words->destination,
        forward ? words->destination : words->source);
}

static void explain_icmp(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *icmp = file->decider;
    struct address offender;

    if (icmp == NULL)
        return;
    offender = evidence_address(icmp, KEY_OFFENDER);
    address_print(&offender, address);
    detail_text(finding, "hop", address);
    detail_number(finding, "icmp_type",
                  evidence_number(icmp, KEY_ICMP_TYPE, 0));
    detail_number(finding, "icmp_code",
                  evidence_number(icmp, KEY_ICMP_CODE, 0));
    say(finding,
        "%s answers the %s with an ICMP error (type %lld, code %lld): "
        "%s",
        address, words->packet,
        (long long)evidence_number(icmp, KEY_ICMP_TYPE, 0),
        (long long)evidence_number(icmp, KEY_ICMP_CODE, 0),
        causes[finding->cause].meaning);
}

static void explain_address(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    detail_text(finding, "address", words->destination_address);
    finding_cite(finding, in);
    say(finding,
        "the SYN reached %s, but %s does not own the address %s and does not "
        "forward it",
        words->host, words->host, words->destination_address);
}

static void explain_connected(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    const struct attempt_view *attempt = file->attempt;

    finding_cite(finding,
                 attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first);
    finding_cite(finding,
                 attempt->destination.packets[PACKET_ACK][DIRECTION_IN].first);
    say(finding, "%s connects to %s port %u", words->source, words->destination,
        file->view->subject->port);
}

static void explain_by_meaning(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    (void)file;
    if (finding->role == ROLE_PATH)
        say(finding, "between %s and %s: %s", words->source, words->destination,
            causes[finding->cause].meaning);
    else
        say(finding, "on %s: %s", words->host, causes[finding->cause].meaning);
}

typedef void explain_fn(const struct case_file *file, const struct words *words,
                        struct finding *finding);

static explain_fn *const explainers[CAUSE_COUNT] = {
    [CAUSE_CONNECTED] = explain_connected,
    [CAUSE_NAME_NOT_RESOLVED] = explain_names,
    [CAUSE_NAME_RESOLVES_ELSEWHERE] = explain_names,
    [CAUSE_SOURCE_PORTS_EXHAUSTED] = explain_ports,
    [CAUSE_NO_ROUTE] = explain_route,
    [CAUSE_ROUTE_REJECTS] = explain_route,
    [CAUSE_LINK_DOWN] = explain_link,
    [CAUSE_NEIGHBOUR_UNRESOLVED] = explain_neighbour,
    [CAUSE_FIREWALL_DROP] = explain_firewall,
    [CAUSE_FIREWALL_REJECT] = explain_firewall,
    [CAUSE_NOT_LISTENING] = explain_not_listening,
    [CAUSE_LISTENING_ON_LOOPBACK] = explain_listening,
    [CAUSE_LISTENING_ON_OTHER_ADDRESS] = explain_listening,
    [CAUSE_LISTENING_ON_OTHER_FAMILY] = explain_listening,
    [CAUSE_LISTENING_ON_OTHER_DEVICE] = explain_listening,
    [CAUSE_LISTENING_IN_OTHER_NAMESPACE] = explain_listening,
    [CAUSE_ACCEPT_QUEUE_FULL] = explain_queue,
    [CAUSE_RP_FILTER] = explain_rp_filter,
    [CAUSE_ADDRESS_NOT_LOCAL] = explain_address,
    [CAUSE_LOST_ON_PATH] = explain_path,
    [CAUSE_REJECTED_ON_PATH] = explain_icmp,
    [CAUSE_UNREACHABLE_ON_PATH] = explain_icmp,
};

void explain_finding(const struct case_file *file, enum confidence confidence,
                     struct finding *out)
{
    struct words words;
    explain_fn *explain = explainers[file->row->cause];
    bool is_rule =
        file->decider != NULL && evidence_has(file->decider, KEY_CHAIN);

    memset(out, 0, sizeof(*out));
    out->cause = file->row->cause;
    out->role = file->row->role;
    out->stage = file->row->stage;
    out->packet = file->row->packet;
    out->confidence = confidence;
    text_format(out->namespace_name, sizeof(out->namespace_name), "host");
    if (is_rule && out->role != ROLE_PATH) {
        out->role = file->decider->role;
        if (evidence_has(file->decider, KEY_STAGE))
            out->stage = (enum stage)evidence_word(file->decider, KEY_STAGE);
    }
    finding_cite(out, file->decider);
    words_prepare(&words, file, out);
    (explain == NULL ? explain_by_meaning : explain)(file, &words, out);
    for (unsigned fact = 0; fact < FACT_COUNT; fact++)
        if (((file->row->needs | file->row->proof) & FACT_BIT(fact)) != 0)
            finding_cite(out, file->known->because[fact]);
}
