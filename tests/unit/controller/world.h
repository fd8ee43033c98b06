/* A world for a case: scripted hosts and a scripted judge. */
#ifndef TESTS_CONTROLLER_WORLD_H
#define TESTS_CONTROLLER_WORLD_H

#include "controller/case/case.h"

#define WORLD_MAX_HOSTS 4
#define WORLD_MAX_STEPS 8

struct world
{
    struct case_host hosts[WORLD_MAX_HOSTS];
    size_t count;
    struct trace_case trace;
    struct case_action actions[WORLD_MAX_STEPS * CASE_MAX_ACTIONS];
    size_t action_count;
    int64_t now_ns;
    struct address moved;  /* which hostD held */
    int64_t moved_ago_s;   /* 0: 12 s ago */
    struct address away;   /* which hostE has, that is not connected */
    unsigned away_count;   /* of questions for such */
    unsigned link_count;   /* and for link addresses: hostF has ...:0f */
    unsigned lookup_count; /* of holders */
    bool knows_network;    /* an agent is in the destination's */
    bool has_near;         /* hostD is the nearest */
    bool is_judge_slow;    /* the answer waits for world_answer() */
};

/* What the judge answers next; and what it was last asked. */
extern struct judgement world_judgement;
extern struct subject world_asked;
extern unsigned world_judged; /* how often */

/* hostA at 192.0.2.10, hostB at 198.51.100.10 (control from .99), both there;
 * hostC known but away. */
void world_init(struct world *world);
void world_fini(struct world *world);

/* The same as cmocka's set-up and tear-down of one test: *state is the world. */
int world_up(void **state);
int world_down(void **state);

/* Begins a trace from hostA; the request may be changed by the caller. */
struct message_trace_request world_request(const char *destination);
void world_start(struct world *world,
                 const struct message_trace_request *request);

/* The same, up to the first attempt: both ends are armed. */
void world_start_armed(struct world *world,
                       const struct message_trace_request *request);

/* Begins a trace from hostA to that destination. */
void world_ask(struct world *world, const char *destination);

/* Begins one to hostB, up to the first attempt. */
void world_start_probing(struct world *world);

/* Three attempts begin, 100 ms apart. */
void world_attempts(struct world *world);

/* Both ends disarm: the case, which was collecting, is done. */
void world_disarm(struct world *world);

/* Begins the case of the name's next address in place of the one that is done. */
void world_next(struct world *world);

/* The slow judge's answer to what it was asked last. */
void world_answer(struct world *world);

/* Steps of the script; each leaves its actions, and those of the judge's
 * answers, in world->actions. */
void world_tick(struct world *world, int64_t later_ms);
void world_phase(struct world *world, enum role role, enum phase phase);
void world_evidence(struct world *world, enum role role,
                    const struct evidence *item);
void world_resolved(struct world *world, const char *address);
void world_attempt(struct world *world, unsigned n);
void world_attempt_end(struct world *world, unsigned n, enum outcome outcome);
void world_packet(struct world *world, enum role role, unsigned n,
                  enum packet packet, enum direction direction);
void world_ended(struct world *world, enum role role, int status,
                 const char *text);
void world_lost(struct world *world, enum role role);

/* The action of this kind (and role), NULL if there is none. */
const struct case_action *world_find(const struct world *world,
                                     enum case_action_kind kind);
const struct command *world_command(const struct world *world, enum role role,
                                    enum command_kind kind);
const struct order *world_order(const struct world *world, enum role role);

/* How many pieces of evidence of this kind and role are there. */
size_t world_count(const struct world *world, enum role role,
                   enum evidence_kind kind);
/* Is there a limit with these words in it? */
bool world_has_limit(const struct world *world, const char *words);

#endif
