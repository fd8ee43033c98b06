/* Whose is an address that the evidence names: a gateway, a hop, an answerer, the
 * destination itself?  The agents' inventories know it of theirs. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "controller/case/case_internal.h"

/* Lists of an end's own addresses name nobody else's. */
static bool is_worth_it(const struct evidence *item)
{
    static const enum evidence_kind others[] = {
        EVIDENCE_ARP,         EVIDENCE_ATTEMPT_START, EVIDENCE_HOP,
        EVIDENCE_ATTEMPT_END, EVIDENCE_LINK,          EVIDENCE_NEIGHBOUR,
        EVIDENCE_ONWARD,      EVIDENCE_PACKET,        EVIDENCE_ROUTE,
        EVIDENCE_ROUTE_LEG,   EVIDENCE_ROUTE_OTHER,   EVIDENCE_TRACKED};

    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (item->kind == others[i])
            return true;
    return false;
}

static bool is_looked_up(const struct trace_case *trace,
                         const struct address *address)
{
    for (unsigned i = 0; i < trace->looked_up_count; i++)
        if (address_equal(&trace->looked_up[i], address))
            return true;
    return false;
}

static bool is_own(const struct trace_case *trace,
                   const struct address *address,
                   const struct case_holder *holder)
{
    return (strcmp(holder->name, trace->destination.name) == 0 &&
            address_equal(address, &trace->subject.destination)) ||
           (strcmp(holder->name, trace->source.name) == 0 &&
            address_equal(address, &trace->subject.source));
}

static void add_holder(struct trace_case *trace, const struct address *address,
                       const struct case_holder *holder, int64_t now_ns)
{
    struct evidence held;

    evidence_init(&held, EVIDENCE_HELD_BY, now_ns);
    held.role = ROLE_CONTROLLER;
    evidence_set_address(&held, KEY_ADDRESS, address);
    evidence_set_text(&held, KEY_NAME, holder->name);
    if (holder->lost_ns != 0)
        evidence_set_number(&held, KEY_AGE_S,
                            (now_ns - holder->lost_ns) / NS_PER_S);
    if (holder->seen[0] != '\0')
        evidence_set_text(&held, KEY_TEXT, holder->seen);
    case_add_own(trace, &held);
}

/* How long routers keep a neighbour entry at most, as they are set up by their
 * makers: until then one may lead to who held the address before. */
#define FORMER_LEADS_NS ((int64_t)4 * 3600 * NS_PER_S)

static bool is_forgotten(const struct case_holder *holder, int64_t now_ns)
{
    return holder->lost_ns != 0 && now_ns - holder->lost_ns > FORMER_LEADS_NS;
}

/* All that the store knows are asked: only for the first few. */
static void look_up_away(struct trace_case *trace,
                         const struct address *address, int64_t now_ns)
{
    struct case_holder holder;

    if (trace->away_count == CASE_MAX_AWAY)
        return;
    trace->away_count++;
    if (trace->world.find_away(trace->world.owner, address, &holder))
        add_holder(trace, address, &holder, now_ns);
}

static void look_up(struct trace_case *trace, const struct address *address,
                    int64_t now_ns)
{
    struct case_holder holders[CASE_MAX_HOLDERS];
    bool is_held = false;
    size_t count;

    if (trace->looked_up_count == CASE_MAX_LOOKED_UP ||
        !address_is_set(address) || address_is_any(address) ||
        address_is_loopback(address) || is_looked_up(trace, address))
        return;
    trace->looked_up[trace->looked_up_count++] = *address;
    count = trace->world.find_holders(trace->world.owner, address, holders);
    for (size_t i = 0; i < count; i++) {
        is_held |= holders[i].lost_ns == 0;
        if (!is_own(trace, address, &holders[i]) &&
            !is_forgotten(&holders[i], now_ns))
            add_holder(trace, address, &holders[i], now_ns);
    }
    if (!is_held)
        look_up_away(trace, address, now_ns);
}

static void look_up_link(struct trace_case *trace, const char *link,
                         int64_t now_ns)
{
    char name[HOST_NAME_SIZE];
    struct evidence held;

    for (unsigned i = 0; i < trace->link_count; i++)
        if (strcmp(trace->links[i], link) == 0)
            return;
    if (trace->link_count == CASE_MAX_LINKS || link[0] == '\0' ||
        strlen(link) >= CASE_LINK_SIZE)
        return;
    strcpy(trace->links[trace->link_count++], link);
    if (!trace->world.find_link(trace->world.owner, link, name))
        return;
    evidence_init(&held, EVIDENCE_HELD_BY, now_ns);
    held.role = ROLE_CONTROLLER;
    evidence_set_text(&held, KEY_LINK_ADDRESS,
                      trace->links[trace->link_count - 1]);
    evidence_set_text(&held, KEY_NAME, name);
    case_add_own(trace, &held);
}

void case_name_holders(struct trace_case *trace, int64_t now_ns)
{
    /* What is added here is looked through as well, and names nothing new. */
    while (trace->named_count < trace->evidence.count) {
        const struct evidence *item =
            &trace->evidence.items[trace->named_count++];
        struct evidence_value values[EVIDENCE_MAX_VALUES];
        char link[CASE_LINK_SIZE];
        size_t count = item->count;

        if (!is_worth_it(item))
            continue;
        memcpy(values, item->values, sizeof(values)); /* the list may move */
        snprintf(link, sizeof(link), "%s",
                 evidence_text(item, KEY_LINK_ADDRESS, ""));
        look_up_link(trace, link, now_ns);
        for (size_t i = 0; i < count; i++)
            look_up(trace, &values[i].address, now_ns);
    }
}

/* Whoever has an address for longer is not to be told of the one before. */
#define FORMER_LATELY_NS ((int64_t)300 * NS_PER_S)

bool case_find_former(const struct trace_case *trace,
                      const struct address *address, int64_t now_ns,
                      char name[static HOST_NAME_SIZE])
{
    struct case_holder holders[CASE_MAX_HOLDERS];
    const struct case_holder *former = NULL;
    size_t count =
        trace->world.find_holders(trace->world.owner, address, holders);

    assert(count <= CASE_MAX_HOLDERS);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(holders[i].name, trace->source.name) == 0)
            continue;
        if (former != NULL || holders[i].lost_ns == 0 ||
            now_ns - holders[i].lost_ns > FORMER_LATELY_NS)
            return false;
        former = &holders[i];
    }
    if (former != NULL)
        snprintf(name, HOST_NAME_SIZE, "%s", former->name);
    return former != NULL;
}
