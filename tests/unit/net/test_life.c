/* Connections end once, whenever and wherever they are closed. */
#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn_internal.h"
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

static void a_refused_connect_is_told_once(void **state)
{
    struct ends ends;
    struct sockaddr_in *address = (struct sockaddr_in *)&ends.address;

    (void)state;
    ends_open_agent(&ends, &ours);
    address->sin_port = htons(1); /* nobody listens there */
    ends_dial(&ends);
    assert_int_equal(conn_send(ends.client.conn, (const uint8_t *)"x", 1),
                     -ENOTCONN);
    ends_run_until(&ends, ends.client.closed);
    end_assert_told(&ends.client, -ECONNREFUSED, "cannot connect");
    ends_close(&ends);
}

static void a_strange_address_fails_at_once(void **state)
{
    struct sockaddr strange = {.sa_family = AF_UNIX};
    struct conn *conn = NULL;
    struct err err = {0};
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    assert_int_equal(conn_dial(&conn, &ends.loop, ends.client_tls, &strange,
                               &end_events, &ends.client, &err),
                     -EAFNOSUPPORT);
    assert_null(conn);
    ends_close(&ends);
}

static void closing_twice_before_connect(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_dial(&ends);
    conn_close(ends.client.conn, -ECANCELED, "first");
    conn_close(ends.client.conn, 0, "second");
    conn_finish(ends.client.conn);
    conn_pause(ends.client.conn);
    conn_resume(ends.client.conn);
    conn_set_idle_ms(ends.client.conn, 1);
    assert_int_equal(ends.client.closed, 0); /* never out of conn_close() */
    ends_run_until(&ends, ends.client.closed);
    end_assert_told(&ends.client, -ECANCELED, "first");
    ends_close(&ends);
}

/* Closes the client after that many turns of the loop, so that the close falls
 * into each part of the handshake, also while a thread works on it. */
static void closing_anywhere_in_the_handshake(void **state)
{
    unsigned while_working = 0, before_ready = 0;

    (void)state;
    for (unsigned turns = 0; turns < 24; turns++) {
        struct ends ends;

        ends_open_agent(&ends, &ours);
        ends_dial(&ends);
        for (unsigned i = 0;
             i < turns && !(ends.client.ready && ends.server.ready); i++)
            uv_run(&ends.loop, turns % 2 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        while_working +=
            ends.client.conn->working ||
            (ends.server.conn != NULL && ends.server.conn->working);
        before_ready += !ends.client.ready;
        conn_close(ends.client.conn, -EINTR, "enough");
        conn_close(ends.server.conn, -EINTR, "enough");
        ends_run_until(&ends, ends.client.closed);
        end_assert_told(&ends.client, -EINTR, "enough");
        ends_close(&ends);
        assert_true(ends.server.closed <= 1);
    }
    assert_true(while_working > 0);
    assert_true(before_ready > 0);
}

static void close_here(struct end *end)
{
    conn_close(end->conn, -EINTR, "in the callback");
    conn_close(end->conn, 0, "again");
}

static void closing_inside_ready(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server.on_ready = close_here;
    ends_fail(&ends);
    assert_int_equal(ends.server.ready, 1);
    end_assert_told(&ends.server, -EINTR, "in the callback");
    ends_close(&ends);
}

static void closing_inside_frame(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server.on_frame = close_here;
    ends_connect(&ends);
    for (unsigned i = 0; i < 5; i++)
        conn_send(ends.client.conn, (const uint8_t *)"frame", 5);
    ends_run_until(&ends, ends.server.closed && ends.client.closed);
    assert_int_equal(ends.server.frames, 1); /* no other callback after it */
    end_assert_told(&ends.server, -EINTR, "in the callback");
    ends_close(&ends);
}

static void finishing_sends_all_first(void **state)
{
    CLEAN_FREE uint8_t *bytes = calloc(1, CONN_MAX_FRAME);
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    for (unsigned i = 0; i < 15; i++)
        assert_int_equal(conn_send(ends.client.conn, bytes, CONN_MAX_FRAME), 0);
    conn_finish(ends.client.conn);
    conn_finish(ends.client.conn);
    assert_int_equal(conn_send(ends.client.conn, bytes, 1), -ENOTCONN);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    assert_int_equal(ends.server.frames, 15);
    end_assert_told(&ends.server, 0, "closed by the peer");
    end_assert_told(&ends.client, 0, "closed by us");
    ends_close(&ends);
}

static void finish_here(struct end *end)
{
    conn_send(end->conn, (const uint8_t *)"reply", 5);
    conn_finish(end->conn);
}

/* As a controller answers a join request. */
static void finishing_inside_frame(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server.on_frame = finish_here;
    ends_connect(&ends);
    conn_send(ends.client.conn, (const uint8_t *)"request", 7);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    assert_int_equal(ends.client.frames, 1);
    end_assert_told(&ends.client, 0, "closed by the peer");
    end_assert_told(&ends.server, 0, "closed by us");
    ends_close(&ends);
}

static void finishing_on_both_ends(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    conn_finish(ends.client.conn);
    conn_finish(ends.server.conn);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    end_assert_told(&ends.client, 0, "");
    end_assert_told(&ends.server, 0, "");
    ends_close(&ends);
}

static void pause_here(struct end *end)
{
    conn_pause(end->conn);
}

static void a_pause_holds_between_frames(void **state)
{
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends.server.on_frame = pause_here;
    ends_connect(&ends);
    for (unsigned i = 0; i < 5; i++) /* all in one segment, most likely */
        conn_send(ends.client.conn, (const uint8_t *)"frame", 5);
    for (unsigned i = 1; i <= 5; i++) {
        ends_run_until(&ends, ends.server.frames == i);
        for (unsigned j = 0; j < 5; j++)
            ends_run_some(&ends, uv_hrtime());
        assert_int_equal(ends.server.frames, i);
        conn_resume(ends.server.conn);
        assert_int_equal(ends.server.frames, i); /* not out of the call */
    }
    ends_close(&ends);
}

/* The peer's process dies: FIN without a goodbye. */
static void a_death_is_no_orderly_close(void **state)
{
    struct ends ends;
    int fd = -1;

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    uv_fileno((uv_handle_t *)&ends.client.conn->tcp, &fd);
    shutdown(fd, SHUT_WR);
    ends_run_until(&ends, ends.server.closed);
    end_assert_told(&ends.server, -ECONNRESET, "without a goodbye");
    ends_close(&ends);
}

static void the_owner_can_change(void **state)
{
    struct ends ends;
    struct end other = {0};

    (void)state;
    ends_open_agent(&ends, &ours);
    ends_connect(&ends);
    other.conn = ends.server.conn;
    conn_set_owner(ends.server.conn, &other);
    ends.server.conn = NULL;
    conn_send(ends.client.conn, (const uint8_t *)"frame", 5);
    ends_run_until(&ends, other.frames == 1);
    conn_close(other.conn, 0, "bye");
    ends_run_until(&ends, other.closed);
    ends_close(&ends);
}

/* Information, not a test: what a handshake costs here. */
static void handshakes_cost(void **state)
{
    double ms[2];
    struct ends ends;

    (void)state;
    ends_open_agent(&ends, &ours);
    for (unsigned resumed = 0; resumed < 2; resumed++) {
        uint64_t start = uv_hrtime();

        ends_connect(&ends);
        ms[resumed] = (double)(uv_hrtime() - start) / 1e6;
        assert_int_equal(ends.server.resumed, resumed);
        conn_close(ends.client.conn, 0, NULL);
        ends_run_until(&ends, ends.client.closed && ends.server.closed);
    }
    print_message("handshake, both ends: %.1f ms full, %.1f ms resumed\n",
                  ms[0], ms[1]);
    ends_close(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_connect_is_told_once),
        cmocka_unit_test(a_strange_address_fails_at_once),
        cmocka_unit_test(closing_twice_before_connect),
        cmocka_unit_test(closing_anywhere_in_the_handshake),
        cmocka_unit_test(closing_inside_ready),
        cmocka_unit_test(closing_inside_frame),
        cmocka_unit_test(finishing_sends_all_first),
        cmocka_unit_test(finishing_inside_frame),
        cmocka_unit_test(finishing_on_both_ends),
        cmocka_unit_test(a_pause_holds_between_frames),
        cmocka_unit_test(a_death_is_no_orderly_close),
        cmocka_unit_test(the_owner_can_change),
        cmocka_unit_test(handshakes_cost),
    };

    return cmocka_run_group_tests(tests, make_installation, free_installation);
}
