/* Facts about what the kernel itself told of an attempt's packets: its drop
 * events, and what else stands where it dropped them. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/causes/rows.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/programs.h"

/* The source's socket dropped a SYN-ACK that may have been sent again: whether
 * it had taken the first one, connect() tells. */
static bool may_be_repeated(const struct attempt_view *attempt, enum role role,
                            enum packet packet)
{
    const struct evidence *event =
        view_sights(attempt, role)->drop_event[packet];

    return role == ROLE_SOURCE && packet == PACKET_SYN_ACK &&
           attempt->end == NULL &&
           evidence_word(event, KEY_STAGE) == STAGE_SOCKET;
}

/* The event is about a copy, for the packet itself went on.  An ACK is only
 * missed when the source takes the connection for open; then it misses nothing
 * else, and drops the SYN-ACK that is sent again. */
static bool is_copy(const struct attempt_view *attempt, enum role role,
                    enum packet packet)
{
    bool open = attempt->end != NULL &&
                evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_CONNECTED;

    if (packet == PACKET_ACK)
        return !open;
    if (may_be_repeated(attempt, role, packet))
        return true;
    return (open && role == ROLE_SOURCE) ||
           view_went_on(attempt, role, packet) ||
           (packet == PACKET_SYN && role == ROLE_DESTINATION &&
            attempt->destination.packets[PACKET_RST][DIRECTION_OUT].first !=
                NULL);
}

/* Does any row of the table name this reason? */
static bool is_named(const struct evidence *event)
{
    struct row_cursor cursor = {0};
    struct row row;

    while (rows_next(&cursor, &row))
        if (row_is_about(&row, event))
            return true;
    return false;
}

/* Both ends in the packets' order: what stops first comes first. */
const struct evidence *facts_drop_event(const struct attempt_view *attempt)
{
    static const struct
    {
        enum role role;
        enum packet packet;
    } in_order[] = {
        {ROLE_SOURCE, PACKET_SYN},          {ROLE_DESTINATION, PACKET_SYN},
        {ROLE_DESTINATION, PACKET_SYN_ACK}, {ROLE_SOURCE, PACKET_SYN_ACK},
        {ROLE_DESTINATION, PACKET_ACK},
    };

    for (size_t i = 0; i < ARRAY_SIZE(in_order); i++) {
        const struct evidence *event = view_sights(attempt, in_order[i].role)
                                           ->drop_event[in_order[i].packet];

        if (event != NULL &&
            !is_copy(attempt, in_order[i].role, in_order[i].packet) &&
            is_named(event))
            return event;
    }
    return NULL;
}

/* It left, and was dropped by the ring of the device above that same device. */
static bool fell_off_ring(const struct attempt_view *attempt,
                          const struct evidence *event)
{
    const struct sight *left =
        &view_sights(attempt, (enum role)event->role)
             ->packets[evidence_word(event, KEY_PACKET)][DIRECTION_OUT];

    return strcmp(evidence_text(event, KEY_REASON, ""), "FULL_RING") == 0 &&
           left->count == 1 &&
           strcmp(evidence_text(left->first, KEY_INTERFACE, ""),
                  evidence_text(event, KEY_INTERFACE, "?")) == 0;
}

/* Is the event surely about the packet itself, though a capture saw it leave?
 * Yes where it arrived and was dropped below the place of a capture, and where
 * the one copy that left was dropped by the ring of the same device, above. */
static bool is_itself(const struct attempt_view *attempt,
                      const struct evidence *event)
{
    bool arrives = (event->role == ROLE_SOURCE) ==
                   (evidence_word(event, KEY_PACKET) == PACKET_SYN_ACK);

    if (evidence_has(event, KEY_NAMESPACE))
        return false;
    return arrives ? evidence_word(event, KEY_STAGE) == STAGE_INGRESS
                   : fell_off_ring(attempt, event);
}

/* The packet left that end and did not arrive at the other, so that the copy
 * which a capture saw leave may be the one that was lost. */
static bool vanished(const struct known *known)
{
    return (fact_is(known, F(SOURCE, SENT), YES) &&
            fact_is(known, F(DESTINATION, ARRIVED), NO)) ||
           (fact_is(known, F(DESTINATION, SENT), YES) &&
            fact_is(known, F(SOURCE, ARRIVED), NO)) ||
           (fact_is(known, F(SOURCE, CONNECTED), YES) &&
            fact_is(known, F(DESTINATION, ACK_ARRIVED), NO));
}

static void derive_device(struct known *known, const struct view *view,
                          const struct evidence *event)
{
    const struct evidence *link = facts_link_of(view, event);

    if (link != NULL)
        facts_say(known, fact_at((enum role)event->role, FACT_DROPPER_DOWN),
                  facts_link_is_down(link), link);
}

/* The probe's own sockets have no filter. */
static void derive_filters(struct known *known, const struct view *view,
                           enum role role)
{
    int programs = view_count_programs(view, role, "cgroup-ingress", NULL);
    int filters = role == ROLE_SOURCE
                      ? 0
                      : view_count_programs(view, role, "socket-filter", NULL);

    if (programs >= 0)
        facts_say(known, fact_at(role, FACT_GROUP_PROGRAM), programs > 0,
                  view_program(view, role, "cgroup-ingress", NULL, 0));
    if (filters >= 0)
        facts_say(known, fact_at(role, FACT_SOCKET_FILTER), filters > 0,
                  role == ROLE_SOURCE
                      ? NULL
                      : view_program(view, role, "socket-filter", NULL, 0));
}

/* A queue that is read drops with the same words when it is full. */
static void derive_queue(struct known *known, const struct view *view,
                         const struct evidence *event)
{
    enum role role = (enum role)event->role;
    const struct evidence *rule = view_queue_rule(
        view, role, (enum packet)evidence_word(event, KEY_PACKET));
    int queue = rule == NULL ? -1 : view_queue_number(rule);
    int read = view_is_queue_read(view, role, queue);

    if (read >= 0)
        facts_say(known, fact_at(role, FACT_QUEUE_READ), read > 0, NULL);
}

static void derive_own(struct known *known, const struct view *view,
                       const struct evidence *event)
{
    enum packet sent = event->role == ROLE_SOURCE ? PACKET_SYN : PACKET_SYN_ACK;

    facts_say(known, fact_at((enum role)event->role, FACT_DROPPED_OWN),
              !facts_is_one_host(view) && view_is_own(event) &&
                  evidence_word(event, KEY_PACKET) == (int)sent,
              event);
}

/* The error that the routing lookup left: "network unreachable" where it found
 * nothing, another one by what kind of route it met. */
static void derive_lookup(struct known *known, const struct evidence *event)
{
    int64_t error = evidence_number(event, KEY_ERRNO, 0);

    if (error != 0)
        facts_say(known, F(ATTEMPT, LOOKUP_REJECTED), error != ENETUNREACH,
                  event);
}

void facts_derive_drops(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    const struct evidence *event = facts_drop_event(attempt);

    if (event == NULL)
        return;
    facts_say(known, F(ATTEMPT, KERNEL_DROPPED), true, event);
    facts_say(known, F(ATTEMPT, MAYBE_COPY),
              vanished(known) && !is_itself(attempt, event), event);
    facts_say(known, F(SOURCE, DROPPED_OUTSIDE),
              event->role == ROLE_SOURCE && view_is_outside(event), event);
    derive_device(known, view, event);
    derive_filters(known, view, (enum role)event->role);
    derive_queue(known, view, event);
    derive_own(known, view, event);
    derive_lookup(known, event);
}
