/* Takes a command apart as a POSIX shell would, for tests: what is a word, what
 * is an operator, and what the shell would put in the place of something. */
#ifndef TESTS_SHELL_WORDS_H
#define TESTS_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define SHELL_MAX_TOKENS 96
#define SHELL_WORD_SIZE  1100

struct shell_token
{
    bool is_operator;
    bool is_expanded;           /* $, `, *, ?, [ or ~ outside single quotes */
    char text[SHELL_WORD_SIZE]; /* without its quotes */
};

struct shell_words
{
    struct shell_token tokens[SHELL_MAX_TOKENS];
    size_t count;
    bool is_broken; /* a quote is not closed, or there is too much */
};

void shell_take_apart(const char *command, struct shell_words *out);

#endif
