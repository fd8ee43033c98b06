/* A name with several addresses: each is a case of its own, one after the
 * other, as an application tries them. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "controller/case/case_internal.h"

#define MS(count) ((int64_t)(count)*NS_PER_MS)

static unsigned legs_of(const struct trace_case *trace)
{
    return trace->resolved_count < CASE_MAX_LEGS ? trace->resolved_count
                                                 : CASE_MAX_LEGS;
}

void case_share_time(struct trace_case *trace, int64_t now_ns)
{
    unsigned later =
        legs_of(trace) > trace->leg + 1 ? legs_of(trace) - trace->leg - 1 : 0;
    int64_t left = trace->whole_end_ns - now_ns;
    int64_t kept = MS(CASE_LEG_MS);

    if (left / (later + 1) < kept)
        kept = left / (later + 1);
    trace->end_ns = trace->whole_end_ns - later * kept;
    left = trace->end_ns - now_ns;
    trace->force_ns =
        trace->end_ns -
        (left / 2 < MS(CASE_RESERVE_MS) ? left / 2 : MS(CASE_RESERVE_MS));
}

static void note_untried(struct trace_case *trace, int64_t now_ns,
                         const char *why)
{
    char text[ADDRESS_TEXT_SIZE];

    case_add_limit(trace, now_ns,
                   "%s has further addresses, which an application tries next "
                   "(%s and so on): %s",
                   trace->request.destination,
                   address_print(&trace->resolved[trace->leg + 1], text), why);
}

bool case_goes_on(struct trace_case *trace, int64_t now_ns)
{
    const struct judgement *judgement = &trace->judgement;

    if (judgement->outcome == OUTCOME_CONNECTED ||
        judgement->outcome == OUTCOME_MIXED || judgement->attempt_count == 0 ||
        trace->subject.source_lost || trace->leg + 1 >= trace->resolved_count)
        return false;
    if (trace->leg + 1 >= CASE_MAX_LEGS) {
        case_add_limit(
            trace, now_ns, "%s has %u addresses: the first %d were tried",
            trace->request.destination, trace->resolved_count, CASE_MAX_LEGS);
        return false;
    }
    if (trace->whole_end_ns - now_ns < MS(CASE_LEG_MIN_MS)) {
        note_untried(trace, now_ns, "the time was up; give a longer --timeout");
        return false;
    }
    return true;
}

int case_init_next(struct trace_case *trace, const struct trace_case *before,
                   const char *const trace_ids[2], uint32_t isn_base)
{
    int status = 0;

    case_init(trace, &before->world, &before->request, trace_ids, isn_base);
    trace->leg = before->leg + 1;
    trace->whole_end_ns = before->whole_end_ns;
    trace->resolved_count = before->resolved_count;
    memcpy(trace->resolved, before->resolved, sizeof(trace->resolved));
    for (size_t i = 0; i < before->evidence.count && status == 0; i++)
        if (before->evidence.items[i].kind == EVIDENCE_RESOLVED)
            status = evidence_list_append(&trace->evidence,
                                          &before->evidence.items[i]);
    if (status < 0)
        case_fini(trace);
    return status;
}
