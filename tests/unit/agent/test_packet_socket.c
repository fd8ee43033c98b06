/* The packet socket on a loopback of its own. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "agent/observe/capture/packet_socket.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/test.h"

#define PORT  9
#define MANY  20000
#define LARGE 1200

static void send_datagrams(unsigned count, uint16_t port, size_t size)
{
    KEEP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    char data[LARGE] = {0};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i < count; i++)
        sendto(fd, data, size, 0, (struct sockaddr *)&to, sizeof(to));
}

static void shows_each_frame_once_and_in_time(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct packet_frame frame;
    struct err err = {0};
    int64_t before, after;
    int fd = -1;

    (void)state;
    assert_int_equal(packet_socket_open("udp and port 9", &fd, &err), 0);
    usleep(50 * 1000); /* the kernel begins to stamp a moment later */
    before = clock_monotonic_ns() - clock_real_to_monotonic_ns();
    send_datagrams(1, PORT + 1, 8);
    send_datagrams(1, PORT, LARGE);
    after = clock_monotonic_ns() - clock_real_to_monotonic_ns();
    usleep(20 * 1000);
    assert_int_equal(packet_socket_read(fd, &frame), 1);
    assert_int_equal(frame.size, PACKET_FRAME_SIZE); /* cut */
    assert_in_range(frame.real_ns, before - NS_PER_MS, after + NS_PER_MS);
    assert_int_equal(frame.data[0] << 8 | frame.data[1], 0x0800);
    assert_int_equal(frame.data[PACKET_HEAD_SIZE] >> 4, 4);
    assert_int_equal(packet_socket_read(fd, &frame), 0);
    close(fd);
}

/* Whoever reads too slowly is told how much it missed. */
static void counts_what_it_lost(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct packet_counts counts = {0};
    struct packet_frame frame;
    uint64_t read = 0;
    int fd = -1;

    (void)state;
    assert_int_equal(packet_socket_open("udp and port 9", &fd, NULL), 0);
    send_datagrams(MANY, PORT, LARGE);
    assert_int_equal(packet_socket_count(fd, &counts), 0);
    while (packet_socket_read(fd, &frame) == 1)
        read++;
    assert_int_equal(counts.received, 2 * MANY); /* leaving and arriving */
    assert_true(counts.lost > 0);
    assert_in_range(read, 1, counts.received - counts.lost);
    assert_int_equal(packet_socket_count(fd, &counts), 0);
    assert_int_equal(counts.received, 2 * MANY); /* nothing is added twice */
    close(fd);
}

static void refuses_a_filter_that_is_none(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct err err = {0};
    int fd = -1;

    (void)state;
    assert_int_equal(packet_socket_open("no such word", &fd, &err), -EINVAL);
    assert_non_null(strstr(err.text, "filter"));
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_each_frame_once_and_in_time),
        cmocka_unit_test(counts_what_it_lost),
        cmocka_unit_test(refuses_a_filter_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
