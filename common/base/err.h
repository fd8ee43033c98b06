/* An error: a code for the program and one sentence for a person.  Libraries
 * fill it in; only programs' top levels print it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#define ERR_TEXT_SIZE 512

struct err
{
    int code;                 /* negative errno, 0 when unset */
    char text[ERR_TEXT_SIZE]; /* what was wrong, with what; then what to do */
};

/* Sets code and sentence and returns the code, so that a failing function ends
 * in `return err_set(err, -EINVAL, ...)`.  err may be NULL. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the sentence that is there.  err may be NULL, so there
 * is no code to return: the caller has it. */
void err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
