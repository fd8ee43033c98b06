/* The verdict engine's public face: evidence in, judgement out.
 *
 * Pure: no clock, no I/O, no heap, no order: the same evidence in any order
 * gives the same judgement.  See rows.c for the table, facts.h for what is asked
 * of the evidence, judge.c for how far a packet came. */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"
#include "controller/engine/causes/causes.h"
#include "controller/engine/explain/command/command_line.h"

#define VERDICT_MAX_EVIDENCE 8192 /* of one trace */

#define JUDGEMENT_TEXT_SIZE       512
#define JUDGEMENT_MAX_EVIDENCE    16
#define JUDGEMENT_MAX_CHECKPOINTS 40
#define JUDGEMENT_MAX_OBSTACLES   4
#define JUDGEMENT_MAX_FIXES       4
#define JUDGEMENT_MAX_REJECTED    12
#define JUDGEMENT_MAX_DETAILS     20
#define JUDGEMENT_MAX_MISSING     4

/* What the trace is about. */
struct subject
{
    char source_host[HOST_NAME_SIZE];
    char destination_host[HOST_NAME_SIZE]; /* empty: no agent there */
    char absent_host[HOST_NAME_SIZE];      /* it has an agent, which was away */
    char named_as[DNS_NAME_SIZE];          /* what the operator typed */
    struct address source;                 /* as far as known */
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
    char service[SERVICE_NAME_SIZE]; /* expected behind the port, or empty */
    bool probing_over;               /* no more attempts will come */
    bool collected;                  /* second snapshots are in */
    bool wait_over;        /* the wait for missing packets was long enough */
    bool destination_held; /* its agent told so a while ago */
    bool source_lost;      /* its agent went away during the trace */
    bool destination_lost;
};

enum checkpoint_state
{
    CHECKPOINT_NOT_OBSERVED,
    CHECKPOINT_PASSED,
    CHECKPOINT_STOPPED,
    CHECKPOINT_NOT_REACHED,
};

struct checkpoint
{
    enum role role;
    enum stage stage;
    enum packet packet;
    enum checkpoint_state state;
    bool outside; /* in the source host's own network namespace, beside the one
                     that the trace is made in */
    bool has_time;
    int64_t at_ns;        /* controller's clock */
    uint32_t evidence[2]; /* ids, 0 unused */
};

struct detail
{
    char name[24];
    char text[JUDGEMENT_TEXT_SIZE]; /* as a number if is_number */
    bool is_number;
    int64_t number;
};

struct finding
{
    enum cause cause;
    enum role role;
    enum stage stage;
    enum packet packet;
    enum confidence confidence;
    char namespace_name[64];
    char summary[JUDGEMENT_TEXT_SIZE];
    struct detail details[JUDGEMENT_MAX_DETAILS];
    size_t detail_count;
    uint32_t evidence[JUDGEMENT_MAX_EVIDENCE];
    size_t evidence_count;
};

struct fix
{
    enum role role;
    struct command_line command; /* whole */
    char explanation[JUDGEMENT_TEXT_SIZE];
    char lasts[24]; /* until-reload, -restart, -reboot; permanent */
};

struct rejection
{
    enum cause cause;
    char because[JUDGEMENT_TEXT_SIZE];
    uint32_t evidence;
};

/* What nobody observed, and what might have told of another cause. */
struct unobserved
{
    enum cause cause; /* CAUSE_UNDETERMINED: of several */
    char what[128];
};

struct judged_attempt
{
    unsigned n;
    bool has_end;
    enum outcome outcome;
    int error; /* connect()'s, 0: none, or unknown */
    uint16_t local_port;
    uint32_t isn;
    int64_t connect_us; /* -1: unknown */
};

struct judgement
{
    enum outcome outcome;
    struct finding verdict;
    struct finding obstacles[JUDGEMENT_MAX_OBSTACLES];
    size_t obstacle_count;
    struct fix fixes[JUDGEMENT_MAX_FIXES];
    size_t fix_count;
    struct rejection rejected[JUDGEMENT_MAX_REJECTED];
    size_t rejected_count;
    struct unobserved missing[JUDGEMENT_MAX_MISSING];
    size_t missing_count;
    struct checkpoint checkpoints[JUDGEMENT_MAX_CHECKPOINTS];
    size_t checkpoint_count;
    struct judged_attempt attempts[ORDER_MAX_ATTEMPTS];
    size_t attempt_count;

    /* For the case: may the probing end now? */
    bool settled;
    /* The packet vanished between the hosts: walk from this end (ROLE_SOURCE
     * the SYN, ROLE_DESTINATION the SYN-ACK); ROLE_COUNT: nowhere. */
    enum role walk_from;
    /* When the first SYN left the source, controller's clock; 0 if none. */
    int64_t origin_ns;
};

/* Judges.  Evidence times must be on the controller's clock already (see
 * case.c); ids must be set.  out is large: keep it off the stack. */
void verdict_judge(const struct subject *subject, const struct evidence *items,
                   size_t count, struct judgement *out);

#endif
