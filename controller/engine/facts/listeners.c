/* Facts from the listeners on the port, and their queues. */
#include <string.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"

/* Which device counts is the one that the SYN came in on; before one came, the
 * one that holds the address. */
static bool is_other_device(const struct view *view, const char *device)
{
    const struct evidence *own = view->destination.own_address;

    if (view->syns_arrived > 0)
        return !view_came_in_on(view, device);
    return own != NULL &&
           strcmp(device, evidence_text(own, KEY_INTERFACE, "")) != 0;
}

/* The port that the SYN asks for on arrival: a translation on the path may have
 * changed it. */
static bool is_for_port(const struct view *view, const struct evidence *item)
{
    return evidence_number(item, KEY_PORT, view->subject->port) ==
           led_port(view);
}

/* Another port's listeners are listed only when the SYN has come. */
static int deciding_phase(const struct view *view)
{
    return led_port(view) == view->subject->port ? PHASE_BEFORE : PHASE_AFTER;
}

/* Five ways for a listener on the port to miss this SYN, or to take it. */
static fact_ref listener_fit(const struct view *view,
                             const struct evidence *listener)
{
    struct address called = led_address(view);
    const struct address *wanted = &called;
    struct address address = evidence_address(listener, KEY_ADDRESS);
    bool any = address_is_any(&address);

    if (evidence_has(listener, KEY_NAMESPACE))
        return F(DESTINATION, LISTENER_OTHER_NAMESPACE);
    if (evidence_has(listener, KEY_INTERFACE) &&
        is_other_device(view, evidence_text(listener, KEY_INTERFACE, "")))
        return F(DESTINATION, LISTENER_OTHER_DEVICE);
    if (address_is_loopback(&address) && !address_is_loopback(wanted))
        return F(DESTINATION, LISTENER_LOOPBACK);
    if (address.family != wanted->family &&
        !(any && address.family == 6 &&
          evidence_number(listener, KEY_V6_ONLY, 0) == 0))
        return F(DESTINATION, LISTENER_OTHER_FAMILY);
    if (any || address_equal(&address, wanted))
        return F(DESTINATION, LISTENER_TAKES);
    return F(DESTINATION, LISTENER_OTHER_ADDRESS);
}

bool facts_listener_takes(const struct view *view,
                          const struct evidence *listener)
{
    return listener_fit(view, listener) == F(DESTINATION, LISTENER_TAKES);
}

/* Of several that take a SYN the kernel prefers the one bound more closely. */
static int closeness(const struct view *view, const struct evidence *listener)
{
    struct address address = evidence_address(listener, KEY_ADDRESS);
    struct address called = led_address(view);

    return (address_is_any(&address) ? 0 : 4) +
           (evidence_has(listener, KEY_INTERFACE) ? 2 : 0) +
           (address.family == called.family ? 1 : 0);
}

static bool fits_so(const struct view *view, const struct evidence *item,
                    fact_ref fit, int phase)
{
    return item->kind == EVIDENCE_LISTENER && item->role == ROLE_DESTINATION &&
           evidence_word(item, KEY_PHASE) == phase && is_for_port(view, item) &&
           listener_fit(view, item) == fit;
}

static const struct evidence *find_listener(const struct view *view,
                                            fact_ref fit, int phase)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        int difference;

        if (!fits_so(view, item, fit, phase))
            continue;
        difference =
            found == NULL ? 1 : closeness(view, item) - closeness(view, found);
        if (difference > 0 || (difference == 0 && view_is_earlier(item, found)))
            found = item;
    }
    return found;
}

size_t facts_takers(const struct view *view, enum phase phase,
                    const struct evidence **out, size_t size)
{
    const struct evidence *first =
        find_listener(view, F(DESTINATION, LISTENER_TAKES), (int)phase);
    size_t count = 0;

    for (size_t i = 0; first != NULL && i < view->count && count < size; i++) {
        const struct evidence *item = view->items[i];

        if (fits_so(view, item, F(DESTINATION, LISTENER_TAKES), (int)phase) &&
            closeness(view, item) == closeness(view, first))
            out[count++] = item;
    }
    return count;
}

static const fact_ref fits[] = {
    F(DESTINATION, LISTENER_TAKES),
    F(DESTINATION, LISTENER_LOOPBACK),
    F(DESTINATION, LISTENER_OTHER_ADDRESS),
    F(DESTINATION, LISTENER_OTHER_FAMILY),
    F(DESTINATION, LISTENER_OTHER_DEVICE),
    F(DESTINATION, LISTENER_OTHER_NAMESPACE),
};

/* A host that does not answer its own SYN in time may merely be too busy: then
 * what did not arrive may only be late. */
static enum answer is_self_test_silent(const struct view *view)
{
    const struct evidence *const tests[] = {view->self_test_loopback,
                                            view->self_test_own};

    for (size_t i = 0; i < 2; i++)
        if (tests[i] != NULL &&
            evidence_word(tests[i], KEY_OUTCOME) == OUTCOME_TIMED_OUT)
            return YES;
    return tests[0] != NULL || view->subject->collected ? NO : NOT_OBSERVED;
}

/* Or it came by, and was not known for what it is. */
static enum answer had_strangers(const struct view *view)
{
    const struct evidence *watch = view->destination.capture_after;

    if (watch == NULL || !evidence_has(watch, KEY_STRANGERS))
        return NOT_OBSERVED;
    return evidence_number(watch, KEY_STRANGERS, 0) > 0 ? YES : NO;
}

static void derive_doubt(struct known *known, const struct view *view)
{
    enum answer silent = is_self_test_silent(view);
    enum answer strangers = had_strangers(view);

    if (silent == YES || strangers == YES)
        facts_say(known, F(DESTINATION, ARRIVAL_DOUBTED), true, NULL);
    else if (silent == NO && strangers == NO)
        facts_say(known, F(DESTINATION, ARRIVAL_DOUBTED), false, NULL);
}

/* The first scan has no time to look into every container; the second has, or
 * says in a limit that it had not. */
static void derive_other_namespace(struct known *known, const struct view *view)
{
    const fact_ref fact = F(DESTINATION, LISTENER_OTHER_NAMESPACE);
    const struct evidence *listener = find_listener(view, fact, PHASE_BEFORE);

    if (listener == NULL)
        listener = find_listener(view, fact, PHASE_AFTER);
    if (listener != NULL)
        facts_say(known, fact, true, listener);
    else if (view->destination.listeners[1] != NULL &&
             !view_is_limited(view, ROLE_DESTINATION, "sockets"))
        facts_say(known, fact, false, view->destination.listeners[1]);
}

static const struct evidence *find_scan(const struct view *view, int phase)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_LISTENERS &&
            item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PHASE) == phase &&
            evidence_number(item, KEY_COMPLETE, 0) != 0 &&
            is_for_port(view, item) && view_is_earlier(item, found))
            found = item;
    }
    return found;
}

/* The scan before the first SYN decides: a service that starts during the
 * trace does not undo the reset that was sent before. */
void facts_derive_listeners(struct known *known, const struct view *view)
{
    int phase = deciding_phase(view);
    const struct evidence *scan = find_scan(view, phase);

    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
        const struct evidence *listener = find_listener(view, fits[i], phase);

        if (fits[i] == F(DESTINATION, LISTENER_OTHER_NAMESPACE))
            derive_other_namespace(known, view);
        else if (listener != NULL)
            facts_say(known, fits[i], true, listener);
        else if (scan != NULL)
            facts_say(known, fits[i], false, scan);
    }
    derive_doubt(known, view);
}
