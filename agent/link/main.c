/* probe-agent-link: started by probe-agent, not by people. */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include <sys/prctl.h>
#include <sys/socket.h>

#include "agent/keeper/handoff.h"
#include "agent/link/link.h"
#include "common/base/log.h"

#define STATUS_USAGE 2

static bool is_channel(int fd)
{
    socklen_t size = sizeof(int);
    int type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
    log_init("probe-agent-link", LOG_LEVEL_INFO);
    if (!is_channel(HANDOFF_CHANNEL)) {
        log_error("this program is started by probe-agent, not by hand");
        return STATUS_USAGE;
    }
    prctl(PR_SET_NAME, "probe-agent-link");
#ifndef __SANITIZE_ADDRESS__   /* whose leak check traces its own process */
    prctl(PR_SET_DUMPABLE, 0); /* others of our user must not read the key */
#endif
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--join") == 0)
        return link_join();
    return link_run(argv + 1);
}
