#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn.h"
#include "proto/wire.h"

#define MEMORY_PER_FRAME (512u * 1024)

#define KIND_TEXT(name, text) text,

static const char *const message_names[] = {MESSAGE_KINDS(KIND_TEXT)};
const struct word_list message_words = {message_names, MESSAGE_KIND_COUNT};

_Static_assert(MESSAGE_GO_AWAY + 1 == PROBE__ENVELOPE__BODY_GO_AWAY,
               "kinds stand in the order of the envelope's fields");

static void *allocate(void *data, size_t size)
{
    return arena_alloc(data, size);
}

/* The arena goes as a whole. */
static void release(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

static const ProtobufCFieldDescriptor *body_field(enum message_kind kind)
{
    return protobuf_c_message_descriptor_get_field(&probe__envelope__descriptor,
                                                   (unsigned)kind + 1);
}

static ProtobufCMessage *new_body(struct arena *arena, enum message_kind kind,
                                  Probe__Envelope *envelope)
{
    const ProtobufCFieldDescriptor *field = body_field(kind);
    const ProtobufCMessageDescriptor *type = field->descriptor;
    ProtobufCMessage *body = arena_alloc(arena, type->sizeof_message);

    if (body == NULL)
        return NULL;
    protobuf_c_message_init(type, body);
    envelope->body_case = (Probe__Envelope__BodyCase)(kind + 1);
    memcpy((char *)envelope + field->offset, &body, sizeof(body));
    return body;
}

int message_encode(const struct message *message, uint8_t **bytes, size_t *size)
{
    CLEAN(arena_fini) struct arena arena = {.budget = MEMORY_PER_FRAME};
    Probe__Envelope envelope = PROBE__ENVELOPE__INIT;
    ProtobufCMessage *body;
    uint8_t *packed;
    size_t length;
    int status;

    if (message->kind >= MESSAGE_KIND_COUNT)
        return -EINVAL;
    body = new_body(&arena, message->kind, &envelope);
    status = body == NULL ? -ENOMEM : wire_write(&arena, message, body);
    if (status < 0)
        return status;
    length = probe__envelope__get_packed_size(&envelope);
    if (length > CONN_MAX_FRAME)
        return -EMSGSIZE;
    packed = malloc(length);
    if (packed == NULL)
        return -ENOMEM;
    *size = probe__envelope__pack(&envelope, packed);
    *bytes = packed;
    return 0;
}

static int read_body(struct arena *arena, const Probe__Envelope *envelope,
                     struct message *out, struct err *err)
{
    const ProtobufCMessage *body;
    int status;

    if (envelope->body_case == PROBE__ENVELOPE__BODY__NOT_SET) {
        if (envelope->base.n_unknown_fields == 0)
            return err_set(err, -EBADMSG, "the message is empty");
        out->kind = MESSAGE_UNKNOWN;
        return 0;
    }
    out->kind = (enum message_kind)(envelope->body_case - 1);
    memcpy(&body, (const char *)envelope + body_field(out->kind)->offset,
           sizeof(body));
    status = wire_read(arena, body, out, err);
    if (status < 0)
        err_prefix(err, "message %s",
                   word_name(&message_words, (int)out->kind));
    return status;
}

int message_decode(const uint8_t *bytes, size_t size, struct message *out,
                   struct err *err)
{
    CLEAN(arena_fini) struct arena arena = {.budget = MEMORY_PER_FRAME};
    ProtobufCAllocator allocator = {allocate, release, &arena};
    Probe__Envelope *envelope;
    int status;

    memset(out, 0, sizeof(*out));
    if (size > CONN_MAX_FRAME)
        return err_set(err, -EBADMSG, "the message has %zu bytes: at most %u",
                       size, CONN_MAX_FRAME);
    envelope = probe__envelope__unpack(&allocator, size, bytes);
    if (envelope == NULL && arena.exhausted)
        return err_set(err, -EBADMSG,
                       "the message would need more than %u bytes of memory",
                       MEMORY_PER_FRAME);
    if (envelope == NULL)
        return err_set(err, -EBADMSG, "the message is malformed");
    status = read_body(&arena, envelope, out, err);
    if (status < 0) {
        memset(out, 0, sizeof(*out));
        return status;
    }
    if (out->kind == MESSAGE_EVIDENCE || out->kind == MESSAGE_DOCUMENT)
        out->storage = arena_take(&arena);
    return 0;
}

void message_fini(struct message *message)
{
    arena_free_chunks(TAKE_PTR(message->storage));
}
