/* probe-agent-worker: one trace on one host.  Started by the keeper with the
 * channel to the link as descriptor 3 and the host's policy as arguments; not
 * for people. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include <sys/socket.h>

#include "agent/keeper/handoff.h"
#include "agent/keeper/policy.h"
#include "agent/worker/steps.h"
#include "common/base/err.h"
#include "common/base/log.h"

#define CHANNEL_FD 3

static bool is_channel(int fd)
{
    socklen_t size = sizeof(int);
    int type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct policy policy;

    (void)argc;
    log_init("probe-agent-worker", LOG_LEVEL_WARNING);
    if (!is_channel(CHANNEL_FD)) {
        log_error("descriptor %d is no channel: this program is started by "
                  "probe-agent",
                  CHANNEL_FD);
        return 2;
    }
    if (policy_parse_arguments(argv + 1, &policy, &err) < 0) {
        log_error("%s: keeper and worker are of different versions", err.text);
        return HANDOFF_OTHER_VERSION;
    }
    fcntl(CHANNEL_FD, F_SETFD, FD_CLOEXEC); /* not for programs of ours */
    fcntl(HANDOFF_ALLOWANCE, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    return worker_run(CHANNEL_FD, &policy);
}
