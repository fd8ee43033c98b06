/* Joining: this process has the state folder, a helper without privileges has
 * the network. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/keeper/handoff.h"
#include "agent/keeper/keeper.h"
#include "agent/keeper/spawn.h"
#include "agent/keeper/state.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/net/endpoint.h"

#define STATUS_USAGE   2
#define STATUS_REFUSED 3
#define JOIN_MS        30000

static int fill_name(const char *given, char name[static HOST_NAME_SIZE],
                     struct err *err)
{
    char own[HOST_NAME_MAX + 1] = "";

    if (given == NULL) {
        gethostname(own, sizeof(own) - 1);
        own[strcspn(own, ".")] = '\0';
        given = own;
    }
    if (!host_name_is_valid(given))
        return err_set(err, -EINVAL,
                       "\"%.80s\" cannot be an agent's name (1 to 63 letters, "
                       "digits, '-', '.', '_'): give one with --name",
                       given);
    strcpy(name, given);
    return 0;
}

/* The token is checked by the helper, also before anything is sent. */
static int fill_job(struct handoff_join *job, const char *controller,
                    const char *token, const char *name, struct err *err)
{
    struct endpoint endpoint;
    int status = endpoint_parse(controller, &endpoint, err);

    memset(job, 0, sizeof(*job));
    if (status == 0)
        status = fill_name(name, job->name, err);
    if (status < 0)
        return status;
    if (strlen(controller) >= sizeof(job->controller) ||
        strlen(token) >= sizeof(job->token))
        return err_set(err, -EINVAL, "the address or the token is too long");
    strcpy(job->controller, controller);
    strcpy(job->token, token);
    return 0;
}

static int wait_for_result(int channel, struct handoff_joined *out,
                           struct err *err)
{
    int64_t end_ns = clock_monotonic_ns() + (int64_t)JOIN_MS * NS_PER_MS;

    for (;;) {
        int64_t left_ns = end_ns - clock_monotonic_ns();
        struct pollfd polled = {.fd = channel, .events = POLLIN};
        ssize_t size;

        if (left_ns <= 0 ||
            poll(&polled, 1, (int)(left_ns / NS_PER_MS + 1)) == 0)
            return err_set(err, -ETIMEDOUT,
                           "the controller did not answer within %d s",
                           JOIN_MS / 1000);
        size = recv(channel, out, sizeof(*out), MSG_TRUNC | MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (size != sizeof(*out))
            return err_set(err, -EPROTO,
                           "the helper probe-agent-link failed: see above");
        return 0;
    }
}

/* What the helper sends becomes files: each text must end. */
static int check_result(const struct handoff_joined *joined, struct err *err)
{
    if (memchr(joined->text, '\0', sizeof(joined->text)) == NULL ||
        memchr(joined->key, '\0', sizeof(joined->key)) == NULL ||
        memchr(joined->certificate, '\0', sizeof(joined->certificate)) ==
            NULL ||
        memchr(joined->authority, '\0', sizeof(joined->authority)) == NULL)
        return err_set(err, -EPROTO, "the helper's answer is malformed");
    if (joined->status < 0)
        return err_set(err, joined->status, "%s", joined->text);
    return 0;
}

static int ask_helper(const struct handoff_join *job,
                      struct handoff_joined *joined, struct err *err)
{
    static const char *const arguments[] = {"--join", NULL};
    struct spawn spawn = {.helper = "probe-agent-link",
                          .arguments = arguments,
                          .fds_count = 1,
                          .unprivileged = true};
    CLEAN_FD int near = -1;
    CLEAN_FD int far = -1;
    int ends[2];
    pid_t pid;
    int status = spawn_make_channel(ends, err);

    if (status < 0)
        return status;
    near = ends[0];
    far = ends[1];
    spawn.fds[0] = far;
    if (send(near, job, sizeof(*job), MSG_NOSIGNAL) < 0)
        return err_set(err, -errno, "cannot speak to the helper: %s",
                       strerror(errno));
    pid = spawn_helper(&spawn, err);
    if (pid < 0)
        return pid;
    close(TAKE_FD(far)); /* so that the helper's end is the end */
    status = wait_for_result(near, joined, err);
    kill(pid, SIGKILL); /* it has nothing more to do */
    waitpid(pid, NULL, 0);
    return status < 0 ? status : check_result(joined, err);
}

int keeper_join(const char *state_dir, const char *controller,
                const char *token, const char *name)
{
    static struct handoff_joined joined;
    struct handoff_join job;
    CLEAN_FD int lock = -1;
    struct err err = {0};
    int status = fill_job(&job, controller, token, name, &err);

    if (status == 0)
        status = state_prepare(state_dir, &lock, &err);
    if (status < 0) {
        fprintf(stderr, "probe-agent: %s\n", err.text);
        return STATUS_USAGE;
    }
    status = ask_helper(&job, &joined, &err);
    if (status == 0)
        status = state_write(state_dir, &joined, controller, &err);
    explicit_bzero(joined.key, sizeof(joined.key));
    if (status < 0) {
        fprintf(stderr, "probe-agent: %s\n", err.text);
        return status == -EINVAL ? STATUS_USAGE : STATUS_REFUSED;
    }
    printf("joined %s as %s; now start the agent: probe-agent run\n",
           controller, job.name);
    return 0;
}
