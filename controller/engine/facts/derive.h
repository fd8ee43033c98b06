/* The parts of facts.c, by where the evidence comes from.  Each derives what it
 * can and leaves the rest unknown. */
#ifndef VERDICT_FACTS_PARTS_H
#define VERDICT_FACTS_PARTS_H

#include "controller/engine/facts/facts.h"

/* Records a yes or a no and the evidence that shows it (may be NULL). */
void facts_say(struct known *known, fact_ref fact, bool yes,
               const struct evidence *because);

/* Records a yes that rests on less than a proof, unless a better one is there. */
void facts_suspect(struct known *known, fact_ref fact,
                   const struct evidence *because);

/* Takes an answer back. */
void facts_forget(struct known *known, fact_ref fact);

/* Would a packet of this attempt have been captured there, had it come by?
 * Only if the capture was at work before the attempt, told after it that it
 * works and lost nothing, and the wait was long enough. */
bool facts_was_watching(const struct view *view, enum role role,
                        const struct attempt_view *attempt);

/* Does the record with which a capture closes say that it missed nothing? */
bool facts_lost_nothing(const struct evidence *after);

/* Was that end asked for all that it had seen, and never told it? */
bool facts_fell_silent(const struct view *view, enum role role);

/* Was all of that end at work before the attempt? */
bool facts_was_armed(const struct view *view, enum role role,
                     const struct attempt_view *attempt);

/* Were that end's counters read before the attempt and after it? */
bool facts_counters_read(const struct view *view, enum role role,
                         const struct attempt_view *attempt);

void facts_derive_answerer(struct known *known, const struct view *view);
void facts_derive_packets(struct known *known, const struct view *view,
                          const struct attempt_view *attempt);

/* Are source and destination the same host? */
bool facts_is_one_host(const struct view *view);

/* After the packets: what arrived after all goes in no circle. */
void facts_derive_loops(struct known *known, const struct view *view,
                        const struct attempt_view *attempt);
void facts_derive_icmp(struct known *known, const struct view *view,
                       const struct attempt_view *attempt);
void facts_derive_errors(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
/* What became of it once it was open. */
void facts_derive_closing(struct known *known, const struct view *view,
                          const struct attempt_view *attempt);
/* The first FIN or reset that the destination sent of its own, or NULL. */
const struct evidence *facts_own_closing(const struct attempt_view *attempt);
void facts_derive_routes(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
void facts_derive_answer_errors(struct known *known, const struct view *view,
                                const struct attempt_view *attempt);
void facts_derive_copies(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
void facts_derive_trials(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
void facts_derive_ways(struct known *known, const struct view *view,
                       const struct attempt_view *attempt);
void facts_derive_arrival_device(struct known *known, const struct view *view,
                                 const struct attempt_view *attempt);
void facts_derive_destination(struct known *known, const struct view *view);
/* After the routes and the rules. */
void facts_derive_names(struct known *known, const struct view *view,
                        const struct attempt_view *attempt);
/* Does the SYN end at the called address itself: the source's own, or one on its
 * link that nobody answers for? */
bool facts_ends_at_address(const struct known *known);
/* After the rules, which say as well what was handed on. */
void facts_derive_passed_on(struct known *known, const struct view *view,
                            const struct attempt_view *attempt);

/* The questions for that address that left that end, if none was answered and
 * all were counted; else NULL. */
const struct evidence *facts_asked_in_vain(const struct view *view,
                                           enum role role,
                                           const struct attempt_view *attempt,
                                           const struct address *address);
/* The drop event that counts: the earliest of this attempt's packets that is not
 * about a copy, and that some row is about; NULL: none. */
const struct evidence *facts_drop_event(const struct attempt_view *attempt);

/* Before what is told by the absence of a drop event. */
void facts_derive_watch(struct known *known, const struct view *view,
                        const struct attempt_view *attempt);
/* After the packets and the programs. */
void facts_derive_drops(struct known *known, const struct view *view,
                        const struct attempt_view *attempt);
void facts_derive_rules(struct known *known, const struct view *view,
                        const struct attempt_view *attempt);
void facts_derive_legacy(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
void facts_derive_source(struct known *known, const struct view *view,
                         const struct attempt_view *attempt);
void facts_derive_listeners(struct known *known, const struct view *view);
/* Did the question for an end's address come with the attempts' packets? */
void facts_derive_asked(struct known *known, const struct view *view);
void facts_derive_arrival(struct known *known, const struct view *view,
                          const struct attempt_view *attempt);
/* The attempt's own SYN as it came in at the destination under another sequence
 * number, or NULL.  What becomes of it there is not known by its number. */
const struct evidence *
facts_find_renumbered(const struct view *view,
                      const struct attempt_view *attempt);

void facts_derive_numbers(struct known *known, const struct view *view,
                          const struct attempt_view *attempt);
void facts_derive_tracking(struct known *known, const struct view *view,
                           const struct attempt_view *attempt);
void facts_derive_queues(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, unsigned n);

/* The listeners that take this SYN, as seen in that phase: one, or a group that
 * shares the port (SO_REUSEPORT).  Returns how many, at most size. */
size_t facts_takers(const struct view *view, enum phase phase,
                    const struct evidence **out, size_t size);
/* After all that derives what it may take back. */
void facts_derive_programs(struct known *known, const struct view *view,
                           const struct attempt_view *attempt);

void facts_derive_replies(struct known *known,
                          const struct attempt_view *attempt);
/* After the resets, the drop events, the queues and IPsec. */
void facts_derive_refusal(struct known *known);
void facts_derive_service(struct known *known, const struct view *view,
                          const struct attempt_view *attempt);

/* Is this listener one that takes the traced SYN? */
bool facts_listener_takes(const struct view *view,
                          const struct evidence *listener);

/* Were all the rules seen at work that nftables has there (of the source, those
 * of the host's own namespace too), and none lost?  And all of iptables-legacy,
 * of the destination's family? */
bool facts_traced_rules(const struct view *view, enum role role,
                        const struct attempt_view *attempt);
bool facts_listed_legacy(const struct view *view, enum role role,
                         const struct attempt_view *attempt);

/* That end's rule which gave the attempt's SYN another source address; NULL:
 * none was seen. */
const struct evidence *facts_hiding_rule(const struct view *view,
                                         enum role role,
                                         const struct attempt_view *attempt);

/* Does this rule (traced, or counted) send packets to another address or port? */
bool facts_rule_translates(const struct evidence *item);

/* Yes if the counter moved, no if it was read and stood still. */
void facts_derive_counter(struct known *known, const struct view *view,
                          const struct attempt_view *attempt, enum role role,
                          const char *name, fact_ref fact);

/* The last that was read of that device of the host's own, or NULL. */
const struct evidence *facts_latest_link(const struct view *view,
                                         enum role role, const char *name);

/* Likewise of the device that a packet or a drop was seen on. */
const struct evidence *facts_link_of(const struct view *view,
                                     const struct evidence *sight);
bool facts_link_is_down(const struct evidence *link);

#endif
