/* What a rule of nftables does with a packet, by the kernel's own form of it: a
 * row of expressions that read the packet into registers and compare them. */
#ifndef OBSERVE_NFT_RULE_H
#define OBSERVE_NFT_RULE_H

#include <stdbool.h>

#include "agent/observe/firewall/rule_view.h"

struct nftnl_rule;

/* Is it one that iptables-nft made of its extensions, which only iptables' own
 * words tell of? */
bool nft_rule_needs_words(struct nftnl_rule *rule);

/* Does it jump or go to that chain? */
bool nft_rule_leads_to(struct nftnl_rule *rule, const char *chain);

/* Does the rule match the packet, and what does it do then?  What the rule
 * changes of the packet (its mark, its tracking, its addresses) is changed in
 * packet; where it is not sure (the match, or that the packet comes to the rule:
 * is_sure), it is not known any more.  Asks the kernel for elements of sets.
 * With ACT_NONE the rule lets the packet go on. */
void nft_rule_match(struct nftnl_rule *rule, bool is_sure,
                    struct rule_view *packet, struct rule_outcome *out);

#endif
