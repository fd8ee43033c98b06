/* A name that leads away from the host that it names: whatever stops what goes to
 * that address, on the source or between the hosts, is not proven to be the cause,
 * and the name is told.  Over every case there is, made to be such a one. */
#include <string.h>

#include "common/base/clean.h"
#include "controller/engine/verdict.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/test.h"

struct tally
{
    unsigned judged;
    unsigned named;
};

static void change_address(struct evidence *item, const struct address *old,
                           const struct address *other)
{
    for (uint8_t i = 0; i < item->count; i++)
        if (address_equal(&item->values[i].address, old))
            item->values[i].address = *other;
}

/* The named host's own address is another one. */
static void misname(struct bundle *bundle)
{
    struct subject *subject = &bundle->subject;
    bool is6 = subject->destination.family == 6;
    struct address other;

    assert_int_equal(
        address_parse(is6 ? "2001:db8:77::7" : "203.0.113.77", &other), 0);
    subject->named_is_agent = true;
    subject->expected_elsewhere = false;
    subject->destination_held = false;
    subject->destination_former = false;
    *(is6 ? &subject->primary6 : &subject->primary4) = other;
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->items[i].role == ROLE_DESTINATION &&
            bundle->items[i].kind == EVIDENCE_ADDRESS)
            change_address(&bundle->items[i], &subject->destination, &other);
}

static bool has_arrived(const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->items[i].role == ROLE_DESTINATION &&
            (bundle->items[i].kind == EVIDENCE_PACKET ||
             bundle->items[i].kind == EVIDENCE_RULE ||
             bundle->items[i].kind == EVIDENCE_DROP))
            return true;
    return false;
}

static bool lists_addresses(const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->items[i].role == ROLE_DESTINATION &&
            bundle->items[i].kind == EVIDENCE_ADDRESSES)
            return true;
    return false;
}

static void judge(const char *name, struct bundle *bundle, void *data)
{
    static struct judgement out;
    struct tally *tally = data;
    const struct finding *verdict = &out.verdict;

    if (!address_is_set(&bundle->subject.destination) ||
        bundle->subject.destination_host[0] == '\0' || has_arrived(bundle) ||
        strcmp(bundle->subject.source_host, bundle->subject.destination_host) ==
            0)
        return;
    misname(bundle);
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &out);
    if (verdict->packet != PACKET_SYN || verdict->role == ROLE_DESTINATION ||
        verdict->cause == CAUSE_UNDETERMINED)
        return;
    tally->judged++;
    if (verdict->confidence == CONFIDENCE_PROVEN)
        fail_msg("%s: proven: %s", name, verdict->summary);
    if (!lists_addresses(bundle))
        return;
    tally->named++;
    if (strstr(verdict->summary, " does not own") == NULL)
        fail_msg("%s: no word of the name: %s", name, verdict->summary);
}

static void nothing_is_proven_of_what_a_wrong_name_led(void **state)
{
    struct tally tally = {0};

    (void)state;
    cases_for_each(judge, &tally);
    assert_true(tally.judged >= 20);
    assert_true(tally.named >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_proven_of_what_a_wrong_name_led),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
