/* Who is traced in the engine's tests, where nothing else is said. */
#ifndef TESTS_ENGINE_TWO_HOSTS_H
#define TESTS_ENGINE_TWO_HOSTS_H

#include "controller/engine/subject.h"
#include "tests/unit/engine/written_evidence.h"

/* hostA calls hostB, by the addresses and the port of written evidence, three
 * times; nothing is over yet. */
struct subject two_hosts_subject(void);

#endif
