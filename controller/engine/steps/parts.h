/* The parts of steps.c: a function for each answer. */
#ifndef ENGINE_STEPS_PARTS_H
#define ENGINE_STEPS_PARTS_H

#include "controller/engine/steps/steps.h"

struct step_file /* all that there is to say about one attempt */
{
    const struct view *view;
    const struct known *known;
    const struct attempt_view *attempt;
    unsigned n;
    const struct judgement *judgement;
    const char *source;               /* hosts, as people name them */
    char destination[HOST_NAME_SIZE]; /* or the address, without an agent */
};

typedef void step_fn(const struct step_file *file, struct step *step);

step_fn step_self_test, step_listener, step_firewall, step_source,
    step_captures;

/* Sets state and text. */
void step_say(struct step *step, enum step_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds to the text. */
void step_add(struct step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a piece of evidence, once; NULL: nothing. */
void step_cite(struct step *step, const struct evidence *evidence);

/* Unknown, for the reason why nobody at the destination could tell, or else for
 * this one. */
void step_not_known(const struct step_file *file, struct step *step,
                    const char *otherwise);

/* Is it the verdict that this trace connected, as it should? */
bool step_is_connected(const struct step_file *file);

/* Is the verdict's cause, or the further problem's, what that answer is
 * about? */
bool step_is_about(const struct step_file *file, enum step_kind kind);

/* The first obstacle on the destination that the answer is about, or NULL. */
const struct finding *step_obstacle(const struct step_file *file,
                                    enum step_kind kind);

#endif
