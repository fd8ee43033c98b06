#include "agent/worker/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <sys/socket.h>

#include "common/base/err.h"
#include "common/trace/layout.h"
#include "common/trace/order.h"

int intake_order(int fd, struct order *order, struct err *err)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    ssize_t size;

    if (poll(&pollfd, 1, INTAKE_WAIT_MS) != 1)
        return err_set(err, -ETIMEDOUT, "no order came within %d ms",
                       INTAKE_WAIT_MS);
    size = recv(fd, order, sizeof(*order), MSG_TRUNC);
    /* Of another size it is of another layout, whatever it says. */
    if (size != (ssize_t)sizeof(*order))
        order->layout = 0;
    if (layout_check(order->layout, err) < 0)
        return -EPROTO;
    return order_check(order, err);
}

int intake_command(const void *data, size_t size, struct command *command,
                   struct err *err)
{
    if (size != sizeof(*command))
        return err_set(err, -EBADMSG,
                       "a command of %zu bytes, expected %zu: keeper and "
                       "worker are of different versions",
                       size, sizeof(*command));
    memcpy(command, data, sizeof(*command));
    return command_check(command, err);
}
