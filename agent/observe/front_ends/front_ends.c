/* Observer: the programs whose rules stopped one of the trace's packets.
 *
 * The rules' names tell whose they are (common/trace/front_end.h), and mostly
 * the zone or jail.  What they do not tell is asked of the program itself or
 * read from its files, at the end, and only if a rule of its own was met: is it
 * there to take the command that mends it, and do its saved settings allow what
 * the kernel's rules do not? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "agent/observe/front_ends/firewalld_zone.h"
#include "agent/observe/front_ends/front_end_settings.h"
#include "agent/observe/host/run_program.h"
#include "agent/observe/observer.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/trace/front_end.h"

#define MAX_SETTINGS (512 * 1024)

struct front_ends
{
    struct worker *worker;
    unsigned passed; /* bits of those in whose chains a packet of ours was */
    unsigned met;    /* of those whose rule stopped one */
    struct front_end_zone zone; /* of firewalld's rule */
    struct address source;      /* of the first SYN that came in */
    struct address destination;
};

static int front_ends_arm(struct worker *worker, void **state, struct err *err)
{
    struct front_ends *fronts = calloc(1, sizeof(*fronts));

    if (fronts == NULL)
        return err_set(err, -ENOMEM, "front ends: out of memory");
    fronts->worker = worker;
    *state = fronts;
    return 0;
}

static void notice_rule(struct front_ends *fronts, const struct evidence *rule)
{
    enum front_end owner;

    fronts->passed |= front_end_passed(rule);
    if (!front_end_is_deadly(rule))
        return;
    owner = front_end_of_rule(rule, fronts->passed);
    fronts->met |= FRONT_END_BIT(owner);
    if (owner == FRONT_END_FIREWALLD &&
        !front_end_zone(evidence_text(rule, KEY_CHAIN, ""), &fronts->zone) &&
        evidence_has(rule, KEY_FIREWALL_ZONE))
        snprintf(fronts->zone.name, sizeof(fronts->zone.name), "%s",
                 evidence_text(rule, KEY_FIREWALL_ZONE, ""));
}

static void front_ends_notice(void *state, const struct evidence *evidence)
{
    struct front_ends *fronts = state;

    if (evidence_has(evidence, KEY_NAMESPACE))
        return;
    if (evidence->kind == EVIDENCE_RULE ||
        evidence->kind == EVIDENCE_RULE_COUNTER ||
        evidence->kind == EVIDENCE_FORESEEN)
        notice_rule(fronts, evidence);
    else if (evidence->kind == EVIDENCE_PACKET &&
             !address_is_set(&fronts->source) &&
             evidence_word(evidence, KEY_PACKET) == PACKET_SYN) {
        fronts->source = evidence_address(evidence, KEY_SOURCE);
        fronts->destination = evidence_address(evidence, KEY_DESTINATION);
    }
}

/* What the program prints, or NULL and a limit.  The failure is in *status:
 * -ENOENT when it is not installed. */
static char *ask(struct front_ends *fronts, const char *whom,
                 const char *const *command, int *status)
{
    struct program *program = NULL;
    char *output = NULL;
    struct err err = {0};
    size_t size;

    *status = program_start(command, &program, &err);
    if (*status == 0)
        *status = program_finish(program, &output, &size, &err);
    program_free(program);
    if (*status < 0)
        worker_limit(fronts->worker, "front-ends", "%s was not asked: %s", whom,
                     err.text);
    return *status < 0 ? NULL : output;
}

static char *read_settings(const char *const *folders, const char *name,
                           const char *ending)
{
    for (; *folders != NULL; folders++) {
        char path[128 + FRONT_END_NAME_SIZE];
        char *text = NULL;
        size_t size;

        snprintf(path, sizeof(path), "%s/%s%s", *folders, name, ending);
        if (fs_read(path, MAX_SETTINGS, &text, &size, NULL) == 0)
            return text;
    }
    return NULL;
}

static struct front_end_flow flow_of(const struct front_ends *fronts)
{
    return (struct front_end_flow){
        .source = fronts->source,
        .destination = fronts->destination,
        .port = worker_order(fronts->worker)->port,
    };
}

static char *read_service(void *context, const char *name)
{
    static const char *const services[] = {"/etc/firewalld/services",
                                           "/usr/lib/firewalld/services", NULL};

    (void)context;
    return read_settings(services, name, ".xml");
}

/* What the saved settings of the zone say of the first SYN.  Those that are no
 * zone's say nothing, and firewalld loads none of them either. */
static void tell_zone(struct front_ends *fronts, struct evidence *out)
{
    static const char *const zones[] = {"/etc/firewalld/zones",
                                        "/usr/lib/firewalld/zones", NULL};
    const char *name = fronts->zone.name;
    struct front_end_flow flow = flow_of(fronts);
    struct firewalld_zone zone = {0};
    struct err err = {0};
    CLEAN_FREE char *xml = NULL;

    if (front_end_is_name(name))
        xml = read_settings(zones, name, ".xml");
    if (xml == NULL)
        return;
    if (firewalld_zone_read(xml, &flow, read_service, NULL, &zone, &err) < 0)
        worker_limit(fronts->worker, "front-ends",
                     "firewalld's settings of zone %s were not read: %s", name,
                     err.text);
    if (zone.allows)
        evidence_set_number(out, KEY_CONFIGURED, 1);
    else if (zone.opens_udp)
        evidence_set_text(out, KEY_PROTOCOL, "udp");
    if (zone.restricts)
        evidence_set_number(out, KEY_RESTRICTED, 1);
}

static void tell_firewalld(struct front_ends *fronts, struct evidence *out)
{
    /* It must not be started for our sake. */
    static const char *const command[] = {"busctl",
                                          "--system",
                                          "--auto-start=no",
                                          "call",
                                          "org.fedoraproject.FirewallD1",
                                          "/org/fedoraproject/FirewallD1",
                                          "org.fedoraproject.FirewallD1",
                                          "getDefaultZone",
                                          NULL};
    char zone[FRONT_END_NAME_SIZE];
    int status;
    CLEAN_FREE char *output = ask(fronts, "firewalld", command, &status);

    if (output != NULL && front_end_bus_text(output, zone)) {
        evidence_set_text(out, KEY_STATE, "running");
        evidence_set_text(out, KEY_FIREWALL_ZONE, zone);
    } else if (status != -ENOENT)
        evidence_set_text(out, KEY_STATE, "silent");
    tell_zone(fronts, out);
}

static void tell_ufw(struct front_ends *fronts, struct evidence *out)
{
    static const char *const folder[] = {"/etc/ufw", NULL};
    struct front_end_flow flow = flow_of(fronts);
    CLEAN_FREE char *settings = read_settings(folder, "ufw", ".conf");
    CLEAN_FREE char *rules = read_settings(
        folder, flow.destination.family == 6 ? "user6" : "user", ".rules");

    if (settings == NULL)
        worker_limit(fronts->worker, "front-ends",
                     "ufw's settings cannot be read");
    else
        evidence_set_text(out, KEY_STATE,
                          front_end_ufw_is_enabled(settings) ? "running"
                                                             : "stopped");
    if (rules == NULL)
        return;
    if (front_end_ufw_allows(rules, &flow, "tcp"))
        evidence_set_number(out, KEY_CONFIGURED, 1);
    else if (front_end_ufw_allows(rules, &flow, "udp"))
        evidence_set_text(out, KEY_PROTOCOL, "udp");
}

/* Nobody listens on the socket that is there: its maker is gone, and its
 * client program would wait for it. */
static bool is_abandoned(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    CLEAN_FD int fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    return fd >= 0 &&
           connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 &&
           errno == ECONNREFUSED;
}

static void tell_fail2ban(struct front_ends *fronts, struct evidence *out)
{
    static const char *const command[] = {"fail2ban-client", "status", NULL};
    char jails[FRONT_END_JAILS_SIZE];
    CLEAN_FREE char *output = NULL;
    int status;

    if (is_abandoned("/run/fail2ban/fail2ban.sock")) {
        evidence_set_text(out, KEY_STATE, "silent");
        return;
    }
    output = ask(fronts, "fail2ban", command, &status);
    if (output != NULL && front_end_jails(output, jails)) {
        evidence_set_text(out, KEY_STATE, "running");
        evidence_set_text(out, KEY_JAILS, jails);
    } else if (status != -ETIMEDOUT) /* slow is not silent */
        evidence_set_text(out, KEY_STATE, "silent");
}

typedef void tell_fn(struct front_ends *fronts, struct evidence *out);

static tell_fn *const tellers[FRONT_END_COUNT] = {
    [FRONT_END_FIREWALLD] = tell_firewalld,
    [FRONT_END_UFW] = tell_ufw,
    [FRONT_END_FAIL2BAN] = tell_fail2ban,
};

static void front_ends_collect(void *state)
{
    struct front_ends *fronts = state;

    for (enum front_end owner = 0; owner < FRONT_END_COUNT; owner++) {
        struct evidence evidence;

        if ((fronts->met & FRONT_END_BIT(owner)) == 0 || tellers[owner] == NULL)
            continue;
        evidence_init(&evidence, EVIDENCE_FRONT_END, clock_monotonic_ns());
        evidence_set_word(&evidence, KEY_FRONT_END, (int)owner);
        tellers[owner](fronts, &evidence);
        worker_emit(fronts->worker, &evidence);
    }
}

static unsigned front_ends_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer front_ends_observer = {
    .name = "front-ends",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_FRONT_END),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_RULE) |
             EVIDENCE_BIT(EVIDENCE_RULE_COUNTER) |
             EVIDENCE_BIT(EVIDENCE_FORESEEN),
    .arm = front_ends_arm,
    .notice = front_ends_notice,
    .collect = front_ends_collect,
    .disarm = front_ends_disarm,
};
