/* The attempts' own sockets, as the host that holds them sees them: what became
 * of each, whether the listener's process took it, and whether an old one
 * stands in its way.  Part of the sockets observer. */
#ifndef OBSERVE_CONNECTIONS_H
#define OBSERVE_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct connections;
struct err;
struct evidence;
struct worker;

/* How long a connection may lie in a queue before its listener is called stuck;
 * the process may merely be slow.  Of one that is stopped more is known.  Less
 * where the trace has less time, for the rest is to be told as well. */
#define CONNECTIONS_WAIT_MS         3000
#define CONNECTIONS_WAIT_LEAST_MS   1200
#define CONNECTIONS_WAIT_STOPPED_MS 60

/* -ENOMEM; on success *out is the caller's to free. */
int connections_new(struct connections **out, struct worker *worker,
                    struct err *err);
void connections_free(struct connections *connections);

/* Before the first SYN, where its port is known: does an old connection hold
 * it?  Quick. */
void connections_look_for_old(struct connections *connections);

/* Learns the attempts' ports. */
void connections_notice(struct connections *connections,
                        const struct evidence *evidence);

/* After the attempts: tells of their sockets.  A destination waits for those
 * that lie unaccepted, no longer than above; all_stopped says which limit. */
void connections_report(struct connections *connections, bool all_stopped);

#endif
