/* What to do where no command mends a cause. */
#ifndef REPORT_ADVICE_H
#define REPORT_ADVICE_H

#include "controller/engine/causes/causes.h"

/* One sentence, or NULL if there is nothing to advise. */
const char *advice_for(enum cause cause);

#endif
