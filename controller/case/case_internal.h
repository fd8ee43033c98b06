/* What the files of the case share with one another, and with nobody else. */
#ifndef CONTROLLER_CASE_INTERNAL_H
#define CONTROLLER_CASE_INTERNAL_H

#include "controller/case/case.h"

/* case_actions.c: what a step lets out. */
struct case_action *case_add_action(struct trace_case *trace,
                                    enum case_action_kind kind);
struct command *case_add_command(struct trace_case *trace, enum role role,
                                 enum command_kind kind);
void case_say(struct trace_case *trace, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Ends the case without a report. */
void case_refuse(struct trace_case *trace, uint32_t status, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));
/* Tells the workers that are left to end. */
void case_abort_live(struct trace_case *trace);
/* A worker is there and may be told something. */
bool case_end_is_live(const struct case_end *end);
struct case_end *case_end_of(struct trace_case *trace, enum role role);

/* case_judging.c.  True in the step that brought the answer to how far the
 * subject is: decide by trace->judgement.  Otherwise it is asked for, and the
 * step is over. */
bool case_is_judged(struct trace_case *trace, int64_t now_ns);
void case_take_judgement(struct trace_case *trace,
                         const struct judgement *judgement);

/* case_setup.c: who is who, and the orders. */
void case_start(struct trace_case *trace, int64_t now_ns);
/* The subject's destination is set: both ends arm, side by side. */
void case_arm(struct trace_case *trace, int64_t now_ns);

/* case_names.c: "these are known: hostA, hostB", with a guess before it where
 * there is one. */
void case_list_known(const struct trace_case *trace, const char *name,
                     char *text, size_t size);
/* Until when the resolver may take, 0 as long as the trace. */
int64_t case_resolve_until(const struct trace_case *trace, int64_t now_ns);
/* The resolver has answered: arms, or leaves a note why not. */
void case_choose_resolved(struct trace_case *trace, int64_t now_ns);
/* It has not, and is no longer waited for: the same. */
void case_resolver_is_late(struct trace_case *trace, int64_t now_ns);

/* case_silence.c.  Has the source said anything?  When to take its silence for
 * one: 0 if it was heard of, or is away. */
bool case_has_begun(const struct case_end *source);
int64_t case_silent_ns(const struct trace_case *trace);
/* Refuses the trace of a source that has said nothing; or only if it had time
 * enough to.  Returns whether it did. */
bool case_refuse_silent(struct trace_case *trace, int64_t now_ns);
bool case_refuse_if_silent(struct trace_case *trace, int64_t now_ns);
/* When a source that has begun, and has more to say (it arms, or makes attempts,
 * each of which it tells), is taken for mute; 0 if nothing is expected of it. */
int64_t case_mute_ns(const struct trace_case *trace);

/* case_legs.c: how much of the time this leg may take, once it is known how
 * many there are. */
void case_share_time(struct trace_case *trace, int64_t now_ns);

/* case_evidence.c */
void case_add_evidence(struct trace_case *trace, enum role role,
                       const struct evidence *items, size_t count,
                       int64_t now_ns);
/* Takes a piece of our own in; a role is set in it. */
void case_add_own(struct trace_case *trace, const struct evidence *item);
void case_add_lost(struct trace_case *trace, enum role role, int64_t now_ns,
                   const char *why);
/* Did the destination send a reset or an ICMP error? */
bool case_has_refusal(const struct trace_case *trace);

/* case_holders.c: adds which agents hold an address of the evidence that came
 * since it was called last, or held it: each address is looked up once, and so
 * many of a trace.  Not told is what everybody knows: that an end of the trace
 * holds its own address. */
void case_name_holders(struct trace_case *trace, int64_t now_ns);

/* The one connected agent beside the source that held the address until lately,
 * where nobody holds it now: into `name`.  False if there is none. */
bool case_find_former(const struct trace_case *trace,
                      const struct address *address, int64_t now_ns,
                      char name[static HOST_NAME_SIZE]);

/* case_waiting.c: for how long to wait, by the times that this path itself was
 * seen to need. */
void case_notice_packet(struct trace_case *trace, enum role role,
                        const struct evidence *packet);
/* At least that long; longer for a slow path, or a slow way to the agents. */
int64_t case_patience_ns(const struct trace_case *trace, int64_t least_ns);
/* When all that was sent had its time to arrive. */
int64_t case_arrival_ns(const struct trace_case *trace, int64_t now_ns);
/* Likewise, with what the kernel sends again. */
int64_t case_again_ns(const struct trace_case *trace, int64_t now_ns);
/* Attempts that were made, have not ended and still may. */
unsigned case_pending(const struct trace_case *trace);
/* Until when to watch on although all that was sent had the usual time: for the
 * kernel's late error, or, where the trace has more time than usual, for what a
 * slow way brings.  0: nothing is worth it. */
int64_t case_linger_ns(const struct trace_case *trace, int64_t now_ns);

/* case_walk.c.  Begins one, if the judgement asks for it and an attempt is over
 * or may be ended for it: may_end.  True if it is under way then. */
bool case_begin_walk(struct trace_case *trace, int64_t now_ns, bool may_end);
/* May an attempt be ended for it while another one goes on? */
bool case_has_spare(const struct trace_case *trace);
/* Moves it on; true while it is under way. */
bool case_walk_goes_on(struct trace_case *trace, int64_t now_ns);
/* When to look after those under way again. */
int64_t case_walk_until_ns(const struct trace_case *trace);
/* Where the answer to attempt n goes, as its SYN came in: the command's
 * addresses and ports. */
void case_fill_answer(const struct trace_case *trace, unsigned n,
                      struct command *command);
/* The port that the SYN bore when it came to the destination, which a translation
 * on the way may have changed; the called one if none is known to have come. */
uint16_t case_arrived_port(const struct trace_case *trace);

/* case_trials.c.  There will be some, if the last judgement says that packets
 * vanish between the hosts. */
void case_plan_trials(struct trace_case *trace);
/* It has done what it is for: its worker is told to end. */
void case_end_vantage(struct trace_case *trace);
/* Moves the walk and the trials on; until when they last, 0 if they are over. */
int64_t case_sent_ns(struct trace_case *trace, int64_t now_ns);

#endif
