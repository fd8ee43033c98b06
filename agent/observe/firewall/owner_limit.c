/* Tells of rules that the probe did not meet, being root's. */
#include "agent/observe/firewall/owner_rules.h"
#include "agent/worker/worker.h"

bool owner_rules_matter(const struct worker *worker)
{
    const struct order *order = worker_order(worker);

    return order->role == ROLE_SOURCE && order->as_user[0] == '\0';
}

void owner_rules_tell(struct worker *worker, const char *observer,
                      const char *table, const char *chain, const char *rule)
{
    worker_limit(worker, observer,
                 "the probe was made as root, and a rule acts on certain users "
                 "or control groups only (table %s, chain %s: %.200s): "
                 "--as-user puts it to the test",
                 table, chain, rule);
}
