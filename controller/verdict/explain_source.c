/* Name, address and port that the connection is made with: what is said, and which command mends it. */
#include "common/base/text.h"
#include "controller/verdict/explain_parts.h"

void sentence_ports(const struct case_file *file, const struct words *words,
                    struct finding *finding)
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

void sentence_names(const struct case_file *file, const struct words *words,
                    struct finding *finding)
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
    struct fix *fix;

    if (low <= 1024 && high == 65535)
        return; /* it is as wide as it gets */
    fix = fix_add(out, finding->role, "until-reboot",
                  "widens the range of local ports");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "sysctl -w net.ipv4.ip_local_port_range='%s'",
                    ports != NULL && is_default ? "1024 65535" : "32768 60999");
}
