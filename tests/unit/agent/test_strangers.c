/* SYNs that belong to no attempt are counted by where they come from. */
#include "agent/observe/capture/strangers.h"
#include "tests/unit/test.h"

static const struct order order = {.role = ROLE_DESTINATION,
                                   .port = 8080,
                                   .attempts = 3,
                                   .isn_base = 0x12345003};

static struct segment syn_from(uint8_t last, uint32_t sequence)
{
    struct segment segment = {.kind = SEGMENT_TCP, .travel = SEGMENT_TO_US};

    segment.source.family = 4;
    segment.source.bytes[0] = 192;
    segment.source.bytes[3] = last;
    segment.tcp.destination_port = order.port;
    segment.tcp.sequence = sequence;
    segment.tcp.flags = SEGMENT_SYN;
    segment.tcp.complete = true;
    return segment;
}

static void counts_by_source(void **state)
{
    struct strangers strangers = {0};
    struct segment first = syn_from(1, 77);
    struct segment second = syn_from(2, 77);
    struct address any = {0};

    (void)state;
    strangers_notice(&strangers, &order, &first);
    strangers_notice(&strangers, &order, &first);
    strangers_notice(&strangers, &order, &second);
    assert_int_equal(strangers_count(&strangers, &first.source), 2);
    assert_int_equal(strangers_count(&strangers, &second.source), 1);
    assert_int_equal(strangers_count(&strangers, &any), 3);
}

static void leaves_the_rest_alone(void **state)
{
    struct strangers strangers = {0};
    struct address any = {0};
    struct segment ours = syn_from(1, order_isn(&order, 2));
    struct segment answer = syn_from(1, 77);
    struct segment other_port = syn_from(1, 77);
    struct segment leaving = syn_from(1, 77);

    (void)state;
    answer.tcp.flags |= SEGMENT_ACK;
    other_port.tcp.destination_port = 22;
    leaving.travel = SEGMENT_OUTGOING;
    strangers_notice(&strangers, &order, &ours);
    strangers_notice(&strangers, &order, &answer);
    strangers_notice(&strangers, &order, &other_port);
    strangers_notice(&strangers, &order, &leaving);
    assert_int_equal(strangers_count(&strangers, &any), 0);
}

/* Where there is no room left, any address may be meant: never "none". */
static void a_full_table_counts_for_everybody(void **state)
{
    struct strangers strangers = {0};
    struct segment unseen = syn_from(255, 77);

    (void)state;
    for (unsigned i = 0; i <= STRANGERS_MAX_SOURCES; i++) {
        struct segment segment = syn_from((uint8_t)i, 77);

        strangers_notice(&strangers, &order, &segment);
    }
    assert_int_equal(strangers_count(&strangers, &unseen.source), 1);
}

static void tells_the_first_few_between_the_two(void **state)
{
    struct order at_source = order;
    struct strangers strangers = {0};
    struct segment syn = syn_from(1, 77);
    struct segment other = syn_from(2, 77);
    struct segment ours = syn_from(1, order_isn(&order, 2));
    struct segment answer = syn_from(1, 99);

    (void)state;
    assert_false(strangers_tell(&strangers, &order, &other, &syn.source));
    assert_false(strangers_tell(&strangers, &order, &ours, &syn.source));
    for (unsigned i = 0; i < STRANGERS_MAX_TOLD; i++)
        assert_true(strangers_tell(&strangers, &order, &syn, &syn.source));
    assert_false(strangers_tell(&strangers, &order, &syn, &syn.source));

    at_source.role = ROLE_SOURCE;
    strangers.told = 0;
    answer.tcp.flags = SEGMENT_SYN | SEGMENT_ACK;
    answer.tcp.source_port = order.port;
    answer.tcp.acknowledge = 78;
    assert_true(strangers_tell(&strangers, &at_source, &answer, &syn.source));
    assert_false(strangers_tell(&strangers, &at_source, &syn, &syn.source));
    answer.tcp.acknowledge = order_isn(&order, 2) + 1;
    assert_false(strangers_tell(&strangers, &at_source, &answer, &syn.source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_source),
        cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(a_full_table_counts_for_everybody),
        cmocka_unit_test(tells_the_first_few_between_the_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
