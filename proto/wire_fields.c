#include <errno.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "proto/text.h"
#include "proto/wire.h"

/* One field on its way: the plain side, the wire's side, its description. */
struct crossing
{
    struct arena *arena;
    const struct field *field;
    const ProtobufCFieldDescriptor *wire;
};

static bool is_required(const struct crossing *crossing)
{
    return crossing->wire->label == PROTOBUF_C_LABEL_REQUIRED;
}

static bool trace_id_is_valid(const char *id)
{
    size_t size = strspn(id, "0123456789"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz");

    return size == TRACE_ID_SIZE - 1 && id[size] == '\0';
}

static bool text_is_valid(const struct crossing *crossing, const char *text)
{
    switch (crossing->field->form) {
    case FIELD_LINES: return text_is_clean(text, true);
    case FIELD_LABEL:
        return text_is_clean(text, false) &&
               (*text != '\0' || !is_required(crossing));
    case FIELD_HOST:
        return host_name_is_valid(text) ||
               (*text == '\0' && !is_required(crossing));
    case FIELD_TRACE_ID: return trace_id_is_valid(text);
    default: return false;
    }
}

static bool number_is_valid(const struct field *field, uint32_t number)
{
    if (field->form == FIELD_FAMILY)
        return number == 0 || number == 4 || number == 6;
    return number >= field->least && number <= field->most;
}

static bool address_is_valid(const struct field *field,
                             const struct address *address)
{
    if (address->family != 4 && address->family != 6)
        return false;
    return field->most == 0 || address->family == field->most;
}

/* An integer of the plain struct, by its size. */
static uint32_t load_uint(const void *from, size_t size)
{
    uint16_t two;
    uint32_t four;

    if (size == 1)
        return *(const uint8_t *)from;
    memcpy(&two, from, sizeof(two));
    if (size == 2)
        return two;
    memcpy(&four, from, sizeof(four));
    return four;
}

static void store_uint(void *to, size_t size, uint32_t number)
{
    uint8_t one = (uint8_t)number;
    uint16_t two = (uint16_t)number;

    if (size == 1)
        memcpy(to, &one, 1);
    else if (size == 2)
        memcpy(to, &two, 2);
    else
        memcpy(to, &number, 4);
}

static int64_t load_int(const void *from, size_t size)
{
    int32_t four;
    int64_t eight;

    if (size == sizeof(four)) {
        memcpy(&four, from, sizeof(four));
        return four;
    }
    memcpy(&eight, from, sizeof(eight));
    return eight;
}

/* The wire's types: 8 octets for sint64, else 4 (booleans are ints). */
static void put_number(const struct crossing *crossing, int64_t number,
                       void *to)
{
    uint32_t four = (uint32_t)number;

    if (crossing->wire->type == PROTOBUF_C_TYPE_SINT64)
        memcpy(to, &number, sizeof(number));
    else
        memcpy(to, &four, sizeof(four));
}

/* Marks an optional field that is no pointer as present. */
static void set_present(const struct crossing *crossing, ProtobufCMessage *out)
{
    protobuf_c_boolean yes = 1;

    if (!is_required(crossing))
        memcpy((char *)out + crossing->wire->quantifier_offset, &yes,
               sizeof(yes));
}

static bool is_present(const struct crossing *crossing,
                       const ProtobufCMessage *in)
{
    const char *quantifier =
        (const char *)in + crossing->wire->quantifier_offset;
    protobuf_c_boolean has;

    if (crossing->wire->label != PROTOBUF_C_LABEL_OPTIONAL)
        return true;
    if (crossing->wire->type == PROTOBUF_C_TYPE_STRING) {
        const char *text;

        memcpy(&text, (const char *)in + crossing->wire->offset, sizeof(text));
        return text != NULL;
    }
    memcpy(&has, quantifier, sizeof(has));
    return has != 0;
}

static int write_text(const struct crossing *crossing, const char *from,
                      ProtobufCMessage *out)
{
    size_t size = strnlen(from, crossing->field->size);
    char *copy;

    if (size == crossing->field->size)
        return -EINVAL;
    if (size == 0 && !is_required(crossing))
        return 0;
    copy = arena_alloc(crossing->arena, size + 1);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, from, size);
    if (crossing->field->form == FIELD_LINES)
        text_clean(copy, true);
    if (!text_is_valid(crossing, copy))
        return -EINVAL;
    memcpy((char *)out + crossing->wire->offset, &copy, sizeof(copy));
    return 0;
}

static int write_uint(const struct crossing *crossing, const void *from,
                      ProtobufCMessage *out)
{
    uint32_t number = load_uint(from, crossing->field->size);

    if (crossing->field->form == FIELD_BOOL)
        number = number != 0;
    else if (!number_is_valid(crossing->field, number))
        return -EINVAL;
    if (number == 0 && !is_required(crossing))
        return 0;
    put_number(crossing, number, (char *)out + crossing->wire->offset);
    set_present(crossing, out);
    return 0;
}

static int make_bytes(struct arena *arena, const void *data, size_t size,
                      ProtobufCBinaryData *out)
{
    out->data = arena_alloc(arena, size);
    if (out->data == NULL)
        return -ENOMEM;
    if (size > 0) /* no bytes may be at no address */
        memcpy(out->data, data, size);
    out->len = size;
    return 0;
}

static int write_address(const struct crossing *crossing, const void *from,
                         ProtobufCMessage *out)
{
    const struct address *address = from;
    void *to = (char *)out + crossing->wire->offset;
    ProtobufCBinaryData bytes = {0};
    char *text;

    if (!address_is_set(address))
        return 0;
    if (!address_is_valid(crossing->field, address))
        return -EINVAL;
    if (crossing->wire->type == PROTOBUF_C_TYPE_STRING) {
        text = arena_alloc(crossing->arena, ADDRESS_TEXT_SIZE);
        if (text == NULL)
            return -ENOMEM;
        address_print(address, text);
        memcpy(to, &text, sizeof(text));
        return 0;
    }
    if (make_bytes(crossing->arena, address->bytes, address_size(address),
                   &bytes) < 0)
        return -ENOMEM;
    memcpy(to, &bytes, sizeof(bytes));
    set_present(crossing, out);
    return 0;
}

static int write_addresses(struct arena *arena,
                           const struct message_inventory *inventory,
                           Probe__Inventory *out)
{
    if (inventory->count > MESSAGE_MAX_ADDRESSES)
        return -EINVAL;
    out->address = arena_alloc(arena, inventory->count * sizeof(*out->address));
    if (out->address == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < inventory->count; i++) {
        const struct address *address = &inventory->addresses[i];

        if (!address_is_set(address))
            return -EINVAL;
        if (make_bytes(arena, address->bytes, address_size(address),
                       &out->address[i]) < 0)
            return -ENOMEM;
    }
    out->n_address = inventory->count;
    return 0;
}

static int write_piece(struct arena *arena,
                       const struct message_document *document,
                       Probe__Document *out)
{
    if (document->size > MESSAGE_MAX_PIECE)
        return -EINVAL;
    return make_bytes(arena, document->piece, document->size, &out->piece);
}

static int write_field(const struct crossing *crossing,
                       const struct message *message, ProtobufCMessage *out)
{
    const struct field *field = crossing->field;
    const void *from = (const char *)message + field->offset;

    switch ((enum field_form)field->form) {
    case FIELD_LABEL:
    case FIELD_LINES:
    case FIELD_HOST:
    case FIELD_TRACE_ID: return write_text(crossing, from, out);
    case FIELD_UINT:
    case FIELD_FAMILY:
    case FIELD_BOOL: return write_uint(crossing, from, out);
    case FIELD_INT:
        put_number(crossing, load_int(from, field->size),
                   (char *)out + crossing->wire->offset);
        return 0;
    case FIELD_ADDRESS: return write_address(crossing, from, out);
    case FIELD_ADDRESSES:
        return write_addresses(crossing->arena, &message->inventory,
                               (Probe__Inventory *)out);
    case FIELD_PIECE:
        return write_piece(crossing->arena, &message->document,
                           (Probe__Document *)out);
    case FIELD_EVIDENCE:
        return wire_write_evidence(crossing->arena, &message->evidence,
                                   (Probe__EvidenceBatch *)out);
    }
    return -EINVAL;
}

int wire_write(struct arena *arena, const struct message *message,
               ProtobufCMessage *out)
{
    for (size_t i = 0; i < fields_count; i++) {
        struct crossing crossing = {arena, &fields[i], NULL};
        int status;

        if (fields[i].kind != message->kind)
            continue;
        crossing.wire = protobuf_c_message_descriptor_get_field(out->descriptor,
                                                                fields[i].id);
        status = write_field(&crossing, message, out);
        if (status < 0)
            return status;
    }
    return 0;
}

static int read_text(const struct crossing *crossing, const char *text,
                     char *to)
{
    size_t size = strlen(text);

    if (size >= crossing->field->size || !text_is_valid(crossing, text))
        return -EBADMSG;
    memcpy(to, text, size + 1);
    return 0;
}

static int read_uint(const struct crossing *crossing, const void *from,
                     void *to)
{
    uint32_t number;

    memcpy(&number, from, sizeof(number));
    if (crossing->field->form == FIELD_BOOL)
        number = number != 0;
    else if (!number_is_valid(crossing->field, number))
        return -EBADMSG;
    store_uint(to, crossing->field->size, number);
    return 0;
}

static int read_address(const struct crossing *crossing, const char *from,
                        void *to)
{
    struct address *address = to;
    ProtobufCBinaryData bytes;
    const char *text;

    if (crossing->wire->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(&text, from, sizeof(text));
        if (address_parse(text, address) < 0)
            return -EBADMSG;
    } else {
        memcpy(&bytes, from, sizeof(bytes));
        *address = address_from_bytes(bytes.data, bytes.len);
    }
    return address_is_valid(crossing->field, address) ? 0 : -EBADMSG;
}

static int read_addresses(const Probe__Inventory *in,
                          struct message_inventory *inventory)
{
    if (in->n_address > MESSAGE_MAX_ADDRESSES)
        return -EBADMSG;
    for (size_t i = 0; i < in->n_address; i++) {
        inventory->addresses[i] =
            address_from_bytes(in->address[i].data, in->address[i].len);
        if (!address_is_set(&inventory->addresses[i]))
            return -EBADMSG;
    }
    inventory->count = in->n_address;
    return 0;
}

static int read_piece(const Probe__Document *in,
                      struct message_document *document)
{
    if (in->piece.len > MESSAGE_MAX_PIECE)
        return -EBADMSG;
    document->piece = in->piece.data;
    document->size = in->piece.len;
    return 0;
}

static int read_field(const struct crossing *crossing,
                      const ProtobufCMessage *in, struct message *message,
                      struct err *err)
{
    const struct field *field = crossing->field;
    const char *from = (const char *)in + crossing->wire->offset;
    char *to = (char *)message + field->offset;
    const char *text;

    switch ((enum field_form)field->form) {
    case FIELD_LABEL:
    case FIELD_LINES:
    case FIELD_HOST:
    case FIELD_TRACE_ID:
        memcpy(&text, from, sizeof(text));
        return read_text(crossing, text, to);
    case FIELD_UINT:
    case FIELD_FAMILY:
    case FIELD_BOOL: return read_uint(crossing, from, to);
    case FIELD_INT: /* as wide on the wire as in the struct */
        memcpy(to, from, field->size);
        return 0;
    case FIELD_ADDRESS: return read_address(crossing, from, to);
    case FIELD_ADDRESSES:
        return read_addresses((const Probe__Inventory *)in,
                              &message->inventory);
    case FIELD_PIECE:
        return read_piece((const Probe__Document *)in, &message->document);
    case FIELD_EVIDENCE:
        return wire_read_evidence(crossing->arena,
                                  (const Probe__EvidenceBatch *)in,
                                  &message->evidence, err);
    }
    return -EBADMSG;
}

int wire_read(struct arena *arena, const ProtobufCMessage *in,
              struct message *message, struct err *err)
{
    for (size_t i = 0; i < fields_count; i++) {
        struct crossing crossing = {arena, &fields[i], NULL};

        if (fields[i].kind != message->kind)
            continue;
        crossing.wire = protobuf_c_message_descriptor_get_field(in->descriptor,
                                                                fields[i].id);
        if (is_present(&crossing, in) &&
            read_field(&crossing, in, message, err) < 0)
            return err_set(err, -EBADMSG, "its field %s is not acceptable",
                           crossing.wire->name);
    }
    if (message->kind == MESSAGE_TRACE_REQUEST &&
        message->trace_request.protocol == 0)
        message->trace_request.protocol = 6;
    return 0;
}
