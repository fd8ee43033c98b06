/* Puts a finding into words, with the details a person asks for next, and finds
 * the command that mends it. */
#ifndef VERDICT_EXPLAIN_H
#define VERDICT_EXPLAIN_H

#include "controller/engine/judge.h"
#include "controller/engine/judgement.h"

struct case_file /* all that there is to say about one attempt */
{
    const struct view *view;
    const struct known *known;
    const struct row *row;
    const struct attempt_view *attempt;
    const struct evidence *decider; /* may be NULL */
    enum cause cause;
    struct place place;
};

/* The file of attempt n about that row. */
struct case_file explain_open(const struct view *view,
                              const struct opinion *opinion, unsigned n,
                              const struct row *row);

/* Fills place, summary, details and evidence of the row's finding. */
void explain_finding(const struct case_file *file, enum confidence confidence,
                     struct finding *out);

/* Some attempts failed by this rule, the others connected: says how many, how
 * many of the others only when a packet was sent again, and what decides where
 * the rule has a limit. */
void finding_note_share(const struct case_file *file, unsigned failed,
                        unsigned attempts, unsigned resent,
                        struct finding *finding);

/* Appends the fixes for a finding of this file, but those that would take from
 * the host what it needs (lifeline.h): the finding says which and why. */
void explain_fixes(const struct case_file *file, struct finding *finding,
                   struct judgement *out);

/* May the route be removed?  Never a default route, for that is how the host is
 * reached at all (one that rejects reaches nobody), and none of the kernel's own
 * table of local addresses. */
bool explain_may_go(const struct evidence *route);

/* "192.0.2.0/24": a route's prefix, or an address with the length of its net's.
 * Returns text. */
#define PREFIX_TEXT_SIZE (ADDRESS_TEXT_SIZE + 8)
const char *prefix_print(const struct evidence *item,
                         char text[static PREFIX_TEXT_SIZE]);

/* Which attempts failed, from 1, while others connected. */
struct shares
{
    bool failed[ORDER_MAX_ATTEMPTS + 1];
    unsigned failed_count;
    unsigned connected_count;
    const struct opinion *opinions; /* of each attempt */
};

/* Fills packet, summary, details and evidence of a finding of losses that come
 * and go: how many, of which packet, and whether they follow the source port.
 * Returns what decided where one host's firewall took all that were lost, or
 * NULL. */
const struct evidence *explain_intermittent(const struct view *view,
                                            const struct shares *shares,
                                            struct finding *finding);

/* The host's name at that end, or its address where no agent is. */
const char *explain_host(const struct view *view, enum role role,
                         char buffer[static HOST_NAME_SIZE]);

/* The network namespace that the trace is made in at that end: "host", or what
 * it was asked for as. */
const char *explain_namespace(const struct view *view, enum role role);

/* The finding's detail of that name: its text, NULL if it has none; its number,
 * 0 if it has none. */
const char *finding_text(const struct finding *finding, const char *name);
int64_t finding_number(const struct finding *finding, const char *name);

/* Adds a piece of evidence to a finding, once. */
void finding_cite(struct finding *finding, const struct evidence *evidence);

/* What became of a SYN that the destination handed on, and that nothing explains:
 * which rule sent it on and whither, or whose guest was called. */
void explain_handed_on(const struct view *view, const struct known *known,
                       struct finding *finding);

/* Names the agents that hold an address which the finding tells, or one that its
 * packet may have gone to in place of the right host. */
void explain_holders(const struct view *view, struct finding *finding);

#endif
