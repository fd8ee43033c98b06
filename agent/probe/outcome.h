/* What the end of a connect() means. */
#ifndef PROBE_OUTCOME_H
#define PROBE_OUTCOME_H

#include "common/trace/words.h"

/* From the error number (0: connected) to what an application sees. */
enum outcome outcome_of_errno(int number);

#endif
