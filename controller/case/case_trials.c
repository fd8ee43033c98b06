/* The trials, beside the walk, once packets are known to vanish between the
 * hosts: they fill the time until the kernel sends again what nobody answered.
 * None shares its ports with an attempt. */
#include "common/base/clock.h"
#include "controller/case/case_internal.h"

#define MS(count) ((int64_t)(count)*NS_PER_MS)

/* As the attempts went; the way back as the SYN came in. */
static void fill(const struct trace_case *trace, struct command *command)
{
    const struct subject *subject = &trace->subject;

    command->own_address = subject->source;
    command->peer_address = subject->destination;
    if (trace->trials.from == ROLE_DESTINATION)
        case_fill_answer(trace, trace->last_attempt, command);
}

void case_plan_trials(struct trace_case *trace)
{
    enum role from = trace->judgement.walk_from;

    if (trace->trials.is_planned || trace->last_attempt == 0 ||
        (from != ROLE_SOURCE && from != ROLE_DESTINATION))
        return;
    trace->trials.is_planned = true;
    trace->trials.from = from;
}

/* Behind the walk, if there is one: routers tell few errors in a second, and
 * those are to be about the walk's copies. */
static void begin(struct trace_case *trace, int64_t now_ns)
{
    struct case_trials *trials = &trace->trials;

    if (!trials->is_planned || trace->walk.state == CASE_WALK_RELEASING ||
        !case_end_is_live(&trace->source) ||
        !case_end_is_live(&trace->destination))
        return;
    trials->is_begun = true;
    trials->until_ns = now_ns + MS(CASE_TRIALS_MS);
    case_say(trace, "trying what gets through from %s",
             case_end_of(trace, trials->from)->name);
    fill(trace, case_add_command(trace, trials->from, COMMAND_TRY));
}

static bool go_on(struct trace_case *trace, int64_t now_ns)
{
    struct case_trials *trials = &trace->trials;
    const struct case_end *end = case_end_of(trace, trials->from);

    if (!trials->is_begun)
        begin(trace, now_ns);
    if (!trials->is_begun)
        return false;
    if (!trials->is_over && (end->has_tried || !case_end_is_live(end))) {
        trials->is_over = true; /* the last may still be on its way */
        trials->until_ns = now_ns + case_patience_ns(trace, MS(CASE_WAIT_MS));
    }
    return now_ns < trials->until_ns;
}

int64_t case_sent_ns(struct trace_case *trace, int64_t now_ns)
{
    bool walks = case_walk_goes_on(trace, now_ns);
    bool tries = go_on(trace, now_ns);

    if (walks)
        return case_walk_until_ns(trace);
    return tries ? trace->trials.until_ns : 0;
}
