/* What the kernel says of each fault that it drops a packet for, in namespaces of
 * its own each.  Skipped where the kernel does not take the program. */
#include <errno.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/agent/observe/drops_lab.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

#define PATIENCE_MS 5000
#define TURN_MS     50

struct fault
{
    const char *name;
    const char *here, *far; /* commands, or NULL */
    const char *to;         /* another address than the watched end's */
    enum listener listener; /* at the watched end */
    bool leaves;            /* the attempt starts from the watched end */
    bool is_v6;
    enum packet packet; /* that is lost */
    enum stage stage;
    const char *reason, *function;
    int error; /* of the route */
};

static void run_if(void (*run)(const char *), const char *command)
{
    if (command != NULL)
        run(command);
}

/* As long as a busy machine needs, and then for what should not come. */
static void await_drop(struct fake_worker *fake)
{
    for (unsigned i = 0; i < PATIENCE_MS / TURN_MS &&
                         fake_worker_find(fake, EVIDENCE_DROP, 0) == NULL;
         i++)
        fake_worker_run(fake, TURN_MS);
    fake_worker_run(fake, TURN_MS);
}

/* One attempt from one end to the other, watched here. */
static struct fake_worker *trace(const struct fault *fault)
{
    const char *here = fault->is_v6 ? V6_HERE : V4_HERE;
    const char *far = fault->is_v6 ? V6_FAR : V4_FAR;
    CLEAN_FD int listener = -1;
    CLEAN_FD int attempt = -1;
    struct fake_worker *fake;

    run_if(lab_run, fault->here);
    run_if(lab_run_far, fault->far);
    fake = drops_lab_watch(fault->leaves ? ROLE_SOURCE : ROLE_DESTINATION, here,
                           far, 0);
    if (fault->listener != LISTENER_NONE)
        listener = drops_lab_listen(fault->listener, fault->is_v6);
    if (fault->leaves) {
        attempt = fake_worker_connect(fake, 2, &fake->peer);
    } else {
        struct address to = fake->own;

        if (fault->to != NULL)
            assert_int_equal(address_parse(fault->to, &to), 0);
        lab_enter_far();
        attempt = fake_worker_connect(fake, 2, &to);
        lab_enter_here();
    }
    await_drop(fake);
    drops_lab_end(fake);
    return fake;
}

static void assert_drop(const struct fake_worker *fake,
                        const struct fault *fault)
{
    const struct evidence *drop = fake_worker_find(fake, EVIDENCE_DROP, 0);

    if (drop == NULL)
        fake_worker_print(fake, stdout);
    assert_non_null(drop);
    print_message("%s %s @ %s, %s, %s, error %d\n",
                  word_name(&packet_words, evidence_word(drop, KEY_PACKET)),
                  evidence_text(drop, KEY_REASON, "-"),
                  evidence_text(drop, KEY_FUNCTION, "-"),
                  word_name(&stage_words, evidence_word(drop, KEY_STAGE)),
                  evidence_text(drop, KEY_INTERFACE, "-"),
                  (int)evidence_number(drop, KEY_ERRNO, 0));
    assert_int_equal(evidence_number(drop, KEY_ATTEMPT, 0), 2);
    assert_int_equal(evidence_word(drop, KEY_PACKET), fault->packet);
    assert_int_equal(evidence_word(drop, KEY_STAGE), fault->stage);
    assert_string_equal(evidence_text(drop, KEY_REASON, ""), fault->reason);
    assert_string_equal(evidence_text(drop, KEY_FUNCTION, ""), fault->function);
    assert_int_equal(evidence_number(drop, KEY_ERRNO, 0), fault->error);
    assert_null(fake_worker_find(fake, EVIDENCE_DROP, 1));
}

static void assert_fault(const struct fault *fault)
{
    struct fake_worker *fake = trace(fault);

    assert_drop(fake, fault);
    assert_non_null(fake_worker_find(fake, EVIDENCE_DROPS, 0));
    fake_worker_free(fake);
}

/* As a router, with a second cable. */
#define FORWARDING                               \
    "ip link set vb address 02:00:00:00:00:02; " \
    "ip link add vc type veth peer name vd; "    \
    "ip link set vc up; ip link set vd up; sysctl -qw net.ipv4.ip_forward=1; "

#define FORWARDING_V6 \
    "ip link set vb address 02:00:00:00:00:02; sysctl -qw net.ipv6.conf.all.forwarding=1; "

static const struct fault faults[] = {
    {.name = "a missing listener",
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "NO_SOCKET",
     .function = "tcp_v4_rcv"},
    {.name = "a missing listener in ipv6",
     .is_v6 = true,
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "NO_SOCKET",
     .function = "tcp_v6_rcv"},
    {.name = "a rule in input",

     .here =
         "nft 'table inet fw { chain in { type filter hook input priority 0; tcp dport 8080 drop; }; }'",
     .packet = PACKET_SYN,
     .stage = STAGE_INPUT,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule in prerouting",

     .here =
         "nft 'table inet fw { chain in { type filter hook prerouting priority -300; tcp dport 8080 drop; }; }'",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule at ingress",

     .here =
         "nft 'table netdev fw { chain in { type filter hook ingress device vb priority 0; tcp dport 8080 drop; }; }'",
     .packet = PACKET_SYN,
     .stage = STAGE_INGRESS,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule at egress",

     .here =
         "nft 'table netdev fw { chain out { type filter hook egress device vb priority 0; tcp dport 8080 drop; }; }'",
     .leaves = true,
     .packet = PACKET_SYN,
     .stage = STAGE_EGRESS,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule in output",

     .here =
         "nft 'table inet fw { chain out { type filter hook output priority 0; tcp dport 8080 drop; }; }'",
     .leaves = true,
     .packet = PACKET_SYN,
     .stage = STAGE_OUTPUT,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule against answers",

     .here =
         "nft 'table inet fw { chain out { type filter hook output priority 0; tcp sport 8080 drop; }; }'",
     .listener = LISTENER_PLAIN,
     .packet = PACKET_SYN_ACK,
     .stage = STAGE_OUTPUT,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
    {.name = "a rule of iptables legacy",

     .here = "iptables-legacy -A INPUT -p tcp --dport 8080 -j DROP",
     .packet = PACKET_SYN,
     .stage = STAGE_INPUT,
     .reason = "NETFILTER_DROP",
     .function = "nf_hook_slow"},
    {.name = "a queue without reader",

     .here =
         "iptables-legacy -A INPUT -p tcp --dport 8080 -j NFQUEUE --queue-num 7",
     .packet = PACKET_SYN,
     .stage = STAGE_INPUT,
     .reason = "NOT_SPECIFIED",
     .function = "nf_queue"},
    {.name = "the reverse path filter",

     .here =
         "ip link set vb address 02:00:00:00:00:02; sysctl -qw net.ipv4.conf.vb.rp_filter=1",
     .far =
         "ip addr add 198.51.100.1/32 dev lo; ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 192.0.2.2 src 198.51.100.1 dev va",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "IP_RPFILTER",
     .function = "ip_rcv_finish_core"},
    {.name = "a foreign address",

     .here =
         "ip link set vb address 02:00:00:00:00:02; ip addr del 192.0.2.2/24 dev vb; ip addr add 192.0.2.3/24 dev vb",
     .far = "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "IP_INADDRERRORS",
     .function = "ip_error",
     .error = EHOSTUNREACH},
    {.name = "tc at ingress",

     .here =
         "tc qdisc add dev vb clsact; tc filter add dev vb ingress protocol ip bpf da bytecode '1,6 0 0 2'",
     .packet = PACKET_SYN,
     .stage = STAGE_INGRESS,
     .reason = "TC_INGRESS",
     .function = "__netif_receive_skb_core"},
    {.name = "tc at egress",

     .here =
         "tc qdisc add dev vb clsact; tc filter add dev vb egress protocol ip bpf da bytecode '1,6 0 0 2'",
     .leaves = true,
     .packet = PACKET_SYN,
     .stage = STAGE_EGRESS,
     .reason = "TC_EGRESS",
     .function = "__dev_queue_xmit"},
    {.name = "a full qdisc",

     .here =
         "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev vb; tc qdisc add dev vb root tbf rate 8bit burst 10 limit 10",
     .leaves = true,
     .packet = PACKET_SYN,
     .stage = STAGE_EGRESS,
     .reason = "QDISC_DROP",
     .function = "__dev_queue_xmit"},
    {.name = "a missing signature",
     .listener = LISTENER_MD5,
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "TCP_MD5NOTFOUND",
     .function = "tcp_v4_rcv"},
    {.name = "a socket filter",
     .listener = LISTENER_FILTER,
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "SOCKET_FILTER",
     .function = "tcp_v4_rcv"},
    {.name = "a least ttl",
     .listener = LISTENER_MIN_TTL,
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "TCP_MINTTL",
     .function = "tcp_v4_rcv"},
    {.name = "a policy of xfrm",

     .here =
         "ip xfrm policy add dir in src 192.0.2.1/32 dst 192.0.2.2/32 action block",
     .listener = LISTENER_PLAIN,
     .packet = PACKET_SYN,
     .stage = STAGE_SOCKET,
     .reason = "XFRM_POLICY",
     .function = "tcp_v4_rcv"},
    {.name = "a blackhole on the way",
     .here = FORWARDING "ip route add blackhole 203.0.113.0/24",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "NOT_SPECIFIED",
     .function = "ip_error",
     .error = EINVAL},
    {.name = "an unreachable on the way",
     .here = FORWARDING "ip route add unreachable 203.0.113.0/24",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "NOT_SPECIFIED",
     .function = "ip_error",
     .error = EHOSTUNREACH},
    {.name = "a prohibition on the way",
     .here = FORWARDING "ip route add prohibit 203.0.113.0/24",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "NOT_SPECIFIED",
     .function = "ip_error",
     .error = EACCES},
    {.name = "no route onwards",
     .here = FORWARDING "true",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "IP_INNOROUTES",
     .function = "ip_error",
     .error = ENETUNREACH},
    {.name = "a blackhole on the way in ipv6",
     .here = FORWARDING_V6 "ip -6 route add blackhole 2001:db8:9::/64",
     .far =
         "ip -6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev va; ip -6 route add 2001:db8:9::/64 via 2001:db8::2",
     .is_v6 = true,
     .to = "2001:db8:9::9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "NOT_SPECIFIED",
     .function = "dst_discard_out",
     .error = EINVAL},
    {.name = "a prohibition on the way in ipv6",
     .here = FORWARDING_V6 "ip -6 route add prohibit 2001:db8:9::/64",
     .far =
         "ip -6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev va; ip -6 route add 2001:db8:9::/64 via 2001:db8::2",
     .is_v6 = true,
     .to = "2001:db8:9::9",
     .packet = PACKET_SYN,
     .stage = STAGE_PREROUTING,
     .reason = "IP_INNOROUTES",
     .function = "ip6_pkt_prohibit",
     .error = EACCES},
    {.name = "a neighbour that does not answer",
     .here = FORWARDING
     "ip addr add 203.0.113.1/24 dev vc; sysctl -qw net.ipv4.neigh.vc.mcast_solicit=1 net.ipv4.neigh.vc.retrans_time_ms=50",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_EGRESS,
     .reason = "NEIGH_FAILED",
     .function = "neigh_invalidate"},
    {.name = "a rule in forward",
     .here = FORWARDING
     "ip addr add 203.0.113.1/24 dev vc; nft 'table inet fw { chain f { type filter hook forward priority 0; policy drop; }; }'",
     .far =
         "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va; ip route add 203.0.113.0/24 via 192.0.2.2",
     .to = "203.0.113.9",
     .packet = PACKET_SYN,
     .stage = STAGE_FORWARD,
     .reason = "NETFILTER_DROP",
     .function = "nft_do_chain"},
};

static void names_what_kills_a_packet(void **state)
{
    (void)state;
    drops_lab_needs_program();
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        print_message("%s: ", faults[i].name);
        assert_int_equal(lab_up(NULL), 0);
        assert_fault(&faults[i]);
        assert_int_equal(lab_down(NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_kills_a_packet),
    };

    return cmocka_run_group_tests(tests, drops_lab_load, drops_lab_unload);
}
