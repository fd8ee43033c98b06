/* Whose an address is: which agent is named in a finding, and where none is. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/holders.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_ITEMS 12

static struct evidence items[MAX_ITEMS];
static struct view view;

static void build(const char *text)
{
    static struct subject subject;

    subject = two_hosts_subject();
    view_build(&view, &subject, items,
               written_evidence(text, items, MAX_ITEMS));
}

struct naming
{
    const char *evidence;
    const char *detail; /* that the finding has */
    enum cause cause;
    enum role role;
    enum packet packet;
    const char *said;  /* what is added to "said" */
    const char *added; /* the name of the detail; NULL: none */
};

#define GATEWAY_HELD "controller held-by address=192.0.2.30 name=hostC"
#define MOVED        "controller held-by address=198.51.100.10 name=hostD age_s=12"
#define SHARED       "controller held-by address=198.51.100.10 name=hostD"
#define HELD_BY_B    "destination address address=198.51.100.10 prefix=24"
#define ON_PATH      CAUSE_LOST_ON_PATH, ROLE_PATH, PACKET_SYN

static const struct naming namings[] = {
    {GATEWAY_HELD, "192.0.2.30", ON_PATH, "; 192.0.2.30 is an address of hostC",
     "x_host"},
    {GATEWAY_HELD, "192.0.2.30:8080", CAUSE_FIREWALL_DROP, ROLE_DESTINATION,
     PACKET_SYN, "; 192.0.2.30 is an address of hostC", "x_host"},
    {"controller held-by address=2001:db8::30 name=hostC",
     "[2001:db8::30]:8080", ON_PATH, "; 2001:db8::30 is an address of hostC",
     "x_host"},
    /* Another address; it held it; two hold it; no word of the controller's. */
    {GATEWAY_HELD, "192.0.2.31", ON_PATH, "", NULL},
    {GATEWAY_HELD " age_s=5", "192.0.2.30", ON_PATH, "", NULL},
    {GATEWAY_HELD "; controller held-by address=192.0.2.30 name=hostD",
     "192.0.2.30", ON_PATH, "", NULL},
    {"destination held-by address=192.0.2.30 name=hostC", "192.0.2.30", ON_PATH,
     "", NULL},
    {GATEWAY_HELD, "eth0", ON_PATH, "", NULL},
    {GATEWAY_HELD, "tcp:dport", ON_PATH, "", NULL},

    {MOVED, "eth0", ON_PATH,
     "; hostD held 198.51.100.10 until 12 s ago: a neighbour entry on the way "
     "may still lead there",
     "held_before_by"},
    /* Not where another cause tells of itself, nor once anything came to the
     * right host, nor long after. */
    {MOVED, "eth0", CAUSE_PORT_FILTERED_ON_PATH, ROLE_PATH, PACKET_SYN, "",
     NULL},
    {MOVED "; destination trial trial=other-port direction=in interface=eth0 "
           "destination=198.51.100.10",
     "eth0", ON_PATH, "", NULL},
    {MOVED "; source trial trial=other-port direction=out interface=eth0 "
           "destination=198.51.100.10",
     "eth0", ON_PATH,
     "; hostD held 198.51.100.10 until 12 s ago: a neighbour entry on the way "
     "may still lead there",
     "held_before_by"},
    {"controller held-by address=198.51.100.10 name=hostD age_s=301", "eth0",
     ON_PATH, "", NULL},
    {SHARED, "eth0", ON_PATH, "; hostD holds 198.51.100.10", "held_by_too"},
    {SHARED "; " HELD_BY_B, "eth0", ON_PATH,
     "; hostD holds 198.51.100.10 as well", "held_by_too"},
    {SHARED, "eth0", CAUSE_ADDRESS_NOT_LOCAL, ROLE_DESTINATION, PACKET_SYN,
     "; hostD holds 198.51.100.10", "held_by_too"},
    /* The packet went where it should; the answer's address is another. */
    {SHARED, "eth0", CAUSE_FIREWALL_DROP, ROLE_DESTINATION, PACKET_SYN, "",
     NULL},
    {SHARED, "eth0", CAUSE_LOST_ON_PATH, ROLE_PATH, PACKET_SYN_ACK, "", NULL},
    {"controller held-by address=192.0.2.10 name=hostD", "eth0",
     CAUSE_LOST_ON_PATH, ROLE_PATH, PACKET_SYN_ACK, "; hostD holds 192.0.2.10",
     "held_by_too"},
    {SHARED, "eth0", CAUSE_ANSWERED_BY_OTHER, ROLE_PATH, PACKET_SYN_ACK,
     "; hostD holds 198.51.100.10", "held_by_too"},
    {"controller held-by link_address=02:00:00:00:02:00 name=hostC",
     "02:00:00:00:02:00", ON_PATH,
     "; 02:00:00:00:02:00 is a link address of hostC", "x_host"},
    {"controller held-by link_address=02:00:00:00:02:00 name=hostC",
     "02:00:00:00:02:01", ON_PATH, "", NULL},
    {"source held-by link_address=02:00:00:00:02:00 name=hostC",
     "02:00:00:00:02:00", ON_PATH, "", NULL},
    /* Whose agent is away, unless somebody who is there has it. */
    {GATEWAY_HELD " text=yesterday", "192.0.2.30", ON_PATH,
     "; 192.0.2.30 is an address of hostC, whose agent is offline (last seen "
     "yesterday)",
     "x_host"},
    {GATEWAY_HELD "; controller held-by address=192.0.2.30 name=hostD "
                  "text=yesterday",
     "192.0.2.30", ON_PATH, "; 192.0.2.30 is an address of hostC", "x_host"},
    {SHARED " text=yesterday", "eth0", ON_PATH,
     "; 198.51.100.10 is an address of hostD, whose agent is offline (last "
     "seen yesterday)",
     "held_by_offline"},
    {SHARED " text=yesterday", "eth0", CAUSE_FIREWALL_DROP, ROLE_DESTINATION,
     PACKET_SYN, "", NULL},
    /* An end's own address names nobody else. */
    {"controller held-by address=198.51.100.10 name=hostB", "eth0", ON_PATH, "",
     NULL},
};

static void test_agents_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(namings); i++) {
        const struct naming *naming = &namings[i];
        struct finding finding = {.cause = naming->cause,
                                  .role = naming->role,
                                  .packet = naming->packet,
                                  .detail_count = 1,
                                  .summary = "said"};

        build(naming->evidence);
        strcpy(finding.details[0].name, "x");
        strcpy(finding.details[0].text, naming->detail);
        explain_holders(&view, &finding);
        assert_memory_equal(finding.summary, "said", 4);
        assert_string_equal(finding.summary + 4, naming->said);
        assert_int_equal(finding.detail_count, naming->added == NULL ? 1 : 2);
        assert_int_equal(finding.evidence_count, naming->added == NULL ? 0 : 1);
        if (naming->added != NULL)
            assert_string_equal(finding.details[1].name, naming->added);
    }
}

/* A full list of details holds no more, and a summary none that does not fit. */
static void test_names_keep_to_their_room(void **state)
{
    struct finding finding = {.cause = CAUSE_LOST_ON_PATH,
                              .role = ROLE_PATH,
                              .detail_count = JUDGEMENT_MAX_DETAILS};

    (void)state;
    build(GATEWAY_HELD "; " MOVED);
    for (size_t i = 0; i < JUDGEMENT_MAX_DETAILS; i++) {
        strcpy(finding.details[i].name, "a_name_of_22_character");
        strcpy(finding.details[i].text, "192.0.2.30");
    }
    memset(finding.summary, 'x', sizeof(finding.summary) - 1);
    explain_holders(&view, &finding);
    assert_int_equal(finding.detail_count, JUDGEMENT_MAX_DETAILS);
    assert_int_equal(strlen(finding.summary), sizeof(finding.summary) - 1);
}

struct moved
{
    const char *evidence;
    enum answer moved, old_holder_called;
};

#define MOVED_TO_B HELD_BY_B "; " MOVED
#define ASKED                                                       \
    "; destination arp direction=in address=198.51.100.10 count=1 " \
    "answered="

static const struct moved moves[] = {
    {HELD_BY_B, NO, NO},
    {MOVED_TO_B, YES, NOT_OBSERVED},
    {MOVED_TO_B "; destination packet packet=syn direction=in other_host=1 "
                "attempt=1",
     YES, YES},
    /* hostB does not hold it; that was long ago; another address; it still does;
     * whoever asks was told. */
    {MOVED, NO, NO},
    {HELD_BY_B "; controller held-by address=198.51.100.10 name=hostD "
               "age_s=301",
     NO, NO},
    {HELD_BY_B "; controller held-by address=198.51.100.11 name=hostD age_s=1",
     NO, NO},
    {HELD_BY_B "; controller held-by address=198.51.100.10 name=hostA age_s=1",
     NO, NO}, /* the source itself, behind its gateway */
    {HELD_BY_B "; " SHARED, NO, NO},
    {MOVED_TO_B ASKED "1", NO, NO},
    {MOVED_TO_B "; destination trial trial=ping direction=in interface=eth0 "
                "destination=198.51.100.10",
     NO, NO},
    {MOVED_TO_B ASKED "0", YES, NOT_OBSERVED},
};

static void test_a_moved_address_leaves_doubt(void **state)
{
    static struct known known;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
        build(moves[i].evidence);
        facts_derive(&known, &view, 1);
        assert_true(
            fact_is(&known, F(DESTINATION, ADDRESS_MOVED), moves[i].moved));
        assert_true(fact_is(&known, F(DESTINATION, OLD_HOLDER_CALLED),
                            moves[i].old_holder_called));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agents_are_named),
        cmocka_unit_test(test_names_keep_to_their_room),
        cmocka_unit_test(test_a_moved_address_leaves_doubt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
