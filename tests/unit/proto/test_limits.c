/* Each limit, on the way out and on the way in.  What our encoder would refuse
 * is written with the generated code itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "probe.pb-c.h"
#include "tests/unit/proto/samples.h"
#include "tests/unit/test.h"

static int decode_envelope(const Probe__Envelope *envelope,
                           struct message *message, struct err *err)
{
    size_t size = probe__envelope__get_packed_size(envelope);
    CLEAN_FREE uint8_t *bytes = malloc(size);

    assert_non_null(bytes);
    probe__envelope__pack(envelope, bytes);
    return message_decode(bytes, size, message, err);
}

static int encode_status(const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;

    return message_encode(message, &bytes, &size);
}

static void test_encoder_refuses_what_breaks_a_limit(void **state)
{
    struct message message;

    (void)state;
    sample_message(MESSAGE_ORDER, &message);
    memset(message.order.peer, 'a', sizeof(message.order.peer)); /* no NUL */
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_ORDER, &message);
    message.order.attempts = ORDER_MAX_ATTEMPTS + 1;
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_ORDER, &message);
    message.order.source.family = 5;
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_INVENTORY, &message);
    message.inventory.count = MESSAGE_MAX_ADDRESSES + 1;
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_EVIDENCE, &message);
    message.evidence.count = MESSAGE_MAX_EVIDENCE + 1;
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_DOCUMENT, &message);
    message.document.size = MESSAGE_MAX_PIECE + 1;
    assert_int_equal(encode_status(&message), -EINVAL);
    sample_message(MESSAGE_HELLO, &message);
    strcpy(message.hello.software, "a\nb");
    assert_int_equal(encode_status(&message), -EINVAL);
    message.kind = MESSAGE_UNKNOWN;
    assert_int_equal(encode_status(&message), -EINVAL);
}

/* A piece that carries all that its kind may, as large as it gets. */
static void fill(struct evidence *full, enum evidence_kind kind)
{
    char text[EVIDENCE_TEXT_SIZE];
    const struct word_list *words;
    struct address address;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(address_parse("2001:db8::1", &address), 0);
    evidence_init(full, kind, INT64_MIN);
    for (int i = 0; i < KEY_COUNT_OF_KEYS; i++) {
        enum evidence_key key = (enum evidence_key)i;

        if (!evidence_kind_carries(kind, key) || key == KEY_NAMESPACE)
            continue;
        words = evidence_text_words(kind, key);
        switch (evidence_keys[i].type) {
        case VALUE_NUMBER: evidence_set_number(full, key, INT64_MIN); break;
        case VALUE_WORD: evidence_set_word(full, key, 0); break;
        case VALUE_ADDRESS: evidence_set_address(full, key, &address); break;
        case VALUE_TEXT:
            evidence_set_text(full, key, words == NULL ? "" : words->names[0]);
            break;
        }
    }
    evidence_set_text(full, KEY_NAMESPACE, text); /* cut: the rest */
    assert_int_equal(full->text_size, EVIDENCE_TEXT_SIZE);
    assert_int_equal(evidence_check(full), 0);
}

/* The largest batch must fit a frame whatever it holds, and come through. */
static void test_fullest_batch_fits(void **state)
{
    struct message message, received;
    struct evidence full;
    uint8_t *bytes;
    size_t size;

    (void)state;
    sample_message(MESSAGE_EVIDENCE, &message);
    for (int kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        fill(&full, (enum evidence_kind)kind);
        for (size_t i = 0; i < message.evidence.count; i++)
            message.evidence.items[i] = full;
        assert_int_equal(message_encode(&message, &bytes, &size), 0);
        assert_int_equal(message_decode(bytes, size, &received, NULL), 0);
        assert_int_equal(received.evidence.count, message.evidence.count);
        assert_memory_equal(&received.evidence.items[0], &full,
                            evidence_size(&full));
        message_fini(&received);
        free(bytes);
    }
}

static void test_free_text_is_cleaned_on_the_way_out(void **state)
{
    struct message message, received;
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;

    (void)state;
    sample_message(MESSAGE_ERROR, &message);
    strcpy(message.error.text, "bad \x1b[31m \xff line\n");
    assert_int_equal(message_encode(&message, &bytes, &size), 0);
    assert_int_equal(message_decode(bytes, size, &received, NULL), 0);
    assert_string_equal(received.error.text, "bad ?[31m ? line\n");
}

static void test_texts_are_checked_on_the_way_in(void **state)
{
    static const char *const bad[] = {"",         "host A", "a\nb",
                                      "\xff\xfe", "-host",  "h\x1b[0m"};
    char text[HOST_NAME_SIZE + 1];
    Probe__Envelope envelope = PROBE__ENVELOPE__INIT;
    Probe__JoinRequest join = PROBE__JOIN_REQUEST__INIT;
    struct message message;
    struct err err = {0};

    (void)state;
    envelope.body_case = PROBE__ENVELOPE__BODY_JOIN_REQUEST;
    envelope.join_request = &join;
    join.token = (char[]){"pt1.A"};
    join.request = (char[]){"PEM"};
    join.name = text;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        strcpy(text, bad[i]);
        assert_int_equal(decode_envelope(&envelope, &message, &err), -EBADMSG);
        assert_string_equal(
            err.text, "message join-request: its field name is not acceptable");
    }
    memset(text, 'a', HOST_NAME_SIZE);
    text[HOST_NAME_SIZE] = '\0';
    assert_int_equal(decode_envelope(&envelope, &message, &err), -EBADMSG);
    text[HOST_NAME_SIZE - 1] = '\0';
    assert_int_equal(decode_envelope(&envelope, &message, &err), 0);
}

static void test_nul_in_a_text_ends_it(void **state)
{
    /* error {status 3, text "a\0b"}: protobuf-c keeps C strings */
    static const uint8_t bytes[] = {0x22, 0x07, 0x08, 0x03, 0x12,
                                    0x03, 'a',  0x00, 'b'};
    struct message message;

    (void)state;
    if (message_decode(bytes, sizeof(bytes), &message, NULL) == 0)
        assert_string_equal(message.error.text, "a");
}

static void test_numbers_are_checked_on_the_way_in(void **state)
{
    Probe__Envelope envelope = PROBE__ENVELOPE__INIT;
    Probe__TraceRequest request = PROBE__TRACE_REQUEST__INIT;
    struct message message;

    (void)state;
    envelope.body_case = PROBE__ENVELOPE__BODY_TRACE_REQUEST;
    envelope.trace_request = &request;
    request.source = (char[]){"hostA"};
    request.destination = (char[]){"hostB"};
    request.port = 65536;
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
    request.port = 0;
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
    request.port = 80;
    assert_int_equal(decode_envelope(&envelope, &message, NULL), 0);
    request.has_family = 1;
    request.family = 5;
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
    request.family = 6;
    request.from = (char[]){"not an address"};
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
    request.from = NULL;
    request.has_count = 1;
    request.count = ORDER_MAX_ATTEMPTS + 1;
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
}

static void test_addresses_are_4_or_16_octets(void **state)
{
    uint8_t octets[16] = {192, 0, 2, 1};
    ProtobufCBinaryData list[MESSAGE_MAX_ADDRESSES + 1];
    Probe__Envelope envelope = PROBE__ENVELOPE__INIT;
    Probe__Inventory inventory = PROBE__INVENTORY__INIT;
    struct message message;

    (void)state;
    envelope.body_case = PROBE__ENVELOPE__BODY_INVENTORY;
    envelope.inventory = &inventory;
    inventory.address = list;
    inventory.n_address = 1;
    for (size_t size = 0; size <= sizeof(octets); size++) {
        int expected = size == 4 || size == 16 ? 0 : -EBADMSG;

        list[0] = (ProtobufCBinaryData){size, octets};
        assert_int_equal(decode_envelope(&envelope, &message, NULL), expected);
    }
    inventory.has_primary4 = 1; /* an IPv6 address as the primary IPv4 one */
    inventory.primary4 = (ProtobufCBinaryData){16, octets};
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
    inventory.has_primary4 = 0;
    for (size_t i = 0; i < ARRAY_SIZE(list); i++)
        list[i] = (ProtobufCBinaryData){4, octets};
    inventory.n_address = ARRAY_SIZE(list);
    assert_int_equal(decode_envelope(&envelope, &message, NULL), -EBADMSG);
}

/* A batch of one piece of evidence with two values, to be changed by tests. */
struct batch
{
    Probe__Envelope envelope;
    Probe__EvidenceBatch batch;
    Probe__Evidence evidence;
    Probe__Value value[2];
    Probe__Evidence *evidence_list[MESSAGE_MAX_EVIDENCE + 1];
    Probe__Value *value_list[65];
    char kind[32], key[2][32], text[2][EVIDENCE_TEXT_SIZE + 1];
};

static void batch_init(struct batch *batch, const char *kind, const char *key,
                       const char *text)
{
    static char trace_id[] = SAMPLE_TRACE_ID;

    memset(batch, 0, sizeof(*batch));
    probe__envelope__init(&batch->envelope);
    probe__evidence_batch__init(&batch->batch);
    probe__evidence__init(&batch->evidence);
    batch->envelope.body_case = PROBE__ENVELOPE__BODY_EVIDENCE;
    batch->envelope.evidence = &batch->batch;
    batch->batch.trace_id = trace_id;
    batch->batch.evidence = batch->evidence_list;
    batch->batch.n_evidence = 1;
    for (size_t i = 0; i < ARRAY_SIZE(batch->evidence_list); i++)
        batch->evidence_list[i] = &batch->evidence;
    strcpy(batch->kind, kind);
    batch->evidence.kind = batch->kind;
    batch->evidence.value = batch->value_list;
    batch->evidence.n_value = 1;
    for (size_t i = 0; i < 2; i++) {
        probe__value__init(&batch->value[i]);
        batch->value[i].key = batch->key[i];
        batch->value[i].text = batch->text[i];
        strcpy(batch->key[i], key);
        strcpy(batch->text[i], text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(batch->value_list); i++)
        batch->value_list[i] = &batch->value[i == 0 ? 0 : 1];
}

/* What a later agent may say is left out, not the piece that says it. */
static void test_what_is_unknown_is_dropped(void **state)
{
    static const struct
    {
        const char *kind, *key, *text; /* sound */
        const char *unknown, *with;    /* the other value */
    } cases[] = {
        {"limit", "text", "x", "a-later-key", "x"},
        {"limit", "text", "x", "container", "of another kind"},
        {"host", "version", "1", "pid", "text where we know a number"},
        {"unit", "name", "web.service", "port_from", "a-later-word"},
    };
    struct message message;
    struct batch batch;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        batch_init(&batch, cases[i].kind, cases[i].key, cases[i].text);
        strcpy(batch.key[1], cases[i].unknown);
        strcpy(batch.text[1], cases[i].with);
        batch.evidence.n_value = 2;
        assert_int_equal(decode_envelope(&batch.envelope, &message, NULL), 0);
        assert_int_equal(message.evidence.count, 1);
        assert_int_equal(message.evidence.items[0].count, 1);
        assert_int_equal(message.evidence.incomplete, 0);
        message_fini(&message);
    }
    batch_init(&batch, "a-later-kind", "text", "x");
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL), 0);
    assert_int_equal(message.evidence.count, 0);
    assert_int_equal(message.evidence.incomplete, 0);
    message_fini(&message);
}

/* A piece that says nothing is left out and counted; the others come. */
static void test_incomplete_pieces_are_counted(void **state)
{
    struct message message;
    struct batch batch;

    (void)state;
    batch_init(&batch, "limit", "observer", "capture");
    batch.batch.n_evidence = 2;
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL), 0);
    assert_int_equal(message.evidence.count, 0);
    assert_int_equal(message.evidence.incomplete, 2);
    message_fini(&message);
    batch_init(&batch, "phase", "phase", "a-later-word");
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL), 0);
    assert_int_equal(message.evidence.incomplete, 1);
    message_fini(&message);
}

static void test_evidence_is_within_limits(void **state)
{
    struct message message;
    struct batch batch;

    (void)state;
    batch_init(&batch, "limit", "text", "x");
    batch.evidence.n_value = 2; /* one key twice */
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL),
                     -EBADMSG);
    batch_init(&batch, "limit", "a-later-key", "x");
    batch.evidence.n_value = 65;
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL),
                     -EBADMSG);
    batch_init(&batch, "limit", "text", "x");
    batch.batch.n_evidence = MESSAGE_MAX_EVIDENCE + 1;
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL),
                     -EBADMSG);
    batch_init(&batch, "limit", "text", "esc \x1b");
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL),
                     -EBADMSG);
    batch_init(&batch, "limit", "text", "x");
    memset(batch.text[0], 'x', EVIDENCE_TEXT_SIZE);
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL),
                     -EBADMSG);
    batch.text[0][EVIDENCE_TEXT_SIZE - 1] = '\0';
    assert_int_equal(decode_envelope(&batch.envelope, &message, NULL), 0);
    message_fini(&message);
}

/* Two octets on the wire each that would need forty in memory. */
static void test_memory_has_a_budget(void **state)
{
    uint8_t bytes[60000];
    struct message message;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(bytes); i += 2) {
        bytes[i] = 0x78 | 0; /* field 15, varint: of a wrong type */
        bytes[i + 1] = 0x01;
    }
    assert_int_equal(message_decode(bytes, sizeof(bytes), &message, &err),
                     -EBADMSG);
    assert_non_null(strstr(err.text, "memory"));
}

static void test_frames_have_a_size(void **state)
{
    static uint8_t bytes[64 * 1024 + 1];
    struct message message;

    (void)state;
    assert_int_equal(message_decode(bytes, sizeof(bytes), &message, NULL),
                     -EBADMSG);
}

static bool reaches(const ProtobufCMessageDescriptor *from,
                    const ProtobufCMessageDescriptor *target, unsigned depth)
{
    if (depth > 8)
        return true;
    for (unsigned i = 0; i < from->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &from->fields[i];

        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->descriptor == target ||
            reaches(field->descriptor, target, depth + 1))
            return true;
    }
    return false;
}

static void check_not_recursive(const ProtobufCMessageDescriptor *type)
{
    assert_false(reaches(type, type, 0));
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            check_not_recursive(type->fields[i].descriptor);
}

static void test_no_message_contains_itself(void **state)
{
    (void)state;
    check_not_recursive(&probe__envelope__descriptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoder_refuses_what_breaks_a_limit),
        cmocka_unit_test(test_fullest_batch_fits),
        cmocka_unit_test(test_free_text_is_cleaned_on_the_way_out),
        cmocka_unit_test(test_texts_are_checked_on_the_way_in),
        cmocka_unit_test(test_nul_in_a_text_ends_it),
        cmocka_unit_test(test_numbers_are_checked_on_the_way_in),
        cmocka_unit_test(test_addresses_are_4_or_16_octets),
        cmocka_unit_test(test_what_is_unknown_is_dropped),
        cmocka_unit_test(test_incomplete_pieces_are_counted),
        cmocka_unit_test(test_evidence_is_within_limits),
        cmocka_unit_test(test_memory_has_a_budget),
        cmocka_unit_test(test_frames_have_a_size),
        cmocka_unit_test(test_no_message_contains_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
