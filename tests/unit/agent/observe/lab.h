/* Two network namespaces joined by a cable, for observers to look at:
 * far (192.0.2.1, 2001:db8::1 on va) and here (192.0.2.2, 2001:db8::2 on vb).
 * Only root can make them. */
#ifndef TESTS_OBSERVE_LAB_H
#define TESTS_OBSERVE_LAB_H

#include <stdbool.h>

#include "agent/observe/observer.h"
#include "tests/unit/agent/observe/fake_worker.h"

/* cmocka's set-up and tear-down of one test; *state is unused.  The thread
 * stands in "here" in between. */
int lab_up(void **state);
int lab_down(void **state);

/* Runs a shell command here, or there; fails the test if it fails. */
void lab_run(const char *command);
void lab_run_far(const char *command);

/* Waits here until the device can send. */
void lab_wait_up(const char *device);

/* Lets the thread stand in the other namespace, or here again. */
void lab_enter_far(void);
void lab_enter_here(void);

#endif
