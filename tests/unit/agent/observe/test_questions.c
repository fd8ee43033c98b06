/* Which rules would stop a question for a link address, or the answer to it, by
 * rulesets of nftables, arptables and both backends of iptables, in a network
 * namespace. */
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "tests/unit/agent/observe/fake_worker.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/agent/observe/rule_line.h"
#include "tests/unit/test.h"

#define NFT(body) "nft -f - <<'EOF'\n" body "\nEOF\n"
#define INPUT(body)                                                             \
    NFT("table inet fw {\nchain in { type filter hook input priority 0;\n" body \
        "\n}\n}")
#define OUTPUT(body)                                                              \
    NFT("table inet fw {\nchain out { type filter hook output priority 0;\n" body \
        "\n}\n}")

/* A question that vb sees for the address of .2 (or ::2), and that nobody
 * answers; or ours for that of .1. */
struct question_case
{
    const char *name;
    const char *setup;
    const char *told; /* "in 0 arp/fw/in drop; ..." */
    bool v6;
    bool is_own;
    bool is_answered;
    bool is_bridged;
};

#define ARP_IN(body)                                                          \
    NFT("table arp fw { chain in { type filter hook input priority 0;\n" body \
        "\n}\n}")
#define ARP_OUT(body)                                                           \
    NFT("table arp fw { chain out { type filter hook output priority 0;\n" body \
        "\n}\n}")
#define BRIDGE_IN(body)                                                          \
    NFT("table bridge fw { chain in { type filter hook input priority 0;\n" body \
        "\n}\n}")

static const struct question_case question_cases[] = {
    {.name = "no rules", .setup = "true", .told = ""},
    {.name = "a question",
     .setup =
         ARP_IN("arp operation request arp saddr ip 192.0.2.1 arp daddr ip "
                "192.0.2.2 iifname \"vb\" drop"),
     .told = "in 0 arp/fw/in drop"},
    {.name = "its answer",
     .setup = ARP_OUT("arp operation reply arp saddr ip 192.0.2.2 drop"),
     .told = "out 1 arp/fw/out drop"},
    {.name = "a policy",
     .setup = ARP_IN("policy drop; iifname \"lo\" accept"),
     .told = "in 0 arp/fw/in drop"},
    {.name = "arptables",
     .setup = "arptables-nft -A INPUT -s 192.0.2.1 --opcode 1 -j DROP",
     .told = "in 0 arp/filter/INPUT drop"},
    {.name = "others' questions",
     .setup =
         ARP_IN("arp saddr ip 192.0.2.9 drop\narp daddr ip 192.0.2.9 drop\n"
                "arp operation reply drop\niifname \"lo\" drop\n"
                "arp plen 16 drop"),
     .told = ""},
    {.name = "who asks by which card nobody knows",
     .setup = ARP_IN("arp saddr ether 02:00:00:00:00:01 drop"),
     .told = "in 0 arp/fw/in maybe"},
    {.name = "answered",
     .setup = ARP_IN("drop"),
     .told = "",
     .is_answered = true},
    {.name = "our own",
     .setup = ARP_OUT("arp operation request arp daddr ip 192.0.2.1 drop"),
     .told = "out 0 arp/fw/out drop",
     .is_own = true},
    {.name = "the answer to ours",
     .setup = ARP_IN("arp operation reply arp saddr ip 192.0.2.1 drop"),
     .told = "in 1 arp/fw/in drop",
     .is_own = true},
    {.name = "the answer to ours, which the capture saw",
     .setup = ARP_OUT("drop") ARP_IN("arp operation reply drop"),
     .told = "in 1 arp/fw/in drop",
     .is_own = true,
     .is_answered = true},
    {.name = "the advertisement, which the capture saw",
     .setup = "ip6tables-nft -A INPUT -p ipv6-icmp -j DROP",
     .told = "in 1 ip6/filter/INPUT drop",
     .v6 = true,
     .is_own = true,
     .is_answered = true},
    {.name = "a bridge's",
     .setup = BRIDGE_IN("ether type arp arp daddr ip 192.0.2.2 drop"),
     .told = "in 0 bridge/fw/in drop",
     .is_bridged = true},
    {.name = "a bridge's port",
     .setup = BRIDGE_IN("iifname \"vb\" drop"),
     .told = "in 0 bridge/fw/in maybe",
     .is_bridged = true},
    {.name = "a bridge's, of IP",
     .setup = BRIDGE_IN("ether type ip drop\ntcp dport 8080 drop"),
     .told = "",
     .is_bridged = true},
    {.name = "no bridge", .setup = BRIDGE_IN("drop"), .told = ""},
    {.name = "IP's rules do not see ARP", .setup = INPUT("drop"), .told = ""},
    {.name = "discovery",
     .setup = INPUT("icmpv6 type nd-neighbor-solicit drop"),
     .told = "in 0 inet/fw/in drop",
     .v6 = true},
    {.name = "discovery, forgotten",
     .setup = INPUT("policy drop; ct state established,related accept\n"
                    "ct state invalid drop\ntcp dport 8080 accept\n"
                    "icmpv6 type { echo-request, nd-router-advert } accept"),
     .told = "in 0 inet/fw/in drop",
     .v6 = true},
    {.name = "discovery, and its answer's own rule",
     .setup = OUTPUT("icmpv6 type nd-neighbor-advert ip6 saddr 2001:db8::2 ip6 "
                     "daddr 2001:db8::1 drop"),
     .told = "out 1 inet/fw/out drop",
     .v6 = true},
    {.name = "discovery of others",
     .setup = INPUT("icmpv6 type nd-neighbor-advert drop\n"
                    "icmpv6 type echo-request drop\nip6 saddr 2001:db8::9 "
                    "drop\ntcp dport 8080 drop\nip6 hoplimit != 255 drop\n"
                    "meta l4proto udp drop\nip6 daddr 2001:db8::2 drop"),
     .told = "",
     .v6 = true},
    {.name = "discovery, by iptables",
     .setup = "ip6tables-nft -A INPUT -p ipv6-icmp --icmpv6-type 135 -j DROP",
     .told = "in 0 ip6/filter/INPUT drop",
     .v6 = true},
    {.name = "discovery, by old iptables",
     .setup =
         "ip6tables-legacy -A INPUT -p tcp -j DROP && ip6tables-legacy -A "
         "INPUT -p ipv6-icmp --icmpv6-type 136 -j DROP && "
         "ip6tables-legacy -A INPUT -p ipv6-icmp --icmpv6-type 135 -j DROP",
     .told = "in 0 ip6/filter/INPUT drop",
     .v6 = true},
};

static void describe_questions(const struct fake_worker *fake,
                               char line[RULE_LINE_SIZE])
{
    const struct evidence *item;

    line[0] = '\0';
    for (size_t n = 0;
         (item = fake_worker_find(fake, EVIDENCE_QUESTION_RULE, n)) != NULL;
         n++) {
        assert_int_equal(evidence_check(item), 0);
        rule_line_put(line, "", n == 0 ? "" : "; ", "");
        rule_line_put(
            line, "",
            word_name(&direction_words, evidence_word(item, KEY_DIRECTION)),
            evidence_number(item, KEY_ANSWERED, 0) != 0 ? " 1 " : " 0 ");
        rule_line_put_chain(line, item);
        rule_line_put(line, " ",
                      evidence_has(item, KEY_VERDICT) ? "drop" : "maybe", "");
    }
}

static void show_question(struct fake_worker *fake,
                          const struct question_case *one)
{
    struct evidence item;

    if (one->is_bridged) {
        evidence_init(&item, EVIDENCE_LINK, 1);
        evidence_set_text(&item, KEY_INTERFACE, "vb");
        evidence_set_text(&item, KEY_LINK_KIND, "bridge");
        evidence_set_word(&item, KEY_PHASE, PHASE_BEFORE);
        evidence_set_number(&item, KEY_UP, 1);
        evidence_set_number(&item, KEY_CARRIER, 1);
        evidence_set_number(&item, KEY_MTU, 1500);
        fake_worker_hear(fake, &item);
    }
    if (one->is_own && one->is_answered) {
        evidence_init(&item, EVIDENCE_ARP, 1);
        evidence_set_address(&item, KEY_ADDRESS, &fake->peer);
        evidence_set_text(&item, KEY_INTERFACE, "vb");
        evidence_set_word(&item, KEY_DIRECTION, DIRECTION_OUT);
        evidence_set_number(&item, KEY_COUNT, 1);
        evidence_set_number(&item, KEY_ANSWERED, 1);
        fake_worker_hear(fake, &item);
    }
    evidence_init(&item, one->is_own ? EVIDENCE_NEIGHBOUR : EVIDENCE_ARP, 1);
    evidence_set_address(&item, KEY_ADDRESS,
                         one->is_own ? &fake->peer : &fake->own);
    evidence_set_text(&item, KEY_INTERFACE, "vb");
    if (one->is_own) {
        evidence_set_word(&item, KEY_PHASE, PHASE_AFTER);
        evidence_set_text(&item, KEY_NEIGHBOUR_STATE, "FAILED");
    } else {
        evidence_set_word(&item, KEY_DIRECTION, DIRECTION_IN);
        evidence_set_address(&item, KEY_SOURCE, &fake->peer);
        evidence_set_number(&item, KEY_COUNT, 1);
        evidence_set_number(&item, KEY_ANSWERED, one->is_answered);
    }
    fake_worker_hear(fake, &item);
}

static void try_question(const struct question_case *one)
{
    struct fake_worker *fake =
        fake_worker_new(ROLE_DESTINATION, one->v6 ? "2001:db8::2" : "192.0.2.2",
                        one->v6 ? "2001:db8::1" : "192.0.2.1", 8080);
    char told[RULE_LINE_SIZE];

    fake_worker_arm(fake, "foresight");
    show_question(fake, one);
    fake_worker_collect(fake);
    describe_questions(fake, told);
    if (strcmp(told, one->told) != 0)
        fail_msg("%s: '%s', not '%s'", one->name, told, one->told);
    assert_int_equal(fake_worker_disarm(fake), 0);
    fake_worker_free(fake);
}

static void tells_who_stops_a_question(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(question_cases); i++) {
        if (i > 0)
            lab_up(state);
        lab_run(question_cases[i].setup);
        try_question(&question_cases[i]);
        if (i + 1 < ARRAY_SIZE(question_cases))
            lab_down(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_who_stops_a_question, lab_up,
                                        lab_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
