/* Packets that go round in a circle: what is said.  No command mends it from
 * here: the hop whose route is wrong has no agent. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/ways.h"

/* The router that sent it back, if its frame came from the next hop itself:
 * " (192.0.2.1)". */
static void add_sender(const struct case_file *file, enum role role,
                       struct finding *finding, char *text, size_t size)
{
    const struct evidence *hop = view_end(file->view, role)->neighbour;
    const char *link = evidence_text(file->decider, KEY_LINK_ADDRESS, NULL);
    char address[ADDRESS_TEXT_SIZE];
    struct address next;

    text[0] = '\0';
    finding_add_text(finding, "sent_back_by", link);
    if (hop == NULL || link == NULL ||
        strcmp(evidence_text(hop, KEY_LINK_ADDRESS, ""), link) != 0)
        return;
    next = evidence_address(hop, KEY_ADDRESS);
    finding_add_text(finding, "hop", address_print(&next, address));
    finding_cite(finding, hop);
    text_format(text, size, ", from %s, the very hop that it was sent to",
                address);
}

static unsigned count_hops(const struct view *view, enum role from,
                           const struct address *router)
{
    unsigned count = 0;

    for (size_t i = 0; i < view->count; i++) {
        struct address hop = evidence_address(view->items[i], KEY_OFFENDER);

        count += view->items[i]->kind == EVIDENCE_HOP &&
                 view->items[i]->role == from && address_equal(&hop, router);
    }
    return count;
}

/* Two routers that the walk meets twice each, if it shows any. */
static void print_circle(const struct view *view, enum role from, char *text,
                         size_t size)
{
    char first[ADDRESS_TEXT_SIZE];
    char second[ADDRESS_TEXT_SIZE];
    struct address one = {0};

    text[0] = '\0';
    for (size_t i = 0; i < view->count; i++) {
        struct address hop;

        if (view->items[i]->kind != EVIDENCE_HOP ||
            view->items[i]->role != from)
            continue;
        hop = evidence_address(view->items[i], KEY_OFFENDER);
        if (!address_is_set(&hop) || address_equal(&hop, &one) ||
            count_hops(view, from, &hop) < 2)
            continue;
        if (address_is_set(&one)) {
            text_format(text, size, ": the walk meets %s and %s by turns",
                        address_print(&one, first),
                        address_print(&hop, second));
            return;
        }
        one = hop;
    }
}

/* A router told that the TTL ran out, of a packet that left with plenty. */
static bool say_expired(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    bool forward = finding->packet == PACKET_SYN;
    enum role role = forward ? ROLE_SOURCE : ROLE_DESTINATION;
    const struct evidence *left =
        view_left(file->view, file->attempt, role, finding->packet)->first;
    const struct evidence *icmp = file->decider;
    char address[ADDRESS_TEXT_SIZE];
    char circle[2 * ADDRESS_TEXT_SIZE + 64];
    struct address offender;

    if (icmp == NULL || left == NULL || !evidence_has(icmp, KEY_OFFENDER))
        return false;
    offender = evidence_address(icmp, KEY_OFFENDER);
    print_circle(file->view, role, circle, sizeof(circle));
    finding_add_text(finding, "hop", address_print(&offender, address));
    finding_add_number(finding, "ttl_sent", evidence_number(left, KEY_TTL, 0));
    finding_cite(finding, left);
    finding_say(finding,
                "a routing loop: the %s left %s with a TTL of %lld, and it ran "
                "out at %s: that router and another one send it to each other, "
                "or round in a circle, in place of %s%s",
                words->packet, forward ? words->source : words->destination,
                (long long)evidence_number(left, KEY_TTL, 0), address,
                forward ? words->destination : words->source, circle);
    return true;
}

/* Nobody told of the packet itself: the walk's copies show where it goes. */
static void say_circle(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    bool forward = finding->packet == PACKET_SYN;
    struct address hop = evidence_address(file->decider, KEY_OFFENDER);
    char address[ADDRESS_TEXT_SIZE];
    char circle[2 * ADDRESS_TEXT_SIZE + 64];

    print_circle(file->view, forward ? ROLE_SOURCE : ROLE_DESTINATION, circle,
                 sizeof(circle));
    finding_add_text(finding, "hop", address_print(&hop, address));
    finding_say(finding,
                "a routing loop: the %s left %s and did not reach %s, and "
                "copies of it come to %s again and again%s",
                words->packet, forward ? words->source : words->destination,
                forward ? words->destination : words->source, address, circle);
}

void sentence_loop(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    bool forward = finding->packet == PACKET_SYN;
    enum role role = forward ? ROLE_SOURCE : ROLE_DESTINATION;
    const char *from = forward ? words->source : words->destination;
    const char *to = forward ? words->destination : words->source;
    const struct evidence *left =
        view_left(file->view, file->attempt, role, finding->packet)->first;
    char sender[ADDRESS_TEXT_SIZE + 64];
    long long ttl;

    if (file->decider != NULL && file->decider->kind == EVIDENCE_DROP) {
        finding_say(finding,
                    "a routing loop: the %s that %s sent came back to it on "
                    "%s: a router on the way to %s takes %s for the way there",
                    words->packet, from, explain_interface(file), to, from);
        return;
    }
    if (file->decider != NULL && file->decider->kind == EVIDENCE_HOP) {
        say_circle(file, words, finding);
        return;
    }
    if (file->decider == NULL || left == NULL ||
        file->decider->kind != EVIDENCE_PACKET ||
        evidence_word(file->decider, KEY_PACKET) != (int)finding->packet) {
        if (!say_expired(file, words, finding))
            sentence_by_meaning(file, words, finding);
        return;
    }
    ttl = (long long)evidence_number(file->decider, KEY_TTL, 0);
    finding_cite(finding, left);
    finding_add_text(finding, "interface",
                     evidence_text(file->decider, KEY_INTERFACE, NULL));
    finding_add_number(finding, "ttl", ttl);
    finding_add_number(finding, "ttl_sent", evidence_number(left, KEY_TTL, 0));
    add_sender(file, role, finding, sender, sizeof(sender));
    finding_say(finding,
                "a routing loop: the %s that %s sent came back to it on %s%s, "
                "with a TTL of %lld after %lld: a router on the way to %s "
                "takes %s for the way there",
                words->packet, from,
                evidence_text(file->decider, KEY_INTERFACE, "?"), sender, ttl,
                (long long)evidence_number(left, KEY_TTL, 0), to, from);
}
