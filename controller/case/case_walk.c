/* The walk of the path, beside the attempts that are still open: along one that
 * is over, so that whatever the copies meet or leave behind is no attempt's. */
#include "common/base/clock.h"
#include "controller/case/case_internal.h"

#define MS(count) ((int64_t)(count)*NS_PER_MS)

/* The SYN as it came in at the destination: with NAT on the way only that one
 * knows where the answer goes. */
static const struct evidence *find_arrived_syn(const struct trace_case *trace,
                                               unsigned n)
{
    for (size_t i = 0; i < trace->evidence.count; i++) {
        const struct evidence *item = &trace->evidence.items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            evidence_number(item, KEY_ATTEMPT, n) == n)
            return item;
    }
    return NULL;
}

void case_fill_answer(const struct trace_case *trace, unsigned n,
                      struct command *command)
{
    const struct case_attempt *attempt = &trace->attempts[n];
    const struct evidence *syn = find_arrived_syn(trace, n);

    command->own_address = trace->subject.destination;
    command->own_port = trace->subject.port;
    command->peer_address = attempt->source;
    command->peer_port = attempt->source_port;
    if (syn == NULL)
        return;
    command->own_address = evidence_address(syn, KEY_DESTINATION);
    command->own_port = (uint16_t)evidence_number(syn, KEY_DESTINATION_PORT,
                                                  trace->subject.port);
    command->peer_address = evidence_address(syn, KEY_SOURCE);
    command->peer_port =
        (uint16_t)evidence_number(syn, KEY_SOURCE_PORT, attempt->source_port);
}

uint16_t case_arrived_port(const struct trace_case *trace)
{
    for (unsigned n = 1; n <= trace->last_attempt; n++) {
        const struct evidence *syn = find_arrived_syn(trace, n);

        if (syn != NULL)
            return (uint16_t)evidence_number(syn, KEY_DESTINATION_PORT,
                                             trace->subject.port);
    }
    return trace->subject.port;
}

static void fill_walk(const struct trace_case *trace,
                      const struct case_walk *walk, struct command *command)
{
    unsigned n = walk->attempt;
    const struct case_attempt *attempt = &trace->attempts[n];

    command->attempt = (uint8_t)n;
    command->max_ttl = CASE_MAX_TTL;
    command->own_address = attempt->source;
    command->own_port = attempt->source_port;
    command->peer_address = attempt->destination;
    command->peer_port = attempt->destination_port;
    if (walk->from == ROLE_SOURCE)
        return;
    case_fill_answer(trace, n, command);
    command->acknowledge =
        trace->subject.isn_base + (uint32_t)(n << ORDER_ISN_SHIFT) + 1;
}

/* Does the way that is to be walked concern this attempt?  Back goes only an
 * answer to a SYN that arrived.  No two walks share an attempt. */
static bool is_eligible(const struct trace_case *trace,
                        const struct case_walk *walk, unsigned n)
{
    const struct case_attempt *attempt = &trace->attempts[n];
    const struct case_walk *other =
        walk == &trace->walk ? &trace->other_walk : &trace->walk;

    return attempt->is_made && !attempt->has_connected && other->attempt != n &&
           (walk->from == ROLE_SOURCE ||
            attempt->journeys[CASE_SYN].came_ns != 0);
}

/* The latest that is over, or the latest that is not; 0 if there is none.  Where
 * one connected, the far end may still know of it.  Of a source's, one whose SYN
 * did not arrive first. */
static unsigned find_attempt(const struct trace_case *trace,
                             const struct case_walk *walk, bool is_over)
{
    unsigned found = 0;

    for (unsigned n = trace->last_attempt; n > 0; n--) {
        bool came = trace->attempts[n].journeys[CASE_SYN].came_ns != 0;

        if (!is_eligible(trace, walk, n) ||
            trace->attempts[n].has_ended != is_over)
            continue;
        if (walk->from == ROLE_DESTINATION || !came)
            return n;
        if (found == 0)
            found = n;
    }
    return found;
}

static void send_walk(struct trace_case *trace, struct case_walk *walk,
                      int64_t now_ns)
{
    struct command *command;

    if (!case_end_is_live(case_end_of(trace, walk->from)) ||
        trace->attempts[walk->attempt].has_connected) { /* just then */
        walk->state = CASE_WALK_OVER;
        return;
    }
    case_say(trace, "walking the path from %s",
             case_end_of(trace, walk->from)->name);
    command = case_add_command(trace, walk->from, COMMAND_WALK);
    fill_walk(trace, walk, command);
    walk->state = CASE_WALK_UNDERWAY;
    walk->until_ns = now_ns + MS(CASE_WALK_MS);
}

static bool release_attempt(struct trace_case *trace, struct case_walk *walk,
                            int64_t now_ns)
{
    struct command *command;

    if (!case_end_is_live(&trace->source))
        return false;
    command = case_add_command(trace, ROLE_SOURCE, COMMAND_GIVE_UP);
    command->attempt = (uint8_t)walk->attempt;
    walk->state = CASE_WALK_RELEASING;
    walk->until_ns = now_ns + case_patience_ns(trace, MS(CASE_WAIT_MS));
    return true;
}

static bool begin(struct trace_case *trace, struct case_walk *walk,
                  enum role from, int64_t now_ns, bool may_end)
{
    if (walk->state != CASE_WALK_DUE || trace->last_attempt == 0 ||
        (from != ROLE_SOURCE && from != ROLE_DESTINATION) ||
        !case_end_is_live(case_end_of(trace, from)) ||
        case_end_of(trace, from)->has_walked)
        return false;
    walk->from = from;
    walk->attempt = find_attempt(trace, walk, true);
    if (walk->attempt != 0) {
        send_walk(trace, walk, now_ns);
        return walk->state == CASE_WALK_UNDERWAY;
    }
    if (!may_end)
        return false;
    walk->attempt = find_attempt(trace, walk, false);
    return walk->attempt != 0 && release_attempt(trace, walk, now_ns);
}

/* The other direction once the first is walked: an attempt is given up for one
 * of them at a time. */
static bool begin_other(struct trace_case *trace, int64_t now_ns, bool may_end)
{
    enum role other =
        trace->walk.from == ROLE_SOURCE ? ROLE_DESTINATION : ROLE_SOURCE;

    return trace->other_walk.is_due &&
           trace->walk.state > CASE_WALK_RELEASING &&
           begin(trace, &trace->other_walk, other, now_ns, may_end);
}

bool case_has_spare(const struct trace_case *trace)
{
    return !trace->subject.exact_count && case_pending(trace) > 1;
}

bool case_begin_walk(struct trace_case *trace, int64_t now_ns, bool may_end)
{
    bool begun =
        begin(trace, &trace->walk, trace->judgement.walk_from, now_ns, may_end);

    trace->other_walk.is_due |= trace->judgement.walk_both;
    return begin_other(trace, now_ns, may_end) || begun;
}

static bool is_under_way(const struct case_walk *walk)
{
    return walk->state == CASE_WALK_RELEASING ||
           walk->state == CASE_WALK_UNDERWAY;
}

static bool goes_on(struct trace_case *trace, struct case_walk *walk,
                    int64_t now_ns)
{
    const struct case_end *walker = case_end_of(trace, walk->from);

    if (walk->state == CASE_WALK_RELEASING &&
        trace->attempts[walk->attempt].has_ended)
        send_walk(trace, walk, now_ns);
    if (!is_under_way(walk))
        return false;
    if (now_ns < walk->until_ns && case_end_is_live(walker) &&
        !walker->has_walked)
        return true;
    walk->state = CASE_WALK_OVER;
    return false;
}

bool case_walk_goes_on(struct trace_case *trace, int64_t now_ns)
{
    bool one = goes_on(trace, &trace->walk, now_ns);
    bool other = goes_on(trace, &trace->other_walk, now_ns);

    if (one && !other)
        other = begin_other(trace, now_ns, case_has_spare(trace));
    return one || other;
}

int64_t case_walk_until_ns(const struct trace_case *trace)
{
    const struct case_walk *one = &trace->walk, *other = &trace->other_walk;

    if (is_under_way(other) &&
        (!is_under_way(one) || other->until_ns < one->until_ns))
        return other->until_ns;
    return one->until_ns;
}
