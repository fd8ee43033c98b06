/* What programs print, files hold and processes call themselves: the first
 * octet picks the parser, the rest is the text, up to the first NUL. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/firewall/nat_rules.h"
#include "agent/observe/firewall/owner_rules.h"
#include "agent/observe/firewall/rule_match.h"
#include "agent/observe/firewall/rule_set.h"
#include "agent/observe/front_ends/firewalld_zone.h"
#include "agent/observe/front_ends/front_end_settings.h"
#include "agent/observe/host/cgroup_unit.h"
#include "agent/observe/host/container_id.h"
#include "agent/observe/host/mounts.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/programs/cgroup_programs.h"
#include "agent/observe/programs/found_programs.h"
#include "agent/observe/programs/nfqueues.h"
#include "agent/observe/ruleset/legacy_chains.h"
#include "agent/observe/sockets/docker_state.h"
#include "agent/observe/sockets/units.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/trace/evidence.h"

#define PORT 8080

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_unit(const struct unit *unit, void *data)
{
    struct evidence evidence;

    (void)data;
    assert(unit_name_is_valid(unit->name));
    unit_to_evidence(unit, PORT, 1, &evidence);
    assert(evidence_check(&evidence) == 0);
}

static void try_units(char *text)
{
    units_parse(text, PORT, on_unit, NULL);
}

static void try_journal(char *text)
{
    (void)units_find_in_use(text);
}

/* Every name leads to the same text, as a zone's and as a service's. */
static char *read_service(void *context, const char *name)
{
    assert(front_end_is_name(name));
    return strdup(context);
}

static void try_zone(char *text)
{
    struct front_end_flow flow = {.port = PORT};
    struct firewalld_zone zone;

    address_parse("192.0.2.1", &flow.source);
    address_parse("198.51.100.10", &flow.destination);
    (void)firewalld_zone_read(text, &flow, read_service, text, &zone, NULL);
    (void)firewalld_zone_read("<zone><service name=\"x\"/></zone>", &flow,
                              read_service, text, &zone, NULL);
}

static void try_ufw(char *text)
{
    struct front_end_flow flow = {.port = PORT};

    address_parse("192.0.2.1", &flow.source);
    address_parse("2001:db8::1", &flow.destination);
    (void)front_end_ufw_allows(text, &flow, "udp");
    (void)front_end_ufw_is_enabled(text);
}

static void try_answers(char *text)
{
    char name[FRONT_END_NAME_SIZE];
    char jails[FRONT_END_JAILS_SIZE];
    struct front_end_zone zone;

    if (front_end_bus_text(text, name))
        assert(front_end_is_name(name));
    if (front_end_jails(text, jails))
        assert(strlen(jails) < sizeof(jails));
    if (front_end_zone(text, &zone))
        assert(strlen(zone.name) < sizeof(zone.name));
}

/* Of a port that is not known, so that no kernel is asked for sets. */
static struct rule_view some_syn(void)
{
    struct rule_view view = {
        .tuple = {.destination_port = PORT},
        .in = {.is_known = true, .name = "eth0"},
        .out = {.is_known = true},
        .flags = {true, RULE_FLAG_SYN},
        .mark = {true, 0},
        .state = {true, RULE_STATE_NEW},
        .reply = {true, 0},
        .destination_is_local = TRI_YES,
    };

    address_parse("192.0.2.1", &view.tuple.source);
    address_parse("192.0.2.2", &view.tuple.destination);
    return view;
}

static void try_match(const char *text)
{
    struct rule_view view = some_syn();
    struct rule_outcome outcome;

    rule_match(text, true, NULL, NULL, &view, &outcome);
    assert(outcome.act != ACT_JUMP && outcome.act != ACT_GOTO);
    if (rule_match_excludes(text, &view.tuple, true))
        assert(outcome.matches == TRI_NO);
}

static void try_rule(char *text)
{
    struct rule_subject subject = {.packet = {.destination_port = PORT},
                                   .in = "eth0"};
    char element[RULE_ELEMENT_SIZE] = "";
    struct ipset_use use;
    struct rule_set set;

    address_parse("192.0.2.1", &subject.packet.source);
    address_parse("192.0.2.2", &subject.packet.destination);
    if (rule_set_find(text, &set) && set.elements != NULL &&
        rule_set_match(&set, &subject, element))
        assert(strlen(element) < sizeof(element));
    if (rule_set_find_ipset(text, &use))
        assert(strlen(use.directions) < sizeof(use.directions));
    try_match(text);
    (void)nat_text_mentions(text, &subject.packet.source);
    (void)owner_rules_concerns(text, PORT);
}

static void try_chain(const struct legacy_rules *rules,
                      const struct legacy_rule *policy)
{
    struct rule_view view = some_syn();
    struct ruling ruling;

    if (!policy->is_policy)
        return;
    legacy_chain_run(rules, policy, &view, &ruling);
    assert(ruling.act == ACT_ACCEPT || ruling.act == ACT_DROP ||
           ruling.act == ACT_REJECT || ruling.act == ACT_UNKNOWN);
    assert(ruling.depth > 0 && ruling.depth <= RULE_DEPTH_MAX);
}

static void try_legacy(char *text)
{
    struct legacy_rules *rules = NULL;
    char *copy = strdup(text);
    struct legacy_way way;

    if (copy == NULL || legacy_rules_read(copy, &rules, NULL) < 0)
        return;
    for (size_t i = 0; i < rules->count && i < 64; i++) {
        (void)legacy_rules_stage(rules, &rules->items[i]);
        (void)legacy_rules_way(rules, rules, i, &way);
        assert(way.depth <= LEGACY_DEPTH_MAX);
        try_chain(rules, &rules->items[i]);
    }
    legacy_rules_free(rules);
}

static void try_process(char *text)
{
    struct process process = {0};
    struct container_id container;
    char group[64];

    (void)processes_parse_stat(text, &process);
    if (processes_parse_group(text, group, sizeof(group)))
        assert(strstr(group, "/..") == NULL);
    if (container_id_find(text, &container))
        assert(container.id[0] != '\0');
    processes_parse_limits(text, &process);
    (void)processes_find_argument(text, strlen(text), "web");
    if (cgroup_unit_parse(text, process.unit, process.user_unit))
        assert(unit_name_is_valid(process.unit));
}

static void try_proc(char *text)
{
    char path[CGROUP_PATH_SIZE];
    struct mount mount;
    uint16_t queue;

    if (mounts_parse(text, "cgroup2", &mount))
        assert(strlen(mount.path) < sizeof(mount.path));
    if (cgroup_parse(text, "/", "/sys/fs/cgroup", path) == 0)
        assert(strlen(path) < sizeof(path));
    (void)nfqueues_parse(text, &queue);
    (void)found_programs_parse(text);
}

static void try_docker(char *text)
{
    struct docker_container container;
    char root[64];

    if (docker_state_parse(text, text, PORT, &container))
        assert(container.name[0] != '\0' && container.state != NULL);
    docker_state_find_root(text, root, sizeof(root));
    assert(root[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(char *text) = {
        try_units, try_journal, try_zone,    try_ufw,  try_answers,
        try_rule,  try_legacy,  try_process, try_proc, try_docker,
    };
    CLEAN_FREE char *text = NULL;

    if (size < 1)
        return 0;
    text = strndup((const char *)data + 1, size - 1);
    if (text != NULL)
        parsers[(data[0] - 'a') % ARRAY_SIZE(parsers)](text);
    return 0;
}
