#include "controller/engine/facts/sendings.h"

#include "controller/engine/facts/derive.h"

/* What is on its way when the far end stops to watch is neither lost nor come:
 * so long, and twice the longest that any took. */
#define WATCH_AFTER_NS 100000000

/* IPv6 leaves a next hop that it takes for dead when it sends again. */
#define V6_KEEPS_WAY 2

struct passage /* of one kind of packet, of one attempt */
{
    const struct view *view;
    unsigned attempt;
    enum packet packet;
    const struct sight *left, *came;
    enum packet as; /* what tells that it came */
};

/* Is it one of the copies that this sight is made of? */
static bool is_of_sight(const struct passage *passage,
                        const struct sight *sight, enum packet packet,
                        const struct evidence *item)
{
    const struct evidence *first = sight->first;

    return first != NULL && item->kind == EVIDENCE_PACKET &&
           item->role == first->role && item->at_ns >= first->at_ns &&
           item->at_ns <= sight->last->at_ns &&
           evidence_number(item, KEY_ATTEMPT, 0) == (int)passage->attempt &&
           evidence_word(item, KEY_PACKET) == (int)packet &&
           evidence_word(item, KEY_DIRECTION) ==
               evidence_word(first, KEY_DIRECTION) &&
           view_is_own(item) == view_is_own(first);
}

static bool bear_one_clock(const struct evidence *a, const struct evidence *b)
{
    return evidence_has(a, KEY_TIMESTAMP) && evidence_has(b, KEY_TIMESTAMP)
               ? evidence_number(a, KEY_TIMESTAMP, 0) ==
                     evidence_number(b, KEY_TIMESTAMP, 0)
               : true;
}

/* What came of the sending that left with this packet and was followed by the
 * next one at next_ns. */
static const struct evidence *find_arrival(const struct passage *passage,
                                           const struct evidence *left,
                                           int64_t next_ns)
{
    for (size_t i = 0; i < passage->view->count; i++) {
        const struct evidence *item = passage->view->items[i];
        bool same_kind = passage->as == passage->packet;
        bool stamped = same_kind && evidence_has(left, KEY_TIMESTAMP) &&
                       evidence_has(item, KEY_TIMESTAMP);

        if (is_of_sight(passage, passage->came, passage->as, item) &&
            (!same_kind || bear_one_clock(left, item)) &&
            (stamped || (item->at_ns >= left->at_ns - SIGHT_AGAIN_NS / 2 &&
                         item->at_ns < next_ns)))
            return item;
    }
    return NULL;
}

static void add(struct sendings *list, unsigned attempt,
                const struct evidence *packet, bool again)
{
    if (list->count < SENDINGS_MAX)
        list->items[list->count++] =
            (struct sending){attempt, again, false, packet, NULL};
}

/* The attempt's sendings; copies on several devices are one. */
static void list_of_attempt(const struct passage *passage,
                            struct sendings *list)
{
    const struct evidence *last = NULL;
    size_t first = list->count;

    for (size_t i = 0; i < passage->view->count; i++) {
        const struct evidence *item = passage->view->items[i];

        if (!is_of_sight(passage, passage->left, passage->packet, item))
            continue;
        if (last == NULL || item->at_ns - last->at_ns >= SIGHT_AGAIN_NS)
            add(list, passage->attempt, item, last != NULL);
        last = item;
    }
    for (size_t i = first; i < list->count; i++) {
        int64_t next_ns =
            i + 1 < list->count ? list->items[i + 1].packet->at_ns : INT64_MAX;

        list->items[i].seen =
            find_arrival(passage, list->items[i].packet, next_ns);
        list->items[i].came = list->items[i].seen != NULL;
    }
}

/* Twice the longest that one was seen to take, or a while. */
static int64_t watch_needed(const struct sendings *list)
{
    int64_t needed = WATCH_AFTER_NS;

    for (size_t i = 0; i < list->count; i++) {
        const struct sending *sending = &list->items[i];
        int64_t took =
            sending->came ? sending->seen->at_ns - sending->packet->at_ns : 0;

        if (2 * took > needed)
            needed = 2 * took;
    }
    return needed;
}

static void leave_out_late(const struct evidence *after, struct sendings *list)
{
    int64_t needed = watch_needed(list);
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].came ||
            after->at_ns - list->items[i].packet->at_ns >= needed) {
            list->lost += !list->items[i].came;
            list->items[kept++] = list->items[i];
        }
    list->count = kept;
}

static void sort_by_time(struct sendings *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct sending moved = list->items[i];
        size_t at = i;

        for (; at > 0 &&
               view_is_earlier(moved.packet, list->items[at - 1].packet);
             at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = moved;
    }
}

/* The attempt's answer, by which a SYN is known to have come where nobody
 * watches. */
static const struct sight *find_answer(const struct attempt_view *attempt,
                                       enum packet *packet)
{
    const struct sight *reset =
        &attempt->source.packets[PACKET_RST][DIRECTION_IN];
    const struct sight *answer = view_came_back(attempt, PACKET_SYN_ACK);

    *packet = answer->first != NULL ? PACKET_SYN_ACK : PACKET_RST;
    return answer->first != NULL ? answer : reset;
}

static struct passage find_passage(const struct view *view, unsigned n,
                                   enum packet packet, bool there_and_back)
{
    const struct attempt_view *attempt = &view->attempts[n];
    struct passage passage = {
        view,
        n,
        packet,
        view_left(view, attempt, view_sender(packet), packet),
        view_came(attempt, packet),
        packet};

    if (there_and_back)
        passage.came = find_answer(attempt, &passage.as);
    return passage;
}

void sendings_list(const struct view *view, enum packet packet,
                   struct sendings *out)
{
    enum role to = view_peer(view_sender(packet));

    out->count = out->lost = 0;
    out->keep_way = view->subject->destination.family == 6 ? V6_KEEPS_WAY : 0;
    out->there_and_back =
        packet == PACKET_SYN && view->subject->destination_host[0] == '\0';
    if (out->there_and_back)
        to = ROLE_SOURCE;
    if (view_end(view, to)->capture_after == NULL)
        return;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct passage passage =
            find_passage(view, n, packet, out->there_and_back);

        if (passage.left->first != NULL &&
            facts_was_watching(view, to, &view->attempts[n]))
            list_of_attempt(&passage, out);
    }
    leave_out_late(view_end(view, to)->capture_after, out);
    sort_by_time(out);
}
