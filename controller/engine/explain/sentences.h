/* The parts of explain.c: for each cause a function that says it and one that
 * finds its fixes, in a file for each group of causes.  causes.h tells which is
 * whose, and declares them; here is what they share. */
#ifndef VERDICT_EXPLAIN_PARTS_H
#define VERDICT_EXPLAIN_PARTS_H

#include "controller/engine/explain/explain.h"
#include "controller/engine/facts/losses.h"

struct words /* of one explanation, ready to print */
{
    char host[HOST_NAME_SIZE];
    char source[HOST_NAME_SIZE];
    char destination[HOST_NAME_SIZE];
    char source_address[ADDRESS_TEXT_SIZE];
    char destination_address[ADDRESS_TEXT_SIZE];
    const char *packet;
};

/* Sentences for what the cause alone does not tell. */
sentence_fn sentence_outside, sentence_bound_away, sentence_redirected_here,
    sentence_connected, sentence_not_listening, sentence_inside,
    sentence_onward_rejected;

/* Is the row about what the SYN was passed on to (sentence_inside)? */
bool explain_is_inside_there(const struct row *row);

/* Removes the policy rule that chose the route, if one did. */
void fix_by_rule_del(const struct evidence *route, enum role role,
                     struct judgement *out);

/* What took the handshake so long, added to what is said of it: a packet that
 * was lost and sent again, or a slow way. */
sentence_fn explain_delay;

/* Adds to a finding of an answer that the destination never sent whose it may be:
 * which hop's by its TTL, or on a common link which link address it bears. */
void explain_answerer(const struct case_file *file, const struct words *words,
                      const struct evidence *answer, struct finding *finding);

/* Adds to a finding of losses that come and go what they follow: the source port,
 * a rate, the beginning of each flow, or nothing. */
void explain_pattern(const struct view *view, struct finding *finding);

/* explain/routing/ecn.c: each SYN that asks for ECN was lost on the way, and one
 * without came: the finding's cause and words become those, if that is likely.
 * opened: attempts that did so late, and after how long at most.  False: as it
 * was. */
bool explain_ecn_losses(const struct view *view, unsigned opened,
                        int64_t longest_us, struct finding *finding);

/* Adds to a finding of a SYN that was lost on the way that it may be of its ECN:
 * one without it may pass, and was not tried, or did not leave. */
sentence_fn explain_ecn_suspect;

/* Adds to what is said of a loss that it may be of the SYN's ECN. */
void explain_ecn_loss(const struct case_file *file, const struct loss *loss,
                      const struct words *words, struct finding *finding);

/* Adds to a finding of a forged reset that only SYNs with ECN meet it. */
void explain_ecn_reset(const struct case_file *file, const struct words *words,
                       struct finding *finding);

/* Which way of several it is, where they follow the source port. */
void explain_legs(const struct view *view, struct finding *finding);

/* Where the lost answer went to an address that NAT at the source made up, the
 * sentence goes on to say so. */
sentence_fn explain_translation;

/* Likewise, where it bears the address of a container, which nothing translated. */
sentence_fn explain_untranslated;

/* Adds that the name that was called may be what is wrong, where that is so. */
sentence_fn explain_name;

/* What was translated on the way of a connection that opened; says nothing where
 * nothing was. */
void explain_translated(const struct case_file *file, struct finding *finding);

struct way /* the dropped packet's own addresses, as its host sees them */
{
    struct address from;
    struct address to;
    const char *port_word; /* which of its ports is the traced one */
    unsigned port;
    unsigned family;
};

struct way way_of(const struct case_file *file, const struct finding *finding);

/* Puts the rule (EVIDENCE_RULE or _RULE_COUNTER) into the details, and into
 * text as "table inet fw, chain input > deep, rule ...". */
void finding_name_rule(const struct view *view, const struct evidence *rule,
                       struct finding *finding, char *text, size_t size);

/* The rule's text, or in its place why that is not known. */
void finding_rule_words(const struct view *view, const struct evidence *rule,
                        char words[static EVIDENCE_TEXT_SIZE]);

/* The file with the rule that is to be mended for its decider: where none was
 * seen to do it, the one that would, by the rules as they stand; NULL if none is
 * known. */
struct case_file explain_with_rule(const struct case_file *file,
                                   const struct finding *finding);

/* Says what a firewall does (the verb) of which no rule was seen. */
void explain_unseen_rule(const struct case_file *file,
                         const struct words *words, const char *verb,
                         struct finding *finding);

/* The commands that let this connection past that rule. */
void fix_rule(const struct case_file *file, const struct finding *finding,
              const struct evidence *rule, struct judgement *out);

/* The command that takes this connection past the rule that translates it.  What
 * a front end allows, it translates all the same: its own commands mend nothing. */
void fix_past_translation(const struct case_file *file,
                          const struct finding *finding, struct judgement *out);

/* routing/led.c: says which of the destination's own rules led the SYN to the
 * socket that a finding is about, and takes the connection out of that rule.  The
 * latter where what was called is served, so that this alone mends it; false: no
 * command was added. */
void explain_led(const struct case_file *file, const struct words *words,
                 struct finding *finding);
bool fix_led(const struct case_file *file, const struct finding *finding,
             struct judgement *out);
void fix_led_socket(const struct case_file *file, const struct finding *finding,
                    struct judgement *out); /* for those of sockets alone */

/* firewall/ebtables.c: is it one of its rules, and the beginning of the command
 * that accepts a TCP packet, or an ARP one, before it. */
bool fix_is_of_ebtables(const struct evidence *rule);
void fix_start_ebtables_tcp(struct command_line *line,
                            const struct evidence *rule, const struct way *way);
void fix_start_ebtables_arp(struct command_line *line,
                            const struct evidence *rule);

/* routing/questions.c: which rule stops, or may stop, the finding's host's
 * question for that link address, or the answer, as the end of a sentence (empty:
 * none is known); and what lets it through. */
void explain_question_rule(const struct view *view, const struct address *asked,
                           struct finding *finding, char *text, size_t size);
void fix_question_rule(const struct view *view, enum role role,
                       const struct address *asked, struct judgement *out);
/* Is a rule known that stops one of them, or may? */
bool explain_has_question_rule(const struct view *view, enum role role,
                               const struct address *asked);
/* Did that host's capture, which stands before its rules, see an answer? */
bool explain_was_answered(const struct view *view, enum role role,
                          const struct address *asked);

/* routing/taken_for_neighbour.c: the route that takes the other host of this
 * trace for a neighbour, though no address of its own makes that network one.
 * NULL: none is known. */
const struct evidence *explain_misled_route(const struct case_file *file,
                                            const struct finding *finding);
void explain_misled(const struct evidence *route, const struct words *words,
                    struct finding *finding);
void fix_misled(const struct case_file *file, const struct finding *finding,
                const struct evidence *route, struct judgement *out);
void fix_by_route_del(const struct evidence *route, enum role role,
                      struct judgement *out);

/* A route to this address alone, by that one's way. */
void fix_by_host_route(const struct evidence *other, enum role role,
                       const struct address *peer, const char *explanation,
                       struct judgement *out);

/* The beginning of a command that puts a rule before that one. */
void fix_start_in_nft(struct command_line *line, const struct evidence *rule);
void fix_start_in_iptables(struct command_line *line,
                           const struct evidence *rule);

/* firewall/sets.c: takes the entry of the rule's set that the packet is out of
 * it, if it is known. */
void fix_set(const struct evidence *rule, const struct finding *finding,
             struct judgement *out);

/* firewall/tracking.c: what a rule that accepts an answer must ask for, so that
 * its sender, who may call from the same port, can begin no connection. */
enum answer_limit
{
    LIMIT_NONE,        /* it is no answer */
    LIMIT_ESTABLISHED, /* tracking took it for the SYN's answer */
    LIMIT_ACK,         /* it bears an ACK, which no first packet does */
};

enum answer_limit answer_limit(const struct case_file *file,
                               const struct finding *finding);
void fix_limit_in_iptables(struct command_line *line, enum answer_limit limit);
void fix_limit_in_nft(struct command_line *line, enum answer_limit limit);

/* Why connection tracking makes a rule drop the packet, if it does: added to
 * what is said of the rule. */
void explain_tracking(const struct case_file *file, struct finding *finding);

/* What is said of a container's answer, which is routed before its address is put
 * back; false where the route is no such one. */
bool explain_passed_on(const struct evidence *route, const struct words *words,
                       const char *chooser, struct finding *finding);

/* What the destination passed on is answered by the table that its own answers
 * take, if that is another one and leads back. */
void fix_rule_from(const struct case_file *file, const struct finding *finding,
                   struct judgement *out);

/* routing/absent.c: each is false, and does nothing, where that is not what is
 * missing; true when all was said, or offered. */
bool explain_not_looked_up(const struct case_file *file,
                           const struct words *words, struct finding *finding);
bool fix_not_looked_up(const struct case_file *file, enum role role,
                       struct judgement *out);
bool explain_unruled(const struct evidence *route, const struct words *words,
                     const char *target, struct finding *finding);
bool fix_unruled(const struct evidence *route, enum role role,
                 struct judgement *out);

/* The interface that the deciding evidence names, else "?". */
const char *explain_interface(const struct case_file *file);

/* Add to a finding: a detail (an absent text adds none), the summary. */
void finding_add_text(struct finding *finding, const char *name,
                      const char *text);
void finding_add_number(struct finding *finding, const char *name,
                        int64_t number);
void finding_say(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* More of the summary; likewise, behind what joins it. */
void finding_say_more(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_append(struct finding *finding, const char *joint,
                    const char *text);

/* Who has the port without listening on it, by "tcp" or "udp"; NULL: nobody is
 * known to. */
const struct evidence *listener_taken(const struct view *view,
                                      const char *protocol);

/* Adds to a finding of a port without a listener which container should have it;
 * starts one that was stopped. */
void explain_containers(const struct view *view, struct finding *finding);
void fix_container(const struct view *view, const struct finding *finding,
                   struct judgement *out);

/* The rule that translated this attempt's SYN, if it was seen. */
const struct evidence *explain_translating_rule(const struct view *view);

/* What a unit (EVIDENCE_UNIT) is doing, as a part of a sentence. */
#define UNIT_EXITED 1 /* of KEY_EXIT_CODE: CLD_EXITED */
void unit_describe(const struct evidence *unit, char *text, size_t size);
/* Can it be stopped without harm to what is not asked about, by this name? */
bool unit_may_be_stopped(const char *unit);
void unit_add_details(struct finding *finding, const struct evidence *unit);

/* For how long an attempt's connection lay in the listener's queue; of several
 * the longest. */
int64_t explain_unaccepted_ms(const struct view *view);

/* "12 s", "3 min", "5 days" */
void age_print(int64_t seconds, char *text, size_t size);

/* Adds what is known of a listener and its process; who it is, as text. */
void listener_describe(struct finding *finding, const struct evidence *listener,
                       char *text, size_t size);

/* "nginx (pid 7)", or what is known of it. */
void process_name(const struct evidence *evidence, char *text, size_t size);

/* Adds a fix; `lasts` is the contract's word for how long it does, `opens` tells
 * who gets through by it that did not before (opens.h says it).  False when the
 * command is not whole, or there are enough: then nothing is added. */
bool fix_add(struct judgement *out, enum role role, enum fix_opens opens,
             const char *lasts, const char *explanation,
             const struct command_line *command);

/* Does its host lack a program of the command's?  Then program is the first. */
#define PROGRAM_NAME_SIZE 32
bool fix_lacks_program(const struct view *view, const struct fix *fix,
                       char program[static PROGRAM_NAME_SIZE]);

/* Is what is mended at this end for the finding's sake in a network namespace
 * that is entered, and not the host's own? */
bool explain_is_inside(const struct view *view, const struct finding *finding,
                       enum role role);

/* Words for a rule's table: "inet fw". */
void fix_name_nft_table(struct command_line *line, const struct evidence *rule);

/* Begins a command of iptables(8). */
void fix_start_iptables(struct command_line *line, bool v6, bool legacy);

/* Begins a command of ip(8) for this address's family. */
void fix_start_ip(struct command_line *line, const struct address *address);

#endif
