#include "agent/worker/channel.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/worker/evidence_queue.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/trace/layout.h"

#define CHANNEL_MAX_DATAGRAM 2048 /* any order or command is smaller */
#define CHANNEL_SEND_BUFFER  (1 << 20)

struct channel
{
    uint32_t layout;
    int fd; /* -1 when the other end is gone */
    uv_poll_t poll;
    uv_timer_t linger;
    int open_handles;
    bool finishing;
    channel_received received;
    void *context;
    struct evidence_queue queue;
};

static void watch(struct channel *channel);

static void free_when_closed(uv_handle_t *handle)
{
    struct channel *channel = handle->data;

    if (--channel->open_handles > 0)
        return;
    if (channel->fd >= 0)
        close(channel->fd);
    free(channel);
}

static void close_handles(struct channel *channel)
{
    evidence_queue_clear(&channel->queue);
    if (uv_is_closing((uv_handle_t *)&channel->poll))
        return;
    uv_poll_stop(&channel->poll);
    uv_close((uv_handle_t *)&channel->poll, free_when_closed);
    uv_close((uv_handle_t *)&channel->linger, free_when_closed);
}

static void other_end_is_gone(struct channel *channel)
{
    evidence_queue_clear(&channel->queue);
    uv_poll_stop(&channel->poll);
    close(channel->fd);
    channel->fd = -1;
    if (channel->finishing)
        close_handles(channel);
    else
        channel->received(channel->context, NULL, 0);
}

/* 0 when sent, -EAGAIN when the channel is full, else it is gone. */
static int send_datagram(struct channel *channel, const void *data, size_t size)
{
    ssize_t sent;

    do
        sent = send(channel->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return 0;
    return errno == EAGAIN || errno == ENOBUFS ? -EAGAIN : -errno;
}

void channel_send(struct channel *channel, struct evidence *evidence)
{
    if (channel->fd < 0)
        return;
    evidence->layout = channel->layout;
    if (evidence_queue_is_empty(&channel->queue) &&
        send_datagram(channel, evidence, evidence_size(evidence)) == 0)
        return;
    /* If the other end is gone, the poll tells it outside the caller. */
    evidence_queue_put(&channel->queue, evidence);
    watch(channel);
}

static void tell_lost(struct channel *channel, unsigned lost)
{
    struct evidence evidence;
    char text[128];

    snprintf(text, sizeof(text),
             "%u pieces of evidence were lost: the link read too slowly", lost);
    evidence_init(&evidence, EVIDENCE_LIMIT, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_OBSERVER, "worker");
    evidence_set_text(&evidence, KEY_TEXT, text);
    channel_send(channel, &evidence);
}

static int send_queue(struct channel *channel)
{
    unsigned lost;

    while (!evidence_queue_is_empty(&channel->queue)) {
        size_t size;
        const void *data = evidence_queue_first(&channel->queue, &size);
        int status = send_datagram(channel, data, size);

        if (status < 0)
            return status;
        evidence_queue_drop(&channel->queue);
    }
    lost = evidence_queue_take_lost(&channel->queue);
    if (lost > 0)
        tell_lost(channel, lost);
    return 0;
}

static void receive(struct channel *channel)
{
    char data[CHANNEL_MAX_DATAGRAM];
    ssize_t size = recv(channel->fd, data, sizeof(data), MSG_TRUNC);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        other_end_is_gone(channel);
    else
        channel->received(channel->context, data, (size_t)size);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct channel *channel = poll->data;

    if (status < 0) {
        other_end_is_gone(channel);
        return;
    }
    if (events & UV_WRITABLE) {
        status = send_queue(channel);
        if (status < 0 && status != -EAGAIN) {
            other_end_is_gone(channel);
            return;
        }
        if (channel->finishing && evidence_queue_is_empty(&channel->queue)) {
            close_handles(channel);
            return;
        }
        watch(channel);
    }
    if (events & UV_READABLE && !channel->finishing)
        receive(channel);
}

static void watch(struct channel *channel)
{
    int events = channel->finishing ? 0 : UV_READABLE;

    if (!evidence_queue_is_empty(&channel->queue))
        events |= UV_WRITABLE;
    uv_poll_start(&channel->poll, events, on_poll);
}

int channel_open(struct channel **out, uv_loop_t *loop, int fd,
                 channel_received received, void *context, struct err *err)
{
    struct channel *channel = calloc(1, sizeof(*channel));
    const int buffer = CHANNEL_SEND_BUFFER;

    if (channel == NULL) {
        close(fd);
        return err_set(err, -ENOMEM, "no memory for the channel");
    }
    channel->layout = layout_number();
    channel->fd = fd;
    channel->received = received;
    channel->context = context;
    evidence_queue_init(&channel->queue);
    /* So that a burst of evidence seldom has to wait; as far as allowed. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    if (uv_poll_init(loop, &channel->poll, fd) < 0) {
        close(fd);
        free(channel);
        return err_set(err, -EBADF, "descriptor %d is no channel", fd);
    }
    uv_timer_init(loop, &channel->linger);
    channel->poll.data = channel;
    channel->linger.data = channel;
    channel->open_handles = 2;
    watch(channel);
    *out = channel;
    return 0;
}

static void on_linger(uv_timer_t *timer)
{
    close_handles(timer->data);
}

void channel_finish(struct channel *channel)
{
    channel->finishing = true;
    if (channel->fd < 0 || evidence_queue_is_empty(&channel->queue)) {
        close_handles(channel);
        return;
    }
    watch(channel);
    uv_timer_start(&channel->linger, on_linger, CHANNEL_LINGER_MS, 0);
}
