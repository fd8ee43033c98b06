/* Where else: what listens on other ports of this network namespace. */
#ifndef OBSERVE_ELSEWHERE_H
#define OBSERVE_ELSEWHERE_H

#include <stdbool.h>
#include <stdint.h>

struct process;
struct worker;

#define ELSEWHERE_MAX 256 /* listeners looked at, the nearest ports first */

/* Is this listener's process the service asked for? */
typedef bool (*elsewhere_fn)(const struct process *process, void *data);

/* Emits EVIDENCE_ELSEWHERE for up to count listeners on other ports than the
 * traced one, those of the nearest ports, whose process is wanted (NULL: any).
 * The budget is for finding the processes. */
void elsewhere_report(struct worker *worker, unsigned count,
                      elsewhere_fn wanted, void *data, int64_t budget_ns);

/* How many listeners the port has in this network namespace; -1 unknown. */
int elsewhere_count(uint16_t port);

#endif
