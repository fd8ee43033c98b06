/* The table of observers, in the order of arming: whoever produces a kind of
 * evidence stands before whoever reads it.  test_observers.c says where a new
 * one may stand. */
#include "agent/observe/observer.h"
#include "common/base/array.h"

extern const struct observer addresses_observer, capture_observer,
    conntrack_observer, containers_observer, counters_observer,
    drop_events_observer, foresight_observer, front_ends_observer,
    installed_observer, ipsec_observer, lifeline_observer, links_observer,
    neighbours_observer, programs_observer, qdiscs_observer, routes_observer,
    rule_counters_observer, rule_trace_observer, services_observer,
    sockets_observer, sysctls_observer;

const struct observer *const observers[] = {
    &capture_observer,       &drop_events_observer, &rule_trace_observer,
    &rule_counters_observer, &routes_observer,      &neighbours_observer,
    &links_observer,         &programs_observer,    &qdiscs_observer,
    &ipsec_observer,         &addresses_observer,   &sysctls_observer,
    &conntrack_observer,     &sockets_observer,     &services_observer,
    &containers_observer,    &counters_observer,    &foresight_observer,
    &front_ends_observer,    &lifeline_observer,    &installed_observer,
};
const size_t observers_count = ARRAY_SIZE(observers);
