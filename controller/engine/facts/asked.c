/* Whose question was it?  A router asks for the address of a host when a packet
 * for it has come that far: at once, if it was this trace's; at any time, if it
 * was another's. */
#include "common/base/clock.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/hops.h"

/* So much later than the packet, beside what its way takes, and so much earlier
 * by clocks that differ. */
#define LATER_NS   ((int64_t)10 * NS_PER_MS)
#define EARLIER_NS ((int64_t)3 * NS_PER_MS)

/* Of the time of the trace: later ones repeat it. */
static const struct evidence *first_question(const struct view *view,
                                             enum role role)
{
    struct address own = view_traced_address(view, role);
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ARP && item->role == (uint8_t)role &&
            !evidence_has(item, KEY_NAMESPACE) &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            evidence_number(item, KEY_COUNT, 0) > 0 &&
            address_equal(&address, &own) && view_is_earlier(item, found))
            found = item;
    }
    return found;
}

static bool is_due(const struct evidence *left, const struct evidence *question,
                   int64_t way_ns)
{
    return left != NULL && question->at_ns >= left->at_ns - EARLIER_NS &&
           question->at_ns <= left->at_ns + LATER_NS + way_ns;
}

/* The farthest hop is at least as near as the one that asks. */
static int64_t way_ns(const struct view *view, enum role from)
{
    const struct evidence *hop = hops_last(view, from);

    return hop == NULL ? 0 : evidence_us_as_ns(hop, KEY_RTT_US);
}

/* What the peer itself asks on their link crosses the same wire. */
static bool was_in_time(const struct view *view, enum role role,
                        const struct evidence *question)
{
    bool forward = role == ROLE_DESTINATION;
    enum role from = view_peer(role);
    struct address asker = evidence_address(question, KEY_SOURCE);
    struct address peer = view_traced_address(view, from);
    int64_t way = way_ns(view, from);

    if (address_is_set(&asker) && address_equal(&asker, &peer))
        return true;
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct sight *left =
            view_left(view, &view->attempts[n], from,
                      forward ? PACKET_SYN : PACKET_SYN_ACK);

        if (is_due(left->first, question, way) ||
            is_due(left->again, question, way))
            return true;
    }
    return false;
}

/* One that was being asked already when the packet came is not asked anew: that
 * there is none in time tells nothing. */
void facts_derive_asked(struct known *known, const struct view *view)
{
    static const enum role roles[] = {ROLE_SOURCE, ROLE_DESTINATION};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        const struct evidence *question = first_question(view, roles[i]);

        if (question != NULL && was_in_time(view, roles[i], question))
            facts_say(known, fact_at(roles[i], FACT_ASKED_IN_TIME), true,
                      question);
    }
}
