/* Every kind there and back, and what damaged frames do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "tests/unit/proto/samples.h"
#include "tests/unit/test.h"

static void encode(const struct message *message, uint8_t **bytes, size_t *size)
{
    assert_int_equal(message_encode(message, bytes, size), 0);
    assert_true(*size > 0 && *size <= 64 * 1024);
}

static void assert_same_evidence(const struct message_evidence *a,
                                 const struct message_evidence *b)
{
    assert_string_equal(a->trace_id, b->trace_id);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(evidence_size(&a->items[i]),
                         evidence_size(&b->items[i]));
        assert_memory_equal(&a->items[i], &b->items[i],
                            evidence_size(&a->items[i]));
    }
}

static void test_every_kind_round_trips(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message sent, received;
        struct err err = {0};
        uint8_t *bytes;
        size_t size;

        sample_message((enum message_kind)kind, &sent);
        encode(&sent, &bytes, &size);
        assert_int_equal(message_decode(bytes, size, &received, &err), 0);
        assert_int_equal(received.kind, kind);
        if (kind == MESSAGE_EVIDENCE) {
            assert_same_evidence(&sent.evidence, &received.evidence);
        } else if (kind == MESSAGE_DOCUMENT) {
            assert_int_equal(received.document.size, sent.document.size);
            assert_memory_equal(received.document.piece, sent.document.piece,
                                sent.document.size);
            assert_true(received.document.last);
            assert_int_equal(received.document.status, 4);
        } else {
            assert_null(received.storage);
            assert_memory_equal(&sent, &received, sizeof(sent));
        }
        message_fini(&received);
        free(bytes);
    }
}

static void test_absent_stays_absent(void **state)
{
    struct message sent, received;
    uint8_t *bytes;
    size_t size;

    (void)state;
    sample_message(MESSAGE_TRACE_REQUEST, &sent);
    memset(&sent.trace_request.from, 0, sizeof(sent.trace_request.from));
    sent.trace_request.to[0] = sent.trace_request.vantage[0] = '\0';
    sent.trace_request.family = 0;
    sent.trace_request.protocol = 0; /* absent means 6 */
    encode(&sent, &bytes, &size);
    assert_int_equal(message_decode(bytes, size, &received, NULL), 0);
    assert_int_equal(received.trace_request.protocol, 6);
    assert_false(address_is_set(&received.trace_request.from));
    assert_string_equal(received.trace_request.to, "");
    free(bytes);
}

/* A prefix may end at a field's end and be a message again; whatever is
 * accepted is within limits, so that it can be encoded again. */
static void check_anything(const uint8_t *bytes, size_t size)
{
    struct message message;
    uint8_t *again = NULL;
    size_t again_size;

    if (message_decode(bytes, size, &message, NULL) < 0)
        return;
    if (message.kind != MESSAGE_UNKNOWN)
        assert_int_equal(message_encode(&message, &again, &again_size), 0);
    free(again);
    message_fini(&message);
}

static void test_truncated_frames_do_no_harm(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message sent;
        uint8_t *bytes;
        size_t size, step;

        sample_message((enum message_kind)kind, &sent);
        encode(&sent, &bytes, &size);
        step = size > 4096 ? 97 : 1;
        for (size_t cut = 0; cut < size; cut += step) {
            uint8_t *copy = malloc(cut + 1); /* for the sanitizer's sake */

            memcpy(copy, bytes, cut);
            assert_int_equal(message_decode(copy, cut, &sent, NULL), -EBADMSG);
            free(copy);
        }
        free(bytes);
    }
}

static void test_flipped_bits_do_no_harm(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message sent;
        uint8_t *bytes;
        size_t size;

        sample_message((enum message_kind)kind, &sent);
        encode(&sent, &bytes, &size);
        for (size_t i = 0; i < size && i < 400; i++)
            for (unsigned bit = 0; bit < 8; bit++) {
                bytes[i] ^= (uint8_t)(1u << bit);
                check_anything(bytes, size);
                bytes[i] ^= (uint8_t)(1u << bit);
            }
        free(bytes);
    }
}

static void test_random_bytes_do_no_harm(void **state)
{
    uint8_t bytes[512];
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)rand_r(&seed) % sizeof(bytes);

        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(rand_r(&seed) >> 7);
        check_anything(bytes, size);
    }
}

static void test_unknown_fields_are_ignored(void **state)
{
    /* ping with t1 = 1, and inside it field 99 = "ab"; then envelope field
     * 200, a later version's, beside it */
    static const uint8_t inside[] = {0x12, 0x07, 0x08, 0x02, 0x9a,
                                     0x06, 0x02, 'a',  'b'};
    static const uint8_t beside[] = {0x12, 0x02, 0x08, 0x02, 0xc0, 0x0c, 0x01};
    struct message message;

    (void)state;
    assert_int_equal(message_decode(inside, sizeof(inside), &message, NULL), 0);
    assert_int_equal(message.kind, MESSAGE_PING);
    assert_int_equal(message.ping.t1, 1);
    assert_int_equal(message_decode(beside, sizeof(beside), &message, NULL), 0);
    assert_int_equal(message.kind, MESSAGE_PING);
}

static void test_unknown_kind_is_told(void **state)
{
    static const uint8_t later[] = {0xc2, 0x0c, 0x02, 'a', 'b'}; /* field 200 */
    struct message message;
    struct err err = {0};

    (void)state;
    assert_int_equal(message_decode(later, sizeof(later), &message, &err), 0);
    assert_int_equal(message.kind, MESSAGE_UNKNOWN);
    message_fini(&message);
    assert_int_equal(message_decode(later, 0, &message, &err), -EBADMSG);
    assert_string_equal(err.text, "the message is empty");
}

static void test_of_two_bodies_the_last_counts(void **state)
{
    static const uint8_t two[] = {0x12, 0x02, 0x08, 0x02,
                                  0x32, 0x00}; /* ping, inventory-request */
    struct message message;

    (void)state;
    assert_int_equal(message_decode(two, sizeof(two), &message, NULL), 0);
    assert_int_equal(message.kind, MESSAGE_INVENTORY_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_round_trips),
        cmocka_unit_test(test_absent_stays_absent),
        cmocka_unit_test(test_truncated_frames_do_no_harm),
        cmocka_unit_test(test_flipped_bits_do_no_harm),
        cmocka_unit_test(test_random_bytes_do_no_harm),
        cmocka_unit_test(test_unknown_fields_are_ignored),
        cmocka_unit_test(test_unknown_kind_is_told),
        cmocka_unit_test(test_of_two_bodies_the_last_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
