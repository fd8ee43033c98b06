/* What was changed of the packets on their way, as JSON. */
#include "controller/engine/in_flight.h"
#include "controller/report/json_parts.h"
#include "controller/report/values.h"

/* Options that are there or not, and flags. */
static bool is_yes_or_no(enum flight_field field)
{
    return field == FLIGHT_ECN || field == FLIGHT_SACK ||
           field == FLIGHT_TIMESTAMPS;
}

static void put_value(json_t *object, const char *name, enum flight_field field,
                      const struct flight_value *value)
{
    if (is_yes_or_no(field))
        json_object_set_new(object, name, json_boolean(value->is_there));
    else if (!value->is_there)
        return;
    else if (address_is_set(&value->address))
        values_put_address(object, name, &value->address);
    else
        json_object_set_new(object, name, json_integer(value->number));
}

json_t *json_write_changes(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->change_count; i++) {
        const struct flight_change *change = &report->judgement->changes[i];
        json_t *object = json_object();

        values_put_text(object, "packet",
                        word_name(&packet_words, (int)change->packet));
        values_put_text(object, "field", flight_field_names[change->field]);
        put_value(object, "sent", change->field, &change->sent);
        put_value(object, "received", change->field, &change->received);
        values_put_text(object, "role",
                        word_name(&role_words, (int)change->at));
        values_put_text(object, "host", json_host_of(report, (int)change->at));
        json_object_set_new(object, "evidence",
                            json_evidence_ids(change->evidence, 2));
        json_array_append_new(array, object);
    }
    return array;
}
