/* What follows the handshake while the probe leaves the connection open: many
 * a service, or the proxy before it, takes a connection only to close it. */
#ifndef PROBE_AFTERMATH_H
#define PROBE_AFTERMATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/evidence.h"

/* Beside the time that a packet takes to and fro, what a program gets to close
 * it in; a trace of a healthy service takes as much longer. */
#define AFTERMATH_LEAST_MS 20
#define AFTERMATH_MOST_MS  1000

struct aftermath
{
    int64_t opened_ns; /* monotonic; 0: not open yet */
    int64_t over_ns;   /* when it was closed, or the probe had seen enough */
    enum followed followed;
    int64_t received; /* octets, read and thrown away */
    bool refuses;     /* what it said first reads like a refusal */
};

/* It is open since now_ns. */
void aftermath_begin(struct aftermath *aftermath, int64_t now_ns);

/* The kernel says that it was reset as soon as it was open. */
void aftermath_reset(struct aftermath *aftermath, int64_t now_ns);

/* How long to leave it open, by what the handshake took; whole milliseconds. */
uint64_t aftermath_wait_ms(int64_t handshake_ns);

/* Reads what came on the socket, which must not block.  Returns whether it is
 * over: the other side closed it, or said more than anybody says by itself. */
bool aftermath_read(struct aftermath *aftermath, int fd, int64_t now_ns);

/* Adds it to an EVIDENCE_ATTEMPT_END; as over at now_ns if nothing ended it. */
void aftermath_tell(const struct aftermath *aftermath, int64_t now_ns,
                    struct evidence *evidence);

/* Does a program that says this, before it closes, refuse to serve?  An error
 * of a known protocol, or words such as "denied"; by its first octets. */
bool aftermath_is_refusal(const char *said, size_t size);

#endif
