#include "tests/unit/agent/walk_lab.h"

#include <string.h>

#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/link_up.h"
#include "tests/unit/test.h"

static void add_link(int host, const char *name, const char *net4,
                     const char *net6)
{
    lab_run("ip link add r%s type veth peer name %s netns /proc/%d/fd/%d", name,
            name, getpid(), host);
    lab_run(
        "ip addr add %s.254/24 dev r%s; ip addr add %s::fe/64 dev r%s nodad;"
        "ip link set dev r%s up",
        net4, name, net6, name, name);
    lab_enter(host);
    lab_run("ip addr add %s.1/24 dev %s; ip addr add %s::1/64 dev %s nodad;"
            "ip link set dev %s up; ip route add default via %s.254;"
            "ip -6 route add default via %s::fe",
            net4, name, net6, name, name, net4, net6);
    lab_run(LINK_UNTIL_UP, name);
}

void walk_lab_build(struct walk_lab *lab)
{
    lab->a = lab_enter_new();
    lab->b = lab_enter_new();
    lab->r = lab_enter_new();
    lab_run("sysctl -qw net.ipv4.ip_forward=1 "
            "net.ipv6.conf.all.forwarding=1");
    add_link(lab->a, "eth0", "192.0.2", "2001:db8:1");
    lab_enter(lab->r);
    add_link(lab->b, "eth1", "198.51.100", "2001:db8:2");
    lab_enter(lab->r);
    lab_run(LINK_UNTIL_UP, "reth0");
    lab_run(LINK_UNTIL_UP, "reth1");
}

void walk_lab_start(struct walk_lab *lab)
{
    const char *peer = lab->peer != NULL ? lab->peer : HOST_B;
    struct order order = session_order(ROLE_DESTINATION, peer, PORT);

    strcpy(order.peer, "hostA");
    lab_enter(lab->b);
    session_start_under(&lab->destination, &order, lab->destination_policy);
    assert_true(session_wait(&lab->destination, PHASE_ARMED));
    lab_enter(lab->a);
    order = session_order(ROLE_SOURCE, peer, PORT);
    strcpy(order.peer, "hostB");
    strcpy(order.device, lab->device != NULL ? lab->device : "");
    session_start_under(&lab->source, &order, lab->source_policy);
    assert_true(session_wait(&lab->source, PHASE_ARMED));
    session_probe(&lab->source);
}

void walk_lab_finish(struct walk_lab *lab)
{
    assert_int_equal(session_finish(&lab->source, false), 0);
    assert_int_equal(session_finish(&lab->destination, false), 0);
}

void walk_lab_free(struct walk_lab *lab)
{
    session_free(&lab->source);
    session_free(&lab->destination);
    close(lab->a);
    close(lab->r);
    close(lab->b);
}

int walk_lab_listen(const struct walk_lab *lab)
{
    lab_enter(lab->b);
    return lab_listen(4, PORT, 8);
}

void walk_lab_drop(int host, const char *hook, const char *match)
{
    lab_enter(host);
    lab_run("nft 'add table inet t; add chain inet t c { type filter hook %s "
            "priority 0; }; add rule inet t c %s drop'",
            hook, match);
}

struct command walk_command(const char *peer)
{
    struct command command = {
        .kind = COMMAND_WALK, .attempt = 1, .max_ttl = 30};

    assert_int_equal(address_parse(peer, &command.peer_address), 0);
    return command;
}

void walk_lab_walk(struct session *session, const struct command *command)
{
    session_command(session, command);
    assert_true(session_wait(session, PHASE_WALKED));
}

void assert_hop(const struct session *session, size_t n, unsigned ttl,
                const char *offender, int icmp_type)
{
    const struct evidence *hop = session_find(session, EVIDENCE_HOP, n);
    char text[ADDRESS_TEXT_SIZE];
    struct address address;

    assert_non_null(hop);
    address = evidence_address(hop, KEY_OFFENDER);
    assert_string_equal(address_print(&address, text), offender);
    assert_int_equal(evidence_number(hop, KEY_TTL, 0), ttl);
    assert_int_equal(evidence_number(hop, KEY_ICMP_TYPE, -1), icmp_type);
    assert_true(evidence_number(hop, KEY_RTT_US, -1) >= 0);
}

struct command answer_command(const struct walk_lab *lab)
{
    const struct evidence *start =
        session_find(&lab->source, EVIDENCE_ATTEMPT_START, 0);
    struct command command = walk_command(HOST_A);

    assert_non_null(start);
    address_parse(HOST_B, &command.own_address);
    command.own_port = PORT;
    command.peer_port = (uint16_t)evidence_number(start, KEY_SOURCE_PORT, 0);
    command.acknowledge = (uint32_t)evidence_number(start, KEY_SEQUENCE, 0) + 1;
    return command;
}

const char *walked_text(struct session *session, const struct command *command)
{
    walk_lab_walk(session, command);
    assert_null(session_find(session, EVIDENCE_HOP, 0));
    return evidence_text(&session->items[session->count - 1], KEY_TEXT, "");
}
