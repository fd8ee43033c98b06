/* What was changed of the packets on their way, and how many were lost, as
 * JSON. */
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

static void put_percent(json_t *object, const char *name, double share)
{
    json_object_set_new(object, name,
                        json_integer((json_int_t)(100 * share + 0.5)));
}

json_t *json_write_losses(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->loss_count; i++) {
        const struct loss_share *share = &report->judgement->losses[i];
        json_t *object = json_object();

        values_put_text(object, "direction",
                        share->there_and_back         ? "there-and-back"
                        : share->packet == PACKET_SYN ? "forward"
                                                      : "reverse");
        values_put_text(object, "packet",
                        word_name(&packet_words, (int)share->packet));
        json_object_set_new(object, "sent", json_integer(share->sent));
        json_object_set_new(object, "lost", json_integer(share->lost));
        put_percent(object, "percent", (double)share->lost / share->sent);
        put_percent(object, "percent_low", share->low);
        put_percent(object, "percent_high", share->high);
        json_array_append_new(array, object);
    }
    return array;
}
