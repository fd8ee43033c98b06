#include "controller/engine/in_flight.h"

#include <string.h>

#include "controller/engine/facts/derive.h"

const char *const flight_field_names[FLIGHT_FIELD_COUNT] = {
    [FLIGHT_SOURCE_ADDRESS] = "source_address",
    [FLIGHT_SOURCE_PORT] = "source_port",
    [FLIGHT_DESTINATION_ADDRESS] = "destination_address",
    [FLIGHT_DESTINATION_PORT] = "destination_port",
    [FLIGHT_SEQUENCE] = "sequence",
    [FLIGHT_TTL] = "ttl",
    [FLIGHT_DSCP] = "dscp",
    [FLIGHT_IP_ECN] = "ip_ecn",
    [FLIGHT_ECN] = "ecn",
    [FLIGHT_MSS] = "mss",
    [FLIGHT_WINDOW_SCALE] = "window_scale",
    [FLIGHT_SACK] = "sack",
    [FLIGHT_TIMESTAMPS] = "timestamps",
};

/* Of which key each is read. */
static const enum evidence_key keys[FLIGHT_FIELD_COUNT] = {
    [FLIGHT_SOURCE_ADDRESS] = KEY_SOURCE,
    [FLIGHT_SOURCE_PORT] = KEY_SOURCE_PORT,
    [FLIGHT_DESTINATION_ADDRESS] = KEY_DESTINATION,
    [FLIGHT_DESTINATION_PORT] = KEY_DESTINATION_PORT,
    [FLIGHT_SEQUENCE] = KEY_SEQUENCE,
    [FLIGHT_TTL] = KEY_TTL,
    [FLIGHT_DSCP] = KEY_DSCP,
    [FLIGHT_IP_ECN] = KEY_ECN,
    [FLIGHT_ECN] = KEY_FLAGS,
    [FLIGHT_MSS] = KEY_MSS,
    [FLIGHT_WINDOW_SCALE] = KEY_WINDOW_SCALE,
    [FLIGHT_SACK] = KEY_SACK,
    [FLIGHT_TIMESTAMPS] = KEY_TIMESTAMP,
};

struct passage /* of one packet, between two sights of it */
{
    enum packet packet;
    enum role at;
    const struct evidence *from, *to;
};

static bool is_address(enum flight_field field)
{
    return field == FLIGHT_SOURCE_ADDRESS ||
           field == FLIGHT_DESTINATION_ADDRESS;
}

/* Absent, it was left out, not merely not seen: KEY_SACK tells. */
static bool is_option(enum flight_field field)
{
    return field >= FLIGHT_MSS;
}

static struct flight_value read_value(const struct evidence *packet,
                                      enum flight_field field)
{
    struct flight_value value = {.is_there = evidence_has(packet, keys[field])};

    if (!value.is_there)
        return value;
    if (is_address(field))
        value.address = evidence_address(packet, keys[field]);
    else if (field == FLIGHT_ECN)
        value.number =
            strpbrk(evidence_text(packet, KEY_FLAGS, ""), "EC") != NULL;
    else if (field == FLIGHT_TIMESTAMPS)
        value.number = 1; /* the clock itself ticks on */
    else
        value.number = evidence_number(packet, keys[field], 0);
    if (field == FLIGHT_ECN || field == FLIGHT_SACK)
        value.is_there = value.number != 0;
    return value;
}

static bool is_same(const struct flight_value *a, const struct flight_value *b)
{
    return a->is_there == b->is_there && a->number == b->number &&
           address_equal(&a->address, &b->address);
}

/* Can the two sights be compared in this? */
static bool is_known(const struct passage *passage, enum flight_field field)
{
    if (is_option(field))
        return evidence_has(passage->from, KEY_SACK) &&
               evidence_has(passage->to, KEY_SACK);
    return evidence_has(passage->from, keys[field]) &&
           evidence_has(passage->to, keys[field]);
}

static void compare(const struct passage *passage, enum flight_field first,
                    enum flight_field last, struct judgement *out)
{
    if (passage->from == NULL || passage->to == NULL)
        return;
    for (enum flight_field field = first; field <= last; field++) {
        struct flight_change change = {passage->packet,
                                       passage->at,
                                       field,
                                       read_value(passage->from, field),
                                       read_value(passage->to, field),
                                       {passage->from->id, passage->to->id}};

        if (is_known(passage, field) &&
            !is_same(&change.sent, &change.received) &&
            out->change_count < JUDGEMENT_MAX_CHANGES)
            out->changes[out->change_count++] = change;
    }
}

/* The packet that came is the one that left, or that which was sent again: they
 * bear the same clock. */
static const struct evidence *find_sent(const struct view *view,
                                        const struct sight *left,
                                        const struct evidence *came)
{
    if (left->rounds < 2 || came == NULL || !evidence_has(came, KEY_TIMESTAMP))
        return left->first;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == left->first->role &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            evidence_word(item, KEY_PACKET) ==
                evidence_word(came, KEY_PACKET) &&
            evidence_number(item, KEY_ATTEMPT, 0) ==
                evidence_number(came, KEY_ATTEMPT, 0) &&
            evidence_number(item, KEY_TIMESTAMP, 0) ==
                evidence_number(came, KEY_TIMESTAMP, 0) &&
            item->at_ns >= left->first->at_ns)
            return item;
    }
    return left->first;
}

static void compare_syn(const struct view *view,
                        const struct attempt_view *attempt,
                        struct judgement *out)
{
    const struct sight *left =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN);
    const struct evidence *came = view_arrival(view, attempt);
    const struct evidence *passed =
        attempt->destination.packets[PACKET_SYN][DIRECTION_OUT].last;
    struct passage passage = {PACKET_SYN, ROLE_SOURCE, attempt->start,
                              left->first};

    /* The socket asked for these. */
    compare(&passage, FLIGHT_SOURCE_ADDRESS, FLIGHT_DESTINATION_PORT, out);
    if (left->first == NULL)
        return;
    if (came == NULL)
        came = facts_find_renumbered(view, attempt);
    passage = (struct passage){PACKET_SYN, ROLE_PATH,
                               find_sent(view, left, came), came};
    compare(&passage, FLIGHT_SOURCE_ADDRESS, FLIGHT_TIMESTAMPS, out);
    passage = (struct passage){PACKET_SYN, ROLE_DESTINATION, came, passed};
    compare(&passage, FLIGHT_SOURCE_ADDRESS, FLIGHT_DESTINATION_PORT, out);
}

/* Does it bear the addresses and ports of the SYN at that end, the other way
 * round?  Then they were translated as the SYN's were, and back. */
static bool mirrors(const struct evidence *answer, const struct evidence *syn)
{
    struct address from = evidence_address(answer, KEY_SOURCE);
    struct address to = evidence_address(answer, KEY_DESTINATION);
    struct address called = evidence_address(syn, KEY_DESTINATION);
    struct address caller = evidence_address(syn, KEY_SOURCE);

    return address_equal(&from, &called) && address_equal(&to, &caller) &&
           evidence_number(answer, KEY_SOURCE_PORT, -1) ==
               evidence_number(syn, KEY_DESTINATION_PORT, -1) &&
           evidence_number(answer, KEY_DESTINATION_PORT, -1) ==
               evidence_number(syn, KEY_SOURCE_PORT, -1);
}

static void compare_answer(const struct view *view,
                           const struct attempt_view *attempt,
                           struct judgement *out)
{
    const struct evidence *syn =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN)->first;
    const struct evidence *arrived = view_arrival(view, attempt);
    const struct sight *left =
        view_left(view, attempt, ROLE_DESTINATION, PACKET_SYN_ACK);
    const struct evidence *came =
        view_came_back(attempt, PACKET_SYN_ACK)->first;
    struct passage passage = {PACKET_SYN_ACK, ROLE_PATH, NULL, came};
    enum flight_field first = FLIGHT_SOURCE_ADDRESS;

    if (left->first == NULL || came == NULL)
        return;
    passage.from = find_sent(view, left, came);
    if (syn != NULL && arrived != NULL && mirrors(came, syn) &&
        mirrors(passage.from, arrived))
        first = FLIGHT_SEQUENCE;
    compare(&passage, first, FLIGHT_TIMESTAMPS, out);
}

static bool was_seen_twice(const struct view *view, unsigned n)
{
    return view_left(view, &view->attempts[n], ROLE_SOURCE, PACKET_SYN)
                   ->first != NULL &&
           view->attempts[n]
                   .destination.packets[PACKET_SYN][DIRECTION_IN]
                   .first != NULL;
}

void in_flight_fill(const struct view *view, unsigned n, struct judgement *out)
{
    unsigned chosen = n;

    for (unsigned i = 1; i <= view->attempt_count; i++)
        if (!was_seen_twice(view, chosen) && was_seen_twice(view, i))
            chosen = i;
    compare_syn(view, &view->attempts[chosen], out);
    compare_answer(view, &view->attempts[chosen], out);
}
