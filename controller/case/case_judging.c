/* A judgement is asked for, and waited for. */
#include <assert.h>

#include "controller/case/case_internal.h"

static struct case_question question_now(const struct trace_case *trace)
{
    const struct subject *subject = &trace->subject;

    return (struct case_question){subject->probing_over, subject->wait_over,
                                  subject->collected, trace->evidence.count};
}

bool case_is_judged(struct trace_case *trace, int64_t now_ns)
{
    struct case_question now = question_now(trace);
    const struct case_question *asked = &trace->asked;

    if (trace->has_answer && now.probing_over == asked->probing_over &&
        now.wait_over == asked->wait_over && now.collected == asked->collected)
        return true;
    if (trace->is_judging)
        return false;
    case_name_holders(trace, now_ns);
    trace->asked = question_now(trace);
    trace->is_judging = true;
    trace->has_answer = false;
    case_add_action(trace, CASE_JUDGE);
    return false;
}

void case_take_judgement(struct trace_case *trace,
                         const struct judgement *judgement)
{
    assert(trace->is_judging);
    trace->judgement = *judgement;
    trace->is_judging = false;
    trace->has_answer = true;
}
