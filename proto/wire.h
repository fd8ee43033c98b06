/* Between the files of the codec; nobody else knows the generated names. */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "probe.pb-c.h"
#include "proto/arena.h"
#include "proto/fields.h"

struct err;

/* Fields of one message by the table in fields.c. */
int wire_write(struct arena *arena, const struct message *message,
               ProtobufCMessage *out);
int wire_read(struct arena *arena, const ProtobufCMessage *in,
              struct message *message, struct err *err);

/* The batch's list of evidence. */
int wire_write_evidence(struct arena *arena,
                        const struct message_evidence *batch,
                        Probe__EvidenceBatch *out);
int wire_read_evidence(struct arena *arena, const Probe__EvidenceBatch *in,
                       struct message_evidence *batch, struct err *err);

#endif
