/* Packets that go into a tunnel and do not come out: what is said.  The way to
 * the tunnel's other end is not the routes' of the traced address, so that no
 * command about those mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* " to ADDRESS, UDP port 4789", as far as the device tells. */
static void write_outer(const struct evidence *link, struct finding *finding,
                        char *text, size_t size)
{
    struct address remote = evidence_address(link, KEY_REMOTE);
    char address[ADDRESS_TEXT_SIZE] = "the other end";
    char port[32] = "";

    if (address_is_set(&remote)) {
        address_print(&remote, address);
        finding_add_text(finding, "remote", address);
    }
    if (evidence_has(link, KEY_PORT)) {
        finding_add_number(finding, "outer_port",
                           evidence_number(link, KEY_PORT, 0));
        text_format(port, sizeof(port), ", UDP port %lld",
                    (long long)evidence_number(link, KEY_PORT, 0));
    }
    if (evidence_has(link, KEY_TUNNEL_ID))
        finding_add_number(finding, "tunnel_id",
                           evidence_number(link, KEY_TUNNEL_ID, 0));
    text_format(text, size, "%s%s", address, port);
}

/* The host that sends into it drops the outer packets itself. */
static void say_own_drops(const struct evidence *link,
                          const struct words *words, const char *outer,
                          struct finding *finding)
{
    const char *interface = evidence_text(link, KEY_INTERFACE, "?");
    char what[64] = "the answer to the question for its link address";

    if (finding->role == view_sender(finding->packet))
        text_format(what, sizeof(what), "the %s", words->packet);
    finding_add_text(finding, "dropped_by", words->host);
    finding_say(finding,
                "%s itself drops what carries %s through its tunnel %s (%s): "
                "the device counts that as dropped. A rule of its own firewall "
                "on the way out stops what goes to %s, or a queue does%s",
                words->host, what, interface,
                evidence_text(link, KEY_LINK_KIND, "?"), outer,
                strcmp(evidence_text(link, KEY_LINK_KIND, ""), "vxlan") == 0
                    ? "; or it has no forwarding entry for it (bridge fdb)"
                    : "");
}

void sentence_tunnel(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    const struct evidence *link = file->decider;
    char outer[ADDRESS_TEXT_SIZE + 32];

    if (link == NULL)
        return;
    finding_add_text(finding, "interface", explain_interface(file));
    finding_add_text(finding, "kind", evidence_text(link, KEY_LINK_KIND, NULL));
    write_outer(link, finding, outer, sizeof(outer));
    if (finding->role != ROLE_PATH) {
        say_own_drops(link, words, outer, finding);
        return;
    }
    finding_say(finding,
                "%s sends the %s into the tunnel %s (%s), and %s does not get "
                "it: what carries it, from %s to %s, is lost on the way, or "
                "the tunnel's two ends do not agree",
                forward ? words->source : words->destination, words->packet,
                explain_interface(file),
                evidence_text(link, KEY_LINK_KIND, "?"),
                forward ? words->destination : words->source,
                forward ? words->source : words->destination, outer);
}
