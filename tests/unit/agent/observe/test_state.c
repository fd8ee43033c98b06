/* The observers of sockets, routes, neighbours, links, addresses and settings,
 * for real, in network namespaces. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "common/base/clock.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

#define PORT 18473

static void needs_root(void)
{
    if (geteuid() != 0)
        skip();
}

static int listen_on(const char *text, int backlog)
{
    struct sockaddr_storage name;
    struct address address;
    size_t size;
    int fd;

    assert_int_equal(address_parse(text, &address), 0);
    size = address_to_sockaddr(&address, PORT, &name);
    fd = socket(address_af(&address), SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, (socklen_t)size), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static struct fake_worker *observe(enum role role, const char *only)
{
    struct fake_worker *fake =
        fake_worker_new(role, "192.0.2.2", "192.0.2.1", PORT);

    fake_worker_arm(fake, only);
    return fake;
}

static void finish(struct fake_worker *fake)
{
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
}

/* On a busy machine its time ends a search, which is told. */
static bool was_cut_short(const struct fake_worker *fake)
{
    const struct evidence *limit;

    for (size_t n = 0;
         (limit = fake_worker_find(fake, EVIDENCE_LIMIT, n)) != NULL; n++) {
        const char *text = evidence_text(limit, KEY_TEXT, "");

        if (strstr(text, "cut short") != NULL ||
            strstr(text, "the time ended the search") != NULL)
            return true;
    }
    return false;
}

#define TRIES 50

/* The sockets of the destination, and who holds them: searched to the end. */
static struct fake_worker *search_sockets(void)
{
    for (int tries = 0; tries < TRIES; tries++) {
        struct fake_worker *fake = observe(ROLE_DESTINATION, "sockets");

        finish(fake);
        if (!was_cut_short(fake))
            return fake;
        fake_worker_free(fake);
    }
    fail_msg("every search was cut short");
    return NULL;
}

/* The second snapshot's: the first one has little time to look around. */
static const struct evidence *find_after(const struct fake_worker *fake,
                                         enum evidence_kind kind)
{
    const struct evidence *found;

    for (size_t n = 0; (found = fake_worker_find(fake, kind, n)) != NULL; n++)
        if (evidence_word(found, KEY_PHASE) == PHASE_AFTER)
            return found;
    return NULL;
}

static void finds_a_listener_and_its_process(void **state)
{
    struct fake_worker *fake;
    const struct evidence *found;
    struct address address;
    int fd;

    (void)state;
    needs_root();
    fd = listen_on("127.0.0.1", 5);
    fake = search_sockets();
    found = find_after(fake, EVIDENCE_LISTENER);
    assert_non_null(found);
    address = evidence_address(found, KEY_ADDRESS);
    assert_true(address_is_loopback(&address));
    assert_int_equal(evidence_number(found, KEY_PORT, 0), PORT);
    assert_int_equal(evidence_number(found, KEY_PID, 0), getpid());
    assert_int_equal(evidence_number(found, KEY_QUEUE_LIMIT, 0), 5);
    assert_string_equal(evidence_text(found, KEY_PROCESS_STATE, ""), "R");
    assert_true(evidence_number(found, KEY_FILES, 0) > 3);
    assert_true(evidence_number(found, KEY_FILES_LIMIT, 0) > 3);
    assert_false(evidence_has(found, KEY_NAMESPACE));
    found = find_after(fake, EVIDENCE_LISTENERS);
    assert_int_equal(evidence_number(found, KEY_COMPLETE, 0), 1);
    assert_int_equal(evidence_number(found, KEY_COUNT, 0), 1);
    close(fd);
    fake_worker_free(fake);
}

static void tells_that_a_listener_is_v6_only(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    lab_run("echo 1 > /proc/sys/net/ipv6/bindv6only");
    fd = listen_on("::", 5);
    fake = observe(ROLE_DESTINATION, "sockets");
    finish(fake);
    assert_int_equal(
        evidence_number(fake_worker_find(fake, EVIDENCE_LISTENER, 0),
                        KEY_V6_ONLY, -1),
        1);
    close(fd);
    fake_worker_free(fake);
}

/* A process that listens in a network namespace of its own. */
static pid_t listen_elsewhere(void)
{
    int ready[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNET) == 0 && listen_on("0.0.0.0", 5) >= 0 &&
            write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void finds_a_listener_in_another_namespace(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    pid_t child;

    (void)state;
    needs_root();
    child = listen_elsewhere();
    fake = search_sockets();
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    found = find_after(fake, EVIDENCE_LISTENER);
    assert_non_null(found);
    assert_true(evidence_has(found, KEY_NAMESPACE));
    assert_int_equal(evidence_number(found, KEY_PID, 0), child);
    fake_worker_free(fake);
}

/* That they were not looked at is told; our own namespace is still whole. */
static void policy_forbids_other_namespaces(void **state)
{
    const struct evidence *limit;
    struct fake_worker *fake;
    pid_t child;

    (void)state;
    needs_root();
    child = listen_elsewhere();
    fake = fake_worker_new(ROLE_DESTINATION, "192.0.2.2", "192.0.2.1", PORT);
    fake->policy.containers = false;
    fake_worker_arm(fake, "sockets");
    finish(fake);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_null(find_after(fake, EVIDENCE_LISTENER));
    assert_int_equal(
        evidence_number(find_after(fake, EVIDENCE_LISTENERS), KEY_COMPLETE, 0),
        1);
    limit = fake_worker_find(fake, EVIDENCE_LIMIT, 0);
    assert_non_null(limit);
    assert_non_null(strstr(evidence_text(limit, KEY_TEXT, ""), "policy"));
    fake_worker_free(fake);
}

static void shows_a_full_accept_queue(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    int listener;
    int fds[3];

    (void)state;
    needs_root();
    listener = listen_on("0.0.0.0", 0);
    fake = observe(ROLE_DESTINATION, NULL);
    for (unsigned i = 0; i < 3; i++) {
        lab_enter_far();
        fds[i] = fake_worker_connect(fake, i + 1, &fake->own);
        lab_enter_here();
        fake_worker_run(fake, 30);
    }
    finish(fake);
    found = find_after(fake, EVIDENCE_LISTENER);
    assert_non_null(found);
    assert_true(evidence_number(found, KEY_QUEUE, 0) >
                evidence_number(found, KEY_QUEUE_LIMIT, 99));
    found = NULL;
    for (size_t n = 0; found == NULL; n++) {
        found = fake_worker_find(fake, EVIDENCE_COUNTER, n);
        assert_non_null(found);
        if (strcmp(evidence_text(found, KEY_NAME, ""),
                   "TcpExt.ListenOverflows") != 0)
            found = NULL;
    }
    assert_true(evidence_number(found, KEY_AFTER, 0) >
                evidence_number(found, KEY_BEFORE, 0));
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
    close(listener);
    fake_worker_free(fake);
}

/* The SYN-ACK is lost on the way out: the half-open socket stays. */
static void shows_a_half_open_connection(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    int listener;
    int fd;

    (void)state;
    needs_root();
    lab_run("nft 'table ip t { chain o { type filter hook output priority 0; "
            "tcp sport 18473 drop; }; }'");
    listener = listen_on("0.0.0.0", 5);
    fake = observe(ROLE_DESTINATION, NULL);
    lab_enter_far();
    fd = fake_worker_connect(fake, 1, &fake->own);
    lab_enter_here();
    fake_worker_run(fake, 50);
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_CONNECTION, 0);
    assert_non_null(found);
    assert_string_equal(evidence_text(found, KEY_STATE, ""), "SYN_RECV");
    assert_int_equal(evidence_number(found, KEY_ATTEMPT, 0), 1);
    found = fake_worker_find(fake, EVIDENCE_RULE, 0);
    assert_non_null(found);
    assert_int_equal(evidence_word(found, KEY_PACKET), PACKET_SYN_ACK);
    assert_int_equal(evidence_word(found, KEY_STAGE), STAGE_OUTPUT);
    close(fd);
    close(listener);
    fake_worker_free(fake);
}

static const char *route_type(const char *command)
{
    static char type[32];
    struct fake_worker *fake;
    const struct evidence *found;

    lab_run(command);
    fake = fake_worker_new(ROLE_SOURCE, "192.0.2.2", "198.51.100.9", PORT);
    fake_worker_arm(fake, "routes");
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_ROUTE, 1);
    assert_non_null(found);
    snprintf(type, sizeof(type), "%s",
             evidence_text(found, KEY_ROUTE_TYPE, ""));
    if (evidence_has(found, KEY_GATEWAY)) {
        assert_string_equal(evidence_text(found, KEY_INTERFACE, ""), "vb");
        assert_int_equal(evidence_number(found, KEY_PREFIX, -1), 24);
    }
    fake_worker_free(fake);
    return type;
}

static void tells_the_kinds_of_routes(void **state)
{
    (void)state;
    needs_root();
    assert_string_equal(route_type("true"), "none");
    assert_string_equal(
        route_type("ip route add 198.51.100.0/24 via 192.0.2.1"), "unicast");
    assert_string_equal(route_type("ip route add blackhole 198.51.100.9"),
                        "blackhole");
    assert_string_equal(route_type("ip route replace unreachable 198.51.100.9"),
                        "unreachable");
    assert_string_equal(route_type("ip route replace prohibit 198.51.100.9"),
                        "prohibit");
    assert_string_equal(route_type("ip route del 198.51.100.9;"
                                   "ip addr add 198.51.100.9/32 dev lo"),
                        "local");
}

/* What the evidence says of the rejecting route: "192.0.2.0/24 254", or "". */
static const char *rejecting(const char *peer, const char *command)
{
    static char text[ADDRESS_TEXT_SIZE + 16];
    char prefix[ADDRESS_TEXT_SIZE];
    const struct evidence *found;
    struct fake_worker *fake;
    struct address address;

    lab_run(command);
    fake = fake_worker_new(ROLE_SOURCE, "192.0.2.2", peer, PORT);
    fake_worker_arm(fake, "routes");
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_ROUTE, 0);
    assert_non_null(found);
    address = evidence_address(found, KEY_ADDRESS);
    text[0] = '\0';
    if (address_is_set(&address))
        snprintf(text, sizeof(text), "%s/%d %d",
                 address_print(&address, prefix),
                 (int)evidence_number(found, KEY_PREFIX, -1),
                 (int)evidence_number(found, KEY_TABLE_ID, -1));
    fake_worker_free(fake);
    return text;
}

static void names_the_route_that_rejects(void **state)
{
    (void)state;
    needs_root();
    assert_string_equal(rejecting("198.51.100.9", "true"), "");
    assert_string_equal(
        rejecting("198.51.100.9", "ip route add blackhole default"),
        "0.0.0.0/0 254");
    assert_string_equal(
        rejecting("198.51.100.9",
                  "ip route add unreachable 198.51.100.0/24;"
                  "ip route add blackhole 198.51.100.9 metric 9;"
                  "ip route add prohibit 198.51.100.9 metric 7;"
                  "ip route add prohibit 198.51.100.8"),
        "198.51.100.9/32 254");
    assert_string_equal(
        rejecting("2001:db8:7::9",
                  "ip route add unreachable 2001:db8:7::/48;"
                  "ip route add 2001:db8:7:1::/64 via 2001:db8::1"),
        "2001:db8:7::/48 254");
    /* A table before main. */
    assert_string_equal(
        rejecting("198.51.100.9",
                  "ip rule add to 198.51.100.0/24 lookup 100;"
                  "ip rule add to 203.0.113.0/24 lookup 101;"
                  "ip route add blackhole 0.0.0.0/0 table 101;"
                  "ip route add unreachable 198.51.100.0/28 table 100"),
        "198.51.100.0/28 100");
    /* A rule that may have been the one, or not. */
    assert_string_equal(
        rejecting("198.51.100.9",
                  "ip rule add tos 0x10 lookup 104;"
                  "ip route add unreachable 198.51.100.9 table 104"),
        "");
    /* Rules that go by the user who connects. */
    assert_string_equal(
        rejecting("198.51.100.9",
                  "ip rule del tos 0x10 lookup 104;"
                  "ip rule add uidrange 0-0 lookup 102;"
                  "ip rule add uidrange 1-9 prohibit;"
                  "ip route add unreachable 198.51.100.9 table 102"),
        "198.51.100.9/32 102");
    /* Rules that go by the protocol and the port. */
    assert_string_equal(
        rejecting("198.51.100.9",
                  "ip rule del uidrange 0-0 lookup 102;"
                  "ip rule add ipproto udp lookup 103;"
                  "ip route add prohibit 198.51.100.9 table 103;"
                  "ip rule add ipproto tcp dport 18473 lookup 102"),
        "198.51.100.9/32 102");
}

/* The peer is not known until its first SYN comes in; then it is asked for,
 * and the interface where it came in is read. */
static void learns_the_peer_from_its_syn(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    fake = fake_worker_new(ROLE_DESTINATION, "192.0.2.2", "", PORT);
    fake_worker_arm(fake, NULL);
    assert_null(fake_worker_find(fake, EVIDENCE_ROUTE, 0));
    lab_enter_far();
    fd = fake_worker_connect(fake, 1, &fake->own);
    lab_enter_here();
    fake_worker_run(fake, 30);
    assert_non_null(fake_worker_find(fake, EVIDENCE_ROUTE, 0));
    assert_non_null(fake_worker_find(fake, EVIDENCE_NEIGHBOUR, 0));
    finish(fake);
    close(fd);
    fake_worker_free(fake);
}

static void tell_syn(struct fake_worker *fake, const char *link)
{
    struct address from;

    address_parse("203.0.113.7", &from);
    fake_worker_show_syn(fake, 1, &from, 40000, link);
}

/* There is no route back to the source; who brought its SYN is known. */
static void names_who_brought_the_syn(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    struct address address;

    (void)state;
    needs_root();
    lab_run("ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:07 dev vb;"
            "ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev vb;"
            "ip neigh replace 192.0.2.7 lladdr 02:00:00:00:00:07 dev lo");
    fake = fake_worker_new(ROLE_DESTINATION, "192.0.2.2", "", PORT);
    fake_worker_arm(fake, "neighbours");
    tell_syn(fake, "02:00:00:00:00:07");
    tell_syn(fake, "02:00:00:00:00:09"); /* only the first one counts */
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_NEIGHBOUR, 0);
    assert_non_null(found);
    assert_null(fake_worker_find(fake, EVIDENCE_NEIGHBOUR, 1));
    assert_int_equal(evidence_number(found, KEY_BRINGER, 0), 1);
    assert_string_equal(evidence_text(found, KEY_INTERFACE, ""), "vb");
    address = evidence_address(found, KEY_ADDRESS);
    assert_true(address.family == 4 && address.bytes[3] == 1);
    fake_worker_free(fake);
}

/* Behind the first piece, which tells how it was. */
static bool has_failed(const struct fake_worker *fake)
{
    const struct evidence *found;

    for (size_t n = 1;
         (found = fake_worker_find(fake, EVIDENCE_NEIGHBOUR, n)) != NULL; n++)
        if (strcmp(evidence_text(found, KEY_NEIGHBOUR_STATE, ""), "FAILED") ==
            0)
            return true;
    return false;
}

static void sees_a_neighbour_fail(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    lab_run_far("ip link set va arp off; ip neigh flush dev va");
    lab_run("echo 1 > /proc/sys/net/ipv4/neigh/vb/mcast_solicit;"
            "echo 100 > /proc/sys/net/ipv4/neigh/vb/retrans_time_ms");
    fake = observe(ROLE_SOURCE, "neighbours");
    fd = fake_worker_connect(fake, 1, &fake->peer);
    for (int turns = 0; turns < 1500 && !has_failed(fake); turns++)
        fake_worker_run(fake, 20);
    assert_true(has_failed(fake)); /* came in by itself, before collect */
    finish(fake);
    close(fd);
    fake_worker_free(fake);
}

static void shows_links_that_are_down(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;

    (void)state;
    needs_root();
    lab_run_far("ip link set va down");
    fake = observe(ROLE_DESTINATION, "links");
    lab_run("ip link set vb down");
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_LINK, 0);
    assert_non_null(found);
    assert_string_equal(evidence_text(found, KEY_INTERFACE, ""), "vb");
    assert_int_equal(evidence_number(found, KEY_UP, -1), 1);
    assert_int_equal(evidence_number(found, KEY_CARRIER, -1), 0);
    assert_string_equal(evidence_text(found, KEY_LINK_KIND, ""), "veth");
    found = fake_worker_find(fake, EVIDENCE_LINK, 1);
    assert_non_null(found);
    assert_int_equal(evidence_number(found, KEY_UP, -1), 0);
    fake_worker_free(fake);
}

static void lists_addresses_and_settings(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    bool seen = false;

    (void)state;
    needs_root();
    lab_run("echo 1 > /proc/sys/net/ipv4/conf/vb/rp_filter");
    fake = observe(ROLE_DESTINATION, NULL);
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_ADDRESSES, 0);
    assert_non_null(found);
    assert_int_equal(evidence_number(found, KEY_COMPLETE, 0), 1);
    for (size_t n = 0;
         (found = fake_worker_find(fake, EVIDENCE_SYSCTL, n)) != NULL; n++)
        if (strcmp(evidence_text(found, KEY_NAME, ""),
                   "net.ipv4.conf.vb.rp_filter") == 0) {
            seen = true;
            assert_string_equal(evidence_text(found, KEY_VALUE, ""), "1");
            assert_string_equal(evidence_text(found, KEY_INTERFACE, ""), "vb");
        }
    assert_true(seen);
    fake_worker_free(fake);
}

static void counts_the_sources_sockets(void **state)
{
    const struct evidence *found;
    struct fake_worker *fake;
    int fd;

    (void)state;
    needs_root();
    lab_run_far("nft 'table ip t { chain i { type filter hook input priority 0;"
                " tcp dport 18473 drop; }; }'");
    lab_run("echo '40000 40009' > /proc/sys/net/ipv4/ip_local_port_range");
    fake = observe(ROLE_SOURCE, "sockets");
    fd = fake_worker_connect(fake, 1, &fake->peer);
    finish(fake);
    found = fake_worker_find(fake, EVIDENCE_PORTS, 0);
    assert_non_null(found);
    assert_int_equal(evidence_number(found, KEY_RANGE_LOW, 0), 40000);
    assert_int_equal(evidence_number(found, KEY_RANGE_HIGH, 0), 40009);
    assert_int_equal(evidence_number(found, KEY_COUNT, 0), 1);
    found = fake_worker_find(fake, EVIDENCE_CONNECTION, 0);
    assert_non_null(found);
    assert_string_equal(evidence_text(found, KEY_STATE, ""), "SYN_SENT");
    close(fd);
    fake_worker_free(fake);
}

/* With the ends of the agent's connection in the order to the controller. */
static struct fake_worker *observe_lifeline(const char *own, const char *peer)
{
    struct fake_worker *fake =
        fake_worker_new(ROLE_DESTINATION, "192.0.2.2", "192.0.2.1", PORT);

    if (own != NULL) {
        assert_int_equal(address_parse(own, &fake->order.control_own), 0);
        assert_int_equal(address_parse(peer, &fake->order.control_peer), 0);
    }
    fake_worker_arm(fake, "lifeline");
    finish(fake);
    return fake;
}

static void tells_the_way_of_its_own_agent(void **state)
{
    struct fake_worker *fake;
    const struct evidence *found;
    struct address address;
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    needs_root();
    lab_run("ip route add 203.0.113.0/24 via 192.0.2.1 table 50;"
            "ip rule add pref 100 to 203.0.113.0/24 lookup 50;"
            "ip route add default via 192.0.2.9");
    fake = observe_lifeline("192.0.2.2", "203.0.113.130");
    found = fake_worker_find(fake, EVIDENCE_LIFELINE, 0);
    assert_non_null(found);
    assert_int_equal(evidence_word(found, KEY_USED_BY), USER_OF_WAY_CONTROL);
    assert_string_equal(evidence_text(found, KEY_INTERFACE, ""), "vb");
    assert_string_equal(evidence_text(found, KEY_RULE, ""),
                        "pref 100 to 203.0.113.0/24 lookup 50");
    assert_int_equal(evidence_number(found, KEY_TABLE_ID, 0), 50);
    assert_int_equal(evidence_number(found, KEY_PREFIX, -1), 24);
    address = evidence_address(found, KEY_GATEWAY);
    assert_string_equal(address_print(&address, text), "192.0.2.1");
    address = evidence_address(found, KEY_SOURCE);
    assert_string_equal(address_print(&address, text), "192.0.2.2");
    found = fake_worker_find(fake, EVIDENCE_LIFELINE, 1);
    assert_non_null(found);
    assert_int_equal(evidence_word(found, KEY_USED_BY), USER_OF_WAY_DEFAULT);
    assert_int_equal(evidence_number(found, KEY_PREFIX, -1), 0);
    address = evidence_address(found, KEY_GATEWAY);
    assert_string_equal(address_print(&address, text), "192.0.2.9");
    assert_null(fake_worker_find(fake, EVIDENCE_LIFELINE, 2));
    fake_worker_free(fake);
}

static void has_no_lifeline_without_connection_or_default(void **state)
{
    struct fake_worker *fake;

    (void)state;
    needs_root();
    fake = observe_lifeline(NULL, NULL);
    assert_null(fake_worker_find(fake, EVIDENCE_LIFELINE, 0));
    fake_worker_free(fake);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, lab_up, lab_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LAB(finds_a_listener_and_its_process),
        IN_LAB(tells_that_a_listener_is_v6_only),
        IN_LAB(finds_a_listener_in_another_namespace),
        IN_LAB(policy_forbids_other_namespaces),
        IN_LAB(shows_a_full_accept_queue),
        IN_LAB(shows_a_half_open_connection),
        IN_LAB(tells_the_kinds_of_routes),
        IN_LAB(names_the_route_that_rejects),
        IN_LAB(learns_the_peer_from_its_syn),
        IN_LAB(names_who_brought_the_syn),
        IN_LAB(sees_a_neighbour_fail),
        IN_LAB(shows_links_that_are_down),
        IN_LAB(lists_addresses_and_settings),
        IN_LAB(counts_the_sources_sockets),
        IN_LAB(tells_the_way_of_its_own_agent),
        IN_LAB(has_no_lifeline_without_connection_or_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
