/* Observer: the programs that a report's commands are made of and this host does
 * not have, so that none is offered there that cannot be typed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/observe/host/run_program.h"
#include "agent/observe/observer.h"
#include "common/base/array.h"
#include "common/base/clock.h"

/* What every system has (sed, kill) is not looked for. */
static const char *const programs[] = {
    "arptables-nft",   "bpftool",      "conntrack",
    "docker",          "ebtables-nft", "ethtool",
    "fail2ban-client", "firewall-cmd", "ip",
    "ip6tables-nft",   "ipset",        "ip6tables-legacy",
    "iptables-legacy", "iptables-nft", "nft",
    "nsenter",         "ss",           "sysctl",
    "systemctl",       "tc",           "ufw",
};

#define NAMES_SIZE 320

static int installed_arm(struct worker *worker, void **state, struct err *err)
{
    char names[NAMES_SIZE] = "";
    size_t used = 0;
    struct evidence evidence;

    (void)err;
    *state = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (!program_is_installed(programs[i]))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     used > 0 ? " " : "", programs[i]);
    if (used == 0)
        return 0;
    evidence_init(&evidence, EVIDENCE_NOT_INSTALLED, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_TEXT, names);
    worker_emit(worker, &evidence);
    return 0;
}

const struct observer installed_observer = {
    .name = "installed",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_NOT_INSTALLED),
    .arm = installed_arm,
};
