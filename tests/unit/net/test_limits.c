/* Peers that are silent, slow, loud, malformed or too many. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sys/socket.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn_internal.h"
#include "common/net/tls_internal.h"
#include "tests/unit/net/ends.h"
#include "tests/unit/test.h"

static struct installation ours;

static int make_installation(void **state)
{
    (void)state;
    installation_make(&ours);
    return 0;
}

static int free_installation(void **state)
{
    (void)state;
    installation_free(&ours);
    return 0;
}

static void open_joining(struct ends *ends)
{
    struct tls_context *client = NULL;

    assert_int_equal(
        tls_context_new_joining(&client, ours.fingerprint, "127.0.0.1", NULL),
        0);
    ends_open(ends, server_context(&ours), client);
}

/* Sends bytes over plain TCP and waits for the server to close. */
static void assert_garbage_refused(const void *bytes, size_t size, int why,
                                   const char *words)
{
    struct ends ends;
    int fd;

    ends_open_agent(&ends, &ours);
    ends.server_handshake_ms = 300;
    fd = ends_connect_plain(&ends);
    if (size > 0)
        assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, why, words);
    assert_int_equal(ends.server.ready, 0);
    assert_int_equal(ends.server_tls->handshakes, 0);
    close(fd);
    ends_close(&ends);
}

static void silence_ends_at_the_handshakes_limit(void **state)
{
    (void)state;
    assert_garbage_refused("", 0, -ETIMEDOUT, "handshake within 300 ms");
    assert_garbage_refused("\x16\x03\x01\x40", 4, -ETIMEDOUT, "300 ms");
    /* a record that never becomes whole */
    assert_garbage_refused("\x16\x03\x01\x40\x00\x01", 6, -ETIMEDOUT, "300 ms");
}

static void garbage_is_refused_at_once(void **state)
{
    uint8_t noise[70000];
    unsigned seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(noise); i++) {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (uint8_t)(seed >> 24);
    }
    noise[0] = 0xff;
    assert_garbage_refused("GET / HTTP/1.1\r\n\r\n", 18, -EPROTO, "TLS");
    assert_garbage_refused("SSH-2.0-OpenSSH_9.2\r\n", 21, -EPROTO, "TLS");
    assert_garbage_refused(noise, sizeof(noise), -EPROTO, "TLS");
    /* a record too long, an empty one, a client hello of nothing */
    assert_garbage_refused("\x16\x03\x03\xff\xff", 5, -EPROTO, "TLS");
    assert_garbage_refused("\x16\x03\x03\x00\x00", 5, -EPROTO, "TLS");
    assert_garbage_refused("\x16\x03\x03\x00\x04\x01\x00\x00\x00", 9, -EPROTO,
                           "TLS");
    assert_garbage_refused("\x17\x03\x03\x00\x02xx", 7, -EPROTO, "TLS");
}

static void hanging_up_is_told(void **state)
{
    struct ends ends;
    int fd;

    (void)state;
    ends_open_agent(&ends, &ours);
    fd = ends_connect_plain(&ends);
    ends_run_until(&ends, ends.server.conn != NULL);
    close(fd);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -ECONNRESET, "during the handshake");
    ends_close(&ends);
}

static void an_older_tls_is_refused(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    mbedtls_ssl_conf_min_version(&ends.client_tls->config,
                                 MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_1);
    mbedtls_ssl_conf_max_version(&ends.client_tls->config,
                                 MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_2);
    ends_fail(&ends);
    assert_int_equal(ends.server.why, -EPROTO);
    assert_int_equal(ends.server.ready + ends.client.ready, 0);
    ends_close(&ends);
}

static void too_many_handshakes_are_dropped(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server_tls->handshakes = CONN_MAX_HANDSHAKES;
    ends_dial(&ends);
    ends_run_until(&ends, ends.client.closed);
    assert_int_equal(ends.accept_status, -EBUSY);
    assert_int_equal(ends.client.ready, 0);
    ends.server_tls->handshakes = CONN_MAX_HANDSHAKES - 1;
    ends_connect(&ends); /* the listener still listens, and slots come back */
    assert_int_equal(ends.server_tls->handshakes, CONN_MAX_HANDSHAKES - 1);
    ends_close(&ends);
}

static void an_idle_peer_is_closed(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    conn_set_idle_ms(ends.server.conn, 100);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -ETIMEDOUT, "for 100 ms");
    ends_run_until(&ends, ends.client.closed);
    end_assert_told(&ends.client, -ECONNRESET, "without a goodbye");
    ends_close(&ends);
}

static void a_talking_peer_is_not_idle(void **state)
{
    struct ends ends;
    uint64_t start;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    conn_set_idle_ms(ends.server.conn, 700);
    start = uv_hrtime();
    while (uv_hrtime() - start < 1500ull * 1000 * 1000) {
        assert_int_equal(conn_send(ends.client.conn, (const uint8_t *)"x", 1),
                         0);
        ends_run_some(&ends, uv_hrtime());
    }
    assert_int_equal(ends.server.closed, 0);
    conn_set_idle_ms(ends.server.conn, 0);
    ends_close(&ends);
}

static void frames_of_every_size_pass(void **state)
{
    const size_t sizes[] = {1,     3,     4,     5,     16379,
                            16380, 16384, 16385, 40000, CONN_MAX_FRAME};
    CLEAN_FREE uint8_t *bytes = calloc(1, CONN_MAX_FRAME + 1);
    struct ends ends;
    size_t sum = 0;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_int_equal(conn_send(ends.client.conn, bytes, sizes[i]), 0);
        sum += sizes[i];
    }
    assert_int_equal(conn_send(ends.client.conn, bytes, CONN_MAX_FRAME + 1),
                     -EMSGSIZE);
    assert_int_equal(conn_send(ends.client.conn, bytes, 0), -EMSGSIZE);
    ends_run_until(&ends, ends.server.frames == ARRAY_SIZE(sizes));
    assert_int_equal(ends.server.frame_bytes, sum);
    ends_close(&ends);
}

/* Writes a frame's head past conn_send()'s own check. */
static void send_head(struct end *end, uint32_t size)
{
    uint8_t head[FRAME_HEAD_SIZE];

    frame_write_head(head, size);
    assert_int_equal(
        tls_session_write(end->conn->session, head, sizeof(head), NULL), 0);
    conn_flush(end->conn);
}

static void a_frame_too_long_ends_it(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    send_head(&ends.client, CONN_MAX_FRAME + 1);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -EMSGSIZE, "65537 bytes, 65536 are allowed");
    ends_close(&ends);
}

static void an_empty_frame_ends_it(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    send_head(&ends.client, 0);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -EBADMSG, "empty frame");
    ends_close(&ends);
}

static void a_joining_peer_gets_less(void **state)
{
    uint8_t bytes[CONN_MAX_FRAME_JOINING + 1] = {0};
    struct ends ends;

    (void)state;
    open_joining(&ends);
    ends_connect(&ends);
    assert_int_equal(conn_send(ends.client.conn, bytes, sizeof(bytes)),
                     -EMSGSIZE);
    assert_int_equal(conn_send(ends.client.conn, bytes, sizeof(bytes) - 1), 0);
    send_head(&ends.client, CONN_MAX_FRAME_JOINING + 1);
    ends_run_until(&ends, ends.server.closed);
    assert_int_equal(ends.server.frames, 1);
    end_assert_told(&ends.server, -EMSGSIZE, "4097 bytes, 4096 are allowed");
    ends_close(&ends);

    open_joining(&ends);
    ends_connect(&ends);
    for (unsigned i = 0; i <= CONN_MAX_JOIN_FRAMES; i++)
        assert_int_equal(conn_send(ends.client.conn, bytes, 10), 0);
    ends_run_until(&ends, ends.server.closed);
    assert_int_equal(ends.server.frames, CONN_MAX_JOIN_FRAMES);
    end_assert_told(&ends.server, -EPROTO, "more than it may");
    ends_close(&ends);
}

static void pause_sender(struct end *end)
{
    conn_pause(end->conn);
}

static void a_slow_reader_gives_enobufs(void **state)
{
    CLEAN_FREE uint8_t *bytes = calloc(1, CONN_MAX_FRAME);
    struct ends ends;
    unsigned sent = 0;
    int status = 0;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server.on_ready = pause_sender;
    ends_connect(&ends);
    while (sent < 1000) {
        status = conn_send(ends.client.conn, bytes, CONN_MAX_FRAME);
        if (status < 0)
            break;
        sent++;
        assert_true(conn_queued(ends.client.conn) <=
                    CONN_MAX_QUEUED + CONN_MAX_FRAME);
        ends_run_some(&ends, uv_hrtime());
    }
    assert_int_equal(status, -ENOBUFS);
    assert_int_equal(ends.server.frames, 0);
    assert_true(conn_queued(ends.client.conn) > CONN_MAX_QUEUED / 2);
    /* It recovers: nothing of what was accepted is lost. */
    conn_resume(ends.server.conn);
    ends_run_until(&ends, ends.server.frames == sent);
    assert_int_equal(conn_queued(ends.client.conn), 0);
    assert_int_equal(conn_send(ends.client.conn, bytes, 1), 0);
    ends_run_until(&ends, ends.server.frames == sent + 1);
    ends_close(&ends);
}

/* Bytes changed on their way: a record that does not authenticate. */
static void a_forged_record_ends_it(void **state)
{
    static const uint8_t forged[] = "\x17\x03\x03\x00\x20"
                                    "0123456789abcdef0123456789abcdef";
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    bytes_append(tls_session_output(ends.client.conn->session), forged,
                 sizeof(forged) - 1);
    conn_flush(ends.client.conn);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -EPROTO, "TLS");
    ends_close(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_at_the_handshakes_limit),
        cmocka_unit_test(garbage_is_refused_at_once),
        cmocka_unit_test(hanging_up_is_told),
        cmocka_unit_test(an_older_tls_is_refused),
        cmocka_unit_test(too_many_handshakes_are_dropped),
        cmocka_unit_test(an_idle_peer_is_closed),
        cmocka_unit_test(a_talking_peer_is_not_idle),
        cmocka_unit_test(frames_of_every_size_pass),
        cmocka_unit_test(a_frame_too_long_ends_it),
        cmocka_unit_test(an_empty_frame_ends_it),
        cmocka_unit_test(a_joining_peer_gets_less),
        cmocka_unit_test(a_slow_reader_gives_enobufs),
        cmocka_unit_test(a_forged_record_ends_it),
    };

    return cmocka_run_group_tests(tests, make_installation, free_installation);
}
