/* The chains of iptables-legacy on their hooks. */
#ifndef OBSERVE_LEGACY_CHAINS_H
#define OBSERVE_LEGACY_CHAINS_H

#include <stdint.h>

#include "agent/observe/ruleset/ruling.h"

struct evidence;
struct legacy_rule;
struct legacy_rules;

/* On which hook (NF_INET_*) and with which priority the chain of this policy
 * stands; false when there is no such chain. */
bool legacy_chain_find(const struct legacy_rule *policy, uint32_t *hook,
                       int32_t *priority);

/* Does it see the first packet of a connection only? */
bool legacy_chain_translates(const struct legacy_rule *policy);

/* What it does with the packet. */
void legacy_chain_run(const struct legacy_rules *rules,
                      const struct legacy_rule *policy,
                      struct rule_view *packet, struct ruling *ruling);

/* Puts what decided into evidence, as rule_report_place() does. */
void legacy_chain_report(const char *family, const struct legacy_rule *policy,
                         const struct rule_view *packet,
                         const struct ruling *ruling,
                         struct evidence *evidence);

#endif
