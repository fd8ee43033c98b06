/* The program that watches drops, loaded as the keeper does it, and what tests
 * of its observer need besides. */
#ifndef TESTS_DROPS_LAB_H
#define TESTS_DROPS_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/keeper/drops.h"
#include "tests/unit/agent/observe/fake_worker.h"

#define V4_HERE "192.0.2.2" /* see lab.h */
#define V4_FAR  "192.0.2.1"
#define V6_HERE "2001:db8::2"
#define V6_FAR  "2001:db8::1"

enum listener
{
    LISTENER_NONE,
    LISTENER_PLAIN,
    LISTENER_MD5,
    LISTENER_FILTER,
    LISTENER_MIN_TTL,
};

extern struct drops drops_lab;

/* cmocka's set-up and tear-down of all tests of a program. */
int drops_lab_load(void **state);
int drops_lab_unload(void **state);

/* Skips the test where there is none: not root, or not this kernel. */
void drops_lab_needs_program(void);

/* A worker with the observer of drops armed and nothing else, started as the
 * keeper starts it. */
struct fake_worker *drops_lab_watch(enum role role, const char *own,
                                    const char *peer, uint32_t slot);

/* Collects and disarms; nothing may be left. */
void drops_lab_end(struct fake_worker *fake);

/* A listener on the traced port, where the thread stands. */
int drops_lab_listen(enum listener kind, bool is_v6);

#endif
