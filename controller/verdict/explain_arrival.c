/* Where the packet arrives, and what connects: what is said, and which command mends it. */
#include "common/base/text.h"
#include "controller/verdict/explain_parts.h"

void sentence_address(const struct case_file *file, const struct words *words,
                      struct finding *finding)
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

void sentence_connected(const struct case_file *file, const struct words *words,
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

void fix_address(const struct case_file *file, const struct finding *finding,
                 struct judgement *out)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct subject *subject = file->view->subject;
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    struct fix *fix;

    if (in == NULL)
        return;
    fix = fix_add(out, finding->role, "until-reboot",
                  "gives the host the address that the SYN asks for");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "ip addr add %s/%d dev %s",
                    address_print(&subject->destination, address),
                    subject->destination.family == 6 ? 128 : 32,
                    evidence_text(in, KEY_INTERFACE, "?"));
}

void fix_forwarding(const struct case_file *file, const struct finding *finding,
                    struct judgement *out)
{
    struct fix *fix = fix_add(out, finding->role, "until-reboot",
                              "lets the host pass packets on; to keep it, put "
                              "it into a file of /etc/sysctl.d");

    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command), "sysctl -w %s=1",
                    file->view->subject->destination.family == 6
                        ? "net.ipv6.conf.all.forwarding"
                        : "net.ipv4.ip_forward");
}
