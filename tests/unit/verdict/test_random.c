/* Random evidence neither crashes the engine nor proves anything that it does
 * not show. */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"
#include "controller/verdict/rows.h"
#include "tests/unit/test.h"

#define ROUNDS 3000
#define PIECES 60

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void add_value(struct evidence *evidence, enum evidence_key key,
                      uint32_t *seed)
{
    static const char *const texts[] = {
        "none",
        "unicast",
        "local",
        "blackhole",
        "FAILED",
        "REACHABLE",
        "PERMANENT",
        "DROP",
        "reject",
        "dnat",
        "ip",
        "ip6",
        "bridge",
        "eth0",
        "lo",
        "",
        "host",
        "1",
        "NETFILTER_DROP",
        "IP_INADDRERRORS",
        "TCP_LISTEN_OVERFLOW",
        "NOT_SPECIFIED",
        "QDISC_DROP",
        "NO_SOCKET",
        "SOCKET_FILTER",
        "nf_hook_slow",
        "nf_queue",
        "ip_error",
        "TcpExt.ListenOverflows",
        "TcpExt.IPReversePathFilter",
        "TcpExt.TCPSYNChallenge",
        "Conntrack.drop",
        "XfrmOutPolBlock",
        "net.ipv4.ip_forward",
        "net.ipv4.tcp_abort_on_overflow",
        "SYN_RECV",
        "T",
        "web.service",
        "active",
        "failed",
        "loaded",
        "block",
        "cgroup-ingress",
        "socket-filter",
        "qdisc",
        "netfilter-input",
    };
    static const char *const addresses[] = {"192.0.2.10", "198.51.100.10",
                                            "127.0.0.1",  "0.0.0.0",
                                            "::",         "2001:db8:b::10"};
    struct address address;

    switch (evidence_keys[key].type) {
    case VALUE_NUMBER:
        evidence_set_number(evidence, key, next_random(seed) % 4);
        break;
    case VALUE_WORD:
        evidence_set_word(evidence, key,
                          (int)(next_random(seed) %
                                (uint32_t)evidence_keys[key].words->count));
        break;
    case VALUE_TEXT:
        evidence_set_text(evidence, key,
                          texts[next_random(seed) % ARRAY_SIZE(texts)]);
        break;
    case VALUE_ADDRESS:
        assert_int_equal(
            address_parse(addresses[next_random(seed) % 6], &address), 0);
        evidence_set_address(evidence, key, &address);
        break;
    }
}

static void make_evidence(struct evidence *evidence, uint32_t id,
                          uint32_t *seed)
{
    evidence_init(evidence,
                  (enum evidence_kind)(next_random(seed) % EVIDENCE_KIND_COUNT),
                  next_random(seed) % 1000);
    evidence->id = id;
    evidence->role = (uint8_t)(next_random(seed) % ROLE_COUNT);
    /* Every key has its turn, whatever a piece can hold. */
    for (int i = 0, key = (int)(next_random(seed) % KEY_COUNT_OF_KEYS);
         i < KEY_COUNT_OF_KEYS; i++, key = (key + 1) % KEY_COUNT_OF_KEYS)
        if (next_random(seed) % 4 == 0 && evidence->count < EVIDENCE_MAX_VALUES)
            add_value(evidence, (enum evidence_key)key, seed);
    assert_int_equal(evidence_check(evidence), 0);
}

static void make_subject(struct subject *subject, uint32_t *seed)
{
    memset(subject, 0, sizeof(*subject));
    strcpy(subject->source_host, "hostA");
    if (next_random(seed) % 4 != 0)
        strcpy(subject->destination_host, "hostB");
    strcpy(subject->named_as, "hostB");
    assert_int_equal(address_parse("192.0.2.10", &subject->source), 0);
    assert_int_equal(address_parse("198.51.100.10", &subject->destination), 0);
    subject->port = 8080;
    subject->attempts = 3;
    subject->named_is_agent = next_random(seed) % 2;
    subject->collected = next_random(seed) % 2;
    subject->wait_over = next_random(seed) % 2;
    subject->exact_count = next_random(seed) % 2;
}

/* What a proof may consist of: a captured packet, a rule trace or drop event
 * for this packet, or the kernel's or the resolver's own error. */
static int is_proof(const struct evidence *evidence)
{
    return evidence->kind == EVIDENCE_PACKET ||
           evidence->kind == EVIDENCE_RULE || evidence->kind == EVIDENCE_DROP ||
           evidence->kind == EVIDENCE_ATTEMPT_END ||
           evidence->kind == EVIDENCE_RESOLVED;
}

static void check_proof(const struct judgement *judgement,
                        const struct evidence *items, size_t count)
{
    int found = 0;

    if (judgement->verdict.confidence != CONFIDENCE_PROVEN)
        return;
    for (size_t i = 0; i < judgement->verdict.evidence_count; i++)
        for (size_t j = 0; j < count; j++)
            found |= items[j].id == judgement->verdict.evidence[i] &&
                     is_proof(&items[j]);
    assert_true(found);
}

/* Whatever there is twice, the order in which it came decides nothing. */
static void check_order(const struct subject *subject, struct evidence *items,
                        size_t count, const struct judgement *first,
                        uint32_t *seed)
{
    static struct judgement again;
    static struct evidence spare;

    for (size_t i = count; i > 1; i--) {
        size_t j = next_random(seed) % i;

        spare = items[i - 1];
        items[i - 1] = items[j];
        items[j] = spare;
    }
    verdict_judge(subject, items, count, &again);
    assert_string_equal(again.verdict.summary, first->verdict.summary);
    assert_memory_equal(&again.verdict, &first->verdict, sizeof(again.verdict));
}

static void random_evidence_proves_nothing_false(void **state)
{
    static struct evidence items[PIECES];
    static struct judgement judgement;
    struct subject subject;
    uint32_t seed = 42;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct report report = {.trace_id = "T",
                                .started_at = "S",
                                .subject = &subject,
                                .judgement = &judgement,
                                .items = items,
                                .count = PIECES};
        char *json = NULL;

        make_subject(&subject, &seed);
        for (uint32_t i = 0; i < PIECES; i++)
            make_evidence(&items[i], i + 1, &seed);
        verdict_judge(&subject, items, PIECES, &judgement);
        check_proof(&judgement, items, PIECES);
        check_order(&subject, items, PIECES, &judgement, &seed);
        if (round % 50 == 0) {
            assert_int_equal(report_write_json(&report, &json, NULL), 0);
            free(json);
        }
    }
}

/* What is written is read again as it was. */
static void bundles_survive_the_round_trip(void **state)
{
    static struct evidence items[PIECES];
    struct subject subject;
    struct bundle bundle;
    uint32_t seed = 7;
    char *first = NULL;
    char *second = NULL;

    (void)state;
    make_subject(&subject, &seed);
    for (uint32_t i = 0; i < PIECES; i++)
        make_evidence(&items[i], i + 1, &seed);
    assert_int_equal(bundle_write_json(&subject, items, PIECES, &first, NULL),
                     0);
    assert_int_equal(bundle_read_json(first, strlen(first), &bundle, NULL), 0);
    assert_int_equal(bundle_write_json(&bundle.subject, bundle.items,
                                       bundle.count, &second, NULL),
                     0);
    assert_string_equal(first, second);
    bundle_fini(&bundle);
    free(first);
    free(second);
}

static void broken_bundles_are_refused(void **state)
{
    static const char *const broken[] = {
        "",
        "{",
        "[]",
        "{\"schema\": \"other\"}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{}]}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{\"kind\":\"packet\","
        "\"role\":\"source\",\"values\":{\"nonsense\":1}}]}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{\"kind\":\"packet\","
        "\"role\":\"source\",\"values\":{\"ttl\":\"many\"}}]}",
        "{\"schema\":\"probectl.bundle/1\",\"subject\":{\"source\":\"nowhere\"}}",
    };
    struct bundle bundle;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
        assert_true(
            bundle_read_json(broken[i], strlen(broken[i]), &bundle, NULL) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_evidence_proves_nothing_false),
        cmocka_unit_test(bundles_survive_the_round_trip),
        cmocka_unit_test(broken_bundles_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
