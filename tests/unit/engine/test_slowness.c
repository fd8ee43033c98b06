/* A packet that arrives after the verdict may not show it wrong where it called
 * itself proven: a loss that is seen by silence is told from a slow way by what
 * came back from the far end, or by a long watch.  Over random ways and watches,
 * of a SYN and of a SYN-ACK. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "controller/engine/view/silence.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS   1500
#define MAX_LATE 6000 /* ms */
#define HOPS     3
#define PIECES   512

struct way
{
    int64_t late_ms;    /* how long a packet takes that was sent; it comes */
    int64_t watched_ms; /* by both captures, from the first packet on */
    int64_t answer_ms;  /* there and back, of what the far end answered; 0: of
                           nothing */
};

static const struct
{
    const char *name;
    enum packet packet;
} lost[] = {
    {"path-drops-port-v4.json", PACKET_SYN},
    {"path-drops-answer-v6.json", PACKET_SYN_ACK},
};

static enum role sender_of(enum packet packet)
{
    return packet == PACKET_SYN ? ROLE_SOURCE : ROLE_DESTINATION;
}

static void put_hop(struct evidence *hop, enum role from, int64_t rtt_us,
                    bool is_far)
{
    struct address address;

    evidence_init(hop, EVIDENCE_HOP, 0);
    hop->role = (uint8_t)from;
    assert_int_equal(address_parse("203.0.113.2", &address), 0);
    evidence_set_word(hop, KEY_DIRECTION, DIRECTION_OUT);
    evidence_set_number(hop, KEY_TTL, is_far ? HOPS + 1 : 1);
    evidence_set_address(hop, KEY_OFFENDER, &address);
    evidence_set_number(hop, KEY_RTT_US, rtt_us);
    if (is_far)
        evidence_set_word(hop, KEY_PACKET, PACKET_RST);
}

static int64_t first_left_ns(const struct bundle *bundle, enum packet packet)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct evidence *item = &bundle->items[i];

        if (item->kind == EVIDENCE_PACKET &&
            item->role == (uint8_t)sender_of(packet) &&
            evidence_word(item, KEY_PACKET) == (int)packet &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            item->at_ns < first)
            first = item->at_ns;
    }
    assert_true(first != INT64_MAX);
    return first;
}

static bool is_watch_end(const struct evidence *item)
{
    return item->kind == EVIDENCE_CAPTURE &&
           evidence_word(item, KEY_PHASE) != PHASE_ARMED;
}

/* The case as it would have been seen on that way: what came later than the
 * watch is not in it, and the hops in front of the slow part answer at once. */
static size_t see(const struct bundle *bundle, enum packet packet,
                  const struct way *way, struct evidence *out)
{
    int64_t end_ns =
        first_left_ns(bundle, packet) + way->watched_ms * NS_PER_MS;
    size_t count = 0;

    assert_true(bundle->count + HOPS + 1 < PIECES);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct evidence *item = &bundle->items[i];

        if (item->kind == EVIDENCE_HOP ||
            (item->kind == EVIDENCE_PACKET && item->at_ns > end_ns))
            continue;
        out[count] = *item;
        if (is_watch_end(item))
            out[count].at_ns = end_ns;
        count++;
    }
    for (int i = 0; i < HOPS; i++)
        put_hop(&out[count++], sender_of(packet), 100 * (i + 1), false);
    if (way->answer_ms > 0)
        put_hop(&out[count++], sender_of(packet), way->answer_ms * 1000, true);
    for (size_t i = 0; i < count; i++)
        out[i].id = (uint32_t)i + 1;
    return count;
}

static enum confidence judge(struct bundle *bundle, enum packet packet,
                             const struct way *way)
{
    static struct evidence items[PIECES];
    static struct judgement judgement;
    size_t count = see(bundle, packet, way, items);

    verdict_judge(&bundle->subject, items, count, &judgement);
    assert_true(judgement.verdict.cause == CAUSE_LOST_ON_PATH ||
                judgement.verdict.confidence != CONFIDENCE_PROVEN);
    return judgement.verdict.confidence;
}

/* Nothing is lost; all comes after the watch.  What was answered in time took at
 * least half as long as what was not. */
static void nothing_that_comes_later_contradicts_proof(void **state)
{
    uint32_t seed = 3;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
        struct bundle bundle;

        cases_open(lost[i].name, &bundle);
        for (int round = 0; round < ROUNDS; round++) {
            int64_t late = 100 + random_next(&seed) % MAX_LATE;
            struct way way = {late, random_next(&seed) % late, 0};

            if (round % 2 == 0)
                way.answer_ms = late / 2 + 1 + random_next(&seed) % late;
            if (judge(&bundle, lost[i].packet, &way) == CONFIDENCE_PROVEN &&
                way.late_ms * NS_PER_MS <= SILENCE_LONG_NS)
                fail_msg("%s: proven after %lld ms, and it came after %lld",
                         lost[i].name, (long long)way.watched_ms,
                         (long long)way.late_ms);
        }
        bundle_fini(&bundle);
    }
}

/* What is lost is proven so, where the way is known, or the watch long. */
static void a_loss_is_proven_where_the_way_is_known(void **state)
{
    static const struct
    {
        struct way way;
        enum confidence confidence;
    } ways[] = {
        {{0, 1150, 1}, CONFIDENCE_PROVEN},
        {{0, 1150, 570}, CONFIDENCE_PROVEN},
        {{0, 1150, 580}, CONFIDENCE_LIKELY}, /* it may take twice as long */
        {{0, 1150, 0}, CONFIDENCE_LIKELY},   /* only hops in front answer */
        {{0, 900, 1}, CONFIDENCE_LIKELY},    /* not awaited to be sent again */
        {{0, 3000, 0}, CONFIDENCE_PROVEN},
        {{0, 2900, 0}, CONFIDENCE_LIKELY},
        {{0, 3000, 2900}, CONFIDENCE_PROVEN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
        for (size_t j = 0; j < ARRAY_SIZE(ways); j++) {
            struct bundle bundle;
            enum confidence said;

            cases_open(lost[i].name, &bundle);
            said = judge(&bundle, lost[i].packet, &ways[j].way);
            if (said != ways[j].confidence)
                fail_msg("%s: %s after %lld ms where an answer took %lld ms",
                         lost[i].name, word_name(&confidence_words, (int)said),
                         (long long)ways[j].way.watched_ms,
                         (long long)ways[j].way.answer_ms);
            bundle_fini(&bundle);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_comes_later_contradicts_proof),
        cmocka_unit_test(a_loss_is_proven_where_the_way_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
