#include "agent/probe/allowance.h"

#include <errno.h>
#include <poll.h>

#include <sys/socket.h>

#include "common/base/err.h"

#define WAIT_MS 500

int allowance_ask(enum handoff_packets packets, const struct address *target,
                  unsigned count, struct err *err)
{
    struct handoff_ask ask = {
        .packets = packets, .count = count, .target = *target};
    struct pollfd pollfd = {.fd = HANDOFF_ALLOWANCE, .events = POLLIN};
    struct handoff_answer answer;

    if (send(HANDOFF_ALLOWANCE, &ask, sizeof(ask), MSG_NOSIGNAL) < 0)
        return err_set(err, -ENOTCONN,
                       "the keeper cannot be asked what may be sent");
    if (poll(&pollfd, 1, WAIT_MS) != 1)
        return err_set(err, -ETIMEDOUT,
                       "the keeper did not say within %d ms what may be sent",
                       WAIT_MS);
    if (recv(HANDOFF_ALLOWANCE, &answer, sizeof(answer), 0) != sizeof(answer))
        return err_set(err, -ENOTCONN,
                       "the keeper did not say what may be sent");
    answer.text[sizeof(answer.text) - 1] = '\0';
    return answer.status == 0 ? 0
                              : err_set(err, answer.status, "%s", answer.text);
}
