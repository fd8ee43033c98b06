/* Facts of how the source makes the connection: where its own rules send it,
 * from which port and device. */
#include <errno.h>
#include <string.h>

#include "controller/engine/facts/derive.h"

static bool is_of(const struct view *view, const struct evidence *item,
                  const struct attempt_view *attempt)
{
    return item->role == ROLE_SOURCE &&
           evidence_number(item, KEY_ATTEMPT, 0) == attempt - view->attempts;
}

static bool has_other_target(const struct view *view,
                             const struct evidence *syn)
{
    struct address target = evidence_address(syn, KEY_DESTINATION);

    return address_is_set(&target) &&
           (!address_equal(&target, &view->subject->destination) ||
            evidence_number(syn, KEY_DESTINATION_PORT, 0) !=
                view->subject->port);
}

static bool is_of_destination(const struct view *view,
                              const struct address *target)
{
    for (size_t i = 0; i < view->count; i++) {
        struct address own = evidence_address(view->items[i], KEY_ADDRESS);

        if (view->items[i]->kind == EVIDENCE_ADDRESS &&
            view->items[i]->role == ROLE_DESTINATION &&
            address_equal(&own, target))
            return true;
    }
    return false;
}

/* To one of its other addresses is as good; where --to names who should get
 * it, a translation is what was meant, right or wrong. */
static void derive_translated(struct known *known, const struct view *view,
                              const struct evidence *syn)
{
    struct address target = evidence_address(syn, KEY_DESTINATION);

    if (!has_other_target(view, syn) || is_of_destination(view, &target))
        facts_say(known, F(SOURCE, TRANSLATED), false, syn);
    else if (view->destination.addresses != NULL &&
             !view->subject->expected_elsewhere)
        facts_say(known, F(SOURCE, TRANSLATED), true, syn);
}

/* What goes out of loopback comes in again: the host itself takes it. */
static void derive_target(struct known *known, const struct view *view,
                          const struct evidence *syn)
{
    bool here = strcmp(evidence_text(syn, KEY_INTERFACE, ""), "lo") == 0;

    facts_say(known, F(SOURCE, REDIRECTED), here && has_other_target(view, syn),
              syn);
    if (!here)
        derive_translated(known, view, syn);
}

static bool moved(const struct evidence *counter)
{
    return evidence_number(counter, KEY_AFTER, 0) >
           evidence_number(counter, KEY_BEFORE, 0);
}

static void derive_rules(struct known *known, const struct view *view,
                         const struct attempt_view *attempt,
                         const struct evidence *item)
{
    bool traced = item->kind == EVIDENCE_RULE && is_of(view, item, attempt) &&
                  evidence_word(item, KEY_PACKET) == PACKET_SYN;
    bool counted = item->kind == EVIDENCE_RULE_COUNTER &&
                   item->role == ROLE_SOURCE && moved(item);
    int stage = evidence_word(item, KEY_STAGE);

    if ((!traced && !counted) || !facts_rule_translates(item))
        return;
    if (stage == STAGE_OUTPUT ||
        (view_is_outside(item) && stage == STAGE_PREROUTING))
        facts_say(known, F(SOURCE, TRANSLATING_RULE), true, item);
}

static void derive_port(struct known *known, const struct view *view,
                        const struct evidence *end)
{
    int64_t error;

    if (view->subject->from_port == 0)
        facts_say(known, F(SOURCE, FROM_PORT_TAKEN), false, NULL);
    if (view->subject->from_port == 0 || end == NULL)
        return;
    error = evidence_number(end, KEY_ERRNO, 0);
    facts_say(known, F(SOURCE, FROM_PORT_TAKEN),
              error == EADDRINUSE ||
                  (error == EADDRNOTAVAIL &&
                   !fact_is(known, F(SOURCE, FROM_MISSING), YES)),
              end);
}

static void derive_device(struct known *known, const struct view *view)
{
    const struct evidence *route = view->source.route;
    const char *device = view->subject->device;

    if (device[0] == '\0')
        facts_say(known, F(SOURCE, BOUND_AWAY), false, NULL);
    else if (route != NULL)
        facts_say(known, F(SOURCE, BOUND_AWAY),
                  strcmp(evidence_text(route, KEY_INTERFACE, device), device) !=
                      0,
                  route);
}

/* The destination's listener for what was called, whatever the SYN became. */
static const struct evidence *find_called(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address bound = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_LISTENER && item->role == ROLE_DESTINATION &&
            view_is_own(item) && !evidence_has(item, KEY_INTERFACE) &&
            evidence_number(item, KEY_PORT, view->subject->port) ==
                view->subject->port &&
            (address_is_any(&bound) ||
             address_equal(&bound, &view->subject->destination)))
            return item;
    }
    return NULL;
}

/* One-to-one NAT: an address that is not its own is translated to one that is,
 * and the port stays.  That is how such a host is reached. */
static bool is_front(const struct view *view, const struct evidence *syn)
{
    struct address target = evidence_address(syn, KEY_DESTINATION);

    return view->destination.addresses != NULL &&
           !is_of_destination(view, &view->subject->destination) &&
           evidence_number(syn, KEY_DESTINATION_PORT, 0) ==
               view->subject->port &&
           is_of_destination(view, &target);
}

/* The SYN asks the destination for something else than was called: where --to
 * names who should get it, that is what was meant. */
static void derive_otherwise(struct known *known, const struct view *view,
                             const struct attempt_view *attempt)
{
    const struct evidence *left =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *arrived =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *called = find_called(view);
    bool meant = view->subject->expected_elsewhere;

    if (called != NULL)
        facts_say(known, F(DESTINATION, CALLED_SERVED), true, called);
    if (left != NULL)
        facts_say(known, F(SOURCE, LEFT_TRANSLATED),
                  !meant && has_other_target(view, left) &&
                      !is_front(view, left),
                  left);
    if (arrived != NULL)
        facts_say(known, F(DESTINATION, ARRIVED_OTHERWISE),
                  !meant && has_other_target(view, arrived) &&
                      !is_front(view, arrived),
                  arrived);
}

/* What the capture and the rules would have shown, had the source sent the SYN
 * elsewhere itself. */
static void rule_out(struct known *known, const struct view *view,
                     const struct attempt_view *attempt)
{
    if (facts_was_watching(view, ROLE_SOURCE, attempt)) {
        facts_say(known, F(SOURCE, REDIRECTED), false,
                  view->source.capture_after);
        facts_say(known, F(SOURCE, TRANSLATED), false,
                  view->source.capture_after);
    }
    if (facts_traced_rules(view, ROLE_SOURCE, attempt) &&
        facts_listed_legacy(view, ROLE_SOURCE, attempt))
        facts_say(known, F(SOURCE, TRANSLATING_RULE), false,
                  view->source.rule_trace_after);
}

void facts_derive_source(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    derive_port(known, view, attempt->end);
    derive_device(known, view);
    if (strcmp(view->subject->source_host, view->subject->destination_host) ==
        0) { /* its own rules are the destination's */
        facts_say(known, F(SOURCE, TRANSLATED), false, NULL);
        facts_say(known, F(DESTINATION, ARRIVED_OTHERWISE), false, NULL);
        rule_out(known, view, attempt);
        return;
    }
    derive_otherwise(known, view, attempt);
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && is_of(view, item, attempt) &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT)
            derive_target(known, view, item);
        derive_rules(known, view, attempt, item);
    }
    rule_out(known, view, attempt);
}
