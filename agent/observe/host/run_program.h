/* Runs one of a few fixed programs of the system (nft, iptables-save) and takes
 * what it prints: fixed arguments, no environment, nothing on its standard
 * input, no other descriptor of ours, a time limit and a cap.  It ends when the
 * thread that started it does, by kill -9 too. */
#ifndef OBSERVE_PROGRAM_H
#define OBSERVE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct program;

#define PROGRAM_TIMEOUT_MS 300
#define PROGRAM_MAX_OUTPUT (1024 * 1024)

/* Enough for all rules of a host. */
#define PROGRAM_RULES_TIMEOUT_MS 1500
#define PROGRAM_RULES_MAX_OUTPUT (8 * 1024 * 1024)

/* Starts it.  arguments[0] is its name without a folder and is looked for in
 * the system's administration folders only; the list ends with NULL.  -ENOENT
 * when it is not installed.  On success *out is the caller's to free. */
int program_start(const char *const *arguments, struct program **out,
                  struct err *err);

/* Is there a program of that name in these folders? */
bool program_is_installed(const char *name);

/* Lets it take more than it may as a rule: for listings of all rules, of which
 * some hosts have tens of thousands.  To be called before anything is read. */
void program_allow(struct program *program, unsigned timeout_ms,
                   size_t max_output);

/* What it prints can be read here; for watching only. */
int program_fd(const struct program *program);

/* Takes what it has printed so far, without waiting.  True when it has ended,
 * printed too much, or is out of time: program_finish() will not wait. */
bool program_poll(struct program *program);

/* Waits for its end and gives its output, ended by a NUL that is not counted,
 * to the caller to free.  -ETIMEDOUT, -EFBIG, or -EIO when it failed. */
int program_finish(struct program *program, char **output, size_t *size,
                   struct err *err);

/* Ends it, and what it started, if it still runs.  NULL is fine. */
void program_free(struct program *program);

#endif
