#include "agent/link/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/link/relays.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/trace/layout.h"
#include "proto/message.h"

#define BATCHES_PER_TURN 4

enum taken
{
    TAKEN_PIECE,
    TAKEN_NOTHING, /* nothing there now */
    TAKEN_END,     /* nothing will come */
};

struct relay *relay_new(struct relays *relays, const char *trace_id)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        return NULL;
    relay->relays = relays;
    relay->fd = -1;
    relay->layout = layout_number();
    relay->allowance = RELAY_BURST;
    relay->allowance_at_ms = uv_now(relays_loop(relays));
    memcpy(relay->trace_id, trace_id, TRACE_ID_SIZE);
    return relay;
}

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

static void close_channel(struct relay *relay)
{
    if (relay->fd < 0)
        return;
    uv_poll_stop(relay->poll);
    uv_close((uv_handle_t *)TAKE_PTR(relay->poll), free_poll);
    close(TAKE_FD(relay->fd));
    relay->paused = false;
}

static int send_command(struct relay *relay, const struct command *command)
{
    if (send(relay->fd, command, sizeof(*command),
             MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return -errno;
    return 0;
}

int relay_command(struct relay *relay, const struct command *command,
                  struct err *err)
{
    int status = 0;

    if (relay->fd >= 0) {
        status = send_command(relay, command);
        if (status == -EPIPE || status == -ECONNRESET)
            status = 0; /* it is ending; that will be told */
    } else if (!relay->ended) {
        if (relay->early_count == RELAY_MAX_EARLY)
            status = -EAGAIN;
        else
            relay->early[relay->early_count++] = *command;
    }
    if (status < 0)
        return err_set(err, status, "the worker takes no command: %s",
                       strerror(-status));
    return 0;
}

void relay_abort(struct relay *relay)
{
    const struct command abort_command = {.kind = COMMAND_ABORT};

    relay->orphan = true;
    if (relay->fd >= 0)
        send_command(relay, &abort_command);
    close_channel(relay);
}

static void send_evidence(struct relay *relay, struct evidence *items,
                          size_t count)
{
    struct message message = {.kind = MESSAGE_EVIDENCE};

    memcpy(message.evidence.trace_id, relay->trace_id, TRACE_ID_SIZE);
    message.evidence.items = items;
    message.evidence.count = count;
    if (count > 0 && !relay->orphan)
        relays_send(relay->relays, &message);
}

static void tell(struct relay *relay, enum evidence_kind kind, const char *text)
{
    struct evidence evidence;

    evidence_init(&evidence, kind, clock_monotonic_ns());
    if (kind == EVIDENCE_LIMIT)
        evidence_set_text(&evidence, KEY_OBSERVER, "worker");
    evidence_set_text(&evidence, KEY_TEXT, text);
    send_evidence(relay, &evidence, 1);
}

static void tell_losses(struct relay *relay)
{
    char text[96];

    if (relay->dropped > 0) {
        snprintf(text, sizeof(text),
                 "%u pieces of evidence were dropped: at most %d a trace",
                 relay->dropped, RELAY_MAX_EVIDENCE);
        tell(relay, EVIDENCE_LIMIT, text);
    }
    if (relay->foreign > 0)
        tell(relay, EVIDENCE_LIMIT,
             "the worker's evidence is of another version than the link, and "
             "was left out: restart the agent (systemctl restart probe-agent)");
    if (relay->unsound > 0) {
        snprintf(text, sizeof(text),
                 "%u pieces of evidence were not as their kind must be: they "
                 "were left out",
                 relay->unsound);
        tell(relay, EVIDENCE_LIMIT, text);
    }
}

static void tell_end(struct relay *relay)
{
    struct message message = {.kind = MESSAGE_TRACE_ENDED};

    tell_losses(relay);
    memcpy(message.trace_ended.trace_id, relay->trace_id, TRACE_ID_SIZE);
    message.trace_ended.status = relay->end.status;
    strcpy(message.trace_ended.text, relay->end.text);
    if (!relay->orphan)
        relays_send(relay->relays, &message);
}

static void finish(struct relay *relay)
{
    tell_end(relay);
    close_channel(relay);
    relays_remove(relay->relays, relay);
    free(relay);
}

/* A datagram is evidence only if it is exactly one piece, and sound.  Whose it
 * is the controller says. */
static bool is_sound(struct evidence *evidence, ssize_t size)
{
    if (size < (ssize_t)offsetof(struct evidence, texts) ||
        size > (ssize_t)sizeof(*evidence))
        return false;
    evidence->id = 0;
    evidence->role = 0;
    return (size_t)size == evidence_size(evidence) &&
           evidence_check(evidence) == 0;
}

static bool has_room(const struct relay *relay, const struct evidence *evidence)
{
    unsigned room = RELAY_MAX_EVIDENCE;

    if (evidence->kind == EVIDENCE_PACKET || evidence->kind == EVIDENCE_RULE)
        room -= RELAY_RESERVED;
    return relay->forwarded < room;
}

static enum taken take_piece(struct relay *relay, struct evidence *out,
                             size_t *count)
{
    ssize_t size = recv(relay->fd, out, sizeof(*out), MSG_DONTWAIT | MSG_TRUNC);

    if (size < 0 && errno == EINTR)
        return TAKEN_PIECE;
    if (size < 0 && errno == EAGAIN)
        return TAKEN_NOTHING;
    if (size <= 0)
        return TAKEN_END;
    if (size >= (ssize_t)sizeof(out->layout) && out->layout != relay->layout) {
        relay->foreign++;
    } else if (!is_sound(out, size)) {
        log_error("trace %s: the worker sent %zd bytes that are no evidence",
                  relay->trace_id, size);
        relay->unsound++;
    } else if (!has_room(relay, out)) {
        relay->dropped++;
    } else {
        relay->forwarded++;
        ++*count;
    }
    relay->allowance--;
    return TAKEN_PIECE;
}

/* Fills and sends one batch. */
static enum taken take_batch(struct relay *relay)
{
    static struct evidence items[MESSAGE_MAX_EVIDENCE];
    enum taken taken = TAKEN_PIECE;
    size_t count = 0;

    while (taken == TAKEN_PIECE && count < MESSAGE_MAX_EVIDENCE &&
           relay->allowance > 0)
        taken = take_piece(relay, &items[count], &count);
    send_evidence(relay, items, count);
    return taken;
}

static void refill_allowance(struct relay *relay)
{
    uint64_t now_ms = uv_now(relays_loop(relay->relays));
    uint64_t more = (now_ms - relay->allowance_at_ms) * RELAY_PER_SECOND / 1000;

    relay->allowance_at_ms = now_ms;
    relay->allowance = relay->allowance + more > RELAY_BURST
                           ? RELAY_BURST
                           : relay->allowance + (unsigned)more;
}

static bool must_pause(const struct relay *relay)
{
    return relay->allowance == 0 || relays_are_full(relay->relays);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void set_paused(struct relay *relay, bool paused)
{
    relay->paused = paused;
    if (paused) {
        uv_poll_stop(relay->poll);
        relays_resume_later(relay->relays);
    } else {
        uv_poll_start(relay->poll, UV_READABLE, on_readable);
    }
}

/* Once the worker is gone, an empty channel stays empty, even if a child of the
 * worker still holds it. */
static void read_on(struct relay *relay)
{
    enum taken taken = TAKEN_PIECE;

    refill_allowance(relay);
    for (int i = 0; i < BATCHES_PER_TURN && taken == TAKEN_PIECE &&
                    relay->fd >= 0 && !must_pause(relay);
         i++)
        taken = take_batch(relay);
    if (relay->fd >= 0 && taken == TAKEN_PIECE &&
        (must_pause(relay) || relay->ended))
        set_paused(relay, true);
    if (taken == TAKEN_END)
        close_channel(relay);
    if (relay->ended && (relay->fd < 0 || taken == TAKEN_NOTHING))
        finish(relay);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_on(poll->data);
}

void relay_resume(struct relay *relay)
{
    refill_allowance(relay);
    if (must_pause(relay)) {
        relays_resume_later(relay->relays);
        return;
    }
    set_paused(relay, false);
    read_on(relay);
}

static void attach(struct relay *relay, int fd)
{
    uv_poll_t *poll = malloc(sizeof(*poll));

    if (poll == NULL ||
        uv_poll_init(relays_loop(relay->relays), poll, fd) < 0) {
        free(poll);
        close(fd); /* ends the worker, and that will be told */
        return;
    }
    poll->data = relay;
    relay->poll = poll;
    relay->fd = fd;
    uv_poll_start(poll, UV_READABLE, on_readable);
    for (unsigned i = 0; i < relay->early_count; i++)
        send_command(relay, &relay->early[i]);
    relay->early_count = 0;
    if (relay->orphan)
        relay_abort(relay);
}

void relay_handle(struct relay *relay, const struct handoff_reply *reply,
                  int fd)
{
    if (reply->event == HANDOFF_STARTED) {
        if (relay->fd >= 0 || fd < 0)
            exit(1); /* only a broken keeper says that */
        attach(relay, fd);
        return;
    }
    if (fd >= 0)
        close(fd);
    relay->end = *reply;
    relay->ended = true;
    if (reply->event == HANDOFF_REFUSED)
        tell(relay, EVIDENCE_REFUSED, reply->text);
    if (relay->fd >= 0)
        read_on(relay);
    else
        finish(relay);
}
