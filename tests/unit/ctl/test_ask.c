/* Questions to a controller that is played here, in a child process, with real
 * certificates over loopback: good answers, refusals, silence, nonsense. */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/net/conn.h"
#include "common/pki/pki.h"
#include "controller/ctl/ask.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/profile.h"
#include "tests/unit/test.h"

#define DAYS 2

/* How the played controller answers a request. */
enum play
{
    PLAY_DOCUMENT, /* progress, then a document in three pieces */
    PLAY_TOKEN,
    PLAY_REFUSAL, /* error 3 */
    PLAY_USAGE,   /* error 2 */
    PLAY_SILENCE,
    PLAY_END,       /* closes */
    PLAY_NONSENSE,  /* a frame that is no message */
    PLAY_UNTIMELY,  /* what a controller says to agents alone */
    PLAY_NO_HELLO,  /* the document without a greeting */
    PLAY_VERSION,   /* greets with versions 7 to 9 */
    PLAY_TOO_LARGE, /* pieces without end */
    PLAY_GO_AWAY,
    PLAY_TIMEOUT_BACK, /* the request's timeout_ms as the document */
};

struct stage_set
{
    char *authority_key, *authority;
    char *server_key, *server;
    struct profile profile;
};

static struct stage_set set;
static char folder[] = "/tmp/probectl-ask-XXXXXX";
static enum play play;
static uv_timer_t flood; /* sends pieces as long as they are read */

static void make_certificate(enum peer_role role, const char *name,
                             const char *const *sans, char **key,
                             char **certificate)
{
    CLEAN_FREE char *request = NULL;
    int64_t now = clock_real_ns() / NS_PER_S;

    assert_int_equal(pki_make_key(key, NULL), 0);
    assert_int_equal(pki_make_request(*key, name, &request, NULL), 0);
    assert_int_equal(pki_sign_request(set.authority, set.authority_key, request,
                                      role, name, sans, now - 60, DAYS,
                                      certificate, NULL),
                     0);
}

static int set_up(void **state)
{
    static const char *const sans[] = {"127.0.0.1", NULL};
    int64_t now = clock_real_ns() / NS_PER_S;

    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("XDG_RUNTIME_DIR", folder, 1);
    assert_int_equal(pki_make_key(&set.authority_key, NULL), 0);
    assert_int_equal(pki_make_authority(set.authority_key, now - 60, DAYS,
                                        &set.authority, NULL),
                     0);
    make_certificate(PEER_CONTROLLER, "controller", sans, &set.server_key,
                     &set.server);
    make_certificate(PEER_OPERATOR, "admin", NULL, &set.profile.key,
                     &set.profile.certificate);
    set.profile.authority = strdup(set.authority);
    strcpy(set.profile.controller.host, "127.0.0.1");
    return 0;
}

static void empty_cache(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s/probectl", folder);
    assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
    (void)state;
    empty_cache();
    rmdir(folder);
    free(set.authority_key);
    free(set.authority);
    free(set.server_key);
    free(set.server);
    profile_fini(&set.profile);
    return 0;
}

static void say(struct conn *conn, const struct message *message)
{
    uint8_t *bytes;
    size_t size;

    if (message_encode(message, &bytes, &size) < 0)
        _exit(9);
    if (conn_send(conn, bytes, size) < 0)
        conn_close(conn, 0, "not read");
    free(bytes);
}

static void say_piece(struct conn *conn, const char *text, bool last)
{
    struct message message = {.kind = MESSAGE_DOCUMENT};

    message.document.piece = (const uint8_t *)text;
    message.document.size = strlen(text);
    message.document.last = last;
    message.document.status = last ? STATUS_UNDETERMINED : 0;
    say(conn, &message);
}

static void say_error(struct conn *conn, uint32_t status)
{
    struct message message = {.kind = MESSAGE_ERROR};

    message.error.status = status;
    strcpy(message.error.text, "no agent named 'x'");
    say(conn, &message);
}

static void say_document(struct conn *conn)
{
    struct message progress = {.kind = MESSAGE_PROGRESS, .progress = "probing"};

    say(conn, &progress);
    say_piece(conn, "{\"a\"", false);
    say_piece(conn, ": 1", false);
    say_piece(conn, "}", true);
}

static void on_flood(uv_timer_t *timer)
{
    static char piece[40000];
    struct conn *conn = timer->data;

    memset(piece, ' ', sizeof(piece) - 1);
    while (conn_queued(conn) < CONN_MAX_QUEUED / 2)
        say_piece(conn, piece, false);
}

static void say_too_much(struct conn *conn)
{
    flood.data = conn;
    uv_timer_start(&flood, on_flood, 0, 1);
}

static void say_timeout(struct conn *conn, const struct message *request)
{
    char text[32];

    snprintf(text, sizeof(text), "%u", request->trace_request.timeout_ms);
    say_piece(conn, text, true);
}

static void answer(struct conn *conn, const struct message *request)
{
    struct message message = {.kind = MESSAGE_GO_AWAY};

    switch (play) {
    case PLAY_DOCUMENT:
    case PLAY_VERSION:
    case PLAY_NO_HELLO: say_document(conn); break;
    case PLAY_TOKEN:
        message.kind = MESSAGE_TOKEN_REPLY;
        strcpy(message.token_reply, "pt1.example");
        say(conn, &message);
        break;
    case PLAY_REFUSAL: say_error(conn, 3); break;
    case PLAY_USAGE: say_error(conn, 2); break;
    case PLAY_SILENCE: break;
    case PLAY_END: conn_finish(conn); break;
    case PLAY_NONSENSE: conn_send(conn, (const uint8_t *)"\xff\xff", 2); break;
    case PLAY_UNTIMELY:
        message.kind = MESSAGE_INVENTORY_REQUEST;
        say(conn, &message);
        break;
    case PLAY_TOO_LARGE: say_too_much(conn); break;
    case PLAY_GO_AWAY:
        message.go_away_ms = 1000;
        say(conn, &message);
        break;
    case PLAY_TIMEOUT_BACK: say_timeout(conn, request); break;
    }
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct message hello = {.kind = MESSAGE_HELLO};

    (void)owner;
    if (peer->role != PEER_OPERATOR)
        _exit(8);
    hello.hello.version_min = play == PLAY_VERSION ? 7 : PROTO_VERSION_MIN;
    hello.hello.version_max = play == PLAY_VERSION ? 9 : PROTO_VERSION_MAX;
    if (play != PLAY_NO_HELLO)
        say(conn, &hello);
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct message message;

    (void)owner;
    if (message_decode(bytes, size, &message, NULL) < 0)
        _exit(7);
    if (message.kind != MESSAGE_HELLO)
        answer(conn, &message);
    message_fini(&message);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    (void)owner;
    (void)conn;
    (void)why;
    (void)reason;
    uv_timer_stop(&flood);
}

static const struct conn_events events = {on_ready, on_frame, on_closed};

static void on_connection(uv_stream_t *listener, int status)
{
    struct conn *conn;

    if (status == 0)
        conn_accept(&conn, listener, listener->data, &events, NULL, NULL);
}

static void serve(int fd)
{
    static const uint8_t ticket_key[TLS_TICKET_KEY_SIZE] = {1, 2, 3};
    struct tls_identity identity = {set.authority, set.server, set.server_key};
    struct tls_context *tls;
    uv_loop_t loop;
    uv_tcp_t listener;

    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&loop) < 0 || uv_tcp_init(&loop, &listener) < 0 ||
        uv_timer_init(&loop, &flood) < 0 ||
        tls_context_new_server(&tls, &identity, ticket_key, NULL) < 0)
        _exit(6);
    listener.data = tls;
    if (uv_tcp_open(&listener, fd) < 0 ||
        uv_listen((uv_stream_t *)&listener, 8, on_connection) < 0)
        _exit(5);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(0);
}

/* A loopback socket with a port of its own; not listening yet. */
static int bind_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    set.profile.controller.port = ntohs(address.sin_port);
    return fd;
}

/* Asks the controller played so behind a listening socket; what the question
 * returns. */
static int ask_behind(int fd, enum play how, enum message_kind kind,
                      unsigned timeout_ms, struct answer *out, struct err *err)
{
    struct message request = {.kind = kind};
    pid_t child;
    int child_status, status;

    play = how;
    if (kind == MESSAGE_TRACE_REQUEST) {
        strcpy(request.trace_request.source, "hostA");
        strcpy(request.trace_request.destination, "hostB");
        request.trace_request.port = 80;
        request.trace_request.protocol = 6;
    } else if (kind == MESSAGE_TOKEN_REQUEST) {
        request.token_request.ttl_s = 60;
        request.token_request.uses = 1;
    }
    child = fork();
    if (child == 0)
        serve(fd);
    status = ask_controller(&set.profile, &request, timeout_ms, out, err);
    kill(child, SIGKILL);
    waitpid(child, &child_status, 0);
    assert_true(WIFSIGNALED(child_status));
    return status;
}

static int ask_played(enum play how, enum message_kind kind,
                      unsigned timeout_ms, struct answer *out, struct err *err)
{
    CLEAN_FD int fd = bind_loopback();

    assert_int_equal(listen(fd, 8), 0);
    return ask_behind(fd, how, kind, timeout_ms, out, err);
}

static void test_document(void **state)
{
    CLEAN(answer_fini) struct answer out = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        ask_played(PLAY_DOCUMENT, MESSAGE_AGENTS_REQUEST, 5000, &out, &err), 0);
    assert_string_equal(out.document, "{\"a\": 1}");
    assert_int_equal(out.size, 8);
    assert_true(out.has_status);
    assert_int_equal(out.status, STATUS_UNDETERMINED);
}

static void test_token(void **state)
{
    CLEAN(answer_fini) struct answer out = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        ask_played(PLAY_TOKEN, MESSAGE_TOKEN_REQUEST, 5000, &out, &err), 0);
    assert_string_equal(out.token, "pt1.example");
    assert_null(out.document);
}

/* The controller must answer before we stop waiting. */
static void test_trace_gets_the_time_left(void **state)
{
    CLEAN(answer_fini) struct answer out = {0};
    struct err err = {0};
    int ms;

    (void)state;
    assert_int_equal(
        ask_played(PLAY_TIMEOUT_BACK, MESSAGE_TRACE_REQUEST, 5000, &out, &err),
        0);
    ms = atoi(out.document);
    assert_in_range(ms, 2000, 4500);
}

static void ask_well(int fd)
{
    CLEAN(answer_fini) struct answer out = {0};
    struct err err = {0};

    if (ask_behind(fd, PLAY_DOCUMENT, MESSAGE_AGENTS_REQUEST, 5000, &out,
                   &err) < 0)
        fail_msg("%s", err.text);
}

/* The one file in the cache, which is ours alone. */
static char *read_cache(char path[static 600], size_t *size)
{
    char *text;
    struct stat info;
    glob_t found;

    snprintf(path, 600, "%s/probectl/tls-*", folder);
    assert_int_equal(glob(path, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    snprintf(path, 600, "%s", found.gl_pathv[0]);
    globfree(&found);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(fs_read(path, 16384, &text, size, NULL), 0);
    return text;
}

/* A full handshake brings a new ticket; a resumed one leaves the file alone. */
static void assert_cache(const char *old, size_t old_size, bool is_same)
{
    char path[600];
    size_t size;
    CLEAN_FREE char *now = read_cache(path, &size);

    assert_int_equal(size == old_size && memcmp(now, old, size) == 0, is_same);
}

static void test_next_question_resumes_the_session(void **state)
{
    CLEAN_FD int fd = bind_loopback();
    CLEAN_FREE char *first = NULL;
    CLEAN_FREE char *second = NULL;
    char path[600];
    size_t size, second_size;

    (void)state;
    assert_int_equal(listen(fd, 8), 0);
    empty_cache();
    ask_well(fd);
    first = read_cache(path, &size);
    ask_well(fd);
    assert_cache(first, size, true);
    assert_int_equal(chmod(path, 0644), 0); /* others could have read it */
    ask_well(fd);
    assert_cache(first, size, false);
    second = read_cache(path, &second_size);
    second[70] ^= 1; /* of the master secret: the handshake fails, once */
    assert_int_equal(fs_write(path, second, second_size, 0600, NULL), 0);
    ask_well(fd);
    assert_cache(second, second_size, false);
    assert_int_equal(fs_write(path, second, second_size / 2, 0600, NULL), 0);
    ask_well(fd);
    assert_cache(second, second_size / 2, false);
}

/* The session of one operator is not for another one. */
static void test_another_certificate_has_another_session(void **state)
{
    CLEAN_FD int fd = bind_loopback();
    char *key = set.profile.key, *certificate = set.profile.certificate;
    CLEAN_FREE char *first = NULL;
    char path[600];
    size_t size;

    (void)state;
    assert_int_equal(listen(fd, 8), 0);
    empty_cache();
    ask_well(fd);
    first = read_cache(path, &size);
    make_certificate(PEER_OPERATOR, "eve", NULL, &set.profile.key,
                     &set.profile.certificate);
    remove(path);
    ask_well(fd);
    assert_int_not_equal(access(path, F_OK), 0);
    free(set.profile.key);
    free(set.profile.certificate);
    set.profile.key = key;
    set.profile.certificate = certificate;
    empty_cache();
}

struct failure
{
    const char *name;
    enum play play;
    unsigned timeout_ms;
    int status; /* 0: any */
    int exit_status;
    const char *sentence;
};

static void test_failure(void **state)
{
    const struct failure *failure = *state;
    struct answer out = {.size = 99};
    struct err err = {0};
    int64_t start = clock_monotonic_ns();
    int status = ask_played(failure->play, MESSAGE_TRACE_REQUEST,
                            failure->timeout_ms, &out, &err);

    assert_true(status < 0);
    if (failure->status != 0)
        assert_int_equal(status, failure->status);
    assert_int_equal(ask_status(status), failure->exit_status);
    if (strstr(err.text, failure->sentence) == NULL)
        fail_msg("%s: %s", failure->name, err.text);
    assert_int_equal(out.size, 99); /* untouched */
    assert_true(clock_monotonic_ns() - start <
                (int64_t)(failure->timeout_ms + 2000) * NS_PER_MS);
}

static void test_nobody_listens(void **state)
{
    CLEAN_FD int fd = bind_loopback(); /* holds the port */
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};
    struct answer out;
    struct err err = {0};
    int status = ask_controller(&set.profile, &request, 5000, &out, &err);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(status, -ECONNREFUSED);
    assert_int_equal(ask_status(status), STATUS_NOT_RUN);
    assert_non_null(strstr(err.text, "127.0.0.1:"));
}

/* It takes the connection and never says a word. */
static void test_no_handshake(void **state)
{
    CLEAN_FD int fd = bind_loopback();
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};
    int64_t start = clock_monotonic_ns();
    struct answer out;
    struct err err = {0};

    (void)state;
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(ask_controller(&set.profile, &request, 300, &out, &err),
                     -ETIMEDOUT);
    assert_non_null(strstr(err.text, "within 0.3 s"));
    assert_in_range(clock_monotonic_ns() - start, 250 * NS_PER_MS,
                    2000LL * NS_PER_MS);
}

static const struct failure failures[] = {
    {"refusal", PLAY_REFUSAL, 5000, -EREMOTEIO, 3, "no agent named 'x'"},
    {"usage", PLAY_USAGE, 5000, -EINVAL, 2, "no agent named 'x'"},
    {"silence", PLAY_SILENCE, 500, -ETIMEDOUT, 3, "no answer within 0.5 s"},
    {"end", PLAY_END, 5000, 0, 3, "before the answer"},
    {"nonsense", PLAY_NONSENSE, 5000, -EBADMSG, 3, "127.0.0.1"},
    {"untimely", PLAY_UNTIMELY, 5000, -EBADMSG, 3, "for agents"},
    {"no hello", PLAY_NO_HELLO, 5000, -EBADMSG, 3, "out of turn"},
    {"version", PLAY_VERSION, 5000, -EPROTONOSUPPORT, 3, "protocol version"},
    {"go away", PLAY_GO_AWAY, 5000, -ECONNRESET, 3, "going down"},
    {"too large", PLAY_TOO_LARGE, 20000, -EFBIG, 3, "larger than 16 MiB"},
};

#define FAILURE(index)                               \
    {                                                \
        "failure " #index, test_failure, NULL, NULL, \
            (void *)(uintptr_t)&failures[index]      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_trace_gets_the_time_left),
        cmocka_unit_test(test_next_question_resumes_the_session),
        cmocka_unit_test(test_another_certificate_has_another_session),
        FAILURE(0),
        FAILURE(1),
        FAILURE(2),
        FAILURE(3),
        FAILURE(4),
        FAILURE(5),
        FAILURE(6),
        FAILURE(7),
        FAILURE(8),
        FAILURE(9),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_no_handshake),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
