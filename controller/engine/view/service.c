#include "controller/engine/view/service.h"

#include <errno.h>
#include <string.h>

#include "common/base/array.h"

bool service_is_asked(const struct view *view)
{
    return view->subject->service[0] != '\0';
}

static bool is_at_destination(const struct evidence *item, int kind)
{
    return item->kind == kind && item->role == ROLE_DESTINATION;
}

static bool text_is(const struct evidence *item, enum evidence_key key,
                    const char *text)
{
    return strcmp(evidence_text(item, key, ""), text) == 0;
}

bool service_was_sought(const struct view *view)
{
    /* While evidence still comes, what decides may be missing. */
    if (!view->subject->collected || view->destination.listeners[1] == NULL)
        return false;
    for (size_t i = 0; i < view->count; i++)
        if (is_at_destination(view->items[i], EVIDENCE_UNITS) ||
            (is_at_destination(view->items[i], EVIDENCE_LIMIT) &&
             text_is(view->items[i], KEY_OBSERVER, "services")))
            return true;
    return false;
}

bool service_unit_is(const struct evidence *unit, const char *active_state)
{
    return text_is(unit, KEY_ACTIVE_STATE, active_state);
}

bool service_unit_was_refused(const struct evidence *unit)
{
    return evidence_number(unit, KEY_ERRNO, 0) == EADDRINUSE ||
           evidence_has(unit, KEY_TEXT);
}

static bool ends_with(const char *text, const char *tail)
{
    size_t size = strlen(text), length = strlen(tail);

    return size >= length && strcmp(text + size - length, tail) == 0;
}

/* Can processes be told to belong to it?  Not to a target or a timer. */
static bool has_processes(const struct evidence *unit)
{
    const char *name = evidence_text(unit, KEY_NAME, "");

    return ends_with(name, ".service") || ends_with(name, ".scope") ||
           ends_with(name, ".socket");
}

static bool is_loaded(const struct evidence *unit)
{
    return text_is(unit, KEY_LOAD_STATE, "loaded") ||
           text_is(unit, KEY_LOAD_STATE, "masked");
}

static bool listens(const struct evidence *unit)
{
    return text_is(unit, KEY_PORT_FROM, "listen");
}

/* Is the name among those, apart by spaces, under that key? */
static bool lists(const struct evidence *unit, enum evidence_key key,
                  const char *name)
{
    const char *names = evidence_text(unit, key, "");
    size_t size = strlen(name);

    for (const char *at = names; size > 0 && (at = strstr(at, name)) != NULL;
         at += size)
        if ((at == names || at[-1] == ' ') &&
            (at[size] == '\0' || at[size] == ' '))
            return true;
    return false;
}

/* So does, for a moment, what it forks to become a service. */
bool service_is_systemd(const struct evidence *listener)
{
    return evidence_number(listener, KEY_PID, 0) == 1 ||
           text_is(listener, KEY_UNIT, "init.scope");
}

/* How much a unit tells about the port; 0: nothing. */
static int worth_of(const struct evidence *unit, bool asked)
{
    bool is_meant = evidence_number(unit, KEY_ASKED, 0) != 0;

    if (asked != is_meant || (!asked && !evidence_has(unit, KEY_PORT)))
        return 0;
    return 1 + (is_loaded(unit) ? 8 : 0) + (listens(unit) ? 4 : 0) +
           (ends_with(evidence_text(unit, KEY_NAME, ""), ".service") ? 2 : 0);
}

const struct evidence *service_unit(const struct view *view)
{
    bool asked = service_is_asked(view);
    const struct evidence *best = NULL;
    int most = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *unit = view->items[i];
        int worth;

        if (!is_at_destination(unit, EVIDENCE_UNIT))
            continue;
        worth = worth_of(unit, asked);
        if (worth > most ||
            (worth == most && worth > 0 && view_is_earlier(unit, best))) {
            best = unit;
            most = worth;
        }
    }
    return best;
}

const struct evidence *service_elsewhere(const struct view *view)
{
    const struct evidence *found = NULL;

    if (!service_is_asked(view))
        return NULL;
    for (size_t i = 0; i < view->count; i++)
        if (is_at_destination(view->items[i], EVIDENCE_ELSEWHERE) &&
            view_is_earlier(view->items[i], found))
            found = view->items[i];
    return found;
}

const struct evidence *service_socket_of(const struct view *view,
                                         const struct evidence *listener)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *unit = view->items[i];

        if (is_at_destination(unit, EVIDENCE_UNIT) && listens(unit) &&
            service_unit_is(unit, "active") &&
            (service_is_systemd(listener) ||
             lists(unit, KEY_TRIGGERS,
                   evidence_text(listener, KEY_UNIT, ""))) &&
            view_is_earlier(unit, found))
            found = unit;
    }
    return found;
}

/* Programs that hold a port for a container, whoever started that. */
static bool is_proxy(const struct evidence *listener)
{
    static const char *const names[] = {"docker-proxy", "rootlessport",
                                        "slirp4netns",  "pasta.avx2",
                                        "pasta",        "conmon"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (text_is(listener, KEY_PROCESS, names[i]))
            return true;
    return evidence_has(listener, KEY_CONTAINER);
}

static bool is_named_so(const struct evidence *listener, const char *service)
{
    const char *unit = evidence_text(listener, KEY_USER_UNIT, "");
    const char *id = evidence_text(listener, KEY_CONTAINER, "");
    size_t size = strlen(service);

    return evidence_number(listener, KEY_NAMED, 0) != 0 ||
           (strncmp(unit, service, size) == 0 &&
            (unit[size] == '\0' || strcmp(unit + size, ".service") == 0)) ||
           (id[0] != '\0' && size >= 4 && strncmp(service, id, 12) == 0);
}

/* Is it in, or held for, one of the units that were asked for? */
static bool is_in_unit(const struct view *view, const struct evidence *listener)
{
    const struct evidence *socket = service_socket_of(view, listener);

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *unit = view->items[i];
        const char *name;

        if (!is_at_destination(unit, EVIDENCE_UNIT) ||
            evidence_number(unit, KEY_ASKED, 0) == 0)
            continue;
        name = evidence_text(unit, KEY_NAME, "");
        if (text_is(listener, KEY_UNIT, name) || unit == socket ||
            lists(unit, KEY_TRIGGERS, evidence_text(listener, KEY_UNIT, "")) ||
            (socket != NULL && lists(unit, KEY_TRIGGERED_BY,
                                     evidence_text(socket, KEY_NAME, ""))))
            return true;
    }
    return false;
}

/* May its work be done by a process outside of it?  By a container that it
 * starts, or by whatever it left running when it ended. */
static bool works_elsewhere(const struct evidence *unit,
                            const struct evidence *listener)
{
    return service_unit_is(unit, "active") &&
           (is_proxy(listener) || text_is(unit, KEY_SUB_STATE, "exited"));
}

/* Is one name the other's beginning, as "postgres" is of "postgresql"? */
static bool is_alike(const char *a, const char *b)
{
    size_t size = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return size >= 3 && strncasecmp(a, b, size) == 0;
}

/* Nothing is known of the service but its name, and of the program it is known
 * that it is called otherwise.  Of one that works for another (systemd, a
 * container's proxy) the name tells nothing. */
static bool is_named_otherwise(const struct evidence *listener,
                               const char *service)
{
    const char *path = evidence_text(listener, KEY_EXECUTABLE, "");
    const char *file = strrchr(path, '/');
    const char *name = evidence_text(listener, KEY_PROCESS, "");
    const char *unit = evidence_text(listener, KEY_UNIT, "");
    const char *own = evidence_text(listener, KEY_USER_UNIT, "");

    if (name[0] == '\0' || is_proxy(listener) || service_is_systemd(listener))
        return false;
    return !is_alike(name, service) && !is_alike(unit, service) &&
           !is_alike(own, service) &&
           !is_alike(file == NULL ? path : file + 1, service);
}

enum service_match service_match(const struct view *view,
                                 const struct evidence *listener, bool *sure)
{
    const struct evidence *unit = service_unit(view);
    bool known = unit != NULL && is_loaded(unit) && has_processes(unit);
    bool named = is_named_so(listener, view->subject->service);

    *sure = false;
    if (!evidence_has(listener, KEY_PID))
        return SERVICE_MATCH_UNKNOWN;
    if (is_in_unit(view, listener)) {
        *sure = true;
        return SERVICE_MATCH_YES;
    }
    if (service_is_systemd(listener) &&
        service_socket_of(view, listener) == NULL)
        return SERVICE_MATCH_UNKNOWN;
    /* A copy that somebody left running, when the unit found no room. */
    if (named && !(known && service_unit_is(unit, "failed") &&
                   service_unit_was_refused(unit)))
        return SERVICE_MATCH_YES;
    if (known && works_elsewhere(unit, listener))
        return SERVICE_MATCH_UNKNOWN;
    *sure = known && !named && !is_proxy(listener);
    return known || service_elsewhere(view) != NULL ||
                   is_named_otherwise(listener, view->subject->service)
               ? SERVICE_MATCH_NO
               : SERVICE_MATCH_UNKNOWN;
}
