/* What trials look like, and how they are known. */
#include <string.h>

#include "agent/probe/tcp_packet.h"
#include "agent/probe/trial_number.h"
#include "agent/probe/trials.h"
#include "agent/probe/walk_number.h"
#include "common/base/array.h"
#include "common/segment/segment.h"
#include "tests/unit/test.h"

/* As Linux sends it. */
static const struct segment_tcp usual = {
    .complete = true,
    .flags = SEGMENT_SYN | SEGMENT_ECE | SEGMENT_CWR,
    .has_options = true,
    .has_mss = true,
    .mss = 1460,
    .has_scale = true,
    .scale = 7,
    .has_sack = true,
    .has_timestamp = true,
    .timestamp = 77,
};

/* Through the very parser of the capture. */
static struct segment_tcp make(enum trial trial, const struct segment_tcp *syn)
{
    uint8_t frame[20 + TCP_PACKET_MAX_SIZE] = {
        0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1};
    struct tcp_packet packet = {.source_port = 40000, .destination_port = 8080};
    struct segment segment;
    size_t size;

    address_parse("192.0.2.1", &packet.source);
    address_parse("198.51.100.1", &packet.destination);
    trials_shape(trial, syn, &packet);
    assert_int_equal(packet.options_size % 4, 0);
    size = tcp_packet_build(&packet, frame + 20);
    frame[3] = (uint8_t)(20 + size);
    assert_int_equal(segment_parse_ip(frame, 20 + size, &segment), 0);
    assert_int_equal(segment.checksum, SEGMENT_CHECKSUM_RIGHT);
    return segment.tcp;
}

static void assert_like(const struct segment_tcp *a,
                        const struct segment_tcp *b)
{
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->has_mss, b->has_mss);
    assert_int_equal(a->mss, b->mss);
    assert_int_equal(a->has_scale, b->has_scale);
    assert_int_equal(a->has_sack, b->has_sack);
    assert_int_equal(a->has_timestamp, b->has_timestamp);
    if (b->has_scale)
        assert_int_equal(a->scale, b->scale);
    if (b->has_timestamp)
        assert_int_equal(a->timestamp, b->timestamp);
}

static void assert_made(enum trial trial, struct segment_tcp expected)
{
    struct segment_tcp sent = make(trial, &usual);

    assert_like(&sent, &expected);
}

static void each_differs_in_one_respect(void **state)
{
    struct segment_tcp expected;

    (void)state;
    assert_made(TRIAL_SAME, usual);
    assert_made(TRIAL_OTHER_PORT, usual);
    expected = usual;
    expected.flags = SEGMENT_SYN;
    assert_made(TRIAL_WITHOUT_ECN, expected);
    expected = usual;
    expected.has_timestamp = false;
    assert_made(TRIAL_WITHOUT_TIMESTAMPS, expected);
    expected = usual;
    expected.has_sack = false;
    assert_made(TRIAL_WITHOUT_SACK, expected);
    expected = usual;
    expected.has_scale = false;
    assert_made(TRIAL_WITHOUT_WINDOW_SCALE, expected);
    expected = usual;
    expected.mss = 536;
    assert_made(TRIAL_SMALL_MSS, expected);
    expected =
        (struct segment_tcp){.flags = SEGMENT_SYN, .has_mss = true, .mss = 536};
    assert_made(TRIAL_BARE, expected);
}

/* A SYN without what is to be left out is no trial of it. */
static void what_is_not_there_is_not_left_out(void **state)
{
    const struct segment_tcp bare = {
        .flags = SEGMENT_SYN, .has_mss = true, .mss = 536};

    (void)state;
    for (int trial = 0; trial < TRIAL_COUNT; trial++) {
        bool is_syn = trial <= TRIAL_BARE;

        assert_int_equal(trials_differ((enum trial)trial, &usual), is_syn);
        assert_int_equal(trials_differ((enum trial)trial, &bare),
                         trial == TRIAL_SAME);
    }
}

static void numbers_are_of_no_attempt_and_no_walk(void **state)
{
    struct order order = {.attempts = ORDER_MAX_ATTEMPTS};
    const uint32_t bases[] = {0x5eed1001, 0x5eed100f, 0xfffff00f};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
        order.isn_base = bases[i];
        for (int trial = 0; trial < TRIAL_COUNT; trial++)
            for (unsigned index = 0; index <= TRIAL_MAX_INDEX; index++) {
                uint32_t number =
                    trial_number(&order, (enum trial)trial, index);

                assert_int_equal(trial_of(&order, number), trial);
                assert_int_equal(order_attempt_of(&order, number), 0);
                assert_int_equal((number ^ bases[i]) & ORDER_ISN_MASK, 0);
            }
        for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
            assert_int_equal(trial_of(&order, order_isn(&order, n)), -1);
            for (unsigned ttl = 1; ttl <= WALK_MAX_TTL; ttl++)
                assert_int_equal(
                    trial_of(&order, walk_sequence(&order, n, ttl)), -1);
        }
        assert_int_equal(trial_of(&order, bases[i] - 1), -1);
    }
}

static void other_ports_are_few_and_others(void **state)
{
    static const uint16_t ports[] = {1, 21, 22, 79, 80, 442, 443, 8080, 65535};
    uint16_t others[TRIALS_OTHER_PORTS];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        unsigned count = trials_choose_ports(ports[i], others);

        assert_int_equal(count, TRIALS_OTHER_PORTS);
        for (unsigned k = 0; k < count; k++) {
            assert_int_not_equal(others[k], ports[i]);
            assert_int_not_equal(others[k], 0);
            for (unsigned m = 0; m < k; m++)
                assert_int_not_equal(others[k], others[m]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_differs_in_one_respect),
        cmocka_unit_test(what_is_not_there_is_not_left_out),
        cmocka_unit_test(numbers_are_of_no_attempt_and_no_walk),
        cmocka_unit_test(other_ports_are_few_and_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
