#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/trace/evidence.h"
#include "tests/unit/test.h"

static void holds_what_was_set(void **state)
{
    struct address address;
    struct address got;
    struct evidence evidence;

    (void)state;
    assert_int_equal(address_parse("192.0.2.1", &address), 0);
    evidence_init(&evidence, EVIDENCE_PACKET, 77);
    assert_true(evidence_set_word(&evidence, KEY_PACKET, PACKET_SYN_ACK));
    assert_true(evidence_set_number(&evidence, KEY_TTL, 63));
    assert_true(evidence_set_text(&evidence, KEY_INTERFACE, "eth0"));
    assert_true(evidence_set_address(&evidence, KEY_SOURCE, &address));
    assert_int_equal(evidence_word(&evidence, KEY_PACKET), PACKET_SYN_ACK);
    assert_int_equal(evidence_number(&evidence, KEY_TTL, 0), 63);
    assert_string_equal(evidence_text(&evidence, KEY_INTERFACE, ""), "eth0");
    got = evidence_address(&evidence, KEY_SOURCE);
    assert_true(address_equal(&got, &address));
}

/* Absent is not zero. */
static void tells_absent_from_zero(void **state)
{
    struct address unset = {0};
    struct evidence evidence;

    (void)state;
    evidence_init(&evidence, EVIDENCE_LINK, 0);
    evidence_set_number(&evidence, KEY_UP, 0);
    evidence_set_text(&evidence, KEY_MASTER, NULL);
    evidence_set_address(&evidence, KEY_ADDRESS, &unset);
    assert_true(evidence_has(&evidence, KEY_UP));
    assert_false(evidence_has(&evidence, KEY_CARRIER));
    assert_false(evidence_has(&evidence, KEY_MASTER));
    assert_false(evidence_has(&evidence, KEY_ADDRESS));
    assert_int_equal(evidence_number(&evidence, KEY_CARRIER, 42), 42);
    assert_int_equal(evidence_word(&evidence, KEY_PHASE), -1);
}

/* A number that no host has is no reason to compute one that none can have. */
static void rises_no_further_than_a_number_goes(void **state)
{
    static const struct
    {
        int64_t from, to, rise;
    } cases[] = {
        {7, 10, 3},
        {10, 7, -3},
        {INT64_MIN, 1, INT64_MAX},
        {1, INT64_MIN, INT64_MIN},
        {-1, INT64_MAX, INT64_MAX},
        {INT64_MIN, INT64_MIN, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct evidence evidence;

        evidence_init(&evidence, EVIDENCE_COUNTER, 1);
        evidence_set_number(&evidence, KEY_BEFORE, cases[i].from);
        assert_int_equal(evidence_rise(&evidence, KEY_AFTER, KEY_BEFORE),
                         cases[i].from);
        evidence_set_number(&evidence, KEY_AFTER, cases[i].to);
        assert_int_equal(evidence_rise(&evidence, KEY_BEFORE, KEY_AFTER),
                         cases[i].rise);
    }
}

static void cuts_texts_that_do_not_fit(void **state)
{
    char large[2 * EVIDENCE_TEXT_SIZE];
    struct evidence evidence;

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    evidence_init(&evidence, EVIDENCE_LIMIT, 0);
    assert_true(evidence_set_text(&evidence, KEY_TEXT, large));
    assert_int_equal(strlen(evidence_text(&evidence, KEY_TEXT, "")),
                     EVIDENCE_TEXT_SIZE - 1);
    assert_false(evidence_set_text(&evidence, KEY_OBSERVER, "o"));
    assert_int_equal(evidence_check(&evidence), 0);
    assert_true(evidence_size(&evidence) <= sizeof(evidence));
}

/* Whose network namespace it is of stands behind a rule of any length. */
static void cuts_texts_for_one_that_must_be_there(void **state)
{
    char large[2 * EVIDENCE_TEXT_SIZE];

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (size_t tail = 0; tail < 8; tail++) { /* octets behind the long text */
        struct evidence evidence;

        large[EVIDENCE_TEXT_SIZE - 1 - tail] = '\0';
        evidence_init(&evidence, EVIDENCE_LINK, 0);
        evidence_set_text(&evidence, KEY_LINK_KIND, large);
        evidence_set_text(&evidence, KEY_MASTER, "eth");
        assert_true(evidence_force_text(&evidence, KEY_NAMESPACE, "host"));
        assert_string_equal(evidence_text(&evidence, KEY_NAMESPACE, ""),
                            "host");
        assert_int_equal(evidence_check(&evidence), -ENODATA);
        assert_true(strlen(evidence_text(&evidence, KEY_LINK_KIND, "")) >=
                    EVIDENCE_TEXT_SIZE - 16);
        large[EVIDENCE_TEXT_SIZE - 1 - tail] = 'x';
    }
}

/* A route's values: a word, a text of a closed list, and an address. */
static void make_route(struct evidence *route)
{
    struct address address;

    assert_int_equal(address_parse("192.0.2.1", &address), 0);
    evidence_init(route, EVIDENCE_ROUTE, 0);
    evidence_set_word(route, KEY_PHASE, PHASE_BEFORE);
    evidence_set_text(route, KEY_ROUTE_TYPE, "local");
    evidence_set_address(route, KEY_DESTINATION, &address);
    assert_int_equal(evidence_check(route), 0);
}

static void refuses_what_is_malformed(void **state)
{
    struct evidence good;
    struct evidence bad;

    (void)state;
    make_route(&good);
    bad = good;
    bad.kind = EVIDENCE_KIND_COUNT;
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.count = EVIDENCE_MAX_VALUES + 1;
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.values[0].number = PHASE_COUNT;
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.values[1].text = bad.text_size;
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.texts[bad.text_size - 1] = 'x'; /* no terminator */
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.values[2].key = KEY_PHASE; /* a key twice */
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    bad = good;
    bad.values[0].key = KEY_COUNT_OF_KEYS;
    assert_int_equal(evidence_check(&bad), -EBADMSG);
}

static void refuses_what_the_kind_does_not_have(void **state)
{
    struct evidence bad;

    (void)state;
    make_route(&bad);
    evidence_set_text(&bad, KEY_CONTAINER, "web"); /* of a listener */
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    make_route(&bad);
    memcpy(bad.texts, "l;cal", 6);
    assert_int_equal(evidence_check(&bad), -EBADMSG);
    make_route(&bad);
    bad.count--;
    assert_int_equal(evidence_missing_key(&bad), KEY_DESTINATION);
    assert_int_equal(evidence_check(&bad), -ENODATA);
}

/* Any kind may be of another network namespace. */
static void every_kind_has_room_for_its_keys(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        const struct evidence_kind_info *info = &evidence_kinds[kind];
        size_t carried = 0;

        for (int key = 0; key < KEY_COUNT_OF_KEYS; key++)
            carried += evidence_kind_carries((enum evidence_kind)kind,
                                             (enum evidence_key)key);
        /* no key twice */
        assert_int_equal(carried, info->required.count + info->optional.count);
        assert_true(info->required.count > 0);
        assert_in_range(carried, 2, EVIDENCE_MAX_VALUES);
        assert_true(
            evidence_kind_carries((enum evidence_kind)kind, KEY_NAMESPACE));
    }
}

/* Else halving does not find them. */
static void lists_are_sorted(void **state)
{
    (void)state;
    for (int kind = 1; kind < EVIDENCE_KIND_COUNT; kind++)
        if (strcmp(evidence_kinds[kind - 1].name, evidence_kinds[kind].name) >=
            0)
            fail_msg("%s stands behind %s", evidence_kinds[kind].name,
                     evidence_kinds[kind - 1].name);
    for (int key = 1; key < KEY_COUNT_OF_KEYS; key++)
        if (strcmp(evidence_keys[key - 1].name, evidence_keys[key].name) >= 0)
            fail_msg("%s stands behind %s", evidence_keys[key].name,
                     evidence_keys[key - 1].name);
}

static void tells_no_time_beyond_an_hour(void **state)
{
    static const struct
    {
        int64_t us, ns;
    } times[] = {{0, 0},
                 {7, 7000},
                 {-1, 0},
                 {INT64_MIN, 0},
                 {INT64_MAX, 3600LL * 1000000000}};
    struct evidence evidence;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        evidence_init(&evidence, EVIDENCE_HOP, 0);
        assert_int_equal(evidence_us_as_ns(&evidence, KEY_RTT_US), 0);
        evidence_set_number(&evidence, KEY_RTT_US, times[i].us);
        assert_int_equal(evidence_us_as_ns(&evidence, KEY_RTT_US), times[i].ns);
    }
}

static void finds_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        assert_non_null(evidence_kinds[kind].observer);
        assert_int_equal(evidence_kind_value(evidence_kinds[kind].name), kind);
    }
    for (int key = 0; key < KEY_COUNT_OF_KEYS; key++)
        assert_int_equal(evidence_key_value(evidence_keys[key].name), key);
    assert_int_equal(evidence_key_value("nonsense"), -1);
    assert_int_equal(evidence_kind_value("nonsense"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_was_set),
        cmocka_unit_test(tells_absent_from_zero),
        cmocka_unit_test(rises_no_further_than_a_number_goes),
        cmocka_unit_test(cuts_texts_that_do_not_fit),
        cmocka_unit_test(cuts_texts_for_one_that_must_be_there),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(refuses_what_the_kind_does_not_have),
        cmocka_unit_test(every_kind_has_room_for_its_keys),
        cmocka_unit_test(lists_are_sorted),
        cmocka_unit_test(tells_no_time_beyond_an_hour),
        cmocka_unit_test(finds_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
