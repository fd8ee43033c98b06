#include "controller/engine/explain/lifeline.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/facts/derive.h"

enum need
{
    NEED_NONE,
    NEED_CONTROL,
    NEED_DEFAULT,
    NEED_TRACE,
    NEED_UNKNOWN,
};

struct question /* at one end */
{
    const struct view *view;
    enum role role;
    const struct command_takes *takes;
};

static bool is_by(const struct evidence *item, const char *device)
{
    return strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0;
}

static bool covers(const struct address *network, int prefix,
                   const struct address *address)
{
    return network->family == address->family && prefix >= 0 &&
           address_same_prefix(network, address, (unsigned)prefix);
}

/* The next address of the host's own on the device that is taken one from. */
static const struct evidence *next_beside(const struct question *question,
                                          size_t *cursor)
{
    const struct view *view = question->view;
    const struct command_takes *takes = question->takes;

    while (*cursor < view->count) {
        const struct evidence *item = view->items[(*cursor)++];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS &&
            item->role == (int)question->role && view_is_own(item) &&
            is_by(item, takes->device) && own.family == takes->address.family &&
            (!address_equal(&own, &takes->address) ||
             evidence_number(item, KEY_PREFIX, 0) != takes->prefix))
            return item;
    }
    return NULL;
}

/* Is there another one whose network holds it too; any at all, if NULL? */
static bool is_held_beside(const struct question *question,
                           const struct address *hop)
{
    size_t cursor = 0;
    const struct evidence *item;

    while ((item = next_beside(question, &cursor)) != NULL) {
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (hop == NULL ||
            covers(&own, (int)evidence_number(item, KEY_PREFIX, 0), hop))
            return true;
    }
    return false;
}

/* Does the user of that way stand on this address? */
static bool stands_on(const struct evidence *way, const struct address *address)
{
    static const enum evidence_key keys[] = {KEY_SOURCE, KEY_PREFERRED_SOURCE};
    struct address target = evidence_address(way, KEY_DESTINATION);

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct address own = evidence_address(way, keys[i]);

        if (address_is_set(&own) && address_equal(&own, address))
            return true;
    }
    return strcmp(evidence_text(way, KEY_ROUTE_TYPE, ""), "local") == 0 &&
           address_equal(&target, address);
}

static bool is_secondary(const struct question *question)
{
    const struct view *view = question->view;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS &&
            item->role == (int)question->role && view_is_own(item) &&
            is_by(item, question->takes->device) &&
            address_equal(&own, &question->takes->address))
            return evidence_number(item, KEY_SECONDARY, 0) == 1;
    }
    return false;
}

/* The first address of an IPv4 network takes the others of it along, but where
 * promote_secondaries is set, which nobody told. */
static bool takes_along(const struct question *question,
                        const struct evidence *way)
{
    const struct command_takes *takes = question->takes;
    size_t cursor = 0;
    const struct evidence *item;

    if (takes->address.family != 4 || is_secondary(question))
        return false;
    while ((item = next_beside(question, &cursor)) != NULL) {
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (evidence_number(item, KEY_PREFIX, 0) == takes->prefix &&
            covers(&takes->address, takes->prefix, &own) &&
            stands_on(way, &own))
            return true;
    }
    return false;
}

static bool hangs_on_address(const struct question *question,
                             const struct evidence *way)
{
    const struct command_takes *takes = question->takes;
    struct address hop = evidence_address(
        way, evidence_has(way, KEY_GATEWAY) ? KEY_GATEWAY : KEY_DESTINATION);

    if (stands_on(way, &takes->address) || takes_along(question, way))
        return true;
    if (!is_by(way, takes->device))
        return false;
    if (covers(&takes->address, takes->prefix, &hop) &&
        !is_held_beside(question, &hop))
        return true;
    /* IPv4 drops all routes of a device with its last address. */
    return takes->address.family == 4 && !is_held_beside(question, NULL);
}

static bool hangs_on_route(const struct command_takes *takes,
                           const struct evidence *way)
{
    struct address target = evidence_address(way, KEY_DESTINATION);
    struct address gateway = evidence_address(way, KEY_GATEWAY);
    struct address matched = evidence_address(way, KEY_ADDRESS);

    if (takes->throws) /* the table goes on with a route of its own */
        return covers(&takes->address, takes->prefix, &target) &&
               evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN) !=
                   takes->table;
    if (takes->rejects ||
        (takes->device[0] != '\0' && !is_by(way, takes->device)))
        return false;
    if (!address_is_set(&takes->via) && takes->prefix > 0 &&
        covers(&takes->address, takes->prefix, &gateway))
        return true; /* the network that the gateway is in */
    if (evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN) != takes->table)
        return false;
    if (!evidence_has(way, KEY_PREFIX))
        return covers(&takes->address, takes->prefix, &target);
    return evidence_number(way, KEY_PREFIX, 0) == takes->prefix &&
           covers(&takes->address, takes->prefix, &matched);
}

static bool hangs_on_rule(const struct command_takes *takes,
                          const struct evidence *way)
{
    const char *rule = evidence_text(way, KEY_RULE, NULL);

    if (rule != NULL)
        return strcmp(rule, takes->rule) == 0;
    return takes->table > 0 &&
           evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN) ==
               takes->table;
}

/* Would it be sent another way than now? */
static bool is_redirected(const struct command_takes *takes,
                          const struct evidence *way)
{
    struct address target = evidence_address(way, KEY_DESTINATION);
    struct address gateway = evidence_address(way, KEY_GATEWAY);

    return address_equal(&target, &takes->address) &&
           strcmp(evidence_text(way, KEY_ROUTE_TYPE, ""), "unicast") == 0 &&
           evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN) ==
               takes->table &&
           (!is_by(way, takes->device) ||
            address_is_set(&gateway) != address_is_set(&takes->via) ||
            (address_is_set(&gateway) &&
             !address_equal(&gateway, &takes->via)));
}

/* Would a new rule lead it to another table? */
static bool is_ruled_away(const struct command_takes *takes,
                          const struct evidence *way)
{
    struct address target = evidence_address(way, KEY_DESTINATION);
    struct address source = evidence_address(way, KEY_SOURCE);

    return (address_equal(&target, &takes->address) ||
            address_equal(&source, &takes->address)) &&
           strcmp(evidence_text(way, KEY_ROUTE_TYPE, ""), "unicast") == 0 &&
           evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN) !=
               takes->table;
}

/* Is it led by a rule that comes behind the one that the table has by rights? */
static bool is_led_later(const struct command_takes *takes,
                         const struct evidence *way)
{
    int64_t usual = takes->table == COMMAND_TABLE_MAIN ? 32766 : 32767;
    int64_t table = evidence_number(way, KEY_TABLE_ID, COMMAND_TABLE_MAIN);
    const char *rule = evidence_text(way, KEY_RULE, "");
    long long preference = 0;

    if (strncmp(rule, "pref ", 5) == 0)
        preference = strtoll(rule + 5, NULL, 10);
    else if (table == COMMAND_TABLE_DEFAULT)
        preference = 32767;
    return table != takes->table && preference > usual;
}

/* Routers advertise themselves by their link-local addresses; who set up such a
 * gateway by hand no lookup tells. */
static bool may_be_advertised(const struct evidence *way)
{
    struct address gateway = evidence_address(way, KEY_GATEWAY);

    return address_is_link_local(&gateway) &&
           evidence_number(way, KEY_PREFIX, 0) == 0;
}

static bool hangs_on_it(const struct question *question,
                        const struct evidence *way)
{
    const struct command_takes *takes = question->takes;

    if (evidence_address(way, KEY_DESTINATION).family != takes->address.family)
        return false;
    switch (takes->kind) {
    case TAKES_ADDRESS: return hangs_on_address(question, way);
    case TAKES_ROUTE: return hangs_on_route(takes, way);
    case TAKES_RULE: return hangs_on_rule(takes, way);
    case TAKES_OTHER_WAYS: return is_redirected(takes, way);
    case TAKES_BY_RULE: return is_ruled_away(takes, way);
    case TAKES_FROM_LATER: return is_led_later(takes, way);
    case TAKES_ADVERTISED: return may_be_advertised(way);
    case TAKES_NOTHING: break;
    }
    return false;
}

/* Of the trace only its own end's address and what its route needs: the route
 * itself may be what is wrong.  An address that both ends claim is one too
 * many at one of them. */
static bool trace_needs_address(const struct question *question)
{
    const struct view *view = question->view;
    const struct address *gone = &question->takes->address;
    const struct evidence *route = view_end(view, question->role)->route;
    struct address called = view_called_address(view);
    const struct address *own = &view->subject->source;
    const struct address *peer = &view->subject->destination;

    if (question->role == ROLE_DESTINATION) {
        peer = own;
        own = &called;
    }
    if (address_equal(gone, peer))
        return false;
    return address_equal(gone, own) ||
           (route != NULL &&
            strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), "unicast") == 0 &&
            hangs_on_it(question, route));
}

static enum need find_need(const struct question *question)
{
    const struct view *view = question->view;
    enum need need = NEED_NONE;
    bool knows = question->role == ROLE_SOURCE && view_is_inside(view);

    for (size_t i = 0; i < view->count && need != NEED_CONTROL; i++) {
        const struct evidence *item = view->items[i];
        bool is_control;

        if (item->kind != EVIDENCE_LIFELINE ||
            item->role != (int)question->role || !view_is_own(item))
            continue;
        is_control = evidence_word(item, KEY_USED_BY) == USER_OF_WAY_CONTROL;
        knows |= is_control;
        if (hangs_on_it(question, item))
            need = is_control ? NEED_CONTROL : NEED_DEFAULT;
    }
    if (need != NEED_NONE || question->takes->kind != TAKES_ADDRESS)
        return need;
    if (trace_needs_address(question))
        return NEED_TRACE;
    return knows ? NEED_NONE : NEED_UNKNOWN;
}

static void print_taken(const struct command_takes *takes, char *text,
                        size_t size)
{
    char address[ADDRESS_TEXT_SIZE];

    switch (takes->kind) {
    case TAKES_ADDRESS:
        text_format(text, size, "taking %s off %s",
                    address_print(&takes->address, address), takes->device);
        return;
    case TAKES_ROUTE:
        text_format(text, size, "removing the route %s/%d",
                    address_print(&takes->address, address), takes->prefix);
        return;
    case TAKES_RULE:
        text_format(text, size, "removing the policy rule '%s'", takes->rule);
        return;
    case TAKES_OTHER_WAYS:
        text_format(text, size, "sending all for %s by %s",
                    address_print(&takes->address, address), takes->device);
        return;
    case TAKES_BY_RULE:
        text_format(text, size, "sending all of %s by table %lld",
                    address_print(&takes->address, address),
                    (long long)takes->table);
        return;
    case TAKES_FROM_LATER:
        text_format(text, size, "leading everybody to table %lld",
                    (long long)takes->table);
        return;
    case TAKES_ADVERTISED:
        text_format(
            text, size,
            "forwarding IPv6 (net.ipv6.conf.all.forwarding=1), by which "
            "the kernel drops default routes that routers advertise "
            "where the device's accept_ra is not 2,");
        return;
    case TAKES_NOTHING: break;
    }
}

static bool is_down(const struct evidence *link)
{
    return link != NULL && evidence_number(link, KEY_UP, 1) == 0;
}

/* Does a lookup of the host's own say that it reaches this gateway by no
 * neighbour of that device? */
static bool is_off_link(const struct question *question)
{
    static const enum evidence_key hops[] = {KEY_GATEWAY, KEY_ADDRESS};
    const struct command_takes *takes = question->takes;
    const struct view *view = question->view;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address hop = evidence_address(
            item, hops[item->kind == EVIDENCE_NEIGHBOUR ? 1 : 0]);

        if (item->role == (int)question->role && view_is_own(item) &&
            (item->kind == EVIDENCE_ROUTE ||
             item->kind == EVIDENCE_ROUTE_OTHER ||
             item->kind == EVIDENCE_NEIGHBOUR) &&
            is_by(item, takes->device) && address_equal(&hop, &takes->via) &&
            evidence_number(item, KEY_ON_LINK, 1) == 0)
            return true;
    }
    return false;
}

bool lifeline_refuses(const struct view *view, enum role role,
                      const struct command_takes *takes, char *text,
                      size_t size)
{
    const struct question question = {view, role, takes};
    char taken[COMMAND_RULE_SIZE + ADDRESS_TEXT_SIZE];
    const char *because = NULL;

    if (takes->kind != TAKES_OTHER_WAYS)
        return false;
    if (is_down(facts_latest_link(view, role, takes->device)))
        because = "the device is down";
    else if (address_is_set(&takes->via) && !takes->onlink &&
             is_off_link(&question))
        because = "the gateway is no neighbour there";
    if (because == NULL)
        return false;
    print_taken(takes, taken, sizeof(taken));
    text_format(text, size, "%s is not offered: the kernel would refuse it, %s",
                taken, because);
    return true;
}

bool lifeline_forbids(const struct view *view, enum role role,
                      const struct command_takes *takes, char *text,
                      size_t size)
{
    static const char *const reasons[] = {
        [NEED_CONTROL] = "the agent of %s reaches the controller by it",
        [NEED_DEFAULT] = "the default way of %s hangs on it",
        [NEED_TRACE] = "this very connection of %s needs it",
        [NEED_UNKNOWN] = "the agent of %s, an old one, may hang on it",
    };
    const struct question question = {view, role, takes};
    char host[HOST_NAME_SIZE];
    char taken[COMMAND_RULE_SIZE + ADDRESS_TEXT_SIZE];
    char reason[HOST_NAME_SIZE + 80];
    enum need need;
    const char *name;
    const char *hole;

    if (takes->kind == TAKES_NOTHING)
        return false;
    need = find_need(&question);
    if (need == NEED_NONE)
        return false;
    name = explain_host(view, role, host);
    hole = strstr(reasons[need], "%s");
    text_format(reason, sizeof(reason), "%.*s%s%s", (int)(hole - reasons[need]),
                reasons[need], name, hole + 2);
    print_taken(takes, taken, sizeof(taken));
    text_format(text, size, "%s is not offered: %s", taken, reason);
    return true;
}
