#include "tests/unit/agent/walk_lab.h"

#include <string.h>

#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/link_up.h"
#include "tests/unit/test.h"

static const char *const no_policy[] = {NULL};
const char *const *walk_lab_policy = no_policy;
const char *walk_lab_host_b = HOST_B;

static void add_link(int host, const char *name, const char *address,
                     const char *gateway)
{
    lab_run("ip link add r%s type veth peer name %s netns /proc/%d/fd/%d", name,
            name, getpid(), host);
    lab_run("ip addr add %s/24 dev r%s; ip link set dev r%s up", gateway, name,
            name);
    lab_enter(host);
    lab_run("ip addr add %s/24 dev %s; ip link set dev %s up;"
            "ip route add default via %s",
            address, name, name, gateway);
    lab_run(LINK_UNTIL_UP, name);
}

void walk_lab_build(struct walk_lab *lab)
{
    lab->a = lab_enter_new();
    lab->b = lab_enter_new();
    lab->r = lab_enter_new();
    lab_run("sysctl -qw net.ipv4.ip_forward=1");
    add_link(lab->a, "eth0", HOST_A, NEAR_A);
    lab_enter(lab->r);
    add_link(lab->b, "eth1", HOST_B, NEAR_B);
    lab_enter(lab->r);
    lab_run(LINK_UNTIL_UP, "reth0");
    lab_run(LINK_UNTIL_UP, "reth1");
}

void walk_lab_start(struct walk_lab *lab)
{
    struct order order = session_order(ROLE_DESTINATION, walk_lab_host_b, PORT);

    lab_enter(lab->b);
    session_start_under(&lab->destination, &order, walk_lab_policy);
    assert_true(session_wait(&lab->destination, PHASE_ARMED));
    lab_enter(lab->a);
    order = session_order(ROLE_SOURCE, walk_lab_host_b, PORT);
    session_start(&lab->source, &order);
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
    session_command(session, command);
    assert_true(session_wait(session, PHASE_WALKED));
    assert_null(session_find(session, EVIDENCE_HOP, 0));
    return evidence_text(&session->items[session->count - 1], KEY_TEXT, "");
}
