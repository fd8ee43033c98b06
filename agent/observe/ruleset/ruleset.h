/* All rules of this network namespace that a packet of one family, or a question
 * for a link address, may meet, of nftables and of both backends of iptables, in
 * the order in which the kernel asks them: read while a packet is led through them. */
#ifndef OBSERVE_RULESET_H
#define OBSERVE_RULESET_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/observe/ruleset/ruling.h"

struct err;
struct evidence;
struct hook_chain;
struct rule_texts;
struct ruleset;

/* Reads which chains stand on hooks, and all of iptables-legacy's rules where it
 * is in use.  family is 4 or 6; the loop is needed by the programs that are
 * started once texts are asked for, if none are given that were read before
 * (rule_text.h), which must stay as long as this.  On success *out is the caller's to free. */
int ruleset_open(uv_loop_t *loop, unsigned family,
                 const struct rule_texts *texts, struct ruleset **out,
                 struct err *err);
void ruleset_free(struct ruleset *ruleset); /* NULL is fine */

/* What one chain does with the packet. */
struct ruled
{
    struct ruleset *ruleset;
    const struct hook_chain *chain;
    const struct rule_view *packet;
    const struct ruling *ruling;
};
typedef void (*ruled_fn)(const struct ruled *ruled, void *data);

/* Leads the packet through all chains on the hook (NF_INET_*), as if none of
 * them stopped it, and shows what each does.  What they change of the packet
 * stays changed.  is_first: no answer was there yet, so that NAT is asked. */
void ruleset_ask(struct ruleset *ruleset, uint32_t hook, bool is_first,
                 struct rule_view *packet, ruled_fn fn, void *data);

/* The same of the chains of family arp, on its hooks (NF_ARP_*), or of a
 * bridge's (NF_BR_*), in which nothing is tracked. */
void ruleset_ask_link(struct ruleset *ruleset, int family, uint32_t hook,
                      struct rule_view *packet, ruled_fn fn, void *data);

/* The same of a bridge's chains for what comes in to this host by one, or leaves
 * by it; and of those that stand on the hook of the device by which it comes or
 * goes (one that may do so, where that is not known, is never sure to stop it).
 * What these change is not kept. */
void ruleset_ask_bridge(struct ruleset *ruleset, bool leaves,
                        const struct rule_view *packet, ruled_fn fn,
                        void *data);
void ruleset_ask_device(struct ruleset *ruleset, bool leaves,
                        const struct rule_view *packet, ruled_fn fn,
                        void *data);

/* Puts into evidence the place, the words and the rest of what decided, from
 * KEY_STAGE to KEY_RULE.  Reads the texts the first time. */
void ruleset_report(const struct ruled *ruled, struct evidence *evidence);

/* Why rules or texts could not be read; empty: they could. */
const char *ruleset_trouble(const struct ruleset *ruleset);

#endif
