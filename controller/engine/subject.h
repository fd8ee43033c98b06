/* What a trace is about: who called whom, and how far the case has come. */
#ifndef ENGINE_SUBJECT_H
#define ENGINE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"

#define VERDICT_MAX_EVIDENCE 8192 /* of one trace */
#define SUBJECT_NOTE_SIZE    1024

struct subject
{
    char source_host[HOST_NAME_SIZE];
    char destination_host[HOST_NAME_SIZE]; /* empty: no agent there */
    char vantage_host[HOST_NAME_SIZE]; /* who tried as well; empty: nobody */
    char absent_host[HOST_NAME_SIZE];  /* it has an agent, which was away */
    char absent_seen[32];              /* when it was last there */
    char named_as[DNS_NAME_SIZE];      /* what the operator typed */
    struct address source;             /* as far as known */
    struct address destination;
    struct address
        primary4; /* which the host named would have been called by, */
    struct address primary6; /* as its agent told; unset: not known */
    uint16_t port;
    uint16_t from_port;            /* asked for; 0: any */
    char as_user[USER_NAME_SIZE];  /* who probes, empty: root */
    char inside[INSIDE_NAME_SIZE]; /* where it probes, empty: the host's own
                                      network namespace */
    char device[DEVICE_NAME_SIZE]; /* asked for; empty: any */
    uint8_t attempts;              /* that the order allows */
    bool exact_count;
    bool named_is_agent;     /* named_as is an agent's name */
    bool expected_elsewhere; /* --to HOST was given */
    uint32_t isn_base;
    char note[SUBJECT_NOTE_SIZE]; /* what a reader must know first, or empty */
    char service[SERVICE_NAME_SIZE]; /* expected behind the port, or empty */
    bool probing_over;               /* no more attempts will come */
    bool collected;                  /* second snapshots are in */
    bool wait_over;        /* the wait for missing packets was long enough */
    bool destination_held; /* its agent told so a while ago */
    /* Nobody named it: it is who held the address last, and does no more. */
    bool destination_former;
    bool source_lost; /* its agent went away during the trace */
    bool destination_lost;
};

#endif
