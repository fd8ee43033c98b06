/* The rules of nftables, iptables-nft's among them, as the kernel holds them. */
#ifndef OBSERVE_NFT_RULES_H
#define OBSERVE_NFT_RULES_H

#include <uv.h>

#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/ruleset/ruling.h"

struct err;
struct evidence;
struct nft_rules;

/* Reads which chains stand on hooks; of a kernel that has not loaded nftables
 * none do.  texts: what was read of their texts before, and stays; NULL: they
 * are read when they are needed.  On success *out is the caller's to free. */
struct rule_texts;
int nft_rules_open(uv_loop_t *loop, const struct rule_texts *texts,
                   struct nft_rules **out, struct err *err);
void nft_rules_free(struct nft_rules *rules); /* NULL is fine */

const struct rule_chains *nft_rules_chains(const struct nft_rules *rules);

/* What that chain, one of the above, does with the packet.  Its rules are read
 * meanwhile; the texts too, once one of iptables' extensions asks for them. */
void nft_rules_run(struct nft_rules *rules, const struct rule_chain *chain,
                   struct rule_view *packet, struct ruling *ruling);

/* Puts what decided into evidence (rule_report.h). */
void nft_rules_report(struct nft_rules *rules, const struct rule_chain *chain,
                      const struct rule_view *packet,
                      const struct ruling *ruling, struct evidence *evidence);

/* Why rules or texts could not be read; empty: they could. */
const char *nft_rules_trouble(const struct nft_rules *rules);

#endif
