/* Network namespaces for tests that need real packets: none of them leaves. */
#ifndef TESTS_AGENT_LAB_H
#define TESTS_AGENT_LAB_H

#include <stdint.h>

#include "common/base/clean.h"

/* A descriptor that is only kept open. */
#define KEEP_FD CLEAN_FD __attribute__((unused))

/* Enters a new, empty network namespace with lo up and returns a descriptor of
 * it; skips the test when that is not allowed. */
int lab_enter_new(void);

/* Enters one that was made before. */
void lab_enter(int namespace_fd);

/* Runs a shell command in the namespace entered; it must succeed. */
void lab_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A listening socket on any address of the family (4 or 6). */
int lab_listen(unsigned family, uint16_t port, int backlog);

#endif
