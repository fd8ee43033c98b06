/* The parts of a report's JSON: json.c puts them together, json_way.c tells of
 * places, times and attempts, json_path.c of hops, json_changes.c of what was
 * changed or lost on the way. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include <jansson.h>

#include "controller/report/report.h"

/* The host at that end, as the report names it; empty: there is none. */
const char *json_host_of(const struct report *report, int role);

/* "e7"; of several those that are not 0. */
json_t *json_evidence_id(uint32_t id);
json_t *json_evidence_ids(const uint32_t *ids, size_t count);

/* What times are relative to, on the controller's clock, and a time so far from
 * it. */
int64_t json_origin_of(const struct report *report);
json_t *json_micros_between(int64_t from_ns, int64_t to_ns);

json_t *json_write_checkpoints(const struct report *report);
json_t *json_write_steps(const struct report *report);
json_t *json_write_attempts(const struct report *report);
json_t *json_write_path(const struct report *report);
json_t *json_write_changes(const struct report *report);
json_t *json_write_losses(const struct report *report);

#endif
