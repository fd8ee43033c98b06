/* What the source's own rules, or the socket's own device, do to where the
 * connection goes. */
#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/answerer.h"
#include "controller/engine/view/holders.h"

/* The SYN as the source sent it, if to somebody else than was called. */
static const struct evidence *diverted_syn(const struct case_file *file)
{
    static const fact_ref facts[] = {F(SOURCE, REDIRECTED),
                                     F(SOURCE, TRANSLATED),
                                     F(SOURCE, LEFT_TRANSLATED)};

    for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
        if (fact_is(file->known, facts[i], YES))
            return file->known->because[facts[i]];
    return NULL;
}

/* The program on the source that listens there, or NULL. */
static const struct evidence *find_proxy(const struct view *view, int64_t port)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_LISTENER && item->role == ROLE_SOURCE &&
            view_is_own(item) && evidence_number(item, KEY_PORT, 0) == port)
            return item;
    }
    return NULL;
}

/* ", where envoy (pid 7) listens", or that nothing does; empty when it was not
 * looked at. */
static void write_proxy(const struct case_file *file,
                        const struct evidence *syn, struct finding *finding,
                        char *text, size_t size)
{
    const struct evidence *proxy =
        find_proxy(file->view, evidence_number(syn, KEY_DESTINATION_PORT, 0));

    text[0] = '\0';
    if (!fact_is(file->known, F(SOURCE, REDIRECTED), YES))
        return;
    if (proxy == NULL) {
        if (file->view->subject->collected)
            text_format(text, size, ", where nothing listens");
        return;
    }
    finding_cite(finding, proxy);
    finding_add_text(finding, "process",
                     evidence_text(proxy, KEY_PROCESS, NULL));
    if (evidence_has(proxy, KEY_PID))
        finding_add_number(finding, "pid", evidence_number(proxy, KEY_PID, 0));
    text_format(text, size, ", where %s (pid %lld) listens",
                evidence_text(proxy, KEY_PROCESS, "a program"),
                (long long)evidence_number(proxy, KEY_PID, 0));
}

static void write_target(const struct evidence *syn, struct finding *finding,
                         char *text, size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address target = evidence_address(syn, KEY_DESTINATION);

    text_format(text, size, "%s port %lld", address_print(&target, address),
                (long long)evidence_number(syn, KEY_DESTINATION_PORT, 0));
    finding_add_text(finding, "redirected_to", text);
}

static void say_answered(const struct case_file *file,
                         const struct words *words, struct finding *finding,
                         const char *target, const char *proxy,
                         const char *rule)
{
    bool here = fact_is(file->known, F(SOURCE, REDIRECTED), YES);

    finding_say(finding,
                "the connection is open, but not with %s: %s's own rules send "
                "it to %s%s%s%s%s",
                words->destination, words->source, target, proxy,
                here ? "; the SYN never left" : "", rule[0] == '\0' ? "" : ": ",
                rule);
}

/* What is on the port that was called, for the one that the SYN came to is
 * another; empty when nobody looked. */
static void write_called(const struct case_file *file,
                         const struct words *words, struct finding *finding,
                         char *text, size_t size)
{
    const struct view *view = file->view;
    const struct evidence *own =
        file->known->because[F(DESTINATION, CALLED_SERVED)];
    char who[96];
    char address[ADDRESS_TEXT_SIZE];

    text[0] = '\0';
    if (!fact_is(file->known, F(DESTINATION, ARRIVED_OTHERWISE), YES))
        return;
    if (own != NULL) {
        struct address bound = evidence_address(own, KEY_ADDRESS);

        process_name(own, who, sizeof(who));
        finding_cite(finding, own);
        finding_add_text(finding, "on_called_port", who);
        text_format(text, size,
                    "; on port %u of %s, which was called, %s "
                    "listens on %s",
                    view->subject->port, words->destination, who,
                    address_print(&bound, address));
    } else if (view->subject->collected)
        text_format(text, size,
                    "; on port %u of %s, which was called, nothing "
                    "takes it either",
                    view->subject->port, words->destination);
}

/* Which other agent's host holds that end's address: ": hostC holds ADDRESS as
 * well"; empty if none is known to. */
static void write_second(const struct case_file *file, enum role of,
                         const char *address, struct finding *finding,
                         char *text, size_t size)
{
    const struct evidence *second = holders_second(file->view, of);

    text[0] = '\0';
    finding_add_text(finding, "address", address);
    if (second == NULL)
        return;
    finding_add_text(finding, "held_by_too",
                     evidence_text(second, KEY_NAME, NULL));
    finding_cite(finding, second);
    text_format(text, size, ": %s holds %s%s",
                evidence_text(second, KEY_NAME, "?"), address,
                view_end(file->view, of)->own_address != NULL ? " as well"
                                                              : "");
}

/* In the name of an end that never sent it. */
static void say_reset(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    bool reverse = file->decider->role == ROLE_DESTINATION;
    enum role of = reverse ? ROLE_SOURCE : ROLE_DESTINATION;
    const char *name = reverse ? words->source : words->destination;
    const char *address =
        reverse ? words->source_address : words->destination_address;
    char holder[HOST_NAME_SIZE + ADDRESS_TEXT_SIZE + 32];

    write_second(file, of, address, finding, holder, sizeof(holder));
    finding_say(finding,
                "the %s was answered with a reset from %s, which %s never "
                "sent%s",
                reverse ? "SYN-ACK" : "SYN", address, name, holder);
    explain_answerer(file, words, file->decider, finding);
}

static bool is_packet(const struct evidence *decider, enum packet packet)
{
    return decider != NULL && decider->kind == EVIDENCE_PACKET &&
           evidence_word(decider, KEY_PACKET) == (int)packet;
}

/* Likewise a SYN-ACK, which may have opened the connection. */
static void say_other(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    bool open = fact_is(file->known, F(SOURCE, CONNECTED), YES);
    char holder[HOST_NAME_SIZE + ADDRESS_TEXT_SIZE + 32];

    write_second(file, ROLE_DESTINATION, words->destination_address, finding,
                 holder, sizeof(holder));
    finding_say(finding, "%s a SYN-ACK from %s came that %s never sent%s",
                open ? "the connection is open, but not with the host called:"
                     : "between the hosts somebody answers:",
                words->destination_address, words->destination, holder);
    explain_answerer(file, words, file->decider, finding);
}

/* By the gateway, seen from the source alone. */
static void say_gateway(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    const struct evidence *entry = file->view->source.neighbour;
    struct answerer answerer = answerer_find(file->view, file->decider);
    struct address gateway = evidence_address(entry, KEY_ADDRESS);
    char address[ADDRESS_TEXT_SIZE];

    address_print(&gateway, address);
    finding_add_text(finding, "hop", address);
    finding_add_text(finding, "link_address",
                     evidence_text(file->decider, KEY_LINK_ADDRESS, NULL));
    finding_add_number(finding, "ttl", answerer.ttl);
    finding_cite(finding, entry);
    finding_cite(finding, answerer.before);
    finding_cite(finding, answerer.copy);
    finding_say(finding,
                "%s, the gateway of %s, refuses the SYN in the name of %s: the "
                "reset bears its link address and a TTL (%lld) from which no "
                "router took one, and by the walk %s is farther away",
                address, words->source, words->destination_address,
                (long long)answerer.ttl, words->destination_address);
}

void sentence_reset_injected(const struct case_file *file,
                             const struct words *words, struct finding *finding)
{
    if (finding->packet == PACKET_SYN && file->decider != NULL &&
        fact_is(file->known, F(DESTINATION, AGENT), NO)) {
        say_gateway(file, words, finding);
        return;
    }
    if (is_packet(file->decider, PACKET_RST))
        say_reset(file, words, finding);
    else
        sentence_by_meaning(file, words, finding);
    explain_ecn_reset(file, words, finding);
}

void sentence_redirected(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct evidence *syn = diverted_syn(file);
    char target[ADDRESS_TEXT_SIZE + 16] = "another address";
    char rule[JUDGEMENT_TEXT_SIZE] = "";
    char proxy[128] = "";
    char called[160];

    if (finding->cause == CAUSE_ANSWERED_BY_OTHER &&
        is_packet(file->decider, PACKET_RST)) {
        say_reset(file, words, finding);
        return;
    }
    if (syn == NULL && finding->cause == CAUSE_ANSWERED_BY_OTHER) {
        if (is_packet(file->decider, PACKET_SYN_ACK))
            say_other(file, words, finding);
        else
            sentence_by_meaning(file, words, finding);
        return;
    }
    if (syn != NULL) {
        write_target(syn, finding, target, sizeof(target));
        write_proxy(file, syn, finding, proxy, sizeof(proxy));
        finding_cite(finding, syn);
    }
    if (file->decider != NULL)
        finding_name_rule(file->view, file->decider, finding, rule,
                          sizeof(rule));
    if (finding->cause == CAUSE_ANSWERED_BY_OTHER) {
        say_answered(file, words, finding, target, proxy, rule);
        return;
    }
    write_called(file, words, finding, called, sizeof(called));
    finding_say(finding,
                "%s's own rules send the SYN to %s instead of %s%s%s%s%s",
                words->source, target, words->destination, proxy, called,
                rule[0] == '\0' ? "" : ": ", rule);
}

/* What it was sent to refuses it, under its own address. */
static void say_translated_reset(const struct evidence *reset,
                                 const struct words *words,
                                 struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    char target[ADDRESS_TEXT_SIZE + 16];
    struct address from = evidence_address(reset, KEY_SOURCE);

    text_format(target, sizeof(target),
                from.family == 6 ? "[%s]:%lld" : "%s:%lld",
                address_print(&from, address),
                (long long)evidence_number(reset, KEY_SOURCE_PORT, 0));
    finding_add_text(finding, "redirected_to", target);
    finding_say(finding,
                "something between %s and %s sends the SYN to %s instead of "
                "%s, and a reset came back from there",
                words->source, words->destination, target, words->destination);
}

/* Who translates, the walk met under the address that was called. */
static void say_translated_copies(const struct case_file *file,
                                  const struct words *words,
                                  struct finding *finding)
{
    int64_t ttl = evidence_number(file->decider, KEY_TTL, 0);

    finding_add_number(finding, "hop_number", ttl);
    finding_cite(finding, file->decider);
    finding_say(
        finding,
        "hop %lld from %s says in the name of %s that a TTL ran out, and "
        "nothing came to %s: it translates the SYN to another address, "
        "behind which it is lost",
        (long long)ttl, words->source, words->destination_address,
        words->destination);
}

void sentence_translated(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    char target[ADDRESS_TEXT_SIZE + 16];
    char called[160];

    if (file->decider == NULL)
        return;
    if (file->decider->kind == EVIDENCE_HOP) {
        say_translated_copies(file, words, finding);
        return;
    }
    if (is_packet(file->decider, PACKET_RST)) {
        say_translated_reset(file->decider, words, finding);
        return;
    }
    write_target(file->decider, finding, target, sizeof(target));
    write_called(file, words, finding, called, sizeof(called));
    finding_add_number(finding, "called", file->view->subject->port);
    finding_add_number(finding, "arrived",
                       evidence_number(file->decider, KEY_DESTINATION_PORT, 0));
    finding_say(finding,
                "something between %s and %s sends the SYN to %s instead of "
                "%s, where nothing takes it%s",
                words->source, words->destination, target, words->destination,
                called);
}

/* Only what one of the source's own rules does can be mended there. */
void fix_redirected(const struct case_file *file, const struct finding *finding,
                    struct judgement *out)
{
    if (finding->role == ROLE_SOURCE)
        fix_past_translation(file, finding, out);
}

void sentence_bound_away(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const char *device = file->view->subject->device;
    const struct evidence *route = file->view->source.route;
    const char *routed =
        route == NULL ? "?" : evidence_text(route, KEY_INTERFACE, "?");

    finding_add_text(finding, "device", device);
    finding_add_text(finding, "routed_by", routed);
    finding_say(finding,
                "the socket is bound to %s, from where nobody reaches %s: "
                "%s's route to it uses %s; leave out --device, or use %s",
                device, words->destination_address, words->host, routed,
                routed);
}
