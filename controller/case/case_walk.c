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

static void fill_walk(const struct trace_case *trace, struct command *command)
{
    unsigned n = trace->walk.attempt;
    const struct case_attempt *attempt = &trace->attempts[n];

    command->attempt = (uint8_t)n;
    command->max_ttl = CASE_MAX_TTL;
    command->own_address = attempt->source;
    command->own_port = attempt->source_port;
    command->peer_address = attempt->destination;
    command->peer_port = attempt->destination_port;
    if (trace->walk.from == ROLE_SOURCE)
        return;
    case_fill_answer(trace, n, command);
    command->acknowledge =
        trace->subject.isn_base + (uint32_t)(n << ORDER_ISN_SHIFT) + 1;
}

/* The latest that is over, or the latest that is not; 0 if there is none.  Where
 * one connected, the far end may still know of it. */
static unsigned find_attempt(const struct trace_case *trace, bool is_over)
{
    for (unsigned n = trace->last_attempt; n > 0; n--)
        if (trace->attempts[n].is_made && !trace->attempts[n].has_connected &&
            trace->attempts[n].has_ended == is_over)
            return n;
    return 0;
}

static void send_walk(struct trace_case *trace, int64_t now_ns)
{
    struct case_walk *walk = &trace->walk;
    struct command *command;

    if (!case_end_is_live(case_end_of(trace, walk->from)) ||
        trace->attempts[walk->attempt].has_connected) { /* just then */
        walk->state = CASE_WALK_OVER;
        return;
    }
    case_say(trace, "walking the path from %s",
             case_end_of(trace, walk->from)->name);
    command = case_add_command(trace, walk->from, COMMAND_WALK);
    fill_walk(trace, command);
    walk->state = CASE_WALK_UNDERWAY;
    walk->until_ns = now_ns + MS(CASE_WALK_MS);
}

static bool release_attempt(struct trace_case *trace, int64_t now_ns)
{
    struct command *command;

    if (!case_end_is_live(&trace->source))
        return false;
    command = case_add_command(trace, ROLE_SOURCE, COMMAND_GIVE_UP);
    command->attempt = (uint8_t)trace->walk.attempt;
    trace->walk.state = CASE_WALK_RELEASING;
    trace->walk.until_ns = now_ns + case_patience_ns(trace, MS(CASE_WAIT_MS));
    return true;
}

bool case_begin_walk(struct trace_case *trace, int64_t now_ns, bool may_end)
{
    struct case_walk *walk = &trace->walk;
    enum role from = trace->judgement.walk_from;

    if (walk->state != CASE_WALK_DUE || trace->last_attempt == 0 ||
        (from != ROLE_SOURCE && from != ROLE_DESTINATION) ||
        !case_end_is_live(case_end_of(trace, from)))
        return false;
    walk->from = from;
    walk->attempt = find_attempt(trace, true);
    if (walk->attempt != 0) {
        send_walk(trace, now_ns);
        return walk->state == CASE_WALK_UNDERWAY;
    }
    walk->attempt = find_attempt(trace, false);
    return may_end && walk->attempt != 0 && release_attempt(trace, now_ns);
}

bool case_walk_goes_on(struct trace_case *trace, int64_t now_ns)
{
    struct case_walk *walk = &trace->walk;
    const struct case_end *walker = case_end_of(trace, walk->from);

    if (walk->state == CASE_WALK_RELEASING &&
        trace->attempts[walk->attempt].has_ended)
        send_walk(trace, now_ns);
    if (walk->state == CASE_WALK_DUE || walk->state == CASE_WALK_OVER)
        return false;
    if (now_ns < walk->until_ns && case_end_is_live(walker) &&
        !walker->has_walked)
        return true;
    walk->state = CASE_WALK_OVER;
    return false;
}
