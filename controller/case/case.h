/* One trace as a state machine.
 *
 * Pure: no loop, no clock, no I/O.  Events go in with the time they happened
 * at; actions come out, for traces.c to carry out.  What it must know of the
 * world it asks through struct case_world.  Times are nanoseconds of the
 * controller's monotonic clock.
 *
 * Judging takes long and is done elsewhere: CASE_JUDGE goes out, CASE_JUDGED
 * comes in, one at a time.  The case decides when the answer is there; evidence
 * that came meanwhile is judged in the next round. */
#ifndef CONTROLLER_CASE_H
#define CONTROLLER_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"
#include "controller/case/evidence_list.h"
#include "controller/case/offset.h"
#include "controller/engine/verdict.h"
#include "proto/message.h"

#define CASE_DEFAULT_TIMEOUT_MS 10000u
#define CASE_MIN_TIMEOUT_MS     500u
#define CASE_RESOLVE_AGENT_MS   2000 /* there is another source for these */
#define CASE_RESOLVE_TYPO_MS    1000 /* a name that is nearly an agent's */
#define CASE_ATTEMPTS           3
#define CASE_SPACING_MS         100u
#define CASE_ARM_MS             2000 /* how long the destination may take */
#define CASE_SILENT_MS          3000 /* a source that says nothing at all */
#define CASE_MUTE_MS            2500 /* one that says nothing more while it works */
#define CASE_REFUSAL_MS         100  /* for one to be heard of at the source */
#define CASE_WAIT_MS            200  /* for packets after the last attempt */
#define CASE_AGAIN_MS           1060 /* by then the kernel has sent it again */
#define CASE_AGAIN_WAIT_MS      100  /* for packets after that, */
#define CASE_AGAIN_APART_MS     500  /* which is at least so much later */
#define CASE_WALK_MS            1000
#define CASE_TRIALS_MS          400  /* for all to be sent */
#define CASE_VANTAGE_MS         900  /* for the vantage point to arm and walk */
#define CASE_LINGER_MS          3400 /* neighbour resolution gives up at 3 s */
#define CASE_SLOW_MS            3100 /* SILENCE_LONG_NS, and then some */
#define CASE_COLLECT_MS         2000 /* without hearing of any end */
#define CASE_RESERVE_MS         300  /* of the timeout, for collecting */
#define CASE_MAX_LOST           8
#define CASE_MAX_HOLDERS        4  /* of one address, that are named */
#define CASE_MAX_LOOKED_UP      64 /* addresses of the evidence */
#define CASE_MAX_AWAY           8  /* of them among agents that are away */
#define CASE_MAX_LINKS          16 /* link addresses of the evidence */
#define CASE_LINK_SIZE          24
#define CASE_MAX_TTL            30
#define CASE_MAX_EVIDENCE       VERDICT_MAX_EVIDENCE
#define CASE_MAX_EVIDENCE_OF    4000 /* one end's share of it */
#define CASE_MAX_ACTIONS        16
#define CASE_MAX_LEGS           8    /* addresses of a name that are tried */
#define CASE_LEG_MS             1500 /* kept for each address after this one */
#define CASE_LEG_MIN_MS         100  /* with less none is begun */

/* A host as the registry or the store knows it. */
struct case_host
{
    char name[HOST_NAME_SIZE];
    bool is_connected;
    char last_seen[32];     /* for people, when not connected */
    struct address control; /* where its control connection comes from */
    struct address rival;   /* another host has its identity; else not set */
    /* Its primary addresses are those that it is traced by: see pick_address. */
    struct message_inventory inventory;
    struct address lost[CASE_MAX_LOST]; /* that it held a while ago */
};

/* An agent that holds an address, or held it. */
struct case_holder
{
    char name[HOST_NAME_SIZE];
    int64_t lost_ns; /* CLOCK_MONOTONIC; 0: it holds it */
    char seen[32];   /* its agent is away, and was there last; else empty */
};

struct case_world
{
    void *owner;
    /* An agent of this name, in whatever case, connected or not; false if there
     * never was.  out->name is its own spelling. */
    bool (*find_host)(void *owner, const char *name, struct case_host *out);
    /* The connected agent that owns the address; `asking` only if no other
     * does. */
    bool (*find_owner)(void *owner, const struct address *address,
                       const char *asking, char name[static HOST_NAME_SIZE]);
    /* The connected agent nearest to the address, but for those two. */
    bool (*find_near)(void *owner, const struct address *address,
                      const char *const but[static 2],
                      char name[static HOST_NAME_SIZE]);
    /* The connected agents that hold the address, or held it while they were
     * connected; returns how many. */
    size_t (*find_holders)(void *owner, const struct address *address,
                           struct case_holder out[CASE_MAX_HOLDERS]);
    /* Does a connected agent hold an address of this one's network? */
    bool (*knows_network)(void *owner, const struct address *address);
    /* An agent that is away, and held the address when it was last there. */
    bool (*find_away)(void *owner, const struct address *address,
                      struct case_holder *out);
    /* The connected agent that has this link address, if one alone does. */
    bool (*find_link)(void *owner, const char *link,
                      char name[static HOST_NAME_SIZE]);
    /* The known names, for an error, those like `name` first.  True if one is so
     * like it that it was probably meant. */
    bool (*list_hosts)(void *owner, const char *name, char *text, size_t size);
    struct offset_estimate (*offset)(void *owner, const char *name,
                                     int64_t now_ns);
};

enum case_phase
{
    CASE_NEW,
    CASE_RESOLVING,
    CASE_ARMING,
    CASE_PROBING,
    CASE_WAITING,   /* for packets that may still be on their way */
    CASE_RESENDING, /* until the kernel has sent again what was not answered,
                       and that too may have come; the path is walked meanwhile */
    CASE_LINGERING, /* for the kernel's own error, or on a slow way */
    CASE_COLLECTING,
    CASE_CLOSING, /* for the last judgement */
    CASE_DONE,
};

/* One end of the trace: the worker on a host. */
struct case_end
{
    char name[HOST_NAME_SIZE]; /* empty: no agent here */
    char trace_id[TRACE_ID_SIZE];
    bool is_ordered;
    bool is_armed, is_resolved, has_probed, has_walked, has_tried;
    bool is_disarmed;
    bool has_ended; /* its worker is gone, or its agent */
    bool is_refused;
    bool has_clock;
    struct offset_estimate clock;
    char trouble[MESSAGE_TEXT_SIZE]; /* why it refused or ended */
    int64_t
        heard_ns; /* it last said something, or was told to begin; 0: never */
    bool is_mute; /* it fell silent where it had more to say */
    size_t evidence_count;
    size_t incomplete; /* pieces that the codec left out */
    bool is_cut;       /* it sent more than its share */
};

/* A packet of the handshake, and the way that it went. */
enum case_packet
{
    CASE_SYN,
    CASE_SYN_ACK,
    CASE_ACK,
    CASE_RST, /* of the destination */
    CASE_PACKET_COUNT,
};

struct case_journey /* 0: not seen */
{
    int64_t left_ns;  /* when it first left, */
    int64_t again_ns; /* when it was first sent again, */
    int64_t came_ns;  /* and when it first arrived */
};

struct case_attempt
{
    bool is_made;
    bool has_ended;
    bool has_connected;
    int64_t at_ns;
    struct address source, destination;
    uint16_t source_port, destination_port;
    struct case_journey journeys[CASE_PACKET_COUNT];
};

/* The walk along one of the attempts, which is over by then: nobody may take
 * the walk's packets for the attempt's, nor its listener, nor a filter. */
enum case_walk_state
{
    CASE_WALK_DUE,
    CASE_WALK_RELEASING, /* its attempt is to end first */
    CASE_WALK_UNDERWAY,
    CASE_WALK_OVER,
};

struct case_walk
{
    enum case_walk_state state;
    bool is_due; /* of the other one: a judgement said so */
    enum role from;
    unsigned attempt;
    int64_t until_ns;
    int64_t hop_ns; /* how long the slowest hop took to answer */
};

/* Trials: what differs from the attempts' SYN in one respect each, beside the
 * walk, so that what gets through tells what does not. */
struct case_trials
{
    bool is_planned;
    bool is_begun;
    bool is_over;
    enum role from;
    int64_t until_ns;
    bool is_walking, is_ended; /* the vantage point was told to walk, to end */
    int64_t vantage_until_ns;  /* 0: there is none */
};

/* How far the subject was when a judgement was asked for. */
struct case_question
{
    bool probing_over, wait_over, collected;
    size_t evidence_count;
};

struct trace_case
{
    struct case_world world;
    struct message_trace_request request;
    struct subject subject;
    enum case_phase phase;
    struct case_end source, destination;
    struct case_end vantage; /* beside them, once the SYN is known to vanish */
    int64_t start_ns, force_ns, end_ns; /* begun, collect by, answer by */
    int64_t whole_end_ns;               /* the last leg's */
    int64_t until_ns;                   /* the phase's own end, 0: none */
    /* As the source's resolver gives them, each once; those beyond the limit
     * are counted only. */
    struct address resolved[CASE_MAX_LEGS];
    unsigned resolved_count;
    unsigned leg;        /* which of them this case is about, from 0 */
    struct address told; /* by the agent of that name, if it resolves to none */
    char resolve_error[256];
    struct case_attempt attempts[ORDER_MAX_ATTEMPTS + 1]; /* from 1 */
    unsigned last_attempt;                                /* 0: none yet */
    unsigned said_attempt; /* the operator knows of it */
    struct case_walk walk;
    struct case_walk other_walk; /* where packets vanish on both ways */
    struct case_trials trials;
    /* Addresses of the evidence whose holders were looked up. */
    struct address looked_up[CASE_MAX_LOOKED_UP];
    unsigned looked_up_count;
    unsigned away_count;
    char links[CASE_MAX_LINKS][CASE_LINK_SIZE]; /* that were looked up */
    unsigned link_count;
    size_t named_count; /* pieces of evidence that were looked through */
    bool has_news;      /* evidence that was not looked at yet */
    struct evidence_list evidence;
    struct judgement judgement;  /* the last */
    struct case_question asked;  /* what it answers, or will answer */
    bool is_judging;             /* the answer is still to come */
    bool has_answer;             /* it came with the step that is running */
    struct case_action *actions; /* of the step that is running */
    size_t *action_count;
};

enum case_event_kind
{
    CASE_START,
    CASE_EVIDENCE,      /* role, items, count, incomplete; looked at by the
                           next tick */
    CASE_ENDED,         /* role, status, text: the worker is gone */
    CASE_LOST,          /* role, text: the agent's connection broke */
    CASE_JUDGED,        /* judgement: the answer to CASE_JUDGE */
    CASE_OPERATOR_GONE, /* nobody waits for the answer */
    CASE_TICK,          /* the time asked for by case_wake_ns() has come */
};

struct case_event
{
    enum case_event_kind kind;
    int64_t now_ns;
    enum role role; /* ROLE_SOURCE or ROLE_DESTINATION */
    const struct evidence *items;
    size_t count;
    size_t incomplete; /* pieces that were left out: see message_evidence */
    int status;
    const char *text;
    const struct judgement *judgement;
};

enum case_action_kind
{
    CASE_JUDGE,         /* judge subject and evidence as they are now */
    CASE_SEND_ORDER,    /* role, order */
    CASE_SEND_COMMAND,  /* role, command */
    CASE_ASK_INVENTORY, /* text: the agent's name */
    CASE_SAY,           /* text: progress for the operator */
    CASE_REFUSE,        /* status, text: no report; the case is over */
    CASE_FINISH,        /* judgement and evidence are final; it is over */
};

struct case_action
{
    enum case_action_kind kind;
    enum role role;
    uint32_t status;
    char text[MESSAGE_TEXT_SIZE];
    struct order order;
    struct command command;
};

/* Begins a case for a request that the codec has accepted; nothing happens
 * before CASE_START.  trace_ids: the source's, which is the trace's, and the
 * destination's; they differ so that one host can be both.  isn_base: random,
 * its bits below ORDER_ISN_MASK 1 to 15. */
void case_init(struct trace_case *trace, const struct case_world *world,
               const struct message_trace_request *request,
               const char *const trace_ids[2], uint32_t isn_base);
void case_fini(struct trace_case *trace);

/* Takes one event in and gives up to CASE_MAX_ACTIONS actions out.  Once all is
 * collected only the last judgement counts: what else comes is too late, and
 * the operator's leaving loses no report that is nearly there. */
void case_step(struct trace_case *trace, const struct case_event *event,
               struct case_action *actions, size_t *count);

/* When a CASE_TICK is due; INT64_MIN for at once, after all batches that are
 * there have been taken in: judging costs more the more evidence there is.
 * INT64_MAX when the case is over. */
int64_t case_wake_ns(const struct trace_case *trace);

/* After CASE_FINISH: an application would go on to the name's next address, for
 * this one did not let it in.  False also when there is none, or no time for
 * it; then a limit says so. */
bool case_goes_on(struct trace_case *trace, int64_t now_ns);

/* Like case_init(), for the address after the one that `before` is about; what
 * is left of its time is this one's.  -ENOMEM. */
int case_init_next(struct trace_case *trace, const struct trace_case *before,
                   const char *const trace_ids[2], uint32_t isn_base);

/* Adds a sentence to the report's limits; also after CASE_FINISH. */
void case_add_limit(struct trace_case *trace, int64_t now_ns,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
