/* The listener and its queue: what is said. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/led.h"

#define MAX_OTHERS 4 /* named; the agent tells the nearest first */

void listener_describe(struct finding *finding, const struct evidence *listener,
                       char *text, size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address bound = evidence_address(listener, KEY_ADDRESS);

    address_print(&bound, address);
    finding_add_text(finding, "address", address);
    finding_add_number(finding, "port", evidence_number(listener, KEY_PORT, 0));
    finding_add_text(finding, "interface",
                     evidence_text(listener, KEY_INTERFACE, NULL));
    finding_add_text(finding, "process",
                     evidence_text(listener, KEY_PROCESS, NULL));
    if (evidence_has(listener, KEY_PID))
        finding_add_number(finding, "pid",
                           evidence_number(listener, KEY_PID, 0));
    process_name(listener, text, size);
}

void process_name(const struct evidence *evidence, char *text, size_t size)
{
    if (evidence_has(evidence, KEY_PID))
        text_format(text, size, "%s (pid %lld)",
                    evidence_text(evidence, KEY_PROCESS, "a process"),
                    (long long)evidence_number(evidence, KEY_PID, 0));
    else
        text_format(text, size, "%s",
                    evidence_text(evidence, KEY_PROCESS, "a process"));
}

/* A socket of all IPv6 addresses takes IPv4 too, unless something forbids it. */
static const char *explain_v6_only(const struct case_file *file,
                                   const struct evidence *listener,
                                   struct finding *finding)
{
    struct address bound = evidence_address(listener, KEY_ADDRESS);

    if (bound.family != 6 || !address_is_any(&bound) ||
        evidence_number(listener, KEY_V6_ONLY, 0) == 0)
        return "";
    if (view_sysctl(file->view, ROLE_DESTINATION, "net.ipv6.bindv6only", 0) ==
        0)
        return ": the program itself asked for IPv6 alone (IPV6_V6ONLY)";
    finding_add_text(finding, "sysctl", "net.ipv6.bindv6only=1");
    return ": the host's net.ipv6.bindv6only=1 makes such sockets take IPv6 "
           "alone (set it to 0, and restart the program)";
}

void sentence_listening(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char who[96];
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *listener = file->decider;
    unsigned port = led_port(file->view);
    struct address bound;

    if (listener == NULL)
        return;
    bound = evidence_address(listener, KEY_ADDRESS);
    address_print(&bound, address);
    listener_describe(finding, listener, who, sizeof(who));
    if (finding->cause == CAUSE_LISTENING_IN_OTHER_NAMESPACE) {
        finding_add_text(finding, "listener_namespace",
                         evidence_text(listener, KEY_NAMESPACE, NULL));
        finding_say(
            finding,
            "%s listens on port %u, but in the network namespace %s of %s, not "
            "in the host's own",
            who, port, evidence_text(listener, KEY_NAMESPACE, "?"),
            words->host);
        explain_containers(file->view, finding);
    } else if (finding->cause == CAUSE_LISTENING_ON_OTHER_FAMILY)
        finding_say(finding,
                    "on %s, %s listens on port %u of %s only, and the SYN "
                    "comes by IPv%u%s",
                    words->host, who, port, address,
                    file->view->subject->destination.family,
                    explain_v6_only(file, listener, finding));
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

/* Who else listens on the host, the nearest ports first: which of them was meant,
 * if any, is for a person to say.  Empty if nobody is known to. */
static void print_others(const struct view *view, struct finding *finding,
                         char *text, size_t size)
{
    char who[96];
    char address[ADDRESS_TEXT_SIZE];
    size_t used = 0;
    unsigned count = 0;

    text[0] = '\0';
    if (view->subject->service[0] != '\0')
        return; /* its own listener is looked for; see service.c */
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *other = view->items[i];
        struct address bound;

        if (other->kind != EVIDENCE_ELSEWHERE ||
            other->role != ROLE_DESTINATION || count++ >= MAX_OTHERS)
            continue;
        bound = evidence_address(other, KEY_ADDRESS);
        process_name(other, who, sizeof(who));
        text_format(text + used, size - used, "%s%s on %s port %lld",
                    used > 0 ? ", " : "", who, address_print(&bound, address),
                    (long long)evidence_number(other, KEY_PORT, 0));
        used = strlen(text);
        finding_cite(finding, other);
    }
    if (count > MAX_OTHERS)
        text_format(text + used, size - used, " and %u more",
                    count - MAX_OTHERS);
}

const struct evidence *listener_taken(const struct view *view,
                                      const char *protocol)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PORT_TAKEN &&
            item->role == ROLE_DESTINATION &&
            strcmp(evidence_text(item, KEY_PROTOCOL, ""), protocol) == 0)
            return item;
    }
    return NULL;
}

/* The service that is to listen there may be refused the address. */
static void say_taken(const struct view *view, struct finding *finding)
{
    const struct evidence *taken = listener_taken(view, "tcp");
    char address[ADDRESS_TEXT_SIZE];
    char who[96];
    char text[384];
    struct address peer;

    if (taken == NULL)
        return;
    process_name(taken, who, sizeof(who));
    peer = evidence_address(taken, KEY_DESTINATION);
    if (address_is_set(&peer))
        text_format(text, sizeof(text),
                    "%s has the port for a connection with %s port %lld: what "
                    "starts meanwhile may be refused it (Address already in "
                    "use); net.ipv4.ip_local_reserved_ports keeps the kernel "
                    "from choosing it",
                    who, address_print(&peer, address),
                    (long long)evidence_number(taken, KEY_DESTINATION_PORT, 0));
    else
        text_format(text, sizeof(text),
                    "%s is bound to the port, and does not listen: what starts "
                    "meanwhile may be refused it (Address already in use)",
                    who);
    finding_add_text(finding, "port_taken_by", who);
    finding_append(finding, "; ", text);
    finding_cite(finding, taken);
}

/* It is there, by another protocol than the one that was called. */
static void say_udp(const struct view *view, struct finding *finding)
{
    const struct evidence *taken = listener_taken(view, "udp");
    char who[96];
    char text[160];

    if (taken == NULL)
        return;
    process_name(taken, who, sizeof(who));
    text_format(text, sizeof(text), "%s has that port of UDP alone", who);
    finding_add_text(finding, "udp_holder", who);
    finding_append(finding, "; ", text);
    finding_cite(finding, taken);
}

/* It listened before the trace and was gone after it, or the other way round. */
static void say_change(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *listener =
        file->known->because[F(DESTINATION, LISTENER_CHANGED)];
    bool came = evidence_word(listener, KEY_PHASE) == PHASE_AFTER;
    char who[96];

    process_name(listener, who, sizeof(who));
    finding_add_text(finding, "flapping", came ? "came" : "went");
    finding_add_text(finding, "process",
                     evidence_text(listener, KEY_PROCESS, NULL));
    if (evidence_has(listener, KEY_PID))
        finding_add_number(finding, "pid",
                           evidence_number(listener, KEY_PID, 0));
    finding_cite(finding, listener);
    finding_say(finding,
                "nothing listened on port %u of %s when the SYN came: the "
                "listener comes and goes, %s %s during the trace",
                led_port(file->view), words->host, who,
                came ? "began to listen" : "stopped listening");
}

void sentence_not_listening(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    char others[256];

    if (fact_is(file->known, F(DESTINATION, LISTENER_CHANGED), YES)) {
        say_change(file, words, finding);
        return;
    }
    print_others(file->view, finding, others, sizeof(others));
    finding_add_text(finding, "elsewhere", others);
    finding_say(finding,
                "nothing listens on port %u of %s: its TCP answers with a "
                "reset%s%s",
                led_port(file->view), words->host,
                others[0] != '\0' ? "; what listens there: " : "", others);
    say_taken(file->view, finding);
    say_udp(file->view, finding);
}
