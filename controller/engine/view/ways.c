#include "controller/engine/view/ways.h"

#include <string.h>

#include "common/base/array.h"

bool ways_rejects(const struct evidence *route)
{
    static const char *const types[] = {"blackhole", "unreachable", "prohibit"};
    const char *type = evidence_text(route, KEY_ROUTE_TYPE, "");

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static enum packet leaving(enum role role)
{
    return role == ROLE_SOURCE ? PACKET_SYN : PACKET_SYN_ACK;
}

int64_t ways_mark(const struct view *view, enum role role,
                  const struct attempt_view *attempt,
                  const struct evidence **step)
{
    const struct evidence *last = NULL;
    int64_t n = attempt - view->attempts;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_RULE && item->role == role &&
            evidence_has(item, KEY_MARK) &&
            !evidence_has(item, KEY_NAMESPACE) &&
            evidence_number(item, KEY_ATTEMPT, 0) == n &&
            evidence_word(item, KEY_PACKET) == (int)leaving(role) &&
            (last == NULL || view_is_earlier(last, item)))
            last = item;
    }
    if (step != NULL)
        *step = last;
    return last == NULL ? 0 : evidence_number(last, KEY_MARK, 0);
}

/* Where that end passed the attempt's SYN on, and to what: the answer is routed
 * while it still bears that address. */
static const struct evidence *passed_on(enum role role,
                                        const struct attempt_view *attempt)
{
    return role == ROLE_DESTINATION
               ? attempt->destination.packets[PACKET_SYN][DIRECTION_OUT].first
               : NULL;
}

/* Is it a lookup for that end's packets: its own, or those from the host that it
 * passed the SYN on to? */
static bool is_lookup(const struct evidence *item, enum role role,
                      const struct evidence *passed)
{
    struct address holder, from;

    if (item->kind != EVIDENCE_ROUTE || item->role != role)
        return false;
    if (passed == NULL || !evidence_has(item, KEY_FROM_INTERFACE))
        return passed == NULL && !evidence_has(item, KEY_FROM_INTERFACE);
    holder = evidence_address(passed, KEY_DESTINATION);
    from = evidence_address(item, KEY_SOURCE);
    return address_equal(&holder, &from);
}

/* The lookup for this mark (0: any), if it uses that device (NULL: any). */
static const struct evidence *find_marked(const struct view *view,
                                          enum role role, int64_t mark,
                                          const struct evidence *passed,
                                          const char *device)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_lookup(item, role, passed) && evidence_has(item, KEY_MARK) &&
            (mark == 0 || evidence_number(item, KEY_MARK, 0) == mark) &&
            (device == NULL ||
             strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0) &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

/* The latest for packets without a mark. */
static const struct evidence *find_passed(const struct view *view,
                                          enum role role,
                                          const struct evidence *passed)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; passed != NULL && i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_lookup(item, role, passed) && !evidence_has(item, KEY_MARK) &&
            (found == NULL || view_is_earlier(found, item)))
            found = item;
    }
    return found;
}

const struct evidence *ways_route(const struct view *view, enum role role,
                                  const struct attempt_view *attempt)
{
    const struct evidence *passed = passed_on(role, attempt);
    const struct evidence *plain = find_passed(view, role, passed);
    const struct end_sights *sights = view_sights(attempt, role);
    const struct evidence *left =
        sights->packets[leaving(role)][DIRECTION_OUT].first;
    int64_t mark = ways_mark(view, role, attempt, NULL);
    const struct evidence *found = NULL;

    if (plain == NULL) { /* an agent of before does not tell, nor a bridge */
        passed = NULL;
        plain = view_end(view, role)->route;
    }
    if (mark != 0)
        found = find_marked(view, role, mark, passed, NULL);
    else if (left != NULL && plain != NULL &&
             !ways_saw_leave(view, role, leaving(role),
                             evidence_text(plain, KEY_INTERFACE, "")))
        found = find_marked(view, role, 0, passed,
                            evidence_text(left, KEY_INTERFACE, ""));
    return found != NULL ? found : plain;
}

/* What it would take without the mark, or as the host's own. */
static const struct evidence *unlike(const struct view *view, enum role role,
                                     const struct evidence *route)
{
    const struct evidence *plain = view_end(view, role)->route;

    return (evidence_has(route, KEY_MARK) ||
            evidence_has(route, KEY_FROM_INTERFACE)) &&
                   plain != NULL && evidence_has(plain, KEY_INTERFACE) &&
                   strcmp(evidence_text(plain, KEY_INTERFACE, ""),
                          evidence_text(route, KEY_INTERFACE, "")) != 0
               ? plain
               : NULL;
}

const struct evidence *ways_other(const struct view *view, enum role role,
                                  const struct evidence *route, bool same)
{
    struct address peer = evidence_address(route, KEY_DESTINATION);
    const char *device = evidence_text(route, KEY_INTERFACE, "");
    const struct evidence *best = same ? NULL : unlike(view, role, route);

    if (best != NULL)
        return best;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address destination = evidence_address(item, KEY_DESTINATION);

        if (item->kind != EVIDENCE_ROUTE_OTHER || item->role != role ||
            !address_equal(&destination, &peer) ||
            (strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0) !=
                same ||
            (same && !evidence_has(item, KEY_GATEWAY)))
            continue;
        if (best == NULL ||
            evidence_number(item, KEY_PREFIX, 0) >
                evidence_number(best, KEY_PREFIX, 0) ||
            (evidence_number(item, KEY_PREFIX, 0) ==
                 evidence_number(best, KEY_PREFIX, 0) &&
             view_is_earlier(item, best)))
            best = item;
    }
    return best;
}

bool ways_saw_leave(const struct view *view, enum role role, enum packet packet,
                    const char *device)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == role &&
            !evidence_has(item, KEY_NAMESPACE) &&
            evidence_word(item, KEY_PACKET) == (int)packet &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0)
            return true;
    }
    return false;
}

static bool is_of_kinds(const struct evidence *link, const char *const *kinds)
{
    const char *kind = evidence_text(link, KEY_LINK_KIND, "");

    for (; *kinds != NULL; kinds++)
        if (strcmp(kind, *kinds) == 0)
            return true;
    return false;
}

bool ways_is_uplink(const struct evidence *link)
{
    static const char *const kinds[] = {"",        "ethernet", "veth",
                                        "macvlan", "ipvlan",   NULL};

    return is_of_kinds(link, kinds);
}

bool ways_is_wired(const struct evidence *link)
{
    static const char *const kinds[] = {"vlan",   "bond",  "team", "macvtap",
                                        "ipvtap", "ipoib", NULL};

    return ways_is_uplink(link) || is_of_kinds(link, kinds);
}

bool ways_is_inner(const struct evidence *link)
{
    static const char *const kinds[] = {"bridge", "dummy", "ifb", NULL};

    return is_of_kinds(link, kinds);
}

bool ways_is_tunnel(const struct evidence *link)
{
    static const char *const kinds[] = {
        "vxlan",  "geneve",  "gre",       "gretap", "ip6gre", "ip6gretap",
        "erspan", "ipip",    "ip6tnl",    "sit",    "vti",    "vti6",
        "xfrm",   "bareudp", "wireguard", "tun",    NULL};

    return is_of_kinds(link, kinds);
}

/* One that no agent told of may be. */
static bool is_real(const struct view *view, enum role role, const char *device)
{
    bool told = false;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_LINK && item->role == role &&
            view_is_own(item) &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0) {
            told = true;
            if (!evidence_has(item, KEY_LINK_KIND))
                return strcmp(device, "lo") != 0;
        }
    }
    return !told;
}

bool ways_goes_on(const struct view *view, enum role role, enum packet packet,
                  const struct evidence *route)
{
    struct address hop = evidence_address(
        route,
        evidence_has(route, KEY_GATEWAY) ? KEY_GATEWAY : KEY_DESTINATION);

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        const char *device = evidence_text(item, KEY_INTERFACE, "");
        struct address asked = evidence_address(item, KEY_ADDRESS);
        bool sent = item->kind == EVIDENCE_PACKET &&
                    evidence_word(item, KEY_PACKET) == (int)packet;
        bool asks = item->kind == EVIDENCE_ARP &&
                    evidence_number(item, KEY_COUNT, 0) > 0 &&
                    address_equal(&asked, &hop);

        if ((sent || asks) && item->role == role && view_is_own(item) &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            strcmp(device, evidence_text(route, KEY_INTERFACE, "")) != 0 &&
            is_real(view, role, device))
            return true;
    }
    return false;
}

const struct evidence *ways_is_connected(const struct view *view,
                                         enum role role,
                                         const struct evidence *route)
{
    struct address peer = evidence_address(route, KEY_DESTINATION);
    int64_t prefix = evidence_number(route, KEY_PREFIX, -1);
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == role &&
            !evidence_has(item, KEY_NAMESPACE) && prefix > 0 &&
            evidence_number(item, KEY_PREFIX, 0) == prefix &&
            own.family == peer.family &&
            address_same_prefix(&own, &peer, (unsigned)prefix) &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""),
                   evidence_text(route, KEY_INTERFACE, "")) == 0 &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

const struct evidence *ways_natural_source(const struct view *view,
                                           const char *device,
                                           const struct address *used)
{
    const struct evidence *natural = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind != EVIDENCE_ADDRESS || item->role != ROLE_SOURCE ||
            evidence_has(item, KEY_NAMESPACE) || own.family != used->family ||
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) != 0 ||
            address_is_link_local(&own))
            continue;
        if (address_equal(&own, used))
            return NULL;
        if (view_is_earlier(item, natural))
            natural = item;
    }
    return natural;
}
