/* The texts of nftables rules by their place, as the system's own programs
 * write them. */
#ifndef OBSERVE_RULE_TEXT_H
#define OBSERVE_RULE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define RULE_TEXT_MAX 65536 /* rules that are kept */

struct rule_texts;

/* NULL when there is no memory. */
struct rule_texts *rule_texts_new(void);

/* NULL is fine. */
void rule_texts_free(struct rule_texts *texts);

/* Takes the output of `nft -a list ruleset`, which must come from malloc() and
 * is kept.  What was read before is forgotten.  -ENOMEM, -EFBIG. */
int rule_texts_set_nft(struct rule_texts *texts, char *listing);

/* Takes the output of iptables-nft-save for the family (ip, ip6) likewise: its
 * rules are matched to nft's by their place in the chain.  -EBADMSG. */
int rule_texts_set_iptables(struct rule_texts *texts, const char *family,
                            char *listing);

/* The rule's text in iptables' language if there is one, else in nft's; NULL
 * when it is unknown.  nft, if not NULL, gets nft's own. */
const char *rule_texts_find(const struct rule_texts *texts, const char *family,
                            const char *table, const char *chain,
                            uint64_t handle, const char **nft);

#endif
