/* Every question of routing is asked as the packet stands at that moment: what
 * the destination passed on is answered with the holder's address, from the
 * holder's device, with that packet's mark; its own answer with its own.  A fact
 * never rests on the lookup of another moment, in whatever order they came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/facts.h"
#include "controller/engine/view/ways.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS     2000
#define MAX_PIECES 16
#define HOLDER     "172.17.0.2"

static const char *const types[] = {"unicast", "none", "prohibit", "blackhole",
                                    "local"};
static const char *const devices[] = {"eth0", "mgmt0", "wg0"};
static const char *const froms[] = {
    "", " source=" HOLDER " from_interface=docker0",
    " source=172.17.0.9 from_interface=docker0"};
static const char *const marks[] = {"", " mark=7"};

#define PICK(list, seed) list[random_next(seed) % ARRAY_SIZE(list)]

/* Lookups of all moments, and a SYN that is passed on, or not. */
static size_t make(struct evidence *items, bool passed, bool marked,
                   uint32_t *seed)
{
    char text[4096];
    size_t used = 0;

    used += (size_t)snprintf(
        text + used, sizeof(text) - used, "%s",
        "destination packet packet=syn direction=in interface=eth0 attempt=1");
    if (passed)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s",
                             "; destination packet packet=syn direction=out "
                             "interface=docker0 attempt=1 "
                             "destination=" HOLDER);
    if (marked)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
                                 "; destination rule packet=syn-ack attempt=1 "
                                 "mark=7");
    for (int i = 0; i < 10; i++)
        used += (size_t)snprintf(
            text + used, sizeof(text) - used,
            "; destination route phase=after destination=192.0.2.10 "
            "route_type=%s interface=%s%s%s",
            PICK(types, seed), PICK(devices, seed), PICK(froms, seed),
            PICK(marks, seed));
    assert_true(used < sizeof(text));
    return written_evidence(text, items, MAX_PIECES);
}

static bool is_of_holder(const struct evidence *route)
{
    struct address from = evidence_address(route, KEY_SOURCE);
    struct address holder;

    assert_int_equal(address_parse(HOLDER, &holder), 0);
    return evidence_has(route, KEY_FROM_INTERFACE) &&
           address_equal(&from, &holder);
}

/* Is there a lookup that asks as the packet stood? */
static bool has_right_one(const struct view *view, bool passed)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_ROUTE &&
            !evidence_has(view->items[i], KEY_MARK) &&
            is_of_holder(view->items[i]) == passed &&
            (passed || !evidence_has(view->items[i], KEY_FROM_INTERFACE)))
            return true;
    return false;
}

static void check_route(const struct evidence *route, bool passed, bool marked)
{
    if (route == NULL || route->kind != EVIDENCE_ROUTE)
        return;
    if (passed)
        assert_true(is_of_holder(route));
    else
        assert_false(evidence_has(route, KEY_FROM_INTERFACE));
    if (!marked)
        assert_false(evidence_has(route, KEY_MARK));
}

static void every_lookup_is_of_its_moment(void **state)
{
    static const fact_ref facts[] = {
        F(DESTINATION, NO_ROUTE), F(DESTINATION, ROUTE_REJECTS),
        F(DESTINATION, ROUTE_ASTRAY), F(DESTINATION, ON_LINK)};
    static struct view view;
    struct evidence items[MAX_PIECES];
    struct subject subject = two_hosts_subject();
    uint32_t seed = 7;
    unsigned looked = 0;

    (void)state;
    subject.collected = true;
    for (int round = 0; round < ROUNDS; round++) {
        bool passed = random_next(&seed) % 2 != 0;
        bool marked = random_next(&seed) % 2 != 0;
        size_t count = make(items, passed, marked, &seed);
        struct known known;

        view_build(&view, &subject, items, count);
        if (!has_right_one(&view, passed))
            continue; /* an agent of before: the next best is taken */
        looked++;
        check_route(ways_route(&view, ROLE_DESTINATION, &view.attempts[1]),
                    passed, marked);
        facts_derive(&known, &view, 1);
        for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
            check_route(known.because[facts[i]], passed, marked);
    }
    assert_true(looked > ROUNDS / 2);
}

/* What was captured beats what was asked: an answer that was seen to leave by
 * another device than the SYN's leads astray, whatever the lookup says. */
static void a_sight_beats_a_lookup(void **state)
{
    static const char text[] =
        "destination packet packet=syn direction=in interface=eth0; "
        "destination packet packet=syn-ack direction=out interface=mgmt0; "
        "destination route phase=after route_type=unicast interface=eth0 "
        "destination=192.0.2.10";
    static struct view view;
    struct evidence items[MAX_PIECES];
    struct subject subject = two_hosts_subject();
    struct known known;

    (void)state;
    subject.collected = true;
    view_build(&view, &subject, items,
               written_evidence(text, items, MAX_PIECES));
    facts_derive(&known, &view, 1);
    assert_true(fact_is(&known, F(DESTINATION, ROUTE_ASTRAY), YES));
    assert_int_equal(known.because[F(DESTINATION, ROUTE_ASTRAY)]->kind,
                     EVIDENCE_PACKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lookup_is_of_its_moment),
        cmocka_unit_test(a_sight_beats_a_lookup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
