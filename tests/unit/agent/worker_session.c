#include "tests/unit/agent/worker_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/keeper/handoff.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/trace/layout.h"
#include "tests/unit/test.h"

#define CHANNEL_FD            3
#define PARKED_FD             32
#define SESSION_ANSWERS       8
#define SESSION_MAX_ARGUMENTS 8
#define SENT_AGAIN_NS         (900 * NS_PER_MS) /* the kernel's is a second */

static const char *keeper_refuses;

void session_keeper_refuses(const char *text)
{
    keeper_refuses = text;
}

struct order session_order(enum role role, const char *destination,
                           uint16_t port)
{
    struct order order = {.layout = layout_number(),
                          .trace_id = "01JD0000000000000000000000",
                          .role = (uint8_t)role,
                          .attempts = 3,
                          .port = port,
                          .isn_base = 0x5eed1007,
                          .spacing_ms = 100,
                          .deadline_ms = SESSION_PATIENCE_MS};

    if (destination != NULL)
        assert_int_equal(address_parse(destination, &order.destination), 0);
    return order;
}

/* A keeper's answers, given before it is asked. */
static void allow(struct session *session)
{
    struct handoff_answer answer = {0};
    int pair[2];

    if (keeper_refuses != NULL) {
        answer.status = -EBUSY;
        strcpy(answer.text, keeper_refuses);
    }
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    session->keeper = pair[0];
    session->asked = pair[1];
    for (int i = 0; i < SESSION_ANSWERS; i++)
        assert_int_equal(send(pair[0], &answer, sizeof(answer), 0),
                         sizeof(answer));
}

static void exec_worker(int fd, int asked, const char *const *policy,
                        bool net_admin)
{
    const char *arguments[SESSION_MAX_ARGUMENTS] = {WORKER_PATH};

    for (size_t i = 0;
         policy != NULL && policy[i] != NULL && i + 2 < ARRAY_SIZE(arguments);
         i++)
        arguments[i + 1] = policy[i];
    if (!net_admin)
        prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0);
    fd = fcntl(fd, F_DUPFD_CLOEXEC, PARKED_FD);
    asked = fcntl(asked, F_DUPFD_CLOEXEC, PARKED_FD);
    dup2(fd, CHANNEL_FD);
    dup2(asked, HANDOFF_ALLOWANCE);
    execv(WORKER_PATH, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static void start(struct session *session, const struct order *order,
                  const char *const *policy, bool net_admin)
{
    int pair[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *session = (struct session){.fd = pair[0]};
    allow(session);
    session->items = calloc(SESSION_MAX_ITEMS, sizeof(*session->items));
    assert_non_null(session->items);
    /* Before there is a worker: one that refuses its arguments may be gone. */
    assert_int_equal(send(session->fd, order, sizeof(*order), 0),
                     sizeof(*order));
    session->pid = fork();
    if (session->pid == 0)
        exec_worker(pair[1], session->asked, policy, net_admin);
    close(pair[1]);
    close(session->asked);
    session->started_ns = clock_monotonic_ns();
}

void session_start(struct session *session, const struct order *order)
{
    start(session, order, NULL, true);
}

void session_start_under(struct session *session, const struct order *order,
                         const char *const *policy)
{
    start(session, order, policy, true);
}

void session_start_without_net_admin(struct session *session,
                                     const struct order *order)
{
    start(session, order, NULL, false);
}

void session_command(struct session *session, const struct command *command)
{
    assert_int_equal(send(session->fd, command, sizeof(*command), MSG_NOSIGNAL),
                     sizeof(*command));
}

void session_tell(struct session *session, enum command_kind kind)
{
    session_command(session, &(struct command){.kind = (uint8_t)kind});
}

static void print_item(const struct session *session,
                       const struct evidence *item)
{
    char text[ADDRESS_TEXT_SIZE];

    printf("%8.3f %s", (double)(item->at_ns - session->started_ns) / NS_PER_MS,
           evidence_kinds[item->kind].name);
    for (unsigned i = 0; i < item->count; i++) {
        const struct evidence_value *value = &item->values[i];
        const struct evidence_key_info *info = &evidence_keys[value->key];

        printf(" %s=", info->name);
        switch (info->type) {
        case VALUE_NUMBER: printf("%lld", (long long)value->number); break;
        case VALUE_TEXT: printf("'%s'", item->texts + value->text); break;
        case VALUE_WORD:
            printf("%s", word_name(info->words, (int)value->number));
            break;
        case VALUE_ADDRESS:
            printf("%s", address_print(&value->address, text));
            break;
        }
    }
    printf("\n");
}

/* One piece; false when the time passed or the worker is gone. */
static bool receive(struct session *session, int timeout_ms)
{
    struct pollfd pollfd = {.fd = session->fd, .events = POLLIN};
    struct evidence *item = &session->items[session->count];
    ssize_t size;

    if (session->count == SESSION_MAX_ITEMS ||
        poll(&pollfd, 1, timeout_ms > 0 ? timeout_ms : 0) != 1)
        return false;
    size = recv(session->fd, item, sizeof(*item), 0);
    if (size <= 0)
        return false;
    assert_int_equal(evidence_check(item), 0);
    assert_int_equal(size, evidence_size(item));
    session->count++;
    if (getenv("WORKER_TEST_PRINT") != NULL)
        print_item(session, item);
    return true;
}

#define ANY_PHASE (-1)

static bool wait_within(struct session *session, enum evidence_kind kind,
                        int phase, int timeout_ms)
{
    int64_t until = clock_monotonic_ns() + (int64_t)timeout_ms * NS_PER_MS;

    for (;;) {
        int64_t left = (until - clock_monotonic_ns()) / NS_PER_MS;
        const struct evidence *last;

        if (!receive(session, (int)left))
            return false;
        last = &session->items[session->count - 1];
        if (last->kind == kind &&
            (phase == ANY_PHASE || evidence_word(last, KEY_PHASE) == phase))
            return true;
    }
}

bool session_wait(struct session *session, enum phase phase)
{
    return wait_within(session, EVIDENCE_PHASE, (int)phase,
                       SESSION_PATIENCE_MS);
}

void session_probe(struct session *session)
{
    session_tell(session, COMMAND_PROBE);
    assert_true(session_wait(session, PHASE_PROBED));
}

bool session_wait_for(struct session *session, enum evidence_kind kind)
{
    return wait_within(session, kind, ANY_PHASE, SESSION_PATIENCE_MS);
}

bool session_reaches_within(struct session *session, enum phase phase,
                            int timeout_ms)
{
    return wait_within(session, EVIDENCE_PHASE, (int)phase, timeout_ms);
}

static int reap(struct session *session)
{
    int status;

    for (int i = 0; i < SESSION_PATIENCE_MS / 10; i++) {
        if (waitpid(session->pid, &status, WNOHANG) == session->pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        usleep(10 * 1000);
    }
    kill(session->pid, SIGKILL);
    waitpid(session->pid, &status, 0);
    return -1;
}

int session_finish(struct session *session, bool self_test)
{
    session_command(session, &(struct command){.kind = COMMAND_COLLECT,
                                               .self_test = self_test});
    assert_true(session_wait(session, PHASE_COLLECTED));
    assert_true(session_wait(session, PHASE_DISARMED));
    return reap(session);
}

int session_close(struct session *session)
{
    close(TAKE_FD(session->fd));
    return reap(session);
}

const struct evidence *session_find(const struct session *session,
                                    enum evidence_kind kind, size_t n)
{
    for (size_t i = 0; i < session->count; i++)
        if (session->items[i].kind == kind && n-- == 0)
            return &session->items[i];
    return NULL;
}

size_t session_count_packets(const struct session *session, enum packet packet,
                             enum direction direction, unsigned attempt)
{
    const struct evidence *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < session->count; i++) {
        const struct evidence *item = &session->items[i];

        if (item->kind != EVIDENCE_PACKET ||
            evidence_word(item, KEY_PACKET) != (int)packet ||
            evidence_word(item, KEY_DIRECTION) != (int)direction ||
            evidence_number(item, KEY_ATTEMPT, 0) != (int64_t)attempt)
            continue;
        if (first == NULL)
            first = item;
        if (item->at_ns - first->at_ns < SENT_AGAIN_NS)
            count++;
    }
    return count;
}

void session_free(struct session *session)
{
    if (session->fd >= 0)
        close(session->fd);
    close(session->keeper);
    free(session->items);
    *session = (struct session){.fd = -1};
}
