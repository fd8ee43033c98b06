/* One valid message of every kind, each optional field set. */
#ifndef TESTS_PROTO_SAMPLES_H
#define TESTS_PROTO_SAMPLES_H

#include "proto/message.h"

#define SAMPLE_TRACE_ID "01JD0000000000000000000042"

/* Fills message; evidence and documents point to static memory. */
void sample_message(enum message_kind kind, struct message *message);

/* A piece of evidence with a value of each type. */
void sample_evidence(struct evidence *evidence);

#endif
