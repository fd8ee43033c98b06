#include "controller/case/case.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "controller/case/case_internal.h"

#define MS(count) ((int64_t)(count)*NS_PER_MS)

void case_init(struct trace_case *trace, const struct case_world *world,
               const struct message_trace_request *request,
               const char *const trace_ids[2], uint32_t isn_base)
{
    memset(trace, 0, sizeof(*trace));
    trace->world = *world;
    trace->request = *request;
    trace->subject.isn_base = isn_base;
    snprintf(trace->source.trace_id, TRACE_ID_SIZE, "%s", trace_ids[0]);
    snprintf(trace->destination.trace_id, TRACE_ID_SIZE, "%s", trace_ids[1]);
}

void case_fini(struct trace_case *trace)
{
    evidence_list_fini(&trace->evidence);
}

static void note_incomplete(struct trace_case *trace,
                            const struct case_end *end, int64_t now_ns)
{
    if (end->incomplete > 0)
        case_add_limit(trace, now_ns,
                       "%s sent %zu pieces of evidence that lack what their "
                       "kind must say: they were left out",
                       end->name, end->incomplete);
}

/* So many were asked for, and nobody else tells that some are missing. */
static void note_unmade(struct trace_case *trace)
{
    struct subject *subject = &trace->subject;
    size_t used = strlen(subject->note);
    unsigned made = 0;

    for (unsigned n = 1; n <= subject->attempts; n++)
        made += trace->attempts[n].is_made || trace->attempts[n].has_ended;
    if (!subject->exact_count || made == 0 || made >= subject->attempts)
        return;
    snprintf(subject->note + used, sizeof(subject->note) - used,
             "%s%u of %u attempts were made: %s", used > 0 ? "; " : "", made,
             subject->attempts,
             trace->source.has_ended && !trace->source.is_disarmed
                 ? "the source's agent went away"
                 : "for the others the time (--timeout) was too short");
}

/* All is there that will be: the last judgement closes the case. */
static void finish(struct trace_case *trace, int64_t now_ns)
{
    note_unmade(trace);
    note_incomplete(trace, &trace->source, now_ns);
    note_incomplete(trace, &trace->destination, now_ns);
    case_abort_live(trace);
    trace->subject.probing_over = true;
    trace->subject.wait_over = true;
    trace->subject.collected = true;
    trace->phase = CASE_CLOSING;
}

static void step_closing(struct trace_case *trace, int64_t now_ns)
{
    if (!case_is_judged(trace, now_ns))
        return;
    case_add_action(trace, CASE_FINISH);
    trace->phase = CASE_DONE;
}

static void collect_end(struct trace_case *trace, enum role role)
{
    bool is_destination = role == ROLE_DESTINATION;
    struct command *command;

    if (!case_end_is_live(case_end_of(trace, role)))
        return;
    command = case_add_command(trace, role, COMMAND_COLLECT);
    command->own_address =
        is_destination ? trace->subject.destination : trace->subject.source;
    command->peer_address =
        is_destination ? trace->subject.source : trace->subject.destination;
    /* What answered is not called again.  What is proven needs no further proof:
     * then a call that is dropped is not worth much waiting. */
    command->self_test = is_destination && !trace->request.no_self_test &&
                         trace->judgement.outcome != OUTCOME_CONNECTED &&
                         trace->judgement.outcome != OUTCOME_MIXED;
    command->self_test_briefly = trace->judgement.settled;
    command->own_port = is_destination ? case_arrived_port(trace) : 0;
}

static void collect(struct trace_case *trace, int64_t now_ns)
{
    if (trace->phase == CASE_PROBING && !trace->source.has_probed &&
        case_end_is_live(&trace->source))
        case_add_command(trace, ROLE_SOURCE, COMMAND_STOP);
    case_say(trace, "collecting");
    trace->subject.probing_over = true;
    trace->phase = CASE_COLLECTING;
    trace->until_ns = now_ns + MS(CASE_COLLECT_MS);
    case_end_vantage(trace);
    collect_end(trace, ROLE_SOURCE);
    collect_end(trace, ROLE_DESTINATION);
}

/* The source refused or could not start: without it there is no trace. */
static bool check_source(struct trace_case *trace, int64_t now_ns)
{
    const struct case_end *source = &trace->source;

    if (source->is_refused)
        case_refuse(trace, 3, "%s refused the trace: %s", source->name,
                    source->trouble);
    else if (source->has_ended && !trace->subject.source_lost)
        case_refuse(trace, 3, "%s could not run the trace: %s", source->name,
                    source->trouble[0] == '\0' ? "its worker ended early"
                                               : source->trouble);
    else if (trace->subject.source_lost)
        finish(trace, now_ns);
    return trace->phase < CASE_CLOSING;
}

/* Before anything is armed there is nothing to collect, only the proof that
 * nothing stays behind to wait for. */
static void give_up_resolving(struct trace_case *trace, int64_t now_ns)
{
    case_abort_live(trace);
    trace->phase = CASE_COLLECTING;
    trace->until_ns = now_ns + MS(CASE_COLLECT_MS);
}

static void step_resolving(struct trace_case *trace, int64_t now_ns)
{
    bool is_late = trace->until_ns != 0 && now_ns >= trace->until_ns;

    if (!check_source(trace, now_ns) || case_refuse_if_silent(trace, now_ns))
        return;
    if (is_late) /* asked for no second wake-up */
        trace->until_ns = 0;
    if (trace->source.is_resolved)
        case_choose_resolved(trace, now_ns);
    else if (is_late && case_has_begun(&trace->source))
        case_resolver_is_late(trace, now_ns);
    else
        return;
    if (trace->phase == CASE_RESOLVING) /* a DNS name without an address */
        give_up_resolving(trace, now_ns);
}

static void step_arming(struct trace_case *trace, int64_t now_ns)
{
    const struct case_end *destination = &trace->destination;
    bool is_late = now_ns >= trace->until_ns;

    if (is_late) /* asked for no second wake-up */
        trace->until_ns = 0;
    if (!check_source(trace, now_ns) || case_refuse_if_silent(trace, now_ns) ||
        !trace->source.is_armed)
        return;
    if (case_end_is_live(destination) && !destination->is_armed) {
        if (!is_late)
            return;
        case_add_limit(trace, now_ns,
                       "%s was not armed within %d ms: what it missed is not "
                       "known",
                       destination->name, CASE_ARM_MS);
    }
    if (destination->is_refused || destination->has_ended)
        case_add_limit(trace, now_ns, "%s did not take part: %s",
                       destination->name, destination->trouble);
    case_say(trace, "probing");
    case_add_command(trace, ROLE_SOURCE, COMMAND_PROBE);
    trace->source.heard_ns = now_ns;
    trace->phase = CASE_PROBING;
    trace->until_ns = 0;
}

/* A refusal has left the destination, and connect() has not heard of it: what
 * the application sees comes with the attempt's end. */
static bool awaits_refusal(struct trace_case *trace, int64_t now_ns)
{
    if (!trace->judgement.settled || trace->subject.exact_count ||
        case_pending(trace) == 0 || !case_has_refusal(trace)) {
        trace->until_ns = 0;
        return false;
    }
    if (trace->until_ns == 0)
        trace->until_ns = now_ns + case_patience_ns(trace, MS(CASE_REFUSAL_MS));
    return now_ns < trace->until_ns;
}

/* Many attempts take their time: the operator sees how far they are. */
static void say_attempt(struct trace_case *trace)
{
    if (!trace->subject.exact_count ||
        trace->said_attempt == trace->last_attempt)
        return;
    trace->said_attempt = trace->last_attempt;
    case_say(trace, "probing: attempt %u of %u", trace->last_attempt,
             trace->subject.attempts);
}

static void step_probing(struct trace_case *trace, int64_t now_ns)
{
    bool is_over = trace->source.has_probed || trace->source.has_ended ||
                   trace->source.is_disarmed;

    say_attempt(trace);
    trace->subject.probing_over = is_over;
    if (!case_is_judged(trace, now_ns))
        return;
    if (!is_over && awaits_refusal(trace, now_ns))
        return;
    if (trace->judgement.settled && (is_over || !trace->subject.exact_count)) {
        collect(trace, now_ns);
        return;
    }
    if (!is_over)
        return;
    trace->phase = CASE_WAITING;
    trace->until_ns = case_arrival_ns(trace, now_ns);
}

static void linger_or_collect(struct trace_case *trace, int64_t now_ns)
{
    int64_t end = case_linger_ns(trace, now_ns);

    if (end <= now_ns) {
        collect(trace, now_ns);
        return;
    }
    case_say(trace, trace->judgement.may_be_late
                        ? "watching for what a slow way may bring"
                        : "waiting for the kernel's answer");
    trace->phase = CASE_LINGERING;
    trace->until_ns = end;
}

/* Nothing proves a death yet: the kernel sends again what nobody answered, and
 * until that had its time, too, the path is walked. */
static void step_waiting(struct trace_case *trace, int64_t now_ns)
{
    bool is_over;

    trace->until_ns = case_arrival_ns(trace, now_ns);
    is_over = now_ns >= trace->until_ns;
    trace->subject.wait_over = is_over;
    if (!case_is_judged(trace, now_ns))
        return;
    if (trace->judgement.settled) {
        collect(trace, now_ns);
        return;
    }
    if (!is_over)
        return;
    case_begin_walk(trace, now_ns, case_has_spare(trace));
    case_plan_trials(trace);
    trace->phase = CASE_RESENDING;
}

static void step_resending(struct trace_case *trace, int64_t now_ns)
{
    int64_t sent_ns = case_sent_ns(trace, now_ns);
    int64_t again_ns = case_again_ns(trace, now_ns);
    bool is_over = now_ns >= again_ns && sent_ns == 0;

    trace->until_ns = now_ns < again_ns ? again_ns : sent_ns;
    trace->subject.wait_over = is_over;
    if (!case_is_judged(trace, now_ns))
        return;
    if (trace->judgement.settled)
        collect(trace, now_ns);
    else if (is_over && !case_begin_walk(trace, now_ns, true))
        linger_or_collect(trace, now_ns);
    else if (is_over)
        trace->until_ns = case_walk_until_ns(trace);
}

static void step_lingering(struct trace_case *trace, int64_t now_ns)
{
    trace->until_ns = case_linger_ns(trace, now_ns);
    if (case_is_judged(trace, now_ns) &&
        now_ns >= case_linger_ns(trace, now_ns))
        collect(trace, now_ns);
}

static void note_unfinished(struct trace_case *trace,
                            const struct case_end *end, int64_t now_ns)
{
    if (case_end_is_live(end))
        case_add_limit(trace, now_ns,
                       "%s did not finish collecting in time: its second "
                       "snapshots are incomplete",
                       end->name);
}

static void step_collecting(struct trace_case *trace, int64_t now_ns)
{
    if (now_ns < trace->until_ns &&
        ((case_end_is_live(&trace->source) && !trace->source.is_mute) ||
         case_end_is_live(&trace->destination)))
        return;
    note_unfinished(trace, &trace->source, now_ns);
    note_unfinished(trace, &trace->destination, now_ns);
    finish(trace, now_ns);
}

static void force_resolving(struct trace_case *trace, int64_t now_ns)
{
    if (case_refuse_silent(trace, now_ns))
        return;
    case_resolver_is_late(trace, now_ns);
    if (trace->phase == CASE_RESOLVING)
        give_up_resolving(trace, now_ns);
}

/* The time is nearly up: whatever it waits for, it now collects. */
static void force(struct trace_case *trace, int64_t now_ns)
{
    switch (trace->phase) {
    case CASE_RESOLVING: force_resolving(trace, now_ns); break;
    case CASE_ARMING:
        if (case_refuse_silent(trace, now_ns))
            break;
        case_add_limit(trace, now_ns,
                       "%s was not armed in time: no attempt was made",
                       trace->source.name);
        collect(trace, now_ns);
        break;
    case CASE_PROBING:
    case CASE_WAITING:
    case CASE_RESENDING:
    case CASE_LINGERING: collect(trace, now_ns); break;
    case CASE_NEW:
    case CASE_COLLECTING:
    case CASE_CLOSING:
    case CASE_DONE: break;
    }
}

static void advance_once(struct trace_case *trace, int64_t now_ns)
{
    if (case_mute_ns(trace) != 0 && now_ns >= case_mute_ns(trace)) {
        trace->source.is_mute = true;
        force(trace, now_ns); /* answers with what is known */
        return;
    }
    switch (trace->phase) {
    case CASE_RESOLVING: step_resolving(trace, now_ns); break;
    case CASE_ARMING: step_arming(trace, now_ns); break;
    case CASE_PROBING: step_probing(trace, now_ns); break;
    case CASE_WAITING: step_waiting(trace, now_ns); break;
    case CASE_RESENDING: step_resending(trace, now_ns); break;
    case CASE_LINGERING: step_lingering(trace, now_ns); break;
    case CASE_COLLECTING: step_collecting(trace, now_ns); break;
    case CASE_CLOSING: step_closing(trace, now_ns); break;
    case CASE_NEW:
    case CASE_DONE: break;
    }
}

/* One event may carry a case through several phases. */
static void advance_far(struct trace_case *trace, int64_t now_ns)
{
    enum case_phase before;

    do {
        before = trace->phase;
        advance_once(trace, now_ns);
    } while (trace->phase != before);
}

static void advance(struct trace_case *trace, int64_t now_ns)
{
    if (trace->phase < CASE_COLLECTING && now_ns >= trace->force_ns)
        force(trace, now_ns);
    advance_far(trace, now_ns);
    if (trace->phase >= CASE_CLOSING || now_ns < trace->end_ns)
        return;
    note_unfinished(trace, &trace->source, now_ns);
    note_unfinished(trace, &trace->destination, now_ns);
    finish(trace, now_ns);
    advance_far(trace, now_ns);
}

static void end_worker(struct trace_case *trace, const struct case_event *event)
{
    struct case_end *end = case_end_of(trace, event->role);

    end->has_ended = true;
    if (event->text != NULL && event->text[0] != '\0' && !end->is_refused)
        snprintf(end->trouble, sizeof(end->trouble), "%s", event->text);
    if (event->status < 0 && !end->is_disarmed && trace->phase > CASE_ARMING)
        case_add_limit(
            trace, event->now_ns, "%s: its worker ended early: %s", end->name,
            end->trouble[0] == '\0' ? "no reason given" : end->trouble);
}

static void lose_agent(struct trace_case *trace, const struct case_event *event)
{
    struct case_end *end = case_end_of(trace, event->role);

    if (!case_end_is_live(end))
        return;
    end->has_ended = true;
    snprintf(end->trouble, sizeof(end->trouble), "%s",
             event->text == NULL ? "its connection broke" : event->text);
    if (event->role == ROLE_SOURCE)
        trace->subject.source_lost = true;
    else if (event->role == ROLE_DESTINATION)
        trace->subject.destination_lost = true;
    case_add_lost(trace, event->role, event->now_ns, end->trouble);
}

void case_step(struct trace_case *trace, const struct case_event *event,
               struct case_action *actions, size_t *count)
{
    trace->actions = actions;
    trace->action_count = count;
    *count = 0;
    if (trace->phase == CASE_DONE ||
        (trace->phase == CASE_CLOSING && event->kind != CASE_JUDGED))
        return;
    switch (event->kind) {
    case CASE_START:
        assert(trace->phase == CASE_NEW);
        case_start(trace, event->now_ns);
        break;
    case CASE_EVIDENCE:
        case_add_evidence(trace, event->role, event->items, event->count,
                          event->now_ns);
        case_end_of(trace, event->role)->incomplete += event->incomplete;
        trace->has_news = true;
        return;
    case CASE_ENDED: end_worker(trace, event); break;
    case CASE_LOST: lose_agent(trace, event); break;
    case CASE_JUDGED: case_take_judgement(trace, event->judgement); break;
    case CASE_OPERATOR_GONE:
        case_abort_live(trace);
        trace->phase = CASE_DONE;
        return;
    case CASE_TICK: break;
    }
    trace->has_news = event->kind == CASE_JUDGED &&
                      trace->evidence.count > trace->asked.evidence_count;
    advance(trace, event->now_ns);
    trace->has_answer = false;
}

int64_t case_wake_ns(const struct trace_case *trace)
{
    /* The answer comes first; then it is seen what the time is. */
    bool awaits_answer = trace->is_judging && trace->phase < CASE_COLLECTING;
    int64_t wake = trace->end_ns;

    if (trace->phase == CASE_NEW || trace->phase >= CASE_CLOSING)
        return INT64_MAX;
    if (trace->has_news && !awaits_answer)
        return INT64_MIN;
    if (trace->phase < CASE_COLLECTING && trace->force_ns < wake)
        wake = trace->force_ns;
    if (case_silent_ns(trace) != 0 && case_silent_ns(trace) < wake)
        wake = case_silent_ns(trace);
    if (case_mute_ns(trace) != 0 && case_mute_ns(trace) < wake)
        wake = case_mute_ns(trace);
    if (trace->until_ns != 0 && trace->until_ns < wake && !awaits_answer)
        wake = trace->until_ns;
    return wake;
}
