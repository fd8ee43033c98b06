/* What the agent's processes hand each other: fixed structs as datagrams, and
 * open descriptors under fixed numbers.  Nothing here is parsed. */
#ifndef KEEPER_HANDOFF_H
#define KEEPER_HANDOFF_H

#include <stdint.h>

#include "common/trace/order.h"

/* Descriptors that a helper is started with. */
#define HANDOFF_CHANNEL     3 /* SOCK_SEQPACKET: to the keeper, or the link */
#define HANDOFF_ALLOWANCE   4 /* the worker's only: to the keeper */
#define HANDOFF_DROPS       5 /* the worker's only: see bpf/handover.h */
#define HANDOFF_KEY         4 /* the link's only: identity, to read */
#define HANDOFF_CERTIFICATE 5
#define HANDOFF_AUTHORITY   6
#define HANDOFF_CONTROLLER  7 /* its address as ADDR:PORT */

/* A worker's exit status when the order is of another version than itself. */
#define HANDOFF_OTHER_VERSION 3

#define HANDOFF_TEXT_SIZE     512
#define HANDOFF_PEM_SIZE      8192
#define HANDOFF_ENDPOINT_SIZE 272 /* ADDR:PORT */

/* From the link to the keeper: one struct order, nothing else.  Back: */
enum handoff_event
{
    HANDOFF_STARTED, /* comes with the channel to the worker */
    HANDOFF_REFUSED, /* by the host's policy or a limit; text says which */
    HANDOFF_FAILED,  /* the worker could not be started */
    HANDOFF_ENDED,   /* it is gone; status is 0 when it ended by itself */
};

struct handoff_reply
{
    char trace_id[TRACE_ID_SIZE];
    uint8_t event;  /* enum handoff_event */
    int32_t status; /* 0 or negative errno */
    char text[HANDOFF_TEXT_SIZE];
};

/* A worker sends nothing to another host that it has not asked for, but the
 * attempts of an order with an address.  It asks by HANDOFF_ALLOWANCE, and gets
 * one answer for each question.  A worker sends to one address, the first that
 * was named, and as many packets of a kind as stand here. */
#define HANDOFF_PACKETS(X)                                         \
    /* the attempts of an order whose name is an address now */    \
    X(HANDOFF_ATTEMPTS, ORDER_MAX_ATTEMPTS)                        \
    /* copies with a low TTL: those of all hops, and some again */ \
    X(HANDOFF_WALK, 60)                                            \
    /* not the trace's own: other ports, protocols, options */     \
    X(HANDOFF_OTHER, 24)

#define HANDOFF_ENUM_PACKETS(name, most) name,
#define HANDOFF_ENUM_MOST(name, most)    name##_MOST = (most),
enum handoff_packets
{
    HANDOFF_PACKETS(HANDOFF_ENUM_PACKETS) HANDOFF_PACKETS_COUNT
};
enum handoff_packets_most
{
    HANDOFF_PACKETS(HANDOFF_ENUM_MOST)
};
#undef HANDOFF_ENUM_PACKETS
#undef HANDOFF_ENUM_MOST

struct handoff_ask
{
    uint32_t packets; /* enum handoff_packets */
    uint32_t count;
    struct address target;
};

struct handoff_answer
{
    int32_t status; /* 0, or negative errno and a sentence */
    char text[HANDOFF_TEXT_SIZE];
};

/* From the joining probe-agent to its helper. */
struct handoff_join
{
    char controller[HANDOFF_ENDPOINT_SIZE];
    char token[128];
    char name[HOST_NAME_SIZE];
};

/* And back.  The texts are the files of the state folder. */
struct handoff_joined
{
    int32_t status; /* 0, or negative errno and a sentence */
    char text[512];
    char key[HANDOFF_PEM_SIZE];
    char certificate[HANDOFF_PEM_SIZE];
    char authority[HANDOFF_PEM_SIZE];
};

#endif
