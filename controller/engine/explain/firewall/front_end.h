/* Whose rule it is that stops a packet: firewalld's, ufw's, Docker's, one of
 * fail2ban's, or the owner's own; how it is named, and the command with which
 * that program itself lets the packet in. */
#ifndef VERDICT_FRONT_END_H
#define VERDICT_FRONT_END_H

#include "common/trace/front_end.h"
#include "controller/engine/explain/sentences.h"

struct front_end_owner
{
    enum front_end who;
    const struct evidence *state;   /* what it says of itself, or NULL */
    struct front_end_zone zone;     /* firewalld's; an empty name: not known */
    const struct evidence *chosen;  /* the step that chose it, or NULL */
    char jail[FRONT_END_NAME_SIZE]; /* fail2ban's; empty: not known */
    bool by_default; /* not a rule for this packet, but what is left to all */
};

/* Tells whose this rule is. */
void front_end_find(const struct view *view, const struct evidence *rule,
                    struct front_end_owner *out);

/* What follows "ufw-" or "ufw6-" in the name of the rule's chain, or "". */
const char *front_end_ufw_part(const struct evidence *rule);

/* Do its saved settings allow what is stopped only by default? */
bool front_end_is_configured(const struct front_end_owner *owner);

/* Do its saved settings let some reach the port, and others not?  Then nobody
 * is told to open it to all. */
bool front_end_is_restricted(const struct front_end_owner *owner);

/* Is it firewalld's own reverse path filter?  A rule, where the kernel has a
 * sysctl only for IPv4. */
bool front_end_is_path_filter(const struct evidence *rule);

/* "ufw's chain", or "chain" where the rule is the owner's; ufw also becomes a
 * detail, accepted_by. */
const char *front_end_accepts(const struct view *view,
                              const struct evidence *accept,
                              struct finding *finding);

/* Of the deciding rule: adds the details, and writes the subject of the sentence "... drops the SYN"
 * into buffer: "hostB's firewall", or the front end by its name. */
void front_end_name(const struct case_file *file, const struct words *words,
                    struct finding *finding, char *buffer, size_t size);

/* Appends the front end's own commands.  False when it has none for this rule,
 * or would not answer: then the plain rule is the fix. */
bool front_end_fix(const struct case_file *file, const struct finding *finding,
                   struct judgement *out);

/* What to say of an accept put before a rule that is a front end's, or none's.
 */
const char *front_end_warning(const struct view *view,
                              const struct evidence *rule);

#endif
