/* ICMP errors that carry the MPLS labels of what they quote (RFC 4884, 4950),
 * made by hand. */
#include <string.h>

#include "common/base/array.h"
#include "common/segment/segment.h"
#include "tests/unit/test.h"

#define ICMP_SIZE      8
#define QUOTE_SIZE     128
#define EXTENSION_SIZE 16 /* header, object header and two labels */

struct made
{
    uint8_t bytes[40 + ICMP_SIZE + QUOTE_SIZE + EXTENSION_SIZE];
    size_t size;
};

static const uint8_t stack[] = {
    0x20, 0,    0,    0,    /* version 2; the checksum comes here */
    0,    12,   1,    1,    /* 12 octets, class MPLS, incoming stack */
    0x05, 0xdc, 0x10, 0x01, /* label 24001, class 0, not the last, TTL 1 */
    0x00, 0x01, 0x0b, 0x02, /* label 16, class 5, the last, TTL 2 */
};

static uint8_t *extension_of(struct made *made)
{
    return made->bytes + made->size - EXTENSION_SIZE;
}

static void put_checksum(uint8_t *extension)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < EXTENSION_SIZE; i += 2)
        sum += (uint32_t)(extension[i] << 8 | extension[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    extension[2] = (uint8_t)(~sum >> 8);
    extension[3] = (uint8_t)~sum;
}

/* "Time exceeded" about a SYN, with its quote filled up to 128 octets. */
static struct made make(unsigned family, uint8_t length_field)
{
    struct made made = {0};
    size_t header = family == 4 ? 20 : 40;
    size_t payload = ICMP_SIZE + QUOTE_SIZE + EXTENSION_SIZE;
    uint8_t *ip = made.bytes;
    uint8_t *icmp = ip + header;
    uint8_t *quote = icmp + ICMP_SIZE;

    made.size = header + payload;
    if (family == 4) {
        ip[0] = quote[0] = 0x45;
        ip[3] = (uint8_t)made.size;
        ip[9] = 1;
        quote[3] = 44;
        quote[9] = 6;
        icmp[0] = 11;
        icmp[5] = length_field;
        quote[20 + 12] = 0x60;
    } else {
        ip[0] = quote[0] = 0x60;
        ip[5] = (uint8_t)payload;
        ip[6] = 58;
        quote[5] = 24;
        quote[6] = 6;
        icmp[0] = 3;
        icmp[4] = length_field;
        quote[40 + 12] = 0x60;
    }
    memcpy(extension_of(&made), stack, sizeof(stack));
    put_checksum(extension_of(&made));
    return made;
}

static unsigned labels_of(const struct made *made, struct segment_labels *out)
{
    struct segment segment;

    assert_int_equal(segment_parse_ip(made->bytes, made->size, &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_ICMP_ERROR);
    if (out != NULL)
        *out = segment.labels;
    return segment.labels.count;
}

static void labels_are_kept(void **state)
{
    static const struct
    {
        unsigned family;
        uint8_t length_field;
    } errors[] = {
        {4, QUOTE_SIZE / 4},
        {6, QUOTE_SIZE / 8},
        {4, 0}, /* routers that are older than the field */
        {6, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        struct made made = make(errors[i].family, errors[i].length_field);
        struct segment_labels labels;

        assert_int_equal(labels_of(&made, &labels), 2);
        assert_int_equal(labels.list[0] >> 12, 24001);
        assert_int_equal(labels.list[0] & 0xff, 1);
        assert_int_equal(labels.list[1] >> 12, 16);
        assert_int_equal(labels.list[1] >> 9 & 7, 5);
    }
}

static void what_is_no_stack_is_none(void **state)
{
    struct made made = make(4, QUOTE_SIZE / 4);

    (void)state;
    extension_of(&made)[6] = 2; /* another class: of the interface */
    memset(extension_of(&made) + 2, 0, 2);
    put_checksum(extension_of(&made));
    assert_int_equal(labels_of(&made, NULL), 0);
    made = make(4, QUOTE_SIZE / 4);
    extension_of(&made)[0] = 0x10; /* another version */
    assert_int_equal(labels_of(&made, NULL), 0);
    made = make(4, 0);
    extension_of(&made)[9] ^= 1; /* the checksum is wrong: of a longer quote */
    assert_int_equal(labels_of(&made, NULL), 0);
    made = make(4, 10); /* shorter than any quote before extensions */
    assert_int_equal(labels_of(&made, NULL), 0);
    made = make(4, QUOTE_SIZE / 4);
    memset(extension_of(&made) + 2, 0, 2); /* no checksum was made */
    extension_of(&made)[5] = 3; /* and the object is too short to be one */
    assert_int_equal(labels_of(&made, NULL), 0);
    extension_of(&made)[5] = 255; /* or longer than what is there */
    assert_int_equal(labels_of(&made, NULL), 2);
}

/* Wherever it is cut, what is there is read and nothing behind it. */
static void a_cut_error_has_the_labels_that_are_there(void **state)
{
    struct made made = make(6, QUOTE_SIZE / 8);
    size_t whole = made.size;

    (void)state;
    for (made.size = whole - EXTENSION_SIZE; made.size <= whole; made.size++) {
        uint8_t *copy = test_malloc(made.size);
        struct segment segment;
        size_t there = made.size - (whole - EXTENSION_SIZE);

        memcpy(copy, made.bytes, made.size);
        assert_int_equal(segment_parse_ip(copy, made.size, &segment), 0);
        assert_int_equal(segment.labels.count, there < 12   ? 0
                                               : there < 16 ? 1
                                                            : 2);
        test_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_kept),
        cmocka_unit_test(what_is_no_stack_is_none),
        cmocka_unit_test(a_cut_error_has_the_labels_that_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
