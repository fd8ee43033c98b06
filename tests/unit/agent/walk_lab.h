/* Host A, router R and host B, with a worker on either host. */
#ifndef TESTS_WALK_LAB_H
#define TESTS_WALK_LAB_H

#include "tests/unit/agent/worker_session.h"

#define PORT   8080
#define HOST_A "192.0.2.1"
#define HOST_B "198.51.100.1"
#define NEAR_A "192.0.2.254"
#define NEAR_B "198.51.100.254"

#define HOST_B6 "2001:db8:2::1"
#define NEAR_A6 "2001:db8:1::fe"

struct walk_lab
{
    int a, r, b;
    const char *peer;   /* whom A calls; NULL: HOST_B */
    const char *device; /* that A's probes are bound to; NULL: none */
    /* Of each worker, as it is given it; NULL: none. */
    const char *const *source_policy;
    const char *const *destination_policy;
    struct session source;
    struct session destination;
};

void walk_lab_build(struct walk_lab *lab);
/* Arms both and makes the attempts. */
void walk_lab_start(struct walk_lab *lab);
void walk_lab_finish(struct walk_lab *lab);
void walk_lab_free(struct walk_lab *lab);
/* B listens on PORT: a descriptor to be kept open. */
int walk_lab_listen(const struct walk_lab *lab);
/* Drops what matches on that hook, in table inet t, chain c. */
void walk_lab_drop(int host, const char *hook, const char *match);
/* Along attempt 1, up to 30 hops. */
struct command walk_command(const char *peer);
/* Waits until it has walked. */
void walk_lab_walk(struct session *session, const struct command *command);
/* The n-th hop that was told; type -1: no ICMP. */
void assert_hop(const struct session *session, size_t n, unsigned ttl,
                const char *offender, int icmp_type);
/* The SYN-ACK's copy as the destination would be told to make it. */
struct command answer_command(const struct walk_lab *lab);
/* Why it did not walk. */
const char *walked_text(struct session *session, const struct command *command);

#endif
