/* The queues to user space (NFQUEUE) that a program reads. */
#ifndef OBSERVE_NFQUEUES_H
#define OBSERVE_NFQUEUES_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Tells each queue that is read in this network namespace, and that these are
 * all. */
void nfqueues_report(struct worker *worker);

/* A line of /proc/net/netfilter/nfnetlink_queue: the queue's number. */
bool nfqueues_parse(const char *line, uint16_t *queue);

#endif
