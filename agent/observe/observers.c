/* The table of observers, in the order of arming.  The capture is first: it
 * watches the link addresses of the gateways that the others name. */
#include "agent/observe/observer.h"
#include "common/base/clean.h"

/* They come from another branch; the guard goes when both are merged. */

extern const struct observer capture_observer;
#if __has_include("agent/observe/sockets.c")
extern const struct observer addresses_observer, counters_observer,
    links_observer, neighbours_observer, routes_observer,
    rule_counters_observer, rule_trace_observer, sockets_observer,
    sysctls_observer;
#endif

const struct observer *const observers[] = {
    &capture_observer,
#if __has_include("agent/observe/sockets.c")
    &rule_trace_observer, &rule_counters_observer, &routes_observer,
    &neighbours_observer, &links_observer,         &addresses_observer,
    &sysctls_observer,    &sockets_observer,       &counters_observer,
#endif
};
const size_t observers_count = ARRAY_SIZE(observers);
