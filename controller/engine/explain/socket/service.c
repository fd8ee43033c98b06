/* The service behind the port: what it is doing, who holds its port, and how it
 * gets it back. */
#include "controller/engine/view/service.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/facts.h"
#include "controller/engine/view/led.h"

#define PHRASE_SIZE 448

static bool text_is(const struct evidence *item, enum evidence_key key,
                    const char *text)
{
    return strcmp(evidence_text(item, key, ""), text) == 0;
}

/* The unit that is to be called the listener's, or NULL. */
static const char *unit_of(const struct view *view,
                           const struct evidence *holder)
{
    const struct evidence *socket = service_socket_of(view, holder);

    if (service_is_systemd(holder) && socket != NULL)
        return evidence_text(socket, KEY_NAME, NULL);
    return evidence_text(holder, KEY_UNIT, NULL);
}

/* "python3 (pid 7) of unit web.service" */
static void print_holder(const struct view *view, const struct evidence *holder,
                         char *text, size_t size)
{
    const char *unit = unit_of(view, holder);
    const char *container = evidence_text(holder, KEY_CONTAINER, NULL);

    text_format(text, size, "%s (pid %" PRId64 ")%s%s",
                evidence_text(holder, KEY_PROCESS, "a process"),
                evidence_number(holder, KEY_PID, 0),
                container != NULL ? " of container "
                : unit != NULL    ? " of unit "
                                  : "",
                container != NULL ? container
                : unit != NULL    ? unit
                                  : "");
}

/* "it listens on 0.0.0.0 port 8081 instead", or nothing. */
static void add_elsewhere(const struct view *view, struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    char who[192];
    char text[PHRASE_SIZE];
    const struct evidence *other = service_elsewhere(view);
    struct address bound;

    if (other == NULL)
        return;
    bound = evidence_address(other, KEY_ADDRESS);
    print_holder(view, other, who, sizeof(who));
    text_format(text, sizeof(text), "%s listens on %s port %" PRId64 " instead",
                who, address_print(&bound, address),
                evidence_number(other, KEY_PORT, 0));
    finding_add_text(finding, "service_elsewhere", text);
    finding_cite(finding, other);
    finding_append(finding, "; ", text);
}

/* Units that failed and name no port may have to do with it, or not. */
static void add_failed_units(const struct view *view, struct finding *finding)
{
    char text[256] = "";

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *unit = view->items[i];
        size_t used = strlen(text);

        if (unit->kind != EVIDENCE_UNIT || unit->role != ROLE_DESTINATION ||
            evidence_has(unit, KEY_ASKED) || evidence_has(unit, KEY_PORT))
            continue;
        text_format(text + used, sizeof(text) - used, "%s%s",
                    used > 0 ? ", " : "", evidence_text(unit, KEY_NAME, "?"));
    }
    finding_add_text(finding, "failed_units", text);
}

static void add_unit(const struct view *view, const struct evidence *unit,
                     struct finding *finding)
{
    char text[PHRASE_SIZE];

    if (unit == NULL)
        return;
    unit_describe(unit, text, sizeof(text));
    finding_append(finding, "; ", text);
    if (!service_is_asked(view))
        finding_append(finding, "; ",
                       text_is(unit, KEY_PORT_FROM, "listen")
                           ? "its unit file names this port"
                           : "its command line names this number");
    unit_add_details(finding, unit);
    finding_cite(finding, unit);
}

void sentence_nothing_listens(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    const struct view *view = file->view;

    if (fact_is(file->known, F(DESTINATION, REDIRECTED_HERE), YES)) {
        sentence_redirected_here(file, words, finding);
        return;
    }
    sentence_not_listening(file, words, finding);
    finding_add_text(finding, "service", view->subject->service);
    add_unit(view, service_unit(view), finding);
    add_elsewhere(view, finding);
    add_failed_units(view, finding);
    explain_containers(view, finding);
}

/* What the service is doing while another holds its port. */
static void add_service(const struct view *view, struct finding *finding)
{
    const struct evidence *unit = service_unit(view);

    if (unit != NULL && !text_is(unit, KEY_LOAD_STATE, "not-found"))
        add_unit(view, unit, finding);
    else if (service_elsewhere(view) == NULL)
        finding_append(finding, "; ", "nothing there is known by that name");
    add_elsewhere(view, finding);
}

/* The SYN never came to the service's listener. */
static void say_diverted(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct view *view = file->view;
    const struct evidence *syn = file->decider;
    const struct evidence *other = service_diverted_to(view, syn);
    const struct evidence *rule = explain_translating_rule(file->view);
    struct address address = evidence_address(syn, KEY_DESTINATION);
    char text[ADDRESS_TEXT_SIZE];
    char who[192] = "";

    if (other != NULL && evidence_has(other, KEY_PID))
        print_holder(view, other, who, sizeof(who));
    address_print(&address, text);
    finding_add_text(finding, "service", view->subject->service);
    finding_add_text(finding, "translated_to", text);
    finding_add_number(finding, "translated_port",
                       evidence_number(syn, KEY_DESTINATION_PORT, 0));
    finding_add_text(finding, "holder", who);
    if (rule != NULL)
        finding_add_text(finding, "rule", evidence_text(rule, KEY_RULE, NULL));
    finding_cite(finding, rule);
    finding_cite(finding, other);
    finding_say(finding,
                "a rule on %s translates the SYN to %s port %" PRId64
                "%s%s, before the listener of %s sees it",
                words->host, text,
                evidence_number(syn, KEY_DESTINATION_PORT, 0),
                who[0] != '\0' ? ", to " : "", who, view->subject->service);
    add_service(view, finding);
}

void sentence_wrong_listener(const struct case_file *file,
                             const struct words *words, struct finding *finding)
{
    const struct view *view = file->view;
    const struct evidence *holder = file->decider;
    char who[192];
    char age[32];

    if (holder == NULL)
        return;
    if (holder->kind == EVIDENCE_PACKET) {
        say_diverted(file, words, finding);
        return;
    }
    print_holder(view, holder, who, sizeof(who));
    finding_add_text(finding, "service", view->subject->service);
    finding_add_text(finding, "holder",
                     evidence_text(holder, KEY_PROCESS, NULL));
    finding_add_number(finding, "holder_pid",
                       evidence_number(holder, KEY_PID, 0));
    finding_add_text(finding, "holder_path",
                     evidence_text(holder, KEY_EXECUTABLE, NULL));
    finding_add_text(finding, "holder_unit", unit_of(view, holder));
    finding_add_text(finding, "holder_container",
                     evidence_text(holder, KEY_CONTAINER, NULL));
    if (evidence_has(holder, KEY_AGE_S))
        finding_add_number(finding, "holder_age_s",
                           evidence_number(holder, KEY_AGE_S, 0));
    age_print(evidence_number(holder, KEY_AGE_S, 0), age, sizeof(age));
    finding_say(finding, "port %u of %s is held by %s, for %s, not by %s",
                led_port(view), words->host, who, age, view->subject->service);
    finding_cite(finding, service_socket_of(view, holder));
    add_service(view, finding);
}

void sentence_connected_service(const struct case_file *file,
                                const struct words *words,
                                struct finding *finding)
{
    const struct view *view = file->view;
    const struct evidence *unit = service_unit(view);
    const struct evidence *holder = service_holder(view);
    char who[192] = "a program that is not known";
    char text[PHRASE_SIZE];

    sentence_connected(file, words, finding);
    if (!service_is_asked(view))
        return;
    if (holder != NULL && evidence_has(holder, KEY_PID))
        print_holder(view, holder, who, sizeof(who));
    finding_cite(finding, holder);
    finding_add_text(finding, "service", view->subject->service);
    if (fact_is(file->known, F(DESTINATION, SERVICE_MISSED), NO))
        text_format(text, sizeof(text), "%s holds the port for %s", who,
                    view->subject->service);
    else
        text_format(text, sizeof(text),
                    "%s holds the port, and whether that is %s is not known",
                    who, view->subject->service);
    finding_append(finding, "; ", text);
    if (unit != NULL && (service_unit_is(unit, "failed") ||
                         text_is(unit, KEY_LOAD_STATE, "not-found")))
        add_unit(view, unit, finding);
}

/* Would starting it once more do?  Not if it ended by its own doing, as far as
 * that is known: then its words tell what to mend first. */
static bool may_be_started(const struct evidence *unit)
{
    static const char *const results[] = {
        "signal", "core-dump", "oom-kill", "timeout", "watchdog",
    };

    if (!text_is(unit, KEY_LOAD_STATE, "loaded"))
        return false;
    if (service_unit_is(unit, "inactive"))
        return !evidence_has(unit, KEY_CONDITION_FAILED);
    if (!service_unit_is(unit, "failed"))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(results); i++)
        if (text_is(unit, KEY_RESULT, results[i]))
            return true;
    /* It found the port taken, which is free by now. */
    return service_unit_was_refused(unit) && evidence_has(unit, KEY_PORT);
}

static const char *lasting(const struct evidence *unit)
{
    return text_is(unit, KEY_ENABLED, "enabled") ? "permanent" : "until-reboot";
}

/* A unit that was started too often must be forgiven first. */
static bool is_given_up(const struct evidence *unit)
{
    return service_unit_is(unit, "failed") &&
           (evidence_has(unit, KEY_RESTARTS) ||
            text_is(unit, KEY_RESULT, "start-limit-hit"));
}

/* What starts it, behind "systemctl" that has been written. */
static void add_start(struct command_line *line, const struct evidence *unit)
{
    const char *name = evidence_text(unit, KEY_NAME, "");

    if (is_given_up(unit)) {
        command_fixed(line, "reset-failed");
        command_name(line, name);
        command_and(line, COMMAND_ON_HOST, "systemctl");
        command_fixed(line, "start");
    } else if (service_unit_is(unit, "activating")) {
        command_fixed(line, "restart");
    } else {
        command_fixed(line, "start");
    }
    command_name(line, name);
}

static void fix_mask(const struct evidence *unit, enum role role,
                     struct judgement *out)
{
    const char *name = evidence_text(unit, KEY_NAME, "");
    struct command_line line;

    command_start(&line, COMMAND_ON_HOST, "systemctl");
    command_fixed(&line, "unmask");
    command_name(&line, name);
    command_and(&line, COMMAND_ON_HOST, "systemctl");
    command_fixed(&line, "start");
    command_name(&line, name);
    fix_add(out, role, OPENS_EVERYONE, "until-reboot",
            "somebody masked it on purpose: this lifts the mask and starts it "
            "now; enable it to have it started at boot",
            &line);
}

void fix_nothing_listens(const struct case_file *file,
                         const struct finding *finding, struct judgement *out)
{
    const struct evidence *unit = service_unit(file->view);
    struct command_line line;

    if (fact_is(file->known, F(DESTINATION, REDIRECTED_HERE), YES)) {
        (void)fix_led(file, finding, out);
        return;
    }
    if (unit != NULL && text_is(unit, KEY_LOAD_STATE, "masked")) {
        fix_mask(unit, finding->role, out);
        return;
    }
    if (unit == NULL)
        fix_container(file->view, finding, out);
    if (unit == NULL || !may_be_started(unit) ||
        listener_taken(file->view, "tcp") != NULL)
        return; /* it would be refused the address */
    command_start(&line, COMMAND_ON_HOST, "systemctl");
    add_start(&line, unit);
    fix_add(out, finding->role, OPENS_EVERYONE, lasting(unit),
            "starts the unit that should listen there", &line);
    if (!text_is(unit, KEY_ENABLED, "disabled"))
        return;
    command_start(&line, COMMAND_ON_HOST, "systemctl");
    command_fixed(&line, "enable --now");
    command_name(&line, evidence_text(unit, KEY_NAME, ""));
    fix_add(out, finding->role, OPENS_EVERYONE, "permanent",
            "starts the unit now, and at every boot", &line);
}

/* What people and other hosts come in by, or hang on: the beginnings of names, up
 * to what may follow. */
static bool is_way_in(const char *unit)
{
    static const char *const kept[] = {
        "docker",        "containerd",     "dbus",
        "ssh",           "sshd",           "dropbear",
        "user",          "probe-agent",    "probe-controller",
        "openvpn",       "openvpn-server", "openvpn-client",
        "wg-quick",      "tailscaled",     "strongswan",
        "zerotier-one",  "NetworkManager", "systemd-networkd",
        "systemd-logind"};
    size_t size = strcspn(unit, "@.");

    for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
        if (size == strlen(kept[i]) && strncmp(unit, kept[i], size) == 0)
            return true;
    return false;
}

bool unit_may_be_stopped(const char *unit)
{
    size_t size = strlen(unit);

    return !is_way_in(unit) && size > 8 &&
           (strcmp(unit + size - 8, ".service") == 0 ||
            strcmp(unit + size - 7, ".socket") == 0);
}

/* Ends a socket unit and the service that it starts. */
static void stop_socket(struct command_line *line,
                        const struct evidence *socket)
{
    const char *name = evidence_text(socket, KEY_NAME, "");
    const char *service = evidence_text(socket, KEY_TRIGGERS, "");

    command_start(line, COMMAND_ON_HOST, "systemctl");
    command_fixed(line, "stop");
    command_name(line, name);
    if (unit_may_be_stopped(service))
        command_name(line, service);
    if (!unit_may_be_stopped(name))
        command_drop(line);
}

static void stop_container(struct command_line *line, const char *unit,
                           const char *container)
{
    command_start(line, COMMAND_ON_HOST, "docker");
    command_fixed(line, "stop");
    command_name(line, container);
    if (strncmp(unit, "docker-", 7) != 0)
        command_drop(line);
}

/* Does somebody's login hang on the process, whose forwarded port it may hold? */
static bool is_login(const struct evidence *holder)
{
    static const char *const names[] = {"sshd",  "dropbear", "mosh-server",
                                        "login", "telnetd",  "in.telnetd"};
    const char *process = evidence_text(holder, KEY_PROCESS, "");

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(process, names[i]) == 0)
            return true;
    return strncmp(process, "sshd-", 5) == 0;
}

/* No unit would start it again; what it held is free when it has ended. */
static void end_process(struct command_line *line, const char *unit,
                        const struct evidence *holder)
{
    int64_t pid = evidence_number(holder, KEY_PID, 0);

    command_start(line, COMMAND_ON_HOST, "kill");
    command_pid(line, pid);
    command_and(line, COMMAND_ON_HOST, "timeout");
    command_fixed(line, "10 tail");
    command_joined_number(line, "--pid=", pid);
    command_fixed(line, "-f /dev/null");
    if (is_login(holder) ||
        (unit[0] != '\0' && strncmp(unit, "session-", 8) != 0 &&
         strcmp(unit, "init.scope") != 0))
        command_drop(line);
}

/* Begins with how the holder lets go; dropped when there is no safe way. */
static void start_release(struct command_line *line, const struct view *view,
                          const struct evidence *holder)
{
    const struct evidence *socket = service_socket_of(view, holder);
    const char *unit = evidence_text(holder, KEY_UNIT, "");
    const char *container = evidence_text(holder, KEY_CONTAINER, "");

    if (container[0] != '\0') {
        stop_container(line, unit, container);
    } else if (socket != NULL) { /* the service too: it keeps what it got */
        stop_socket(line, socket);
    } else if (unit_may_be_stopped(unit)) {
        command_start(line, COMMAND_ON_HOST, "systemctl");
        command_fixed(line, "stop");
        command_name(line, unit);
    } else {
        end_process(line, unit, holder);
    }
}

/* Which of the two is to have the port is for a person to say. */
static void fix_diverted(const struct case_file *file,
                         const struct finding *finding, struct judgement *out)
{
    const struct evidence *rule = explain_translating_rule(file->view);
    struct command_line line;

    if (rule == NULL || !evidence_has(rule, KEY_HANDLE) ||
        evidence_word(rule, KEY_BACKEND) != BACKEND_NFTABLES)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "nft");
    command_fixed(&line, "delete rule");
    fix_name_nft_table(&line, rule);
    command_nft_name(&line, evidence_text(rule, KEY_CHAIN, ""));
    command_fixed(&line, "handle");
    command_number(&line, evidence_number(rule, KEY_HANDLE, 0));
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reload",
            "takes the published port away from where it leads now, so that "
            "the service's own listener has it; else give one of them another "
            "port",
            &line);
}

void fix_wrong_listener(const struct case_file *file,
                        const struct finding *finding, struct judgement *out)
{
    const struct evidence *unit = service_unit(file->view);
    struct command_line line;

    if (file->decider != NULL && file->decider->kind == EVIDENCE_PACKET) {
        fix_diverted(file, finding, out);
        return;
    }
    if (unit == NULL || file->decider == NULL ||
        !text_is(unit, KEY_LOAD_STATE, "loaded") ||
        service_unit_is(unit, "active"))
        return;
    start_release(&line, file->view, file->decider);
    command_and(&line, COMMAND_ON_HOST, "systemctl");
    add_start(&line, unit);
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot",
            "ends what holds the port, with all that it serves elsewhere, and "
            "starts the service; if both are to run, give one of them another "
            "port",
            &line);
}
