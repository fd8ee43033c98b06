/* Rules that act on the connections of certain users or control groups only: a
 * probe made as somebody else meets none of them. */
#ifndef OBSERVE_OWNER_RULES_H
#define OBSERVE_OWNER_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Is this rule, as nft or iptables write it, such a one, and not plainly for
 * another port? */
bool owner_rules_concerns(const char *rule, uint16_t port);

/* Is it worth while to look for them: a source whose probe is root's? */
bool owner_rules_matter(const struct worker *worker);

/* Says, as a limit of that observer, that this rule was not put to the test. */
void owner_rules_tell(struct worker *worker, const char *observer,
                      const char *table, const char *chain, const char *rule);

#endif
