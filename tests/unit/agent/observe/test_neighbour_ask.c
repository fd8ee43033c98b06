/* Questions for a neighbour's link address: what the parser of captured frames
 * makes of them, and that they tell nobody ours. */
#include <string.h>

#include "agent/observe/routing/neighbour_ask.h"
#include "common/base/array.h"
#include "common/segment/segment.h"
#include "tests/unit/test.h"

#define SLL2_OUTGOING 4

static const uint8_t own_link[6] = {2, 0, 0, 0, 0, 7};

/* The question behind a cooked header, as a capture shows it. */
static int parse(const char *target, uint8_t *question, size_t *size,
                 struct segment *segment)
{
    uint8_t frame[SEGMENT_SLL2_SIZE + NEIGHBOUR_QUESTION_SIZE] = {0};
    struct address address;

    assert_int_equal(address_parse(target, &address), 0);
    *size = neighbour_question_build(&address, own_link, question);
    assert_true(*size <= NEIGHBOUR_QUESTION_SIZE);
    frame[0] = address.family == 6 ? 0x86 : 0x08;
    frame[1] = address.family == 6 ? 0xdd : 0x06;
    frame[9] = 1; /* Ethernet */
    frame[10] = SLL2_OUTGOING;
    memcpy(frame + SEGMENT_SLL2_SIZE, question, *size);
    return segment_parse_sll2(frame, SEGMENT_SLL2_SIZE + *size, segment);
}

static void asks_for_the_target(void **state)
{
    static const char *const targets[] = {"192.0.2.1", "255.255.255.255",
                                          "2001:db8::1", "fe80::ff:fe00:1"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        uint8_t question[NEIGHBOUR_QUESTION_SIZE];
        char text[ADDRESS_TEXT_SIZE];
        struct segment segment;
        size_t size;

        assert_int_equal(parse(targets[i], question, &size, &segment), 0);
        assert_int_equal(segment.kind, SEGMENT_NEIGHBOUR);
        assert_false(segment.is_answer);
        assert_string_equal(address_print(&segment.target, text), targets[i]);
    }
}

/* Whoever hears it must not learn where to send to us. */
static void comes_from_no_address(void **state)
{
    static const uint8_t none[16];
    uint8_t question[NEIGHBOUR_QUESTION_SIZE];
    struct segment segment;
    size_t size;

    (void)state;
    assert_int_equal(parse("192.0.2.1", question, &size, &segment), 0);
    assert_memory_equal(question + 14, none, 4);
    assert_int_equal(parse("2001:db8::1", question, &size, &segment), 0);
    assert_memory_equal(question + 8, none, 16);
    assert_int_equal(size, 64); /* no option with a link address */
}

/* The sum over pseudo header and message, the checksum included. */
static void solicitation_has_its_checksum(void **state)
{
    uint8_t question[NEIGHBOUR_QUESTION_SIZE];
    struct segment segment;
    uint32_t sum = 24 + 58;
    size_t size;

    (void)state;
    assert_int_equal(parse("2001:db8::1", question, &size, &segment), 0);
    for (size_t i = 8; i < size; i += 2)
        sum += (uint32_t)(question[i] << 8 | question[i + 1]);
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    assert_int_equal(sum, 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_the_target),
        cmocka_unit_test(comes_from_no_address),
        cmocka_unit_test(solicitation_has_its_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
