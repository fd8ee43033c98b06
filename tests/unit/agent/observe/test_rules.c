/* The observers of firewalls, for real, in network namespaces. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "common/base/array.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

#define V4_HERE "192.0.2.2"
#define V4_FAR  "192.0.2.1"
#define V6_HERE "2001:db8::2"
#define V6_FAR  "2001:db8::1"

/* The step of this verdict, or NULL. */
static const struct evidence *find_step(const struct fake_worker *fake,
                                        int verdict)
{
    const struct evidence *step;

    for (size_t n = 0;
         (step = fake_worker_find(fake, EVIDENCE_RULE, n)) != NULL; n++)
        if (evidence_word(step, KEY_VERDICT) == verdict)
            return step;
    return NULL;
}

#define PATIENCE_MS 30000 /* of a machine that is very busy */
#define TURN_MS     20
#define MOMENT_MS   60 /* for what follows, or would */
#define NO_STEP     (-1)

/* Until a rule has told this verdict, and a moment for what follows; where none
 * will, the packets have half a second. */
static void await_step(struct fake_worker *fake, int verdict)
{
    unsigned most = verdict == NO_STEP ? 500 : PATIENCE_MS;

    for (unsigned ms = 0; ms < most && find_step(fake, verdict) == NULL;
         ms += TURN_MS)
        fake_worker_run(fake, TURN_MS);
    fake_worker_run(fake, MOMENT_MS);
}

/* Nothing but the firewall's observers, one attempt from far, which meets this
 * verdict. */
static struct fake_worker *trace_until(int verdict, const char *own,
                                       const char *peer)
{
    struct fake_worker *fake =
        fake_worker_new(ROLE_DESTINATION, own, peer, 8080);
    int fd;

    fake_worker_arm(fake, "rule-trace");
    fake_worker_arm(fake, "rule-counters");
    lab_enter_far();
    fd = fake_worker_connect(fake, 2, &fake->own);
    lab_enter_here();
    await_step(fake, verdict);
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
    close(fd);
    return fake;
}

static struct fake_worker *trace_here(const char *own, const char *peer)
{
    return trace_until(VERDICT_DROP, own, peer);
}

static void assert_complete(const struct fake_worker *fake)
{
    for (size_t n = 0; n < 2; n++) {
        const struct evidence *told =
            fake_worker_find(fake, EVIDENCE_RULE_TRACE, n);

        assert_non_null(told);
        assert_int_equal(evidence_number(told, KEY_COMPLETE, 0), 1);
    }
}

static void assert_drop(const struct fake_worker *fake, int stage,
                        const char *chain, const char *target, const char *rule)
{
    const struct evidence *step = find_step(fake, VERDICT_DROP);

    assert_non_null(step);
    assert_int_equal(evidence_number(step, KEY_ATTEMPT, 0), 2);
    assert_int_equal(evidence_word(step, KEY_PACKET), PACKET_SYN);
    assert_int_equal(evidence_word(step, KEY_STAGE), stage);
    assert_string_equal(evidence_text(step, KEY_CHAIN, ""), chain);
    assert_string_equal(evidence_text(step, KEY_TARGET, ""), target);
    assert_string_equal(evidence_text(step, KEY_RULE, ""), rule);
    assert_complete(fake);
}

static void needs_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void shows_a_drop_in_input(void **state)
{
    static const char *const pairs[][2] = {{V4_HERE, V4_FAR},
                                           {V6_HERE, V6_FAR}};

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain in { type filter hook input priority 0;"
            " tcp dport 22 accept; tcp dport 8080 drop; }; }'");
    for (size_t i = 0; i < 2; i++) {
        struct fake_worker *fake = trace_here(pairs[i][0], pairs[i][1]);

        assert_drop(fake, STAGE_INPUT, "in", "drop", "tcp dport 8080 drop");
        assert_string_equal(
            evidence_text(find_step(fake, VERDICT_DROP), KEY_INTERFACE, ""),
            "vb");
        fake_worker_free(fake);
    }
}

static void shows_a_reject_behind_a_jump(void **state)
{
    struct fake_worker *fake;
    const struct evidence *jump;

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain no { tcp dport 8080 reject with tcp "
            "reset; }; chain in { type filter hook input priority 0; ip saddr "
            "{ 192.0.2.1, 192.0.2.7 } jump no; }; }'");
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_INPUT, "no", "reject",
                "tcp dport 8080 reject with tcp reset");
    jump = find_step(fake, VERDICT_JUMP);
    assert_non_null(jump);
    assert_string_equal(evidence_text(jump, KEY_TARGET, ""), "no");
    assert_string_equal(
        evidence_text(find_step(fake, VERDICT_DROP), KEY_BASE_CHAIN, ""), "in");
    fake_worker_free(fake);
}

static void shows_a_drop_in_raw_prerouting(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("nft 'table ip raw { chain pre { type filter hook prerouting "
            "priority raw; tcp dport 8080 drop; }; }'");
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_PREROUTING, "pre", "drop", "tcp dport 8080 drop");
    assert_int_equal(evidence_word(find_step(fake, VERDICT_DROP), KEY_BACKEND),
                     BACKEND_NFTABLES);
    fake_worker_free(fake);
}

/* On the device itself, in both families that have such chains; prerouting is
 * never reached. */
static void shows_a_drop_on_ingress(void **state)
{
    static const char *const families[] = {"netdev", "inet"};

    (void)state;
    needs_root();
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct fake_worker *fake;
        char command[256];

        snprintf(command, sizeof(command),
                 "nft 'flush ruleset; table %s fw { chain in { type filter "
                 "hook ingress device vb priority -500; tcp dport 8080 drop; "
                 "}; }'",
                 families[i]);
        lab_run(command);
        fake = trace_here(V4_HERE, V4_FAR);
        assert_drop(fake, STAGE_INGRESS, "in", "drop", "tcp dport 8080 drop");
        assert_string_equal(evidence_text(find_step(fake, VERDICT_DROP),
                                          KEY_FIREWALL_FAMILY, ""),
                            families[i]);
        assert_string_equal(
            evidence_text(find_step(fake, VERDICT_DROP), KEY_INTERFACE, ""),
            "vb");
        assert_complete(fake);
        fake_worker_free(fake);
    }
}

/* It sees the mark that output has set. */
static void shows_a_drop_on_egress(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    lab_run("nft 'table netdev fw { chain out { type filter hook egress device "
            "vb priority 0; tcp dport 8080 drop; }; }'");
    fake = fake_worker_new(ROLE_SOURCE, V4_HERE, V4_FAR, 8080);
    fake_worker_arm(fake, "rule-trace");
    fd = fake_worker_connect(fake, 2, &fake->peer);
    await_step(fake, VERDICT_DROP);
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
    assert_drop(fake, STAGE_EGRESS, "out", "drop", "tcp dport 8080 drop");
    close(fd);
    fake_worker_free(fake);
}

/* A host whose own address stands on a bridge: its rules come before IP's. */
static void shows_a_drop_on_a_bridge(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("ip addr flush dev vb && ip link add br0 type bridge "
            "mcast_snooping 0 && ip link set vb master br0 && ip link set br0 "
            "up && ip addr add 192.0.2.2/24 dev br0 && nft 'table bridge fw { "
            "chain in { type filter hook prerouting priority -300; tcp dport "
            "8080 drop; }; }'");
    lab_wait_up("br0"); /* else its first answer to ARP is lost */
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_PREROUTING, "in", "drop", "tcp dport 8080 drop");
    assert_string_equal(
        evidence_text(find_step(fake, VERDICT_DROP), KEY_FIREWALL_FAMILY, ""),
        "bridge");
    lab_run("test \"$(nft list tables)\" = 'table bridge fw'");
    fake_worker_free(fake);
}

static void shows_a_policy(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain in { type filter hook input priority 0;"
            " policy drop; tcp dport 22 accept; }; }'");
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_INPUT, "in", "drop", "policy drop");
    assert_int_equal(
        evidence_number(find_step(fake, VERDICT_DROP), KEY_POLICY, 0), 1);
    fake_worker_free(fake);
}

/* The rule that would drop it never gets to see it. */
static void shows_no_drop_behind_an_accept(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain in { type filter hook input priority 0;"
            " policy drop; tcp dport 8080 accept; tcp dport 8080 drop; }; }'");
    fake = trace_until(VERDICT_ACCEPT, V4_HERE, V4_FAR);
    assert_null(find_step(fake, VERDICT_DROP));
    assert_string_equal(
        evidence_text(find_step(fake, VERDICT_ACCEPT), KEY_RULE, ""),
        "tcp dport 8080 accept");
    assert_complete(fake);
    fake_worker_free(fake);
}

static void shows_a_drop_on_the_way_out(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain out { type filter hook output priority "
            "0; tcp dport 8080 drop; }; }'");
    fake = fake_worker_new(ROLE_SOURCE, V4_HERE, V4_FAR, 8080);
    fake_worker_arm(fake, "rule-trace");
    fd = fake_worker_connect(fake, 2, &fake->peer);
    await_step(fake, VERDICT_DROP);
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
    assert_drop(fake, STAGE_OUTPUT, "out", "drop", "tcp dport 8080 drop");
    close(fd);
    fake_worker_free(fake);
}

static void speaks_the_words_of_iptables_nft(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("iptables-nft -N sub; iptables-nft -A INPUT -p udp -j ACCEPT;"
            "iptables-nft -A INPUT -j sub; iptables-nft -A sub -p tcp --dport "
            "8080 -m comment --comment 'a b' -j REJECT");
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_INPUT, "sub", "reject",
                "-A sub -p tcp -m tcp --dport 8080 -m comment --comment \"a b\""
                " -j REJECT --reject-with icmp-port-unreachable");
    assert_int_equal(evidence_word(find_step(fake, VERDICT_DROP), KEY_BACKEND),
                     BACKEND_IPTABLES_NFT);
    fake_worker_free(fake);
}

static void says_so_where_there_are_no_rules(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    fake = trace_until(NO_STEP, V4_HERE, V4_FAR);
    assert_null(fake_worker_find(fake, EVIDENCE_RULE, 0));
    assert_int_equal(
        evidence_number(fake_worker_find(fake, EVIDENCE_RULE_TRACE, 0),
                        KEY_TABLES, -1),
        0);
    assert_complete(fake);
    assert_int_equal(
        evidence_number(fake_worker_find(fake, EVIDENCE_RULE_COUNTERS, 1),
                        KEY_TABLES, -1),
        0);
    fake_worker_free(fake);
}

/* What was changed while it watched; ours is not somebody's change. */
static void check_change(const char *command, const char *process)
{
    struct fake_worker *fake;
    struct fake_worker *other;
    const struct evidence *after;

    fake = fake_worker_new(ROLE_DESTINATION, V4_HERE, V4_FAR, 8080);
    fake_worker_arm(fake, "rule-trace");
    other = fake_worker_new(ROLE_SOURCE, V4_HERE, V4_FAR, 8080);
    fake_worker_arm(other, "rule-trace");
    fake_worker_collect(other);
    assert_int_equal(fake_worker_disarm(other), 0);
    if (command != NULL)
        lab_run(command);
    fake_worker_collect(fake);
    after = fake_worker_find(fake, EVIDENCE_RULE_TRACE, 1);
    assert_int_equal(evidence_number(after, KEY_COUNT, 0), command != NULL);
    assert_string_equal(evidence_text(after, KEY_PROCESS, ""), process);
    assert_int_equal(fake_worker_disarm(fake), 0);
    fake_worker_free(other);
    fake_worker_free(fake);
}

static void tells_who_changed_the_rules(void **state)
{
    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain in { type filter hook input priority "
            "0; }; set s { type ipv4_addr; }; }'");
    check_change(NULL, "");
    check_change("nft add rule inet fw in tcp dport 9 drop", "nft");
    check_change("nft add element inet fw s { 192.0.2.7 }", "nft");
    check_change("nft flush ruleset", "nft");
}

static void obeys_the_policy(void **state)
{
    struct fake_worker *fake;
    const struct evidence *limit;

    (void)state;
    needs_root();
    lab_run("nft add table inet fw");
    fake = fake_worker_new(ROLE_DESTINATION, V4_HERE, V4_FAR, 8080);
    fake->policy.rule_trace = false;
    fake_worker_arm(fake, "rule-trace");
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
    assert_null(fake_worker_find(fake, EVIDENCE_RULE_TRACE, 0));
    limit = fake_worker_find(fake, EVIDENCE_LIMIT, 0);
    assert_non_null(limit);
    assert_string_equal(evidence_text(limit, KEY_TEXT, ""),
                        "forbidden by this host's policy");
    fake_worker_free(fake);
}

static void counts_legacy_rules(void **state)
{
    struct fake_worker *fake;
    const struct evidence *moved;

    (void)state;
    needs_root();
    lab_run("iptables-legacy -N sub; iptables-legacy -A INPUT -j sub;"
            "iptables-legacy -A sub -p tcp --dport 8080 -j DROP;"
            "ip6tables-legacy -A INPUT -p ipv6-icmp -j ACCEPT;"
            "ip6tables-legacy -P INPUT DROP");
    fake = trace_until(NO_STEP, V4_HERE, V4_FAR);
    moved = fake_worker_find(fake, EVIDENCE_RULE_COUNTER, 0);
    assert_non_null(moved);
    assert_string_equal(evidence_text(moved, KEY_RULE, ""),
                        "-A sub -p tcp -m tcp --dport 8080 -j DROP");
    assert_int_equal(evidence_word(moved, KEY_STAGE), STAGE_INPUT);
    assert_int_equal(evidence_number(moved, KEY_AFTER, 0) -
                         evidence_number(moved, KEY_BEFORE, 0),
                     1);
    fake_worker_free(fake);
    fake = trace_until(NO_STEP, V6_HERE, V6_FAR);
    moved = fake_worker_find(fake, EVIDENCE_RULE_COUNTER, 0);
    assert_non_null(moved);
    assert_string_equal(evidence_text(moved, KEY_FIREWALL_FAMILY, ""), "ip6");
    assert_string_equal(evidence_text(moved, KEY_TARGET, ""), "drop");
    assert_int_equal(evidence_number(moved, KEY_POLICY, 0), 1);
    fake_worker_free(fake);
}

/* Each has a table of its own, and neither sees the other's packets. */
static void keeps_two_traces_apart(void **state)
{
    struct fake_worker *other;
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("nft 'table inet fw { chain in { type filter hook input priority 0;"
            " tcp dport 8080 drop; }; }'");
    other = fake_worker_new(ROLE_DESTINATION, V4_HERE, V4_FAR, 8080);
    other->order.isn_base = 0x01234005;
    fake_worker_arm(other, "rule-trace");
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_INPUT, "in", "drop", "tcp dport 8080 drop");
    fake_worker_run(other, 20);
    fake_worker_collect(other);
    assert_int_equal(fake_worker_disarm(other), 0);
    assert_null(fake_worker_find(other, EVIDENCE_RULE, 0));
    assert_complete(other);
    lab_run("test \"$(nft list tables)\" = 'table inet fw'");
    fake_worker_free(other);
    fake_worker_free(fake);
}

/* Debian's iptables does not bring nft along. */
static void does_without_the_program_nft(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run("iptables-nft -A INPUT -p udp -j ACCEPT; iptables-nft -A INPUT -p "
            "tcp --dport 8080 -j REJECT");
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    lab_run("mount --make-rprivate / && mount -t tmpfs none /tmp &&"
            " touch /tmp/none && mount --bind /tmp/none /usr/sbin/nft");
    assert_int_not_equal(access("/usr/sbin/nft", X_OK), 0);
    fake = trace_here(V4_HERE, V4_FAR);
    assert_drop(fake, STAGE_INPUT, "INPUT", "reject",
                "-A INPUT -p tcp -m tcp --dport 8080 -j REJECT --reject-with "
                "icmp-port-unreachable");
    fake_worker_free(fake);
}

/* Whoever kills us takes our table with us. */
static void leaves_nothing_when_killed(void **state)
{
    int ready[2];
    char byte;
    pid_t child;

    (void)state;
    needs_root();
    lab_run("nft add table inet fw");
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct fake_worker *fake =
            fake_worker_new(ROLE_DESTINATION, V4_HERE, V4_FAR, 8080);

        fake_worker_arm(fake, "rule-trace");
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    lab_run("nft list tables | grep -q 'table inet probectl-'");
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    lab_run("test \"$(nft list tables)\" = 'table inet fw'");
    close(ready[0]);
    close(ready[1]);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, lab_up, lab_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LAB(shows_a_drop_in_input),
        IN_LAB(shows_a_reject_behind_a_jump),
        IN_LAB(shows_a_drop_in_raw_prerouting),
        IN_LAB(shows_a_drop_on_ingress),
        IN_LAB(shows_a_drop_on_egress),
        IN_LAB(shows_a_drop_on_a_bridge),
        IN_LAB(shows_a_policy),
        IN_LAB(shows_no_drop_behind_an_accept),
        IN_LAB(shows_a_drop_on_the_way_out),
        IN_LAB(speaks_the_words_of_iptables_nft),
        IN_LAB(says_so_where_there_are_no_rules),
        IN_LAB(tells_who_changed_the_rules),
        IN_LAB(obeys_the_policy),
        IN_LAB(counts_legacy_rules),
        IN_LAB(keeps_two_traces_apart),
        IN_LAB(leaves_nothing_when_killed),
        IN_LAB(does_without_the_program_nft), /* last: stays without it */
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
