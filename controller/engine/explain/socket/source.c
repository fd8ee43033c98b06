/* Name, address and port that the connection is made with: what is said, and which command mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* ": curl (pid 7) holds 3, 1 is in TIME_WAIT", and the same as details. */
static void add_holders(const struct view *view, struct finding *finding,
                        char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < view->count && used + 64 < size; i++) {
        const struct evidence *item = view->items[i];
        long long count = (long long)evidence_number(item, KEY_COUNT, 0);

        if (item->kind != EVIDENCE_PORT_HOLDER)
            continue;
        finding_cite(finding, item);
        text_format(text + used, size - used, used == 0 ? ": " : ", ");
        used = strlen(text);
        if (evidence_has(item, KEY_PID))
            text_format(text + used, size - used, "%s (pid %lld) holds %lld",
                        evidence_text(item, KEY_PROCESS, "a process"),
                        (long long)evidence_number(item, KEY_PID, 0), count);
        else
            text_format(text + used, size - used, "%lld of no process (%s)",
                        count, evidence_text(item, KEY_STATE, "closed"));
        used = strlen(text);
    }
    finding_add_text(finding, "held_by", used == 0 ? NULL : text + 2);
}

static void say_port_taken(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    char holders[JUDGEMENT_TEXT_SIZE / 2];

    finding_add_number(finding, "source_port", file->view->subject->from_port);
    add_holders(file->view, finding, holders, sizeof(holders));
    finding_say(finding, "the source port %u is taken on %s%s",
                file->view->subject->from_port, words->host, holders);
}

void sentence_from(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    (void)file;
    finding_add_text(finding, "address", words->source_address);
    finding_say(finding, "%s does not hold the source address %s asked for",
                words->host, words->source_address);
}

/* "the only port, 45000", "the ports 32768 to 60999" */
static void print_range(const struct evidence *ports, char *text, size_t size)
{
    long long low = evidence_number(ports, KEY_RANGE_LOW, 0);
    long long high = evidence_number(ports, KEY_RANGE_HIGH, 0);

    if (low == high)
        text_format(text, size, "the only one, %lld", low);
    else
        text_format(text, size, "those from %lld to %lld", low, high);
}

void sentence_ports(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const struct evidence *ports = file->view->source.ports;
    char holders[JUDGEMENT_TEXT_SIZE / 2];
    char range[64];

    if (fact_is(file->known, F(SOURCE, FROM_PORT_TAKEN), YES)) {
        say_port_taken(file, words, finding);
        return;
    }
    add_holders(file->view, finding, holders, sizeof(holders));
    if (ports != NULL) {
        finding_add_number(finding, "range_low",
                           evidence_number(ports, KEY_RANGE_LOW, 0));
        finding_add_number(finding, "range_high",
                           evidence_number(ports, KEY_RANGE_HIGH, 0));
        finding_add_number(finding, "in_use",
                           evidence_number(ports, KEY_COUNT, 0));
        finding_cite(finding, ports);
        print_range(ports, range, sizeof(range));
        /* More sockets than ports is no slip: some share one. */
        finding_say(
            finding,
            "%s has no free source port towards %s port %u: %lld sockets hold "
            "%s%s",
            words->host, words->destination_address, file->view->subject->port,
            (long long)evidence_number(ports, KEY_COUNT, 0), range, holders);
        return;
    }
    finding_say(finding, "%s has no free source port towards %s port %u",
                words->host, words->destination_address,
                file->view->subject->port);
}

/* What the source's host did to a packet that came from inside. */
void sentence_outside(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    finding_add_text(finding, "from_namespace", file->view->subject->inside);
    finding_say(finding, "%s's own network drops the %s of %s: %s", words->host,
                words->packet, file->view->subject->inside,
                causes[finding->cause].meaning);
}

void fix_ports(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    const struct evidence *ports = file->view->source.ports;
    int64_t low = ports == NULL ? 0 : evidence_number(ports, KEY_RANGE_LOW, 0);
    int64_t high =
        ports == NULL ? 0 : evidence_number(ports, KEY_RANGE_HIGH, 0);
    bool is_default = low <= 32768 && high >= 60999;
    struct command_line line;

    if (fact_is(file->known, F(SOURCE, FROM_PORT_TAKEN), YES))
        return; /* whoever holds it must let go */
    if (low <= 1024 && high == 65535)
        return; /* it is as wide as it gets */
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    if (ports != NULL && is_default)
        command_fixed(&line, "net.ipv4.ip_local_port_range='1024 65535'");
    else
        command_fixed(&line, "net.ipv4.ip_local_port_range='32768 60999'");
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "widens the range of local ports", &line);
}

/* The source's own address that is the destination's. */
static const struct evidence *held_address(const struct case_file *file)
{
    const struct view *view = file->view;
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == ROLE_SOURCE &&
            !evidence_has(item, KEY_NAMESPACE) &&
            address_equal(&own, &view->subject->destination) &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

/* A route of type local, and no address to it: somebody added it by hand.  No
 * command, for what else may hang on a route of that table is not seen. */
static void say_local_route(const struct evidence *route,
                            const struct words *words, struct finding *finding)
{
    const char *device = evidence_text(route, KEY_INTERFACE, "?");

    finding_add_text(finding, "route_type", "local");
    finding_add_text(finding, "address", words->destination_address);
    finding_add_text(finding, "interface", device);
    finding_cite(finding, route);
    finding_say(finding,
                "a local route on %s, device %s, keeps what is sent to %s on "
                "the host itself, though no interface of it holds that "
                "address: 'ip route show table local' lists it; the SYN never "
                "leaves for %s",
                words->host, device, words->destination_address,
                words->destination);
}

void sentence_own_address(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *held = held_address(file);
    const char *device =
        held == NULL ? "?" : evidence_text(held, KEY_INTERFACE, "?");

    if (held == NULL && file->view->source.addresses != NULL &&
        file->decider != NULL && file->decider->kind == EVIDENCE_ROUTE) {
        say_local_route(file->decider, words, finding);
        return;
    }
    finding_add_text(finding, "address", words->destination_address);
    finding_add_text(finding, "interface", held == NULL ? NULL : device);
    finding_cite(finding, held);
    finding_say(
        finding, "%s itself holds %s on %s, so the SYN never leaves it for %s",
        words->host, words->destination_address, device, words->destination);
}

void fix_own_address(const struct case_file *file,
                     const struct finding *finding, struct judgement *out)
{
    const struct evidence *held = held_address(file);
    struct command_line line;

    if (held == NULL)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_delete_address(&line, &file->view->subject->destination,
                           evidence_number(held, KEY_PREFIX, 0),
                           evidence_text(held, KEY_INTERFACE, ""));
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "takes the address from the host that should not have it", &line);
}
