/* The ways between the hosts, as the walks and the captures show them. */
#include <stdio.h>

#include "controller/engine/view/hops.h"
#include "controller/report/json_parts.h"
#include "controller/report/values.h"

#define REPORT_MAX_LABELS 6

/* What a walk from one end met, in the order of the hops. */
struct way
{
    const struct evidence *walk; /* NULL: not told, or not walked */
    const struct evidence *hops[HOPS_MAX + 1]; /* by TTL */
    unsigned last;   /* the farthest that answered; 0: none did */
    unsigned silent; /* the first behind it that was asked; 0: none */
    bool is_reached; /* the last one is the far end itself */
};

static struct way read_way(const struct report *report, enum role from)
{
    struct way way = {0};

    for (size_t i = 0; i < report->count; i++) {
        const struct evidence *item = &report->items[i];
        int64_t ttl = evidence_number(item, KEY_TTL, 0);

        if (item->role != from)
            continue;
        if (item->kind == EVIDENCE_WALK)
            way.walk = item;
        if (item->kind != EVIDENCE_HOP || ttl < 1 || ttl > HOPS_MAX)
            continue;
        way.hops[ttl] = item;
        if (ttl > way.last)
            way.last = (unsigned)ttl;
    }
    way.is_reached =
        way.last > 0 && evidence_has(way.hops[way.last], KEY_PACKET);
    if (way.walk != NULL && !way.is_reached &&
        way.last < evidence_number(way.walk, KEY_TTL, 0))
        way.silent = way.last + 1;
    return way;
}

/* "24001/0/1 16/5/2", as the agent writes it; what is not so is left out. */
static json_t *write_labels(const char *text)
{
    json_t *array = json_array();
    unsigned label, class, ttl;
    int used = 0;

    while (json_array_size(array) < REPORT_MAX_LABELS &&
           sscanf(text, "%u/%u/%u%n", &label, &class, &ttl, &used) == 3) {
        json_array_append_new(array,
                              json_pack("{s:i, s:i, s:i}", "label", (int)label,
                                        "class", (int)class, "ttl", (int)ttl));
        text += used;
    }
    return array;
}

/* What came back, where it is not that the TTL ran out. */
static void put_answer(json_t *object, const struct evidence *hop)
{
    if (evidence_has(hop, KEY_PACKET))
        values_put_text(
            object, "answer",
            word_name(&packet_words, evidence_word(hop, KEY_PACKET)));
    else if (evidence_has(hop, KEY_ICMP_TYPE) && !hops_is_expired(hop))
        json_object_set_new(
            object, "answer",
            json_sprintf("icmp %d/%d",
                         (int)evidence_number(hop, KEY_ICMP_TYPE, 0),
                         (int)evidence_number(hop, KEY_ICMP_CODE, 0)));
}

static json_t *write_hop(const struct evidence *hop)
{
    struct address address = evidence_address(hop, KEY_OFFENDER);
    const char *labels = evidence_text(hop, KEY_LABELS, NULL);
    json_t *object = json_object();

    json_object_set_new(object, "ttl",
                        json_integer(evidence_number(hop, KEY_TTL, 0)));
    values_put_address(object, "address", &address);
    if (evidence_has(hop, KEY_RTT_US))
        json_object_set_new(object, "rtt_us",
                            json_integer(evidence_number(hop, KEY_RTT_US, 0)));
    put_answer(object, hop);
    if (labels != NULL)
        json_object_set_new(object, "mpls", write_labels(labels));
    return object;
}

static json_t *write_hops(const struct way *way)
{
    json_t *array = json_array();

    for (unsigned ttl = 1; ttl <= way->last; ttl++)
        if (way->hops[ttl] != NULL)
            json_array_append_new(array, write_hop(way->hops[ttl]));
    return array;
}

/* The circle once: from the first hop that comes again to before it does. */
static json_t *write_loop(const struct way *way)
{
    json_t *array = json_array();
    struct address first = {0};

    for (unsigned ttl = 1; ttl <= way->last; ttl++) {
        struct address address;
        char text[ADDRESS_TEXT_SIZE];

        if (!hops_is_expired(way->hops[ttl]))
            continue;
        address = evidence_address(way->hops[ttl], KEY_OFFENDER);
        if (json_array_size(array) > 0 && address_equal(&address, &first))
            break;
        if (json_array_size(array) == 0 && !hops_comes_again(way->hops, ttl))
            continue;
        if (json_array_size(array) == 0)
            first = address;
        json_array_append_new(array,
                              values_text(address_print(&address, text)));
    }
    return array;
}

static void add_walk(json_t *array, const struct way *way,
                     const char *direction)
{
    json_t *object;
    json_t *loop;

    if (way->walk == NULL)
        return;
    object = json_object();
    loop = write_loop(way);
    values_put_text(object, "direction", direction);
    json_object_set_new(
        object, "attempt",
        json_integer(evidence_number(way->walk, KEY_ATTEMPT, 0)));
    json_object_set_new(object, "packets",
                        json_integer(evidence_number(way->walk, KEY_COUNT, 0)));
    json_object_set_new(object, "reached", json_boolean(way->is_reached));
    if (way->last > 0)
        json_object_set_new(object, "last_ttl", json_integer(way->last));
    if (way->silent > 0)
        json_object_set_new(object, "silent_ttl", json_integer(way->silent));
    if (json_array_size(loop) > 0)
        json_object_set(object, "loop", loop);
    json_decref(loop);
    json_array_append_new(array, object);
}

static const struct evidence *find_packet(const struct report *report,
                                          enum packet packet, enum role role,
                                          enum direction direction, int64_t n)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct evidence *item = &report->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == role &&
            evidence_word(item, KEY_PACKET) == (int)packet &&
            evidence_word(item, KEY_DIRECTION) == (int)direction &&
            (n == 0 || evidence_number(item, KEY_ATTEMPT, 0) == n))
            return item;
    }
    return NULL;
}

/* How many routers a packet passed that was seen at both ends, by its TTL; or,
 * of a walk that got to the far end, by that; -1: nobody can tell. */
static int64_t count_routers(const struct report *report, enum role from,
                             const struct way *way)
{
    enum packet packet = from == ROLE_SOURCE ? PACKET_SYN : PACKET_SYN_ACK;
    enum role to = from == ROLE_SOURCE ? ROLE_DESTINATION : ROLE_SOURCE;
    const struct evidence *came =
        find_packet(report, packet, to, DIRECTION_IN, 0);
    const struct evidence *left =
        came == NULL ? NULL
                     : find_packet(report, packet, from, DIRECTION_OUT,
                                   evidence_number(came, KEY_ATTEMPT, 0));

    int64_t lost = left == NULL ? -1
                                : evidence_number(left, KEY_TTL, 0) -
                                      evidence_number(came, KEY_TTL, 0);

    if (lost >= 0 && lost <= HOPS_MAX) /* else it was set anew */
        return lost;
    return way->is_reached ? (int64_t)way->last - 1 : -1;
}

/* Where the ways there and back have not as many routers. */
static void put_asymmetry(json_t *object, const struct report *report,
                          const struct way *forward, const struct way *reverse)
{
    int64_t there = count_routers(report, ROLE_SOURCE, forward);
    int64_t back = count_routers(report, ROLE_DESTINATION, reverse);
    bool there_is_least = there < 0 && forward->last > 0;
    bool back_is_least = back < 0 && reverse->last > 0;
    json_t *asymmetry;

    if (there_is_least)
        there = forward->last;
    if (back_is_least)
        back = reverse->last;
    if (there < 0 || back < 0 || there == back ||
        (there_is_least && there < back) || (back_is_least && back < there))
        return;
    asymmetry = json_pack("{s:I, s:I}", "forward_routers", (json_int_t)there,
                          "reverse_routers", (json_int_t)back);
    if (there_is_least || back_is_least)
        values_put_text(asymmetry, "at_least",
                        there_is_least ? "forward" : "reverse");
    json_object_set_new(object, "asymmetry", asymmetry);
}

json_t *json_write_path(const struct report *report)
{
    struct way forward = read_way(report, ROLE_SOURCE);
    struct way reverse = read_way(report, ROLE_DESTINATION);
    json_t *object = json_object();
    json_t *walks = json_array();

    json_object_set_new(object, "forward", write_hops(&forward));
    json_object_set_new(object, "reverse", write_hops(&reverse));
    add_walk(walks, &forward, "forward");
    add_walk(walks, &reverse, "reverse");
    if (json_array_size(walks) > 0)
        json_object_set(object, "walks", walks);
    json_decref(walks);
    put_asymmetry(object, report, &forward, &reverse);
    return object;
}
