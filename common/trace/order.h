/* What a worker is told: one order that starts it, then commands.  Both are
 * fixed, bounded structs without pointers; the privileged side checks them with
 * order_check() and command_check() and parses nothing else. */
#ifndef TRACE_ORDER_H
#define TRACE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/trace/words.h"

struct err;

#define TRACE_ID_SIZE         27 /* 26 characters (ULID) and a NUL */
#define HOST_NAME_SIZE        64 /* an agent's name */
#define DNS_NAME_SIZE         254
#define SERVICE_NAME_SIZE     256 /* systemd's limit for a unit's name */
#define USER_NAME_SIZE        64  /* a user's name, or number */
#define INSIDE_NAME_SIZE      80  /* a network namespace, or a container */
#define DEVICE_NAME_SIZE      16
#define ORDER_MAX_ATTEMPTS    100
#define ORDER_MAX_DEADLINE_MS 30000
#define ORDER_MAX_VANTAGE     3 /* attempts from a vantage point */

/* The attempts of a trace share the upper bits of their initial sequence
 * numbers, so that one masked comparison in a kernel filter finds all packets
 * of the trace; attempt n has ISN base + (n << ORDER_ISN_SHIFT). */
#define ORDER_ISN_MASK  0xfffff000u
#define ORDER_ISN_SHIFT 5

/* What may be sent on a connection that opened.  Each allows those before. */
enum order_payload
{
    PAYLOAD_NONE,
    PAYLOAD_OWN,     /* to a listener of the other agent's own */
    PAYLOAD_SERVICE, /* a few octets to the service itself */
    PAYLOAD_COUNT,
};

struct order
{
    uint32_t layout; /* layout.h; set where it is handed on */
    char trace_id[TRACE_ID_SIZE];
    char peer[HOST_NAME_SIZE];     /* the other host's name, empty: no agent */
    char name[DNS_NAME_SIZE];      /* what to resolve on the source, or empty */
    uint8_t role;                  /* ROLE_SOURCE or ROLE_DESTINATION */
    uint8_t family;                /* 4, 6, or 0 for whatever resolves first */
    uint8_t exact_count;           /* make all attempts, whatever comes */
    uint8_t attempts;              /* 1 to ORDER_MAX_ATTEMPTS */
    uint8_t vantage;               /* source: beside a trace of others' */
    uint8_t payload;               /* source: enum order_payload */
    uint16_t port;                 /* of the destination, never 0 */
    uint16_t from_port;            /* of the only attempt, 0: any */
    struct address source;         /* at the source: bind to it, if set */
    struct address destination;    /* unset: resolve name first */
    struct address told;           /* instead, if it resolves to none */
    char as_user[USER_NAME_SIZE];  /* source: who probes; empty: root */
    char inside[INSIDE_NAME_SIZE]; /* source: where it probes; empty: the
                                      host's own network namespace */
    char device[DEVICE_NAME_SIZE]; /* source: bound to it, if not empty */
    uint32_t isn_base;             /* bits below ORDER_ISN_MASK: 1 to 15 */
    uint32_t spacing_ms;           /* between attempts */
    uint32_t deadline_ms;          /* the worker ends itself after this */
    char service[SERVICE_NAME_SIZE]; /* expected behind the port, or empty */
    struct address control_own;      /* the ends of the agent's connection to */
    struct address control_peer;     /* the controller; set by the link, or
                                        both unset */
};

#define ORDER_COMMANDS(X)                                                \
    /* addresses are known now: arm the observers */                     \
    X(COMMAND_ARM, "arm")                                                \
    /* the other end is armed: make the attempts (source only) */        \
    X(COMMAND_PROBE, "probe")                                            \
    /* enough is known: make no more attempts */                         \
    X(COMMAND_STOP, "stop")                                              \
    /* send TTL-limited copies of the attempt towards peer_address */    \
    X(COMMAND_WALK, "walk")                                              \
    /* second snapshot, self-test if asked for, then disarm and end */   \
    X(COMMAND_COLLECT, "collect")                                        \
    /* drop everything and end at once */                                \
    X(COMMAND_ABORT, "abort")                                            \
    /* end that attempt, if it is under way: a walk takes its ports    \
       (source only) */ \
    X(COMMAND_GIVE_UP, "give-up")                                        \
    /* send what differs from the attempts' SYN in one respect each */   \
    X(COMMAND_TRY, "try")

#define ORDER_ENUM_COMMAND(name, text) name,
enum command_kind
{
    ORDER_COMMANDS(ORDER_ENUM_COMMAND) COMMAND_COUNT
};
#undef ORDER_ENUM_COMMAND

extern const struct word_list command_words;

struct command
{
    uint8_t kind;                /* enum command_kind */
    uint8_t self_test;           /* COLLECT at the destination */
    uint8_t self_test_briefly;   /* nothing hangs on how it ends */
    uint8_t attempt;             /* WALK: which one to copy; GIVE_UP; TRY at
                                    the source: whose answer vanished, or 0 */
    uint8_t max_ttl;             /* WALK: 1 to 64 */
    uint16_t own_port;           /* COLLECT: the port that the SYN arrived
                                    for; 0: the order's */
    uint16_t peer_port;          /* WALK: and its destination port */
    struct address own_address;  /* ARM, WALK, COLLECT: as known */
    struct address peer_address; /* likewise; ARM at the source: destination */
    uint32_t acknowledge; /* WALK at the destination: the SYN-ACK's ack */
};

/* The initial sequence number of attempt n (from 1). */
uint32_t order_isn(const struct order *order, unsigned n);

/* The attempt that a SYN's sequence number, or an answer's acknowledgement
 * number minus one, belongs to; 0 if none. */
unsigned order_attempt_of(const struct order *order, uint32_t isn);

/* Is it one that a worker may be started with?  -EBADMSG or -EINVAL and a
 * sentence if not. */
int order_check(const struct order *order, struct err *err);
int command_check(const struct command *command, struct err *err);

/* A name that an agent may have: letters, digits, '-', '.', '_', 1 to 63. */
bool host_name_is_valid(const char *name);

/* What a service (unit, program, container) may be called by an operator:
 * letters, digits and ":_.@-", not '-' first, so that it can stand among a
 * program's arguments. */
bool service_name_is_valid(const char *name);

/* What may stand for a user (letters, digits, "-._", a "$" at the end), for a
 * namespace or container (letters, digits, "-._:@+") and for a device (what the
 * kernel takes, no control characters); none begins with '-'. */
bool user_name_is_valid(const char *name);
bool inside_name_is_valid(const char *name);
bool device_name_is_valid(const char *name);

#endif
