#include "agent/keeper/allowance.h"

#include <errno.h>
#include <stdio.h>

#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/log.h"

void allowance_init(struct allowance *allowance, int channel,
                    const struct order *order, const struct pace_charge *charge)
{
#define MOST(name, most) [name] = (most),
    static const unsigned mosts[] = {HANDOFF_PACKETS(MOST)};
#undef MOST
    bool is_source = order->role == ROLE_SOURCE;
    bool is_named = !address_is_set(&order->destination);

    *allowance = (struct allowance){.channel = channel, .charge = *charge};
    for (size_t i = 0; i < HANDOFF_PACKETS_COUNT; i++)
        allowance->left[i] = mosts[i];
    allowance->left[HANDOFF_ATTEMPTS] =
        is_source && is_named ? order->attempts : 0;
    if (is_source)
        allowance->target = order->destination;
}

int allowance_judge(struct allowance *allowance, struct pace *pace,
                    const struct handoff_ask *ask, int64_t now_ns,
                    struct err *err)
{
    const struct pace_rates *rates = &allowance->charge.rates;
    char text[ADDRESS_TEXT_SIZE];
    int status;

    if (ask->packets >= HANDOFF_PACKETS_COUNT || ask->count == 0 ||
        (ask->target.family != 4 && ask->target.family != 6))
        return err_set(err, -EBADMSG, "the worker's question is malformed");
    if (address_is_set(&allowance->target) &&
        !address_equal(&ask->target, &allowance->target))
        return err_set(err, -EPERM, "%s is no address of this trace",
                       address_print(&ask->target, text));
    /* The kernel itself connects to none, and lets no broadcast out. */
    if (ask->packets != HANDOFF_ATTEMPTS && address_is_multicast(&ask->target))
        return err_set(err, -EPERM, "%s is a group of hosts, and not probed",
                       address_print(&ask->target, text));
    if (ask->count > allowance->left[ask->packets])
        return err_set(err, -EPERM,
                       "a trace may not send that many packets of this kind");
    if (ask->packets == HANDOFF_ATTEMPTS) /* taken in all, with the order */
        status = pace_take_target(&pace->probes, rates, &ask->target,
                                  ask->count, now_ns, err);
    else
        status = pace_take(ask->packets == HANDOFF_WALK ? &pace->walks
                                                        : &pace->probes,
                           rates, &ask->target, ask->count, now_ns, err);
    if (status < 0)
        return status;
    allowance->left[ask->packets] -= ask->count;
    allowance->target = ask->target;
    if (ask->packets == HANDOFF_ATTEMPTS)
        allowance->charge.target = ask->target;
    return 0;
}

static void close_channel(struct allowance *allowance)
{
    if (allowance->channel >= 0)
        close(allowance->channel);
    allowance->channel = -1;
}

void allowance_answer(struct allowance *allowance, struct pace *pace,
                      int64_t now_ns)
{
    struct handoff_answer answer = {0};
    struct handoff_ask ask;
    struct err err = {0};
    ssize_t size =
        recv(allowance->channel, &ask, sizeof(ask), MSG_TRUNC | MSG_DONTWAIT);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size != sizeof(ask)) { /* 0: it has ended */
        if (size > 0)
            log_error("a worker sent %zd bytes that are no question", size);
        close_channel(allowance);
        return;
    }
    answer.status = allowance_judge(allowance, pace, &ask, now_ns, &err);
    if (answer.status < 0) {
        log_warning("refused what a worker asked for: %s", err.text);
        snprintf(answer.text, sizeof(answer.text), "%s", err.text);
    }
    if (send(allowance->channel, &answer, sizeof(answer),
             MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        close_channel(allowance);
}

void allowance_close(struct allowance *allowance, struct pace *pace,
                     int64_t now_ns)
{
    close_channel(allowance);
    pace_give_back(&pace->probes, &allowance->charge, now_ns);
}
