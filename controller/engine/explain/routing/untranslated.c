/* A container's own address on the way between the hosts: who does not know it
 * sends the answer nowhere. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* The SYN left the source's host with the address that it had in the namespace;
 * NULL: it did not, or no SYN-ACK is at stake. */
static const struct evidence *left_as_made(const struct case_file *file,
                                           const struct finding *finding)
{
    const struct evidence *made =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *left =
        file->attempt->outside[PACKET_SYN][DIRECTION_OUT].first;
    struct address own, seen;

    if (finding->packet != PACKET_SYN_ACK || !view_is_inside(file->view) ||
        made == NULL || left == NULL)
        return NULL;
    own = evidence_address(made, KEY_SOURCE);
    seen = evidence_address(left, KEY_SOURCE);
    return address_equal(&own, &seen) ? left : NULL;
}

void explain_untranslated(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *left = left_as_made(file, finding);
    char address[ADDRESS_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE / 2];
    struct address own;

    if (left == NULL)
        return;
    own = evidence_address(left, KEY_SOURCE);
    finding_add_text(finding, "untranslated", address_print(&own, address));
    finding_cite(finding, left);
    text_format(text, sizeof(text),
                "the SYN left %s with %s, the address of %s itself, which no "
                "rule of source NAT there translated: who has no way to it "
                "cannot send the answer back",
                words->source, address, file->view->subject->inside);
    finding_append(finding, "; ", text);
}

/* A router's word that it has no way to that address: then the translation is
 * what is missing. */
void fix_unreachable(const struct case_file *file,
                     const struct finding *finding, struct judgement *out)
{
    const struct evidence *left = left_as_made(file, finding);
    struct command_line line;
    struct address own, to;

    fix_translation(file, finding, out);
    if (left == NULL)
        return;
    own = evidence_address(left, KEY_SOURCE);
    to = evidence_address(left, KEY_DESTINATION);
    if (own.family == 6)
        command_start(&line, COMMAND_ON_HOST, "ip6tables-nft");
    else
        command_start(&line, COMMAND_ON_HOST, "iptables-nft");
    command_fixed(&line, "-t nat -A POSTROUTING -s");
    command_address(&line, &own);
    command_fixed(&line, "-d");
    command_address(&line, &to);
    command_fixed(&line, "-j MASQUERADE");
    fix_add(out, ROLE_SOURCE, OPENS_NOTHING, "until-reboot",
            "lets the host speak for it with its own address, which the others "
            "know a way to; or give the routers a route to that address",
            &line);
}
