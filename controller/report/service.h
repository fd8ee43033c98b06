/* The report's member "service": what should hold the port, and what does. */
#ifndef REPORT_SERVICE_H
#define REPORT_SERVICE_H

#include <jansson.h>

struct report;

/* A new reference, or NULL when none was asked for and no unit was told of. */
json_t *service_write(const struct report *report);

#endif
