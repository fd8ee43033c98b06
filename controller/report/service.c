#include "controller/report/service.h"

#include <stdlib.h>

#include "common/base/clean.h"
#include "controller/engine/facts/facts.h"
#include "controller/engine/view/service.h"
#include "controller/report/report.h"
#include "controller/report/values.h"

static void put_number(json_t *object, const char *name,
                       const struct evidence *item, enum evidence_key key)
{
    if (evidence_has(item, key))
        json_object_set_new(object, name,
                            json_integer(evidence_number(item, key, 0)));
}

static json_t *write_holder(const struct evidence *holder)
{
    json_t *object = json_object();

    values_put_text(object, "process", evidence_text(holder, KEY_PROCESS, ""));
    put_number(object, "pid", holder, KEY_PID);
    values_put_text(object, "path", evidence_text(holder, KEY_EXECUTABLE, ""));
    values_put_text(object, "unit", evidence_text(holder, KEY_UNIT, ""));
    values_put_text(object, "container",
                    evidence_text(holder, KEY_CONTAINER, ""));
    put_number(object, "age_s", holder, KEY_AGE_S);
    return object;
}

/* Whether the holder is the service's; absent where that is not known. */
static void put_match(json_t *object, const struct view *view,
                      const struct evidence *holder)
{
    bool sure;
    enum service_match match = service_match(view, holder, &sure);

    if (service_is_asked(view) && match != SERVICE_MATCH_UNKNOWN)
        json_object_set_new(object, "holds_port",
                            json_boolean(match == SERVICE_MATCH_YES));
}

static json_t *write_units(const struct view *view)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_UNIT &&
            view->items[i]->role == ROLE_DESTINATION)
            json_array_append_new(array, values_write(view->items[i]));
    return array;
}

json_t *service_write(const struct report *report)
{
    CLEAN_FREE struct view *view = calloc(1, sizeof(*view));
    const struct evidence *holder;
    json_t *object, *units;

    if (view == NULL)
        return NULL;
    view_build(view, report->subject, report->items, report->count);
    units = write_units(view);
    if (!service_is_asked(view) && json_array_size(units) == 0) {
        json_decref(units);
        return NULL;
    }
    object = json_object();
    values_put_text(object, "name", report->subject->service);
    holder = service_holder(view);
    if (holder != NULL && evidence_has(holder, KEY_PID)) {
        json_object_set_new(object, "holder", write_holder(holder));
        put_match(object, view, holder);
    }
    json_object_set_new(object, "units", units);
    return object;
}
