/* What Docker keeps of a container on disk, read without asking its daemon. */
#ifndef OBSERVE_DOCKER_STATE_H
#define OBSERVE_DOCKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"

#define DOCKER_ID_SIZE   13 /* the first 12 digits */
#define DOCKER_NAME_SIZE 64
#define DOCKER_TEXT_SIZE 200

struct docker_container
{
    char id[DOCKER_ID_SIZE];
    char name[DOCKER_NAME_SIZE]; /* the id where it has no plain one */
    const char *state; /* running, paused, restarting, exited, created, dead */
    int pid;           /* 0 unless it runs, as far as Docker wrote */
    int exit_status;
    char error[DOCKER_TEXT_SIZE]; /* why it was not started, or empty */
    /* Is it to publish the port asked for; where, and as which of its own? */
    bool publishes;
    struct address on; /* unset: on all addresses */
    uint16_t own_port;
    bool publishes_any; /* any TCP port at all */
    bool exposes;       /* the port asked for is one of its own */
    uint16_t exposed;   /* a TCP port of its own, 0: none is known */
    bool shares_host;   /* it lives in the host's own network */
};

/* Reads config.v2.json and hostconfig.json of a container.  What its owner chose
 * is bounded and checked.  False when it is no such text. */
bool docker_state_parse(const char *config, const char *host, uint16_t port,
                        struct docker_container *out);

/* The folder of Docker's data that daemon.json (NULL: there is none) names, else
 * Docker's own choice. */
void docker_state_find_root(const char *daemon, char *root, size_t size);

#endif
