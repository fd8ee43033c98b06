/* Observer: what systemd says of the service that should hold the port.
 *
 * Asked only if the operator named one, or if nothing listens on the port.  The
 * questions are put while arming and their answers taken when collecting, so
 * that no packet waits for them.  "systemctl" reads; nothing is started. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/observe/host/cgroup_unit.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/run_program.h"
#include "agent/observe/observer.h"
#include "agent/observe/sockets/elsewhere.h"
#include "agent/observe/sockets/units.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define SYSTEMD_RUNS      "/run/systemd/system"
#define MAX_UNITS         16 /* told of */
#define MAX_FAILED        16 /* looked at, of those that failed */
#define MAX_UNCONNECTED   4 /* told of, that have nothing to do with the port */
#define MAX_JOURNALS      2
#define MAX_ELSEWHERE     4
#define ELSEWHERE_TIME_NS (100 * (int64_t)NS_PER_MS)
#define INVOCATION_SIZE   33 /* 32 hexadecimal digits and a NUL */

struct told /* a unit that was told of */
{
    char name[UNIT_NAME_SIZE];
    bool is_asked;
};

struct services
{
    struct worker *worker;
    char base[UNIT_NAME_SIZE];      /* the service's name without suffix */
    char names[2][UNIT_NAME_SIZE];  /* of the units asked for by name */
    char instances[UNIT_NAME_SIZE]; /* their pattern, or empty */
    size_t name_count;
    bool has_systemd;
    bool is_free;           /* nothing listened on the port */
    struct program *asked;  /* the units by name, and all sockets */
    struct program *failed; /* the names of units in trouble */
    size_t index;           /* of the unit within the answer */
    struct told told[MAX_UNITS];
    size_t told_count;
    unsigned unconnected;
    unsigned journals;
};

static bool is_asked_for(const struct services *services)
{
    return services->base[0] != '\0';
}

static void cut_suffix(char *name, const char *suffix)
{
    if (unit_name_ends(name, suffix))
        name[strlen(name) - strlen(suffix)] = '\0';
}

/* web, web.service, web.socket: the service, its socket, its instances.  web@1:
 * likewise, and the other instances.  box.scope: that alone. */
static void find_names(struct services *services, const char *service)
{
    char *base = services->base;
    const char *at;

    snprintf(base, sizeof(services->base), "%s", service);
    cut_suffix(base, ".service");
    cut_suffix(base, ".socket");
    if (unit_name_is_valid(base)) { /* another suffix */
        memcpy(services->names[services->name_count++], base, strlen(base) + 1);
        return;
    }
    at = strchr(base, '@');
    if (at == NULL || at[1] != '\0')
        for (size_t i = 0; i < 2; i++)
            if (snprintf(services->names[services->name_count], UNIT_NAME_SIZE,
                         "%s%s", base,
                         i == 0 ? ".service" : ".socket") < UNIT_NAME_SIZE)
                services->name_count++;
    if (snprintf(services->instances, UNIT_NAME_SIZE, "%.*s@*.service",
                 (int)strcspn(base, "@"), base) >= UNIT_NAME_SIZE)
        services->instances[0] = '\0';
}

static void start(struct services *services, const char *const *arguments,
                  struct program **out)
{
    struct err err = {0};

    if (program_start(arguments, out, &err) < 0)
        worker_limit(services->worker, "services", "%s", err.text);
}

static void ask_for_units(struct services *services)
{
    const char *arguments[10] = {"systemctl", "show", "--no-pager",
                                 units_properties, "--"};
    size_t count = 5;

    for (size_t i = 0; i < services->name_count; i++)
        arguments[count++] = services->names[i];
    if (services->instances[0] != '\0')
        arguments[count++] = services->instances;
    arguments[count] = "*.socket";
    start(services, arguments, &services->asked);
}

static void ask_for_failed(struct services *services)
{
    static const char *const arguments[] = {"systemctl",
                                            "list-units",
                                            "--no-pager",
                                            "--no-legend",
                                            "--plain",
                                            "--full",
                                            "--type=service,socket",
                                            "--state=failed,auto-restart",
                                            NULL};

    start(services, arguments, &services->failed);
}

/* What was not asked yet and is worth asking. */
static void ask(struct services *services)
{
    if (!services->has_systemd)
        return;
    if (services->asked == NULL &&
        (is_asked_for(services) || services->is_free))
        ask_for_units(services);
    if (services->failed == NULL && services->is_free)
        ask_for_failed(services);
}

static int services_arm(struct worker *worker, void **state, struct err *err)
{
    const struct order *order = worker_order(worker);
    struct services *services = calloc(1, sizeof(*services));

    if (services == NULL)
        return err_set(err, -ENOMEM, "services: out of memory");
    services->worker = worker;
    services->has_systemd = access(SYSTEMD_RUNS, F_OK) == 0;
    services->is_free = elsewhere_count(order->port) == 0;
    if (order->service[0] != '\0')
        find_names(services, order->service);
    if (is_asked_for(services) && !services->has_systemd)
        worker_limit(worker, "services",
                     "no systemd runs on this host: whether a unit %s should "
                     "hold the port is not known, only processes are",
                     order->service);
    ask(services);
    *state = services;
    return 0;
}

/* Its own words about its last start, if they tell of an address in use; text
 * is the caller's to free. */
static const char *find_words(struct services *services,
                              const struct unit *unit, char **text)
{
    char own[64], about[64];
    const char *const arguments[] = {
        "journalctl", "--no-pager", "--quiet", "--output=cat",
        "--lines=50", own,          "+",       about,
        NULL};
    struct program *program = NULL;
    size_t size;
    int status;

    if (strlen(unit->invocation) != INVOCATION_SIZE - 1 ||
        strspn(unit->invocation, "0123456789abcdef") != INVOCATION_SIZE - 1 ||
        services->journals++ >= MAX_JOURNALS)
        return NULL;
    snprintf(own, sizeof(own), "_SYSTEMD_INVOCATION_ID=%s", unit->invocation);
    snprintf(about, sizeof(about), "INVOCATION_ID=%s", unit->invocation);
    if (program_start(arguments, &program, NULL) < 0)
        return NULL; /* no journal here: nothing is said of its words */
    status = program_finish(program, text, &size, NULL);
    program_free(program);
    return status < 0 ? NULL : units_find_in_use(*text);
}

static bool was_told(const struct services *services, const char *name)
{
    for (size_t i = 0; i < services->told_count; i++)
        if (strcmp(services->told[i].name, name) == 0)
            return true;
    return false;
}

static void tell(struct services *services, const struct unit *unit,
                 bool is_asked)
{
    uint16_t port = worker_order(services->worker)->port;
    CLEAN_FREE char *text = NULL;
    const char *words = NULL;
    struct evidence evidence;
    struct told *told;

    if (services->told_count == MAX_UNITS || was_told(services, unit->name))
        return;
    told = &services->told[services->told_count++];
    snprintf(told->name, sizeof(told->name), "%s", unit->name);
    told->is_asked = is_asked;
    unit_to_evidence(unit, port, clock_monotonic_ns(), &evidence);
    if (is_asked)
        evidence_set_number(&evidence, KEY_ASKED, 1);
    if (unit_is_troubled(unit) && (is_asked || unit->commands || unit->listens))
        words = find_words(services, unit, &text);
    if (words != NULL)
        evidence_set_text(&evidence, KEY_TEXT, words);
    worker_emit(services->worker, &evidence);
}

static bool is_instance(const struct services *services, const char *name)
{
    size_t size = strlen(services->instances);

    /* up to and with the '@' before "*.service" */
    return size > 0 &&
           strncmp(name, services->instances, size - strlen("*.service")) == 0;
}

/* The answer begins with the units asked for by name, known or not. */
static void on_unit(const struct unit *unit, void *data)
{
    struct services *services = data;
    size_t index = services->index++;

    if (index < services->name_count) {
        if (index == 0 || unit_is_loaded(unit))
            tell(services, unit, true);
    } else if (is_instance(services, unit->name))
        tell(services, unit, true);
    else if (unit->listens)
        tell(services, unit, false);
}

static void on_failed_unit(const struct unit *unit, void *data)
{
    struct services *services = data;

    if (!unit_is_troubled(unit))
        return;
    if (unit->commands || unit->listens ||
        services->unconnected++ < MAX_UNCONNECTED)
        tell(services, unit, false);
}

/* Takes a program's answer; NULL, and a limit, if it gave none. */
static char *finish(struct services *services, struct program **program)
{
    struct err err = {0};
    char *text = NULL;
    size_t size;

    if (*program == NULL)
        return NULL;
    if (program_finish(*program, &text, &size, &err) < 0)
        worker_limit(services->worker, "services", "%s", err.text);
    program_free(TAKE_PTR(*program));
    return text;
}

static void tell_asked(struct services *services)
{
    CLEAN_FREE char *text = finish(services, &services->asked);

    if (text != NULL)
        units_parse(text, worker_order(services->worker)->port, on_unit,
                    services);
}

/* The names come first in each line; then each is asked about. */
static void tell_failed(struct services *services)
{
    CLEAN_FREE char *names = finish(services, &services->failed);
    CLEAN_FREE char *text = NULL;
    const char *arguments[5 + MAX_FAILED + 1] = {
        "systemctl", "show", "--no-pager", units_properties, "--"};
    struct program *program = NULL;
    size_t count = 5;
    char *rest = names, *line;

    while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
        line[strcspn(line, " ")] = '\0';
        if (unit_name_is_valid(line) && count < 5 + MAX_FAILED)
            arguments[count++] = line;
    }
    if (count == 5)
        return;
    start(services, arguments, &program);
    text = finish(services, &program);
    if (text != NULL)
        units_parse(text, worker_order(services->worker)->port, on_failed_unit,
                    services);
}

static bool is_of_service(const struct process *process, void *data)
{
    const struct services *services = data;

    for (size_t i = 0; i < services->told_count; i++)
        if (services->told[i].is_asked &&
            strcmp(services->told[i].name, process->unit) == 0)
            return true;
    return processes_is_called(process, services->base);
}

static void tell_summary(struct services *services)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_UNITS, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COUNT, (int64_t)services->told_count);
    evidence_set_number(&evidence, KEY_COMPLETE, 1);
    worker_emit(services->worker, &evidence);
}

static void services_collect(void *state)
{
    struct services *services = state;
    uint16_t port = worker_order(services->worker)->port;
    bool was_asked;

    if (!services->is_free && elsewhere_count(port) == 0) {
        services->is_free = true; /* what was there went away meanwhile */
        ask(services);
    }
    was_asked = services->asked != NULL;
    tell_asked(services);
    if (services->failed != NULL)
        tell_failed(services);
    if (was_asked)
        tell_summary(services);
    if (is_asked_for(services))
        elsewhere_report(services->worker, MAX_ELSEWHERE, is_of_service,
                         services, ELSEWHERE_TIME_NS);
    else if (services->is_free)
        elsewhere_report(services->worker, MAX_ELSEWHERE, NULL, NULL,
                         ELSEWHERE_TIME_NS);
}

static unsigned services_disarm(void *state)
{
    struct services *services = state;

    program_free(services->asked);
    program_free(services->failed);
    free(services);
    return 0;
}

const struct observer services_observer = {
    .name = "services",
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_UNIT) | EVIDENCE_BIT(EVIDENCE_UNITS) |
                EVIDENCE_BIT(EVIDENCE_ELSEWHERE),
    .arm = services_arm,
    .collect = services_collect,
    .disarm = services_disarm,
};
