/* systemd's units, as "systemctl show" prints them. */
#ifndef OBSERVE_UNITS_H
#define OBSERVE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

struct evidence;

/* The argument that asks systemctl for what is read here. */
extern const char units_properties[];

/* Texts point into what was parsed; empty where it said nothing. */
struct unit
{
    const char *name; /* its Id: aliases are resolved */
    const char *load_state, *active_state, *sub_state, *result, *enabled;
    const char *invocation; /* of its last start, to find its words by */
    const char *triggered_by, *triggers;
    int64_t main_pid, exit_code, exit_status, restarts, status_errno;
    int64_t changed_us; /* monotonic; 0: never */
    bool condition_failed;
    bool listens;  /* a socket unit on the port asked about */
    bool commands; /* its command line or environment holds that number */
};

typedef void (*unit_fn)(const struct unit *unit, void *data);

/* Shows each unit of the text, which is cut up on the way.  A line that is not
 * understood is passed over. */
void units_parse(char *text, uint16_t port, unit_fn fn, void *data);

/* Is it known to systemd, and more than a name? */
bool unit_is_loaded(const struct unit *unit);

/* Did its last run end badly, or is it between two runs? */
bool unit_is_troubled(const struct unit *unit);

/* Fills in EVIDENCE_UNIT; now_ns is monotonic, port the one asked about. */
void unit_to_evidence(const struct unit *unit, uint16_t port, int64_t now_ns,
                      struct evidence *evidence);

/* Does a text hold the number, and not as a part of a longer word? */
bool units_find_number(const char *text, unsigned number);

/* The line, of those of a unit's journal, that says that an address was in use;
 * cuts up the text.  NULL when none does. */
const char *units_find_in_use(char *text);

#endif
