/* The rules' places and expressions straight from the kernel, for hosts that
 * have nftables' rules but not the program nft (iptables-nft alone). */
#ifndef OBSERVE_RULE_DUMP_H
#define OBSERVE_RULE_DUMP_H

struct err;

/* Writes what `nft -a list ruleset` would, with the names of each rule's
 * expressions instead of its words: "( meta cmp immediate )".  The caller frees
 * *listing. */
int rule_dump_read(char **listing, struct err *err);

#endif
