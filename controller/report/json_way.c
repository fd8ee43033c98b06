/* Where the packets went, and what was asked of the way: the parts of json.c
 * that tell of places and times. */
#include "controller/engine/steps/steps.h"
#include "controller/report/json_parts.h"
#include "controller/report/values.h"

const char *json_host_of(const struct report *report, int role)
{
    if (role == ROLE_SOURCE)
        return report->subject->source_host;
    if (role == ROLE_VANTAGE)
        return report->subject->vantage_host;
    if (role == ROLE_DESTINATION)
        return report->subject->destination_host[0] != '\0'
                   ? report->subject->destination_host
                   : report->subject->absent_host;
    return role == ROLE_CONTROLLER ? "controller" : "";
}

json_t *json_evidence_id(uint32_t id)
{
    return json_sprintf("e%u", id);
}

json_t *json_evidence_ids(const uint32_t *ids, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        if (ids[i] != 0)
            json_array_append_new(array, json_evidence_id(ids[i]));
    return array;
}

/* What times are relative to: the first SYN leaving the source, or, when none
 * left, the earliest evidence.  A raw clock says nothing to anybody. */
int64_t json_origin_of(const struct report *report)
{
    int64_t earliest = INT64_MAX;

    if (report->judgement->origin_ns != 0)
        return report->judgement->origin_ns;
    for (size_t i = 0; i < report->count; i++)
        if (report->items[i].at_ns < earliest)
            earliest = report->items[i].at_ns;
    return report->count == 0 ? 0 : earliest;
}

json_t *json_micros_between(int64_t from_ns, int64_t to_ns)
{
    return json_integer((to_ns - from_ns) / 1000);
}

json_t *json_write_checkpoints(const struct report *report)
{
    static const char *const states[] = {"not-observed", "passed", "stopped",
                                         "not-reached"};
    int64_t origin_ns = json_origin_of(report);
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->checkpoint_count; i++) {
        const struct checkpoint *checkpoint =
            &report->judgement->checkpoints[i];
        json_t *object = json_object();

        values_put_text(object, "role",
                        word_name(&role_words, (int)checkpoint->role));
        values_put_text(object, "host",
                        json_host_of(report, (int)checkpoint->role));
        values_put_text(object, "stage",
                        word_name(&stage_words, (int)checkpoint->stage));
        values_put_text(object, "packet",
                        word_name(&packet_words, (int)checkpoint->packet));
        if (checkpoint->role == ROLE_SOURCE &&
            report->subject->inside[0] != '\0')
            values_put_text(object, "namespace",
                            checkpoint->outside ? EVIDENCE_HOST_NAMESPACE
                                                : report->subject->inside);
        values_put_text(object, "state", states[checkpoint->state]);
        if (checkpoint->has_time)
            json_object_set_new(
                object, "at_us",
                json_micros_between(origin_ns, checkpoint->at_ns));
        if (checkpoint->has_time && checkpoint->doubt_ns > 0)
            json_object_set_new(
                object, "uncertainty_us",
                json_integer((checkpoint->doubt_ns + 999) / 1000));
        json_object_set_new(object, "evidence",
                            json_evidence_ids(checkpoint->evidence, 2));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *json_write_steps(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step *step = &report->judgement->steps[i];
        json_t *object = json_object();

        values_put_text(object, "step", step_names[i]);
        values_put_text(object, "state", step_states[step->state]);
        values_put_text(object, "text", step->text);
        json_object_set_new(
            object, "evidence",
            json_evidence_ids(step->evidence, step->evidence_count));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *json_write_attempts(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->attempt_count; i++) {
        const struct judged_attempt *attempt = &report->judgement->attempts[i];
        json_t *object = json_object();

        json_object_set_new(object, "n", json_integer(attempt->n));
        if (attempt->has_end)
            values_put_text(object, "outcome",
                            word_name(&outcome_words, (int)attempt->outcome));
        if (attempt->error != 0)
            json_object_set_new(object, "errno", json_integer(attempt->error));
        if (attempt->local_port != 0)
            json_object_set_new(object, "local_port",
                                json_integer(attempt->local_port));
        if (attempt->isn != 0)
            json_object_set_new(object, "isn", json_integer(attempt->isn));
        if (attempt->connect_us >= 0)
            json_object_set_new(object, "connect_us",
                                json_integer(attempt->connect_us));
        json_array_append_new(array, object);
    }
    return array;
}
