/* The trials, beside the walk, once packets are known to vanish between the
 * hosts: they fill the time until the kernel sends again what nobody answered.
 * None shares its ports with an attempt. */
#include <stdio.h>
#include <string.h>

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

/* --- the vantage point --- */

/* Who was asked for, or who is nearest to the source; false if nobody.  Whose
 * packets it would be is not known where two hosts hold its identity. */
static bool choose(const struct trace_case *trace,
                   char name[static HOST_NAME_SIZE])
{
    const char *asked = trace->request.vantage;
    const char *const ends[] = {trace->source.name, trace->destination.name};
    struct case_host host;

    if (strcmp(asked, "none") == 0)
        return false;
    if (asked[0] == '\0' || strcmp(asked, "auto") == 0)
        return trace->world.find_near(trace->world.owner,
                                      &trace->subject.source, ends, name);
    if (!trace->world.find_host(trace->world.owner, asked, &host) ||
        !host.is_connected || address_is_set(&host.rival) ||
        strcmp(host.name, ends[0]) == 0 || strcmp(host.name, ends[1]) == 0)
        return false;
    snprintf(name, HOST_NAME_SIZE, "%s", host.name);
    return true;
}

/* Its worker's own id: the trace's but for the last character. */
static void name_worker(const struct trace_case *trace, struct case_end *end)
{
    size_t last = TRACE_ID_SIZE - 2;

    snprintf(end->trace_id, sizeof(end->trace_id), "%s",
             trace->source.trace_id);
    end->trace_id[last] = end->trace_id[last] == '0' ? '1' : '0';
}

static void order_vantage(struct trace_case *trace, int64_t now_ns)
{
    struct case_end *end = &trace->vantage;
    struct case_action *action;

    if (trace->trials.from != ROLE_SOURCE || !choose(trace, end->name))
        return;
    name_worker(trace, end);
    end->is_ordered = true;
    snprintf(trace->subject.vantage_host, sizeof(trace->subject.vantage_host),
             "%s", end->name);
    trace->trials.vantage_until_ns = now_ns + MS(CASE_VANTAGE_MS);
    case_say(trace, "trying from %s as well", end->name);
    action = case_add_action(trace, CASE_SEND_ORDER);
    action->role = ROLE_VANTAGE;
    action->order = (struct order){
        .role = ROLE_SOURCE,
        .vantage = 1,
        .attempts = 1,
        .port = trace->subject.port,
        .isn_base = trace->subject.isn_base,
        .deadline_ms = CASE_VANTAGE_MS + CASE_WALK_MS,
        .destination = trace->subject.destination,
    };
    snprintf(action->order.trace_id, sizeof(action->order.trace_id), "%s",
             end->trace_id);
    snprintf(action->order.peer, sizeof(action->order.peer), "%s",
             trace->destination.name);
}

/* True while something of it may still come. */
static bool vantage_goes_on(struct trace_case *trace, int64_t now_ns)
{
    struct case_trials *trials = &trace->trials;
    const struct case_end *end = &trace->vantage;
    struct command *command;

    if (trials->vantage_until_ns == 0 || now_ns >= trials->vantage_until_ns ||
        end->has_walked || !case_end_is_live(end))
        return false;
    if (end->is_armed && !trials->is_walking) {
        trials->is_walking = true;
        command = case_add_command(trace, ROLE_VANTAGE, COMMAND_WALK);
        command->max_ttl = CASE_MAX_TTL;
        command->peer_address = trace->subject.destination;
        command->peer_port = trace->subject.port;
    }
    return true;
}

void case_end_vantage(struct trace_case *trace)
{
    if (case_end_is_live(&trace->vantage) && !trace->trials.is_ended) {
        trace->trials.is_ended = true;
        case_add_command(trace, ROLE_VANTAGE, COMMAND_ABORT);
    }
}

/* --- all of it --- */

static void order_trials(struct trace_case *trace)
{
    struct command *command;

    fill(trace, case_add_command(trace, trace->trials.from, COMMAND_TRY));
    if (trace->trials.from == ROLE_SOURCE)
        return;
    /* An answer is the destination's own, and as the SYN asks for it. */
    command = case_add_command(trace, ROLE_SOURCE, COMMAND_TRY);
    command->attempt = (uint8_t)trace->last_attempt;
    command->own_address = trace->subject.source;
    command->peer_address = trace->subject.destination;
}

static bool has_tried(const struct case_end *end)
{
    return end->has_tried || !case_end_is_live(end);
}

/* Behind the walk, if there is one: routers tell few errors in a second, and
 * those are to be about the walk's copies. */
static void begin(struct trace_case *trace, int64_t now_ns)
{
    struct case_trials *trials = &trace->trials;

    if (!trials->is_planned || trace->walk.state == CASE_WALK_RELEASING ||
        !case_end_is_live(&trace->source) ||
        (trace->destination.name[0] != '\0' &&
         !case_end_is_live(&trace->destination)))
        return; /* with no agent there the source's policy decides */
    trials->is_begun = true;
    trials->until_ns = now_ns + MS(CASE_TRIALS_MS);
    case_say(trace, "trying what gets through from %s",
             case_end_of(trace, trials->from)->name);
    order_trials(trace);
    order_vantage(trace, now_ns);
}

static bool go_on(struct trace_case *trace, int64_t now_ns)
{
    struct case_trials *trials = &trace->trials;

    if (!trials->is_begun)
        begin(trace, now_ns);
    if (!trials->is_begun)
        return false;
    if (!trials->is_over && has_tried(case_end_of(trace, trials->from)) &&
        (trials->from == ROLE_SOURCE || has_tried(&trace->source))) {
        trials->is_over = true; /* the last may still be on its way */
        trials->until_ns = now_ns + case_patience_ns(trace, MS(CASE_WAIT_MS));
    }
    return now_ns < trials->until_ns;
}

int64_t case_sent_ns(struct trace_case *trace, int64_t now_ns)
{
    bool walks = case_walk_goes_on(trace, now_ns);
    bool tries = go_on(trace, now_ns);
    bool is_helped = vantage_goes_on(trace, now_ns);

    if (walks)
        return case_walk_until_ns(trace);
    if (tries)
        return trace->trials.until_ns;
    return is_helped ? trace->trials.vantage_until_ns : 0;
}
