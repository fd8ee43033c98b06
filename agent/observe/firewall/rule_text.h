/* The texts of nftables rules by their place, as the system's own programs
 * write them. */
#ifndef OBSERVE_RULE_TEXT_H
#define OBSERVE_RULE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define RULE_TEXT_MAX 65536 /* rules that are kept */

struct rule_texts;

struct rule_text
{
    const char *family; /* these point into what was read */
    const char *table;
    const char *chain;
    const char *nft;
    const char *iptables; /* in iptables' language, or NULL */
    uint64_t handle;
    unsigned position; /* in its chain, from 1 */
};

/* NULL when there is no memory. */
struct rule_texts *rule_texts_new(void);

/* NULL is fine. */
void rule_texts_free(struct rule_texts *texts);

/* Lets others of this process use what was read for that owner (a worker), until
 * it is taken back with NULL: listing all rules is dear.  Asked for an owner for
 * whom nothing was read: NULL. */
#define RULE_TEXT_OWNERS 2 /* one for each network namespace that is watched */
void rule_texts_offer(const void *owner, const struct rule_texts *texts);
const struct rule_texts *rule_texts_offered(const void *owner);

/* Takes the output of `nft -a list ruleset`, which must come from malloc() and
 * is kept.  What was read before is forgotten.  -ENOMEM, -EFBIG. */
int rule_texts_set_nft(struct rule_texts *texts, char *listing);

/* Takes the output of iptables-nft-save for the family (ip, ip6) likewise: its
 * rules are matched to nft's by their place in the chain; a chain that the two
 * do not show alike keeps nft's words.  -EBADMSG. */
int rule_texts_set_iptables(struct rule_texts *texts, const char *family,
                            char *listing);

/* NULL when the rule is unknown.  Valid until the texts are read anew. */
const struct rule_text *rule_texts_find(const struct rule_texts *texts,
                                        const char *family, const char *table,
                                        const char *chain, uint64_t handle);

/* The rules one by one, from 0; NULL beyond the last. */
const struct rule_text *rule_texts_at(const struct rule_texts *texts,
                                      size_t index);

/* Its words in iptables' language if there are any, else in nft's. */
const char *rule_text_words(const struct rule_text *rule);

#endif
