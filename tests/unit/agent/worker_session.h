/* Drives a real worker over its channel and keeps the evidence it sends. */
#ifndef TESTS_WORKER_SESSION_H
#define TESTS_WORKER_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"

#define SESSION_MAX_ITEMS 4096

/* A ceiling for a machine that is very busy: what is awaited comes, or the
 * worker ends. */
#define SESSION_PATIENCE_MS ORDER_MAX_DEADLINE_MS

struct session
{
    int fd;
    int keeper; /* the end that its questions come to */
    int asked;
    pid_t pid;
    struct evidence *items;
    size_t count;
    int64_t started_ns;
};

/* What the keeper says of everything that later sessions ask; NULL: yes. */
void session_keeper_refuses(const char *text);

/* An order for one role towards this address and port; three attempts, and a
 * deadline of SESSION_PATIENCE_MS. */
struct order session_order(enum role role, const char *destination,
                           uint16_t port);

void session_start(struct session *session, const struct order *order);

/* The same under a policy: the worker's arguments, ended by NULL; NULL: none. */
void session_start_under(struct session *session, const struct order *order,
                         const char *const *policy);

/* The same for a worker that may not set sequence numbers. */
void session_start_without_net_admin(struct session *session,
                                     const struct order *order);
void session_command(struct session *session, const struct command *command);
void session_tell(struct session *session, enum command_kind kind);

/* Reads until the phase is told; false if the worker ended, or after
 * SESSION_PATIENCE_MS. */
bool session_wait(struct session *session, enum phase phase);

/* Makes the attempts; the worker is armed. */
void session_probe(struct session *session);

/* Reads until a piece of this kind comes; false as above. */
bool session_wait_for(struct session *session, enum evidence_kind kind);

/* Reads for so long: was the phase told? */
bool session_reaches_within(struct session *session, enum phase phase,
                            int timeout_ms);

/* Collects, waits for the end and the process; returns its exit status. */
int session_finish(struct session *session, bool self_test);

/* Closes the channel and waits for the process; its exit status, -1 if it had
 * to be killed. */
int session_close(struct session *session);

/* The n-th piece (from 0) of this kind, or NULL. */
const struct evidence *session_find(const struct session *session,
                                    enum evidence_kind kind, size_t n);

/* How often it was seen in that direction; what the kernel sends again, from a
 * second after the first one on, is not counted. */
size_t session_count_packets(const struct session *session, enum packet packet,
                             enum direction direction, unsigned attempt);
void session_free(struct session *session);

#endif
