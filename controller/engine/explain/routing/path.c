/* Between the hosts: what is said. */
#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/routing/path_words.h"
#include "controller/engine/view/hops.h"
#include "controller/engine/view/programs.h"
#include "controller/engine/view/silence.h"
#include "controller/engine/view/ways.h"

/* A copy without options and ECN came through: it is neither the way that is
 * broken, nor are addresses and port alone what is filtered. */
static void add_copy_that_came(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    const struct evidence *answer =
        hops_far_answer(file->view, forward ? ROLE_SOURCE : ROLE_DESTINATION);

    if (answer == NULL || finding->packet == PACKET_ACK)
        return;
    finding_add_text(finding, "copy_answered_by",
                     forward ? words->destination : words->source);
    finding_cite(finding, answer);
    finding_say_more(
        finding,
        "; a bare copy of the %s, sent later to look for the place, was "
        "answered: what stops the others looks at more than addresses "
        "and port (TCP options, ECN, what it saw before), or lets some "
        "through",
        words->packet);
}

/* What an XDP program drops at its arrival, no capture sees, and a driver tells
 * nobody. */
static void add_suspect(const struct view *view, enum role at,
                        struct finding *finding)
{
    const struct evidence *link = view_end(view, at)->xdp_link;
    const struct evidence *program;
    const char *interface;
    const char *name;
    char who[160];

    if (link == NULL || finding->confidence == CONFIDENCE_PROVEN)
        return;
    interface = evidence_text(link, KEY_INTERFACE, "?");
    program = view_program(view, at, "xdp", interface, 0);
    name = program == NULL ? "" : evidence_text(program, KEY_NAME, "");
    text_format(who, sizeof(who), "the XDP program %s%s(id %lld) on %s", name,
                name[0] == '\0' ? "" : " ",
                (long long)evidence_number(link, KEY_XDP, 0), interface);
    finding_add_text(finding, "suspect", who);
    finding_cite(finding, link);
    finding_say_more(finding, "; or %s drops it there, which no capture sees",
                     who);
}

/* Behind an ACK that was lost, what ends the connection carries the same. */
static void add_what_followed(const struct case_file *file,
                              struct finding *finding)
{
    const struct evidence *fin =
        file->attempt->destination.packets[PACKET_FIN][DIRECTION_IN].first;

    if (finding->packet != PACKET_ACK || fin == NULL)
        return;
    finding_cite(finding, fin);
    finding_append(finding, "; ", "the FIN that followed it came through");
}

void path_write_watch(const struct case_file *file, struct finding *finding,
                      char *text, size_t size)
{
    enum role from = view_sender(finding->packet);
    const struct evidence *left =
        view_left(file->view, file->attempt, from, finding->packet)->first;
    const struct evidence *after =
        view_end(file->view, view_peer(from))->capture_after;
    int64_t watched_ms;

    text[0] = '\0';
    if (left == NULL || after == NULL || after->at_ns < left->at_ns)
        return;
    watched_ms = (after->at_ns - left->at_ns) / 1000000;
    finding_add_number(finding, "watched_ms", watched_ms);
    text_format(text, size, " within %lld ms%s", (long long)watched_ms,
                silence_may_be_slowness(file->view, finding->packet)
                    ? " (a slower way would look the same: --timeout 15 "
                      "watches for 3 s)"
                    : "");
}

/* Writes ", sent to the gateway ADDRESS,", by which it left: a wrong gateway takes
 * what it is sent and says nothing.  Empty where several share the packets. */
static void write_gateway(const struct case_file *file, enum role role,
                          struct finding *finding, char *text, size_t size)
{
    const struct view *view = file->view;
    const struct evidence *route = ways_route(view, role, file->attempt);
    char address[ADDRESS_TEXT_SIZE];
    struct address gateway;

    text[0] = '\0';
    if (route == NULL || !evidence_has(route, KEY_GATEWAY) ||
        !ways_saw_leave(view, role, finding->packet,
                        evidence_text(route, KEY_INTERFACE, "")))
        return;
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_ROUTE_LEG &&
            view->items[i]->role == role)
            return;
    gateway = evidence_address(route, KEY_GATEWAY);
    finding_add_text(finding, "gateway", address_print(&gateway, address));
    finding_cite(finding, route);
    text_format(text, size, ", sent to the gateway %s,", address);
}

void path_write_place(const struct case_file *file, struct finding *finding,
                      char *text, size_t size)
{
    enum role from = view_sender(finding->packet);
    const struct evidence *hop = hops_far_answer(file->view, from) == NULL
                                     ? hops_last(file->view, from)
                                     : NULL;
    char address[ADDRESS_TEXT_SIZE];
    struct address offender;

    text[0] = '\0';
    if (hop == NULL)
        return;
    offender = evidence_address(hop, KEY_OFFENDER);
    finding_add_text(finding, "last_hop", address_print(&offender, address));
    finding_cite(finding, hop);
    text_format(text, size, ", at or behind %s,", address);
}

void path_cite_captures(const struct case_file *file, struct finding *finding)
{
    finding_cite(finding, file->view->source.capture_after);
    finding_cite(finding, file->view->destination.capture_after);
}

void sentence_path(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    const char *from = forward ? words->source : words->destination;
    const char *to = forward ? words->destination : words->source;
    enum role role = forward ? ROLE_SOURCE : ROLE_DESTINATION;
    /* A copy that came through passed the very place: the hops say nothing of
     * it. */
    bool came = hops_far_answer(file->view, role) != NULL;
    char watch[80];
    char via[ADDRESS_TEXT_SIZE + 32];
    char place[ADDRESS_TEXT_SIZE + 24];

    path_write_watch(file, finding, watch, sizeof(watch));
    via[0] = '\0';
    if (!came && finding->packet != PACKET_ACK) /* it passed the SYN on */
        write_gateway(file, role, finding, via, sizeof(via));
    path_cite_captures(file, finding);
    path_write_place(file, finding, place, sizeof(place));
    if (place[0] == '\0')
        finding_say(finding,
                    "the %s left %s%s and did not reach %s%s: it was lost "
                    "between the two hosts' devices",
                    words->packet, from, via, to, watch);
    else
        finding_say(finding,
                    "the %s left %s and did not reach %s%s: it was lost on the "
                    "way%s the last hop that answered",
                    words->packet, from, to, watch, place);
    if (!path_add_option(file, words, finding))
        add_copy_that_came(file, words, finding);
    path_add_vantage(file, finding);
    add_what_followed(file, finding);
    if (finding->packet != PACKET_ACK)
        explain_ecn_suspect(file, words, finding);
    add_suspect(file->view, forward ? ROLE_DESTINATION : ROLE_SOURCE, finding);
    explain_translation(file, words, finding);
    explain_untranslated(file, words, finding);
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

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].family == family && names[i].type == type &&
            names[i].code == code)
            return names[i].name;
    return "unreachable";
}

/* Neighbour resolution asks three times, a second apart. */
#define ASKED_IN_VAIN_US 2500000

/* The last router says the same of a host that is down, or that gave up the
 * address: where no agent watches, nobody can tell. */
static const char *of_host(const struct case_file *file,
                           const struct finding *finding)
{
    const struct evidence *end = file->attempt->end;

    if (finding->cause != CAUSE_UNREACHABLE_ON_PATH ||
        !fact_is(file->known, F(SOURCE, ICMP_NO_HOST), YES) ||
        !fact_is(file->known, F(DESTINATION, AGENT), NO))
        return "";
    return end != NULL &&
                   evidence_number(end, KEY_CONNECT_US, 0) >= ASKED_IN_VAIN_US
               ? "; so late a router says so that asked for the address in "
                 "vain: nobody on that last link holds it, or the host is down"
               : "; or the host is down, or holds the address no more";
}

void sentence_icmp(const struct case_file *file, const struct words *words,
                   struct finding *finding)
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
                "%s answers %sthe %s with an ICMP error (type %lld, code "
                "%lld): %s%s",
                address, icmp->kind == EVIDENCE_HOP ? "copies of " : "",
                words->packet, (long long)type, (long long)code,
                icmp_name(offender.family, type, code), of_host(file, finding));
    explain_translation(file, words, finding);
    explain_untranslated(file, words, finding);
}

/* An address and port as an address is written with a port. */
static void write_end(const struct evidence *packet, enum evidence_key address,
                      enum evidence_key port, char *text, size_t size)
{
    char name[ADDRESS_TEXT_SIZE];
    struct address end = evidence_address(packet, address);

    text_format(text, size, end.family == 6 ? "[%s]:%lld" : "%s:%lld",
                address_print(&end, name),
                (long long)evidence_number(packet, port, 0));
}

void sentence_reply(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const struct evidence *syn =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *answer =
        file->attempt->source.packets[PACKET_SYN_ACK][DIRECTION_IN].first;
    const struct evidence *arrived =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    char called[ADDRESS_TEXT_SIZE + 16];
    char from[ADDRESS_TEXT_SIZE + 16];
    char asked[ADDRESS_TEXT_SIZE + 16];

    write_end(syn, KEY_DESTINATION, KEY_DESTINATION_PORT, called,
              sizeof(called));
    write_end(answer, KEY_SOURCE, KEY_SOURCE_PORT, from, sizeof(from));
    finding_add_text(finding, "called", called);
    finding_add_text(finding, "answered_from", from);
    finding_cite(finding, answer);
    finding_cite(finding, arrived);
    if (finding->cause == CAUSE_REPLY_BYPASSES_NAT) {
        if (finding->role == ROLE_DESTINATION) /* itself translated it */
            arrived =
                file->attempt->destination.packets[PACKET_SYN][DIRECTION_OUT]
                    .first;
        write_end(arrived, KEY_DESTINATION, KEY_DESTINATION_PORT, asked,
                  sizeof(asked));
        finding_add_text(finding, "translated_to", asked);
        finding_say(finding,
                    "%s called %s, which was translated to %s on the way; the "
                    "answer came back from %s by a way that does not translate "
                    "it back, so %s refuses it",
                    words->source, called, asked, from, words->source);
        return;
    }
    finding_say(finding,
                "%s called %s, and the answer came from %s%s: %s "
                "refuses it",
                words->source, called, from,
                finding->role == ROLE_PATH ? ", changed on the way" : "",
                words->source);
}
