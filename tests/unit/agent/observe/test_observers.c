/* The table of observers agrees with what each of them declares. */
#include <string.h>

#include "agent/observe/observer.h"
#include "tests/unit/test.h"

#define NOBODY SIZE_MAX

/* Where in the table; NOBODY if that is no observer's name. */
static size_t place_of(const char *name)
{
    for (size_t i = 0; i < observers_count; i++)
        if (strcmp(observers[i]->name, name) == 0)
            return i;
    return NOBODY;
}

/* The first from there on that produces the kind; NOBODY if none does. */
static size_t find_producer(size_t from, unsigned kind)
{
    for (size_t i = from; i < observers_count; i++)
        if (observers[i]->produces & EVIDENCE_BIT(kind))
            return i;
    return NOBODY;
}

static void fail_about(size_t i, unsigned kind, const char *what)
{
    fail_msg("%s %s %s", observers[i]->name, what, evidence_kinds[kind].name);
}

static void producers_stand_before_readers(void **state)
{
    (void)state;
    for (size_t i = 0; i < observers_count; i++)
        for (unsigned kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
            if ((observers[i]->reads & EVIDENCE_BIT(kind)) != 0 &&
                find_producer(i, kind) != NOBODY)
                fail_about(i, kind, "stands before one that produces its");
}

/* With the order above, no circle but through these; each is one. */
static void feedback_comes_from_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < observers_count; i++)
        for (unsigned kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
            if ((observers[i]->feedback & EVIDENCE_BIT(kind)) != 0 &&
                find_producer(i, kind) == NOBODY)
                fail_about(i, kind, "need not call feedback its");
}

static void circles_are_the_known_ones(void **state)
{
    (void)state;
    /* The capture counts the questions for the gateways that routes and
     * neighbours name, and these look further when a SYN is captured. */
    for (size_t i = 0; i < observers_count; i++)
        assert_int_equal(observers[i]->feedback,
                         i == place_of("capture")
                             ? EVIDENCE_BIT(EVIDENCE_ROUTE) |
                                   EVIDENCE_BIT(EVIDENCE_NEIGHBOUR)
                             : 0);
}

static void notice_is_there_for_what_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < observers_count; i++) {
        uint64_t wanted = observers[i]->reads | observers[i]->feedback;

        assert_int_equal(observers[i]->reads & observers[i]->feedback, 0);
        assert_int_equal(wanted != 0, observers[i]->notice != NULL);
        assert_int_not_equal(observers[i]->produces, 0);
    }
}

/* The observer that a report names for a kind does produce it. */
static void kinds_have_the_observer_that_they_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        size_t place = place_of(evidence_kinds[kind].observer);

        if (place == NOBODY) {
            /* The worker's own parts: no observer claims it. */
            if (find_producer(0, kind) != NOBODY)
                fail_about(find_producer(0, kind), kind, "is not named for");
        } else if ((observers[place]->produces & EVIDENCE_BIT(kind)) == 0) {
            fail_about(place, kind, "does not produce");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(producers_stand_before_readers),
        cmocka_unit_test(feedback_comes_from_behind),
        cmocka_unit_test(circles_are_the_known_ones),
        cmocka_unit_test(notice_is_there_for_what_is_read),
        cmocka_unit_test(kinds_have_the_observer_that_they_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
