/* The case's evidence: taken in, numbered, put on one clock, and looked at for
 * what moves the case on. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "controller/case/case_internal.h"

static bool append(struct trace_case *trace, const struct evidence *item)
{
    return trace->evidence.count < CASE_MAX_EVIDENCE &&
           evidence_list_append(&trace->evidence, item) == 0;
}

void case_add_own(struct trace_case *trace, const struct evidence *item)
{
    append(trace, item);
}

void case_add_limit(struct trace_case *trace, int64_t now_ns,
                    const char *format, ...)
{
    struct evidence limit;
    char text[MESSAGE_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    evidence_init(&limit, EVIDENCE_LIMIT, now_ns);
    limit.role = ROLE_CONTROLLER;
    evidence_set_text(&limit, KEY_TEXT, text);
    append(trace, &limit);
}

void case_add_lost(struct trace_case *trace, enum role role, int64_t now_ns,
                   const char *why)
{
    struct evidence lost;

    evidence_init(&lost, EVIDENCE_AGENT_LOST, now_ns);
    lost.role = (uint8_t)role;
    evidence_set_text(&lost, KEY_TEXT, why);
    append(trace, &lost);
}

/* The offset is taken once, so that one host's times keep their order. */
static void fix_clock(struct trace_case *trace, enum role role, int64_t now_ns)
{
    struct case_end *end = case_end_of(trace, role);
    struct evidence clock;

    if (end->has_clock)
        return;
    end->has_clock = true;
    end->clock = trace->world.offset(trace->world.owner, end->name, now_ns);
    if (!end->clock.known) {
        case_add_limit(trace, now_ns,
                       "%s: its clock's offset is not known, its times are "
                       "not comparable",
                       end->name);
        return;
    }
    evidence_init(&clock, EVIDENCE_CLOCK, now_ns);
    clock.role = (uint8_t)role;
    evidence_set_number(&clock, KEY_OFFSET_NS, end->clock.offset_ns);
    evidence_set_number(&clock, KEY_UNCERTAINTY_NS, end->clock.uncertainty_ns);
    append(trace, &clock);
}

static void notice_phase(struct case_end *end, const struct evidence *item)
{
    switch (evidence_word(item, KEY_PHASE)) {
    case PHASE_RESOLVED: end->is_resolved = true; break;
    case PHASE_ARMED: end->is_armed = true; break;
    case PHASE_PROBED: end->has_probed = true; break;
    case PHASE_WALKED: end->has_walked = true; break;
    case PHASE_TRIED: end->has_tried = true; break;
    case PHASE_DISARMED: end->is_disarmed = true; break;
    default: break;
    }
}

/* In getaddrinfo's order, each once, as an application tries them. */
static void notice_resolved(struct trace_case *trace,
                            const struct evidence *item)
{
    struct address address = evidence_address(item, KEY_ADDRESS);
    uint8_t family = trace->request.family;

    if (trace->phase != CASE_RESOLVING) /* it is no longer waited for */
        return;
    if (!address_is_set(&address)) {
        snprintf(trace->resolve_error, sizeof(trace->resolve_error), "%s",
                 evidence_text(item, KEY_TEXT, "no address"));
        return;
    }
    if (family != 0 && family != address.family)
        return;
    for (unsigned i = 0; i < trace->resolved_count && i < CASE_MAX_LEGS; i++)
        if (address_equal(&trace->resolved[i], &address))
            return;
    if (trace->resolved_count < CASE_MAX_LEGS)
        trace->resolved[trace->resolved_count] = address;
    trace->resolved_count++;
}

static struct case_attempt *attempt_of(struct trace_case *trace,
                                       const struct evidence *item)
{
    int64_t n = evidence_number(item, KEY_ATTEMPT, 0);

    return n < 1 || n > trace->subject.attempts ? NULL : &trace->attempts[n];
}

static void notice_attempt(struct trace_case *trace,
                           const struct evidence *item)
{
    struct case_attempt *attempt = attempt_of(trace, item);

    if (attempt == NULL || attempt->is_made)
        return;
    attempt->is_made = true;
    attempt->at_ns = item->at_ns;
    attempt->source = evidence_address(item, KEY_SOURCE);
    attempt->destination = evidence_address(item, KEY_DESTINATION);
    attempt->source_port = (uint16_t)evidence_number(item, KEY_SOURCE_PORT, 0);
    attempt->destination_port =
        (uint16_t)evidence_number(item, KEY_DESTINATION_PORT, 0);
    if ((unsigned)(attempt - trace->attempts) > trace->last_attempt)
        trace->last_attempt = (unsigned)(attempt - trace->attempts);
    if (address_is_set(&attempt->source))
        trace->subject.source = attempt->source;
}

static void notice_end(struct trace_case *trace, const struct evidence *item)
{
    struct case_attempt *attempt = attempt_of(trace, item);

    if (attempt == NULL)
        return;
    attempt->has_ended = true;
    attempt->has_connected =
        evidence_word(item, KEY_OUTCOME) == OUTCOME_CONNECTED;
}

/* What took longer than a walk may take is no time of a hop. */
static void notice_hop(struct trace_case *trace, const struct evidence *item)
{
    int64_t took_us = evidence_number(item, KEY_RTT_US, 0);

    if (took_us > trace->walk.hop_ns / NS_PER_US &&
        took_us <= CASE_WALK_MS * (NS_PER_MS / NS_PER_US))
        trace->walk.hop_ns = took_us * NS_PER_US;
}

static void notice(struct trace_case *trace, enum role role,
                   const struct evidence *item)
{
    struct case_end *end = case_end_of(trace, role);

    if (item->kind == EVIDENCE_PHASE)
        notice_phase(end, item);
    if (item->kind == EVIDENCE_REFUSED) {
        end->is_refused = true;
        snprintf(end->trouble, sizeof(end->trouble), "%s",
                 evidence_text(item, KEY_TEXT, "its policy"));
    }
    if (role == ROLE_VANTAGE) /* what it sees is of neither end, or its own */
        return;
    if (item->kind == EVIDENCE_PACKET)
        case_notice_packet(trace, role, item);
    if (item->kind == EVIDENCE_HOP)
        notice_hop(trace, item);
    if (role != ROLE_SOURCE)
        return;
    if (item->kind == EVIDENCE_RESOLVED)
        notice_resolved(trace, item);
    if (item->kind == EVIDENCE_ATTEMPT_START)
        notice_attempt(trace, item);
    if (item->kind == EVIDENCE_ATTEMPT_END)
        notice_end(trace, item);
}

void case_add_evidence(struct trace_case *trace, enum role role,
                       const struct evidence *items, size_t count,
                       int64_t now_ns)
{
    struct case_end *end = case_end_of(trace, role);

    if (trace->phase == CASE_COLLECTING) /* it is at work still */
        trace->until_ns = now_ns + (int64_t)CASE_COLLECT_MS * NS_PER_MS;
    end->heard_ns = now_ns;
    end->is_mute = false;
    fix_clock(trace, role, now_ns);
    for (size_t i = 0; i < count; i++) {
        struct evidence item = items[i];

        item.role = (uint8_t)role;
        item.at_ns = offset_to_ours(&end->clock, item.at_ns, now_ns);
        /* A phase moves the case on even when nothing more is kept. */
        notice(trace, role, &item);
        if (end->evidence_count < CASE_MAX_EVIDENCE_OF &&
            append(trace, &item)) {
            end->evidence_count++;
            continue;
        }
        if (!end->is_cut)
            case_add_limit(trace, now_ns,
                           "%s sent more evidence than a trace may hold: the "
                           "rest was dropped",
                           end->name);
        end->is_cut = true;
    }
}

bool case_has_refusal(const struct trace_case *trace)
{
    for (size_t i = 0; i < trace->evidence.count; i++) {
        const struct evidence *item = &trace->evidence.items[i];
        int packet = evidence_word(item, KEY_PACKET);

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            (packet == PACKET_RST || packet == PACKET_ICMP) &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT)
            return true;
    }
    return false;
}
