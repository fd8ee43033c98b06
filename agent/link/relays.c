#include "agent/link/relays.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sys/queue.h>
#include <sys/socket.h>

#include "agent/keeper/handoff.h"
#include "agent/link/relay.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/trace/layout.h"
#include "proto/message.h"

struct relays
{
    uv_loop_t *loop;
    int keeper;
    uv_poll_t poll;
    uv_timer_t resume;
    struct relays_owner owner;
    TAILQ_HEAD(, relay) list;
    unsigned count;
};

static struct relay *find(const struct relays *relays, const char *trace_id)
{
    struct relay *relay;

    TAILQ_FOREACH (relay, &relays->list, link)
        if (strcmp(relay->trace_id, trace_id) == 0)
            return relay;
    return NULL;
}

int relays_order(struct relays *relays, const struct order *order,
                 struct err *err)
{
    struct order handed = *order;
    struct relay *relay;
    int status = order_check(order, err);

    if (status < 0)
        return status;
    if (find(relays, order->trace_id) != NULL)
        return err_set(err, -EEXIST, "the trace %s runs here already",
                       order->trace_id);
    if (relays->count >= RELAYS_MAX)
        return err_set(err, -EBUSY, "%d traces are running here", RELAYS_MAX);
    relay = relay_new(relays, order->trace_id);
    if (relay == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    handed.layout = layout_number();
    if (send(relays->keeper, &handed, sizeof(handed),
             MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        status = err_set(err, -errno, "the keeper takes no order: %s",
                         strerror(errno));
        free(relay);
        return status;
    }
    TAILQ_INSERT_TAIL(&relays->list, relay, link);
    relays->count++;
    return 0;
}

int relays_command(struct relays *relays, const struct message_command *command,
                   struct err *err)
{
    struct relay *relay = find(relays, command->trace_id);
    int status = command_check(&command->command, err);

    if (status < 0)
        return status;
    if (relay == NULL || relay->orphan)
        return err_set(err, -ENOENT, "the trace %s does not run here",
                       command->trace_id);
    return relay_command(relay, &command->command, err);
}

void relays_abort_all(struct relays *relays)
{
    struct relay *relay;

    TAILQ_FOREACH (relay, &relays->list, link)
        relay_abort(relay);
}

int relays_send(struct relays *relays, const struct message *message)
{
    return relays->owner.send(relays->owner.owner, message);
}

bool relays_are_full(const struct relays *relays)
{
    return relays->owner.queued(relays->owner.owner) > RELAYS_MAX_QUEUED;
}

uv_loop_t *relays_loop(const struct relays *relays)
{
    return relays->loop;
}

void relays_remove(struct relays *relays, struct relay *relay)
{
    TAILQ_REMOVE(&relays->list, relay, link);
    relays->count--;
}

/* Relays that stopped reading look again; those that still may not stay. */
static void on_resume(uv_timer_t *timer)
{
    struct relays *relays = timer->data;
    struct relay *relay = TAILQ_FIRST(&relays->list);

    while (relay != NULL) {
        struct relay *next = TAILQ_NEXT(relay, link);

        if (relay->paused)
            relay_resume(relay);
        relay = next;
    }
}

void relays_resume_later(struct relays *relays)
{
    if (!uv_is_active((uv_handle_t *)&relays->resume))
        uv_timer_start(&relays->resume, on_resume, RELAYS_RESUME_MS, 0);
}

static void handle_reply(struct relays *relays, struct handoff_reply *reply,
                         int fd)
{
    struct relay *relay;

    reply->trace_id[sizeof(reply->trace_id) - 1] = '\0';
    reply->text[sizeof(reply->text) - 1] = '\0';
    relay = find(relays, reply->trace_id);
    if (relay != NULL)
        relay_handle(relay, reply, fd);
    else if (fd >= 0)
        close(fd);
}

static int take_fd(struct msghdr *header)
{
    struct cmsghdr *item = CMSG_FIRSTHDR(header);
    int fd = -1;

    if (item != NULL && item->cmsg_level == SOL_SOCKET &&
        item->cmsg_type == SCM_RIGHTS && item->cmsg_len == CMSG_LEN(sizeof(fd)))
        memcpy(&fd, CMSG_DATA(item), sizeof(fd));
    return fd;
}

static void on_keeper(uv_poll_t *poll, int status, int events)
{
    union
    {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct relays *relays = poll->data;
    struct handoff_reply reply;
    struct iovec part = {&reply, sizeof(reply)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t size;

    (void)status;
    (void)events;
    size = recvmsg(relays->keeper, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size != sizeof(reply)) /* the keeper is gone, and so are we */
        exit(0);
    handle_reply(relays, &reply, take_fd(&header));
}

int relays_new(struct relays **out, uv_loop_t *loop, int keeper,
               const struct relays_owner *owner, struct err *err)
{
    struct relays *relays = calloc(1, sizeof(*relays));

    if (relays == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    relays->loop = loop;
    relays->keeper = keeper;
    relays->owner = *owner;
    TAILQ_INIT(&relays->list);
    relays->poll.data = relays->resume.data = relays;
    uv_timer_init(loop, &relays->resume);
    if (uv_poll_init(loop, &relays->poll, keeper) < 0) {
        free(relays);
        return err_set(err, -EBADF,
                       "descriptor %d is no channel: this program "
                       "is started by probe-agent",
                       keeper);
    }
    uv_poll_start(&relays->poll, UV_READABLE | UV_DISCONNECT, on_keeper);
    *out = relays;
    return 0;
}
