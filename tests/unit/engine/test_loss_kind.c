/* What losses follow is told from chance, and how much is lost is counted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/loss_kind.h"
#include "tests/unit/test.h"

#define SPACING_S 0.1
#define WATCHED_S 1.1 /* after the last attempt */
#define ROUNDS    400 /* random runs of each way */

static struct evidence packets[SENDINGS_MAX];
static struct sendings sendings;
static uint64_t random_state;

static double random_number(void) /* 0 to 1 */
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) / (double)(UINT64_C(1) << 53);
}

/* A way that loses packets: by chance, for some attempts, above a rate. */
struct way
{
    double chance;
    double dead;        /* share of the attempts */
    double rate, burst; /* 0: no limit */
    bool first;         /* of each attempt */
};

struct run
{
    const struct way *way;
    double tokens, before;
    bool dead[ORDER_MAX_ATTEMPTS + 1];
};

static bool passes(struct run *run, unsigned attempt, bool again, double now)
{
    const struct way *way = run->way;

    run->tokens =
        fmin(run->tokens + (now - run->before) * way->rate, way->burst);
    run->before = now;
    if (run->dead[attempt] || (way->first && !again) ||
        random_number() < way->chance)
        return false;
    if (way->burst > 0 && run->tokens < 1)
        return false;
    run->tokens -= 1;
    return true;
}

/* Attempts as the probe makes them, each sent again every second until it comes
 * or the trace is over. */
static void send_all(const struct way *way, unsigned attempts)
{
    struct run run = {.way = way, .tokens = way->burst};
    double due[ORDER_MAX_ATTEMPTS + 1];
    bool again[ORDER_MAX_ATTEMPTS + 1] = {false};
    double end = attempts * SPACING_S + WATCHED_S;

    memset(&sendings, 0, sizeof(sendings));
    for (unsigned n = 1; n <= attempts; n++) {
        due[n] = (n - 1) * SPACING_S + 0.003 * random_number();
        run.dead[n] = random_number() < way->dead;
    }
    for (;;) {
        struct sending *sending = &sendings.items[sendings.count];
        unsigned next = 1;

        for (unsigned n = 2; n <= attempts; n++)
            if (due[n] < due[next])
                next = n;
        if (due[next] >= end || sendings.count == SENDINGS_MAX)
            return;
        packets[sendings.count].at_ns = 1 + (int64_t)(due[next] * 1e9);
        *sending =
            (struct sending){.attempt = next,
                             .again = again[next],
                             .came = passes(&run, next, again[next], due[next]),
                             .packet = &packets[sendings.count]};
        sendings.count++;
        sendings.lost += !sending->came;
        due[next] =
            sending->came ? end : due[next] + 1 + 0.005 * random_number();
        again[next] = true;
    }
}

static const struct
{
    struct way way;
    unsigned attempts;
    enum loss_kind kind;
    unsigned least_percent; /* of the runs are told so */
    /* At most so many are told to follow something that they do not. */
    unsigned wrong_per_mille;
} ways[] = {
    {{.chance = 0.1}, 20, LOSS_BY_CHANCE, 0, 10},
    {{.chance = 0.3}, 10, LOSS_FEW, 80, 20},
    {{.chance = 0.3}, 20, LOSS_BY_CHANCE, 80, 10},
    {{.chance = 0.5}, 12, LOSS_FEW, 80, 30},
    {{.chance = 0.5}, 30, LOSS_BY_CHANCE, 95, 10},
    {{.chance = 0.8}, 8, LOSS_FEW, 90, 10},
    {{.chance = 0.3}, 100, LOSS_BY_CHANCE, 98, 5},
    {{.dead = 0.5}, 20, LOSS_BY_PORT, 95, 10},
    {{.dead = 0.25}, 30, LOSS_BY_PORT, 95, 10},
    {{.dead = 0.5}, 100, LOSS_BY_PORT, 98, 5},
    {{.rate = 2, .burst = 2}, 20, LOSS_BY_RATE, 90, 10},
    {{.rate = 5, .burst = 5}, 30, LOSS_BY_RATE, 90, 10},
    {{.rate = 3, .burst = 1}, 30, LOSS_BY_RATE, 90, 10},
    {{.rate = 1 / 12.0, .burst = 5}, 12, LOSS_BY_RATE, 90, 10},
    {{.first = true}, 5, LOSS_OF_FIRST, 100, 0},
    {{.first = true}, 60, LOSS_OF_FIRST, 100, 0},
    {{.chance = 0}, 20, LOSS_NONE, 100, 0},
};

static bool is_pattern(enum loss_kind kind)
{
    return kind == LOSS_BY_PORT || kind == LOSS_BY_RATE ||
           kind == LOSS_OF_FIRST;
}

static void test_patterns_are_told_from_chance(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        unsigned right = 0, wrong = 0;

        random_state = 7;
        for (unsigned k = 0; k < ROUNDS; k++) {
            struct loss_pattern pattern;

            send_all(&ways[i].way, ways[i].attempts);
            loss_kind_find(&sendings, &pattern);
            right += pattern.kind == ways[i].kind;
            wrong += is_pattern(pattern.kind) && pattern.kind != ways[i].kind;
        }
        if (100 * right < ways[i].least_percent * ROUNDS ||
            1000 * wrong > ways[i].wrong_per_mille * ROUNDS)
            fail_msg("way %zu: %u right, %u wrong of %d", i, right, wrong,
                     ROUNDS);
    }
}

/* The limit is told as it is: its rate to a fifth, its burst exactly. */
static void test_a_limit_is_measured(void **state)
{
    const struct way way = {.rate = 2, .burst = 3};
    struct loss_pattern pattern;

    (void)state;
    random_state = 7;
    send_all(&way, 40);
    loss_kind_find(&sendings, &pattern);
    assert_int_equal(pattern.kind, LOSS_BY_RATE);
    assert_int_equal(pattern.burst, 3);
    assert_true(fabs(pattern.per_second - 2) < 0.4);
}

/* What IPv6 sends a third time may go another way: it came from a dead leg. */
static void test_a_way_that_is_left_is_still_dead(void **state)
{
    const struct way way = {.dead = 0.5};
    struct loss_pattern pattern;

    (void)state;
    random_state = 7;
    send_all(&way, 20);
    for (size_t i = 0; i < sendings.count; i++)
        for (size_t k = 0, before = 0; k < i; k++) {
            before += sendings.items[k].attempt == sendings.items[i].attempt;
            if (before == 2 && !sendings.items[i].came) {
                sendings.items[i].came = true;
                sendings.lost--;
            }
        }
    loss_kind_find(&sendings, &pattern);
    assert_int_not_equal(pattern.kind, LOSS_BY_PORT);
    sendings.keep_way = 2;
    loss_kind_find(&sendings, &pattern);
    assert_int_equal(pattern.kind, LOSS_BY_PORT);
}

/* Against published values of Wilson's interval, in tenths of a percent. */
static void test_interval(void **state)
{
    static const struct
    {
        unsigned lost, sent;
        int low, high;
    } known[] = {
        {0, 10, 0, 278},   {10, 10, 722, 1000}, {1, 10, 18, 404},
        {5, 10, 237, 763}, {0, 100, 0, 37},     {50, 100, 404, 596},
        {1, 1, 207, 1000},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        struct loss_interval interval =
            loss_interval_of(known[i].lost, known[i].sent);

        assert_int_equal((int)(1000 * interval.low + 0.5), known[i].low);
        assert_int_equal((int)(1000 * interval.high + 0.5), known[i].high);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns_are_told_from_chance),
        cmocka_unit_test(test_a_limit_is_measured),
        cmocka_unit_test(test_a_way_that_is_left_is_still_dead),
        cmocka_unit_test(test_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
