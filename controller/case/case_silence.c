/* A source of which nothing comes: its connection stands, for all that the
 * controller knows. */
#include "common/base/clock.h"
#include "controller/case/case_internal.h"

/* Its worker told which host it is on before it asked the resolver. */
bool case_has_begun(const struct case_end *source)
{
    return source->evidence_count > 0;
}

/* When to take its silence for one: 0 if it was heard of, or is away. */
int64_t case_silent_ns(const struct trace_case *trace)
{
    if (trace->phase > CASE_ARMING || case_has_begun(&trace->source) ||
        !case_end_is_live(&trace->source))
        return 0;
    return trace->start_ns + (int64_t)CASE_SILENT_MS * NS_PER_MS;
}

/* Without a word from the source nothing was traced: neither its resolver nor
 * anything else is to blame. */
bool case_refuse_silent(struct trace_case *trace, int64_t now_ns)
{
    if (case_has_begun(&trace->source))
        return false;
    case_refuse(trace, 3,
                "%s's agent fell silent: nothing came of it within %lld ms. A "
                "rule or a route of its own host may keep it from the "
                "controller, or it hangs: look at its probe-agent there",
                trace->source.name,
                (long long)((now_ns - trace->start_ns) / NS_PER_MS));
    return true;
}

bool case_refuse_if_silent(struct trace_case *trace, int64_t now_ns)
{
    return case_silent_ns(trace) != 0 && now_ns >= case_silent_ns(trace) &&
           case_refuse_silent(trace, now_ns);
}

int64_t case_mute_ns(const struct trace_case *trace)
{
    const struct case_end *source = &trace->source;
    bool is_expected = (trace->phase == CASE_ARMING && !source->is_armed) ||
                       (trace->phase == CASE_PROBING && !source->has_probed);

    if (!is_expected || source->is_mute || !case_has_begun(source) ||
        !case_end_is_live(source))
        return 0;
    return source->heard_ns +
           case_patience_ns(trace, (int64_t)CASE_MUTE_MS * NS_PER_MS);
}
