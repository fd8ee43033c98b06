/* One step of the rule trace as evidence: with the rule's words, the way to it,
 * and the element of a set that decided. */
#ifndef OBSERVE_RULE_REPORT_H
#define OBSERVE_RULE_REPORT_H

#include <stdint.h>

#include "agent/observe/firewall/rule_flow.h"
#include "agent/observe/firewall/rule_step.h"
#include "agent/observe/firewall/rule_table.h"

struct evidence;
struct rule_subject;
struct rule_texts;

/* Does the rule of that step let the packet go on with another TTL? */
bool rule_report_sets_ttl(const struct rule_texts *texts,
                          const struct rule_step *step);

/* Fills evidence for the step that was seen at at_ns, of that flow as it stood
 * then.  Asks the kernel for elements of sets, so it is to be called soon. */
void rule_report(const struct rule_chains *chains,
                 const struct rule_texts *texts, const struct rule_step *step,
                 const struct rule_flow *flow, int64_t at_ns,
                 struct evidence *evidence);

/* The part of it that tells of the rule alone, from KEY_STAGE to KEY_RULE;
 * target NULL: what the rule's text calls it. */
void rule_report_place(const struct rule_chains *chains,
                       const struct rule_texts *texts,
                       const struct rule_step *step,
                       const struct rule_flow *flow, const char *target,
                       struct evidence *evidence);

/* The ipset that a rule in iptables' words asks, and which of its entries the
 * subject is.  False when it asks none. */
bool rule_report_ipset(const char *words, const struct rule_subject *subject,
                       struct evidence *evidence);

#endif
