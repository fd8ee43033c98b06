/* What a command that a report offers may be: every form there is, written down
 * once more, apart from the code that builds them. */
#ifndef TESTS_COMMAND_GRAMMAR_H
#define TESTS_COMMAND_GRAMMAR_H

#include <stdbool.h>

#include "controller/engine/judgement.h"

/* Compiles the forms; before all else. */
void command_grammar_init(void);
void command_grammar_fini(void);

/* Is this command, taken apart as a shell does it, made of the words of one of
 * the forms, in every part?  The only operator between parts is "&&".  And does
 * `opens`, which the fix says of itself, tell at least of those whom each part
 * lets in? */
bool command_grammar_allows(const char *command, enum fix_opens opens);

/* Could one of its parts cut off the agent, or who came from another network by
 * the default gateway?  A bit each. */
enum command_cuts
{
    CUTS_NOBODY = 0,
    CUTS_ASKED = 1, /* the lifeline is asked (lifeline.h) */
    CUTS_SAID = 2,  /* no evidence would tell, and the fix says it */
    CUTS_ASKED_SAID = 3,
};

enum command_cuts command_grammar_cuts(const char *command);

/* A form that no command was of so far, but for the rare ones; NULL: none. */
const char *command_grammar_unseen(void);

#endif
