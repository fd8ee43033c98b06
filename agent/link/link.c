#include "agent/link/link.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "agent/keeper/handoff.h"
#include "agent/link/inventory.h"
#include "agent/link/relays.h"
#include "agent/link/uplink.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/net/endpoint.h"
#include "common/net/tls.h"
#include "proto/message.h"

#define STATUS_ERROR 3

struct link
{
    struct uplink *uplink;
    struct relays *relays;
    uv_signal_t stop;
    struct message_inventory told; /* the last inventory sent */
    uint32_t lacks;
    bool up;
};

/* The texts that the keeper opened for us. */
struct identity_texts
{
    char *key, *certificate, *authority, *controller;
};

static void clean_texts(struct identity_texts *texts)
{
    if (texts->key != NULL)
        explicit_bzero(texts->key, strlen(texts->key));
    free(texts->key);
    free(texts->certificate);
    free(texts->authority);
    free(texts->controller);
}

static void tell_inventory(struct link *link, bool only_changes)
{
    struct address control = uplink_local_address(link->uplink);
    struct message message = {.kind = MESSAGE_INVENTORY};

    if (!link->up)
        return;
    inventory_read(&message.inventory, &control);
    message.inventory.lacks = link->lacks;
    /* Different padding costs a message, no more. */
    if (only_changes && /* NOLINTNEXTLINE(*-memory-comparison,cert-*) */
        memcmp(&message.inventory, &link->told, sizeof(link->told)) == 0)
        return;
    link->told = message.inventory;
    uplink_send(link->uplink, &message);
}

static void on_addresses_changed(void *owner)
{
    tell_inventory(owner, true);
}

static void on_up(void *owner)
{
    struct link *link = owner;

    link->up = true;
    tell_inventory(link, false);
}

static void on_down(void *owner)
{
    struct link *link = owner;

    link->up = false;
    relays_abort_all(link->relays);
}

static void refuse_order(struct link *link, const struct order *order,
                         const struct err *err)
{
    struct message message = {.kind = MESSAGE_TRACE_ENDED};

    memcpy(message.trace_ended.trace_id, order->trace_id, TRACE_ID_SIZE);
    message.trace_ended.status = err->code;
    strcpy(message.trace_ended.text, err->text);
    uplink_send(link->uplink, &message);
}

/* With the ends of our connection, so that the host's observers can tell which
 * of its addresses and routes the agent hangs on. */
static int begin_trace(struct link *link, const struct order *order,
                       struct err *err)
{
    struct order handed = *order;

    handed.control_own = uplink_local_address(link->uplink);
    handed.control_peer = uplink_peer_address(link->uplink);
    if (handed.control_own.family != handed.control_peer.family)
        handed.control_own = handed.control_peer = (struct address){0};
    return relays_order(link->relays, &handed, err);
}

static void on_message(void *owner, const struct message *message)
{
    struct link *link = owner;
    struct err err = {0};
    int status = 0;

    switch ((int)message->kind) {
    case MESSAGE_ORDER:
        status = begin_trace(link, &message->order, &err);
        if (status == 0)
            break;
        log_warning("an order was not carried out: %s", err.text);
        if (status != -EEXIST) /* its end would be the running one's */
            refuse_order(link, &message->order, &err);
        break;
    case MESSAGE_COMMAND:
        status = relays_command(link->relays, &message->command, &err);
        if (status < 0 && status != -ENOENT) /* it may just have ended */
            log_warning("a command was not carried out: %s", err.text);
        break;
    case MESSAGE_INVENTORY_REQUEST: tell_inventory(link, false); break;
    default: /* for operators or joining hosts */
        log_warning("the controller sent a %s: ignored",
                    word_name(&message_words, (int)message->kind));
        break;
    }
}

static int send_message(void *owner, const struct message *message)
{
    const struct link *link = owner;

    return uplink_send(link->uplink, message);
}

static size_t queued(void *owner)
{
    const struct link *link = owner;

    return uplink_queued(link->uplink);
}

static int read_text(int fd, const char *what, size_t max, char **out,
                     struct err *err)
{
    CLEAN_FREE char *text = calloc(1, max + 1);
    size_t used = 0;
    ssize_t got = 1;

    if (text == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    while (used < max && got > 0) {
        got = read(fd, text + used, max - used);
        if (got > 0)
            used += (size_t)got;
    }
    if (got < 0)
        return err_set(err, -errno, "cannot read the %s: %s", what,
                       strerror(errno));
    close(fd);
    if (used == 0 || used == max || strlen(text) != used)
        return err_set(err, -EBADMSG,
                       "the %s in the state folder is damaged: join again",
                       what);
    *out = TAKE_PTR(text);
    return 0;
}

static int read_texts(struct identity_texts *texts, struct err *err)
{
    int status =
        read_text(HANDOFF_KEY, "key", HANDOFF_PEM_SIZE, &texts->key, err);

    if (status == 0)
        status = read_text(HANDOFF_CERTIFICATE, "certificate", HANDOFF_PEM_SIZE,
                           &texts->certificate, err);
    if (status == 0)
        status = read_text(HANDOFF_AUTHORITY, "authority", HANDOFF_PEM_SIZE,
                           &texts->authority, err);
    if (status == 0)
        status = read_text(HANDOFF_CONTROLLER, "controller's address",
                           HANDOFF_ENDPOINT_SIZE, &texts->controller, err);
    if (status == 0)
        texts->controller[strcspn(texts->controller, "\n")] = '\0';
    return status;
}

static int open_uplink(struct link *link, uv_loop_t *loop, struct err *err)
{
    static const struct uplink_events events = {on_up, on_message, on_down};
    CLEAN(clean_texts) struct identity_texts texts = {0};
    struct tls_identity identity;
    struct endpoint controller;
    int status = read_texts(&texts, err);

    if (status == 0)
        status = endpoint_parse(texts.controller, &controller, err);
    if (status < 0)
        return status;
    identity =
        (struct tls_identity){texts.authority, texts.certificate, texts.key};
    return uplink_open(&link->uplink, loop, &identity, &controller, &events,
                       link, err);
}

static void on_stop(uv_signal_t *handle, int number)
{
    const struct link *link = handle->data;

    (void)number;
    uplink_stop(link->uplink);
}

/* The keeper's SIGTERM: the controller shall hear that the host is going, not
 * guess it from a connection that broke. */
static void watch_stop(struct link *link, uv_loop_t *loop)
{
    uv_signal_init(loop, &link->stop);
    link->stop.data = link;
    uv_signal_start(&link->stop, on_stop, SIGTERM);
}

static uint32_t read_lacks(char *const *words)
{
    static const char *const known[LACK_COUNT] = {
#define LACK(name, word, text) [LACK_##name] = (word),
        AGENT_LACKS(LACK)
#undef LACK
    };
    uint32_t lacks = 0;

    for (; *words != NULL; words++)
        for (unsigned i = 0; i < LACK_COUNT; i++)
            if (strcmp(*words, known[i]) == 0)
                lacks |= 1u << i;
    return lacks;
}

int link_run(char *const *lacks)
{
    static struct link link;
    const struct relays_owner owner = {send_message, queued, &link};
    uv_loop_t *loop = uv_default_loop();
    struct err err = {0};
    int status = relays_new(&link.relays, loop, HANDOFF_CHANNEL, &owner, &err);

    link.lacks = read_lacks(lacks);
    if (status == 0)
        status = open_uplink(&link, loop, &err);
    if (status < 0) {
        log_error("%s", err.text);
        return STATUS_ERROR;
    }
    if (inventory_watch(loop, on_addresses_changed, &link, &err) < 0)
        log_warning("%s", err.text); /* the controller can still ask */
    watch_stop(&link, loop);
    uv_run(loop, UV_RUN_DEFAULT);
    return 0;
}
