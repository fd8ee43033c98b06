/* What the engine says of a trace. */
#ifndef ENGINE_JUDGEMENT_H
#define ENGINE_JUDGEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/order.h"
#include "common/trace/words.h"
#include "controller/engine/causes/causes.h"
#include "controller/engine/explain/command/command_line.h"

#define JUDGEMENT_TEXT_SIZE       512
#define JUDGEMENT_MAX_EVIDENCE    16
#define JUDGEMENT_MAX_CHECKPOINTS 40
#define JUDGEMENT_MAX_OBSTACLES   8
#define JUDGEMENT_MAX_FIXES       4
#define JUDGEMENT_MAX_REJECTED    12
#define JUDGEMENT_MAX_DETAILS     20
#define JUDGEMENT_MAX_MISSING     4
#define JUDGEMENT_MAX_CHANGES     24
#define STEP_MAX_EVIDENCE         12

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
    int64_t doubt_ns;     /* against the source's clock; -1: not known */
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

/* Who gets through when a fix was typed that did not before. */
enum fix_opens
{
    OPENS_NOTHING,    /* it opens no filter, and no port */
    OPENS_CONNECTION, /* this source, to this service */
    OPENS_OTHERS,     /* some others beside it */
    OPENS_EVERYONE,
    OPENS_COUNT,
};

struct fix
{
    enum role role;
    enum fix_opens opens;
    struct command_line command; /* whole */
    char explanation[JUDGEMENT_TEXT_SIZE];
    char lasts[24]; /* until-reload, -restart, -reboot; permanent */
};

/* Who is to do what no command of ours does. */
enum advice_audience
{
    ADVICE_HOST,
    ADVICE_SERVICE,
    ADVICE_NETWORK,
    ADVICE_CLOUD,
    ADVICE_AUDIENCE_COUNT,
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

/* What somebody who mends it by hand would look at, in the order in which he
 * would (steps/steps.h). */
enum step_kind
{
    STEP_SELF_TEST, /* does the destination answer itself? */
    STEP_LISTENER,  /* who listens there, and how long is the queue? */
    STEP_FIREWALL,  /* what decided of the host's rules? */
    STEP_SOURCE,    /* what became of the source's attempts? */
    STEP_CAPTURES,  /* which packets did both captures see? */
    STEP_COUNT,
};

enum step_state
{
    STEP_UNKNOWN,
    STEP_OK,
    STEP_BAD,
};

struct step
{
    enum step_state state;
    char text[JUDGEMENT_TEXT_SIZE];
    uint32_t evidence[STEP_MAX_EVIDENCE];
    size_t evidence_count;
};

/* What somebody changed of a packet after its sender had made it. */
enum flight_field
{
    FLIGHT_SOURCE_ADDRESS,
    FLIGHT_SOURCE_PORT,
    FLIGHT_DESTINATION_ADDRESS,
    FLIGHT_DESTINATION_PORT,
    FLIGHT_SEQUENCE,
    FLIGHT_TTL,
    FLIGHT_DSCP,
    FLIGHT_IP_ECN, /* of the IP header */
    FLIGHT_ECN,    /* asked for, or agreed to, by TCP's flags */
    FLIGHT_MSS,
    FLIGHT_WINDOW_SCALE,
    FLIGHT_SACK,       /* permitted */
    FLIGHT_TIMESTAMPS, /* the option is there */
    FLIGHT_FIELD_COUNT,
};

struct flight_value
{
    bool is_there; /* an option may be left out */
    struct address address;
    int64_t number; /* of all others; flags: 0 or 1 */
};

struct flight_change
{
    enum packet packet;
    enum role at; /* that host itself changed it, or somebody between them */
    enum flight_field field;
    struct flight_value sent;
    struct flight_value received;
    uint32_t evidence[2];
};

/* Of one packet's sendings, with what was sent again, those that did not come;
 * the share's interval of 95 %. */
struct loss_share
{
    enum packet packet;
    bool there_and_back; /* or its answer did not */
    unsigned sent;
    unsigned lost;
    double low, high;
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
    int64_t outcome_ms; /* an error that comes so late; 0: at once, or none */
    struct finding verdict;
    struct finding obstacles[JUDGEMENT_MAX_OBSTACLES];
    size_t obstacle_count;
    /* For each of them what mends it; an empty command: nothing that can be
     * typed is known yet. */
    struct fix obstacle_fixes[JUDGEMENT_MAX_OBSTACLES];
    struct fix fixes[JUDGEMENT_MAX_FIXES];
    size_t fix_count;
    char advice[JUDGEMENT_TEXT_SIZE]; /* empty: a fix is there, or no need */
    enum advice_audience advice_audience;
    struct rejection rejected[JUDGEMENT_MAX_REJECTED];
    size_t rejected_count;
    struct unobserved missing[JUDGEMENT_MAX_MISSING];
    size_t missing_count;
    struct checkpoint checkpoints[JUDGEMENT_MAX_CHECKPOINTS];
    size_t checkpoint_count;
    struct flight_change changes[JUDGEMENT_MAX_CHANGES];
    size_t change_count;
    struct loss_share losses[2]; /* of SYN and SYN-ACK */
    size_t loss_count;
    struct step steps[STEP_COUNT];
    struct judged_attempt attempts[ORDER_MAX_ATTEMPTS];
    size_t attempt_count;

    /* For the case: may the probing end now? */
    bool settled;
    /* The packet vanished between the hosts: walk from this end (ROLE_SOURCE
     * the SYN, ROLE_DESTINATION the SYN-ACK); ROLE_COUNT: nowhere. */
    enum role walk_from;
    /* Of another attempt the other packet did: walk from both ends. */
    bool walk_both;
    /* It rests on silence, and packets of a slow way may come yet. */
    bool may_be_late;
    /* No router is between the source and the destination. */
    bool is_on_link;
    /* When the first SYN left the source, controller's clock; 0 if none. */
    int64_t origin_ns;
};

#endif
