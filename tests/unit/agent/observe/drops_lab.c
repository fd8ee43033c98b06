#include "tests/unit/agent/observe/drops_lab.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "agent/bpf/drop_record.h"
#include "agent/keeper/handoff.h"
#include "tests/unit/test.h"

#define PORT         8080
#define LOAD_WAIT_MS 20000

struct drops drops_lab;

int drops_lab_load(void **state)
{
    struct pollfd pollfd;

    (void)state;
    if (geteuid() != 0)
        return 0;
    /* Kept free for what is handed over. */
    if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), HANDOFF_DROPS) < 0)
        return -1;
    drops_start(&drops_lab);
    pollfd = (struct pollfd){.fd = drops_lab.channel, .events = POLLIN};
    if (drops_lab.channel >= 0 && poll(&pollfd, 1, LOAD_WAIT_MS) == 1)
        drops_receive(&drops_lab);
    if (drops_lab.got.status != 0)
        print_message("skipped: %s\n", drops_lab.got.text);
    return 0;
}

int drops_lab_unload(void **state)
{
    (void)state;
    if (geteuid() == 0)
        drops_stop(&drops_lab);
    return 0;
}

void drops_lab_needs_program(void)
{
    if (geteuid() != 0 || drops_lab.got.status != 0)
        skip();
}

/* As the keeper starts a worker. */
static void hand_over(uint32_t slot)
{
    int fd = drops_hand_over(&drops_lab, slot);

    assert_true(fd >= 0);
    assert_int_equal(dup2(fd, HANDOFF_DROPS), HANDOFF_DROPS);
    if (fd != HANDOFF_DROPS)
        close(fd);
}

struct fake_worker *drops_lab_watch(enum role role, const char *own,
                                    const char *peer, uint32_t slot)
{
    struct fake_worker *fake = fake_worker_new(role, own, peer, PORT);

    /* The program sees what other tests do at the same time. */
    fake->order.isn_base = ((uint32_t)getpid() * DROP_SLOTS + slot) << 12 | 3;
    hand_over(slot);
    fake_worker_arm(fake, "drop-events");
    return fake;
}

void drops_lab_end(struct fake_worker *fake)
{
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
}

static void set_md5(int fd, const char *peer)
{
    struct tcp_md5sig key = {.tcpm_keylen = 3, .tcpm_key = "key"};
    struct address address;

    assert_int_equal(address_parse(peer, &address), 0);
    address_to_sockaddr(&address, 0, (struct sockaddr_storage *)&key.tcpm_addr);
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)),
                     0);
}

static void set_filter(int fd)
{
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {1, nothing};

    assert_int_equal(
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
        0);
}

int drops_lab_listen(enum listener kind, bool is_v6)
{
    int family = is_v6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 name = {.sin6_family = (sa_family_t)family,
                                .sin6_port = htons(PORT)};
    int ttl = 255;
    int on = 1;

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    if (kind == LISTENER_MD5)
        set_md5(fd, V4_FAR);
    if (kind == LISTENER_FILTER)
        set_filter(fd);
    if (kind == LISTENER_MIN_TTL)
        assert_int_equal(
            setsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, sizeof(ttl)), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}
