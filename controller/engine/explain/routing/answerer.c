/* Who answered in another's place: how far away it is by its TTL, which hop that
 * is, and on a common link which link address it has. */
#include "controller/engine/view/answerer.h"

#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/hops.h"

static const char *ordinal(int number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};

    return number % 10 < 4 && number / 10 % 10 != 1 ? endings[number % 10]
                                                    : endings[0];
}

/* The address of that hop from that end: the walk met it, or it is the gateway. */
static const struct evidence *find_hop(const struct view *view, enum role from,
                                       int number, struct address *address)
{
    const struct evidence *hop = hops_at(view, from, number);
    const struct evidence *route = view_end(view, from)->route;

    if (hop != NULL && evidence_has(hop, KEY_OFFENDER) &&
        !evidence_has(hop, KEY_PACKET)) {
        *address = evidence_address(hop, KEY_OFFENDER);
        return hop;
    }
    if (number != 1 || route == NULL || !evidence_has(route, KEY_GATEWAY))
        return NULL;
    *address = evidence_address(route, KEY_GATEWAY);
    return route;
}

/* No router passed it on, and it does not bear the gateway's link address: it is
 * somebody else's on that end's own link. */
static bool say_neighbour(const struct case_file *file, const char *end,
                          const struct evidence *answer,
                          struct finding *finding)
{
    const struct evidence *entry =
        view_end(file->view, (enum role)answer->role)->neighbour;
    const char *from = evidence_text(answer, KEY_LINK_ADDRESS, NULL);
    const char *next =
        entry == NULL ? NULL : evidence_text(entry, KEY_LINK_ADDRESS, NULL);
    char text[192];

    if (answerer_routers(evidence_number(answer, KEY_TTL, 0)) != 0 ||
        from == NULL || next == NULL || strcmp(from, next) == 0)
        return false;
    finding_add_text(finding, "link_address", from);
    finding_cite(finding, entry);
    text_format(text, sizeof(text),
                "no router passed it on, and it bears the link address %s, "
                "which is not that of %s's next hop: it came from another host "
                "on that link",
                from, end);
    finding_append(finding, "; ", text);
    return true;
}

static void say_hop(const struct case_file *file, const struct words *words,
                    const struct evidence *answer, struct finding *finding)
{
    int64_t ttl = evidence_number(answer, KEY_TTL, 0);
    int number = answerer_routers(ttl) + 1;
    const char *end =
        answer->role == ROLE_SOURCE ? words->source : words->destination;
    const struct evidence *hop;
    struct address address;
    char name[ADDRESS_TEXT_SIZE];
    char text[160];

    if (!evidence_has(answer, KEY_TTL))
        return;
    finding_add_number(finding, "ttl", ttl);
    if (say_neighbour(file, end, answer, finding))
        return;
    finding_add_number(finding, "hop_number", number);
    text_format(text, sizeof(text),
                "it came with a TTL of %lld, as from the %d%s hop from %s",
                (long long)ttl, number, ordinal(number), end);
    finding_append(finding, "; ", text);
    hop = find_hop(file->view, (enum role)answer->role, number, &address);
    if (hop == NULL)
        return;
    address_print(&address, name);
    finding_add_text(finding, "hop", name);
    finding_append(finding, ", ", name);
    finding_cite(finding, hop);
}

/* One of the destination's devices, of that name and with that link address, or
 * with any (NULL); loopback has none. */
static const struct evidence *find_link(const struct view *view,
                                        const char *device, const char *address)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        const char *own = evidence_text(item, KEY_LINK_ADDRESS, NULL);

        if (item->kind == EVIDENCE_LINK && item->role == ROLE_DESTINATION &&
            own != NULL && (address == NULL || strcmp(own, address) == 0) &&
            (device == NULL ||
             strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0))
            return item;
    }
    return NULL;
}

/* The device that holds the called address, as far as it is known. */
static const struct evidence *find_called_link(const struct view *view)
{
    const struct evidence *own = view->destination.own_address;
    const char *device =
        own == NULL ? NULL : evidence_text(own, KEY_INTERFACE, NULL);

    return device == NULL ? NULL : find_link(view, device, NULL);
}

/* Several holders of one address on a link differ in their link addresses. */
static bool say_link(const struct case_file *file, const struct words *words,
                     const struct evidence *answer, struct finding *finding)
{
    const char *from = evidence_text(answer, KEY_LINK_ADDRESS, NULL);
    const struct evidence *own;
    char text[192];

    if (from == NULL || answer->role != ROLE_SOURCE ||
        !fact_is(file->known, F(SOURCE, ON_LINK), YES) ||
        find_link(file->view, NULL, NULL) == NULL)
        return false;
    finding_add_text(finding, "link_address", from);
    own = find_link(file->view, NULL, from);
    if (own != NULL) {
        text_format(text, sizeof(text),
                    "it came from %s's own link address %s (%s): something "
                    "there answers below what its capture sees",
                    words->destination, from,
                    evidence_text(own, KEY_INTERFACE, "?"));
        finding_cite(finding, own);
        finding_append(finding, "; ", text);
        return true;
    }
    text_format(
        text, sizeof(text),
        "it came from the link address %s on the same link, which is "
        "none of %s's: another host there has the address as well, or answers for it",
        from, words->destination);
    finding_append(finding, "; ", text);
    own = find_called_link(file->view);
    if (own == NULL)
        return true;
    finding_add_text(finding, "own_link_address",
                     evidence_text(own, KEY_LINK_ADDRESS, NULL));
    finding_cite(finding, own);
    text_format(text, sizeof(text), " (%s's %s has %s)", words->destination,
                evidence_text(own, KEY_INTERFACE, "?"),
                evidence_text(own, KEY_LINK_ADDRESS, "?"));
    finding_append(finding, "", text);
    return true;
}

void explain_answerer(const struct case_file *file, const struct words *words,
                      const struct evidence *answer, struct finding *finding)
{
    finding_cite(finding, answer);
    if (!say_link(file, words, answer, finding))
        say_hop(file, words, answer, finding);
}
