#include "agent/probe/trials.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "agent/keeper/policy.h"
#include "agent/probe/allowance.h"
#include "agent/probe/echo_packet.h"
#include "agent/probe/held_port.h"
#include "agent/probe/own_address.h"
#include "agent/probe/tcp_packet.h"
#include "agent/probe/trial_number.h"
#include "agent/worker/steps.h"
#include "common/base/clean.h"
#include "common/base/err.h"

static_assert(TRIALS_MAX_PACKETS <= HANDOFF_OTHER_MOST,
              "the keeper allows all trials");

struct trial_item
{
    enum trial trial;
    uint32_t number;
    int fd; /* holds a SYN's port; sends a datagram or an echo */
    struct tcp_packet packet;
};

struct trials
{
    struct worker *worker;
    trials_done done;
    uv_timer_t timer;
    struct probe_flow flow;
    int tcp_fd;
    bool answers; /* are what is asked for: take_back() */
    unsigned round;
    struct trial_item items[TRIALS_MAX];
    unsigned count;
};

int trials_check(const struct worker *worker, const struct address *peer,
                 struct err *err)
{
    const struct order *order = worker_order(worker);
    const struct segment *syn = worker_syn(worker);
    struct address known = order->role == ROLE_SOURCE ? worker_peer(worker)
                           : syn != NULL              ? syn->source
                                                      : (struct address){0};
    int status = policy_check_address(worker_policy(worker), peer, err);

    if (status == 0)
        status = policy_check_differential(worker_policy(worker), order, err);
    if (status < 0)
        return status;
    if (!address_is_set(&known) || !address_equal(peer, &known))
        return err_set(err, -EINVAL,
                       "nothing else was tried: it would go elsewhere than the "
                       "trace");
    return 0;
}

/* A socket of that type at the flow's own address, on the trace's device. */
static int open_socket(const struct trials *trials, int type, uint16_t *port)
{
    return held_port_open(&trials->flow.own, type,
                          worker_order(trials->worker)->device, port);
}

static struct trial_item *add(struct trials *trials, enum trial trial,
                              unsigned index, int fd)
{
    struct trial_item *item = &trials->items[trials->count];

    if (fd < 0)
        return NULL;
    trials->count++;
    item->trial = trial;
    item->fd = fd;
    item->number = trial_number(worker_order(trials->worker), trial, index);
    return item;
}

static void add_syn(struct trials *trials, enum trial trial, unsigned index,
                    uint16_t port, const struct segment_tcp *syn)
{
    uint16_t own = 0;
    struct trial_item *item =
        add(trials, trial, index, open_socket(trials, SOCK_STREAM, &own));

    if (item == NULL)
        return;
    item->packet = (struct tcp_packet){
        .source = trials->flow.own,
        .destination = trials->flow.peer,
        .source_port = own,
        .destination_port = port,
        .sequence = item->number,
        .flags = SEGMENT_SYN,
    };
    if (syn != NULL)
        trials_shape(trial, syn, &item->packet);
}

/* As the attempts' left; what a destination sends is no SYN to a service. */
static const struct segment_tcp *find_pattern(const struct worker *worker)
{
    const struct segment *syn = worker_syn(worker);

    return worker_order(worker)->role == ROLE_SOURCE && syn != NULL &&
                   syn->tcp.has_options
               ? &syn->tcp
               : NULL;
}

static void add_all(struct trials *trials)
{
    const struct segment_tcp *syn = find_pattern(trials->worker);
    uint16_t ports[TRIALS_OTHER_PORTS];
    uint16_t port;
    unsigned count = trials_choose_ports(trials->flow.peer_port, ports);

    for (int trial = 0; trial < TRIAL_COUNT && syn != NULL; trial++)
        if (trials_differ((enum trial)trial, syn))
            add_syn(trials, (enum trial)trial, 0, trials->flow.peer_port, syn);
    if (trials->answers)
        return;
    for (unsigned i = 0;
         i < count && i < worker_policy(trials->worker)->other_ports; i++)
        add_syn(trials, TRIAL_OTHER_PORT, i, ports[i], syn);
    add(trials, TRIAL_UDP, 0, open_socket(trials, SOCK_DGRAM, &port));
    add(trials, TRIAL_PING, 0,
        echo_packet_open(&trials->flow.own,
                         worker_order(trials->worker)->device));
}

static int send_datagram(const struct trials *trials,
                         const struct trial_item *item)
{
    const uint32_t data[2] = {htonl(item->number), 0};
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(&trials->flow.peer,
                                      trials->flow.peer_port, &remote);

    return sendto(item->fd, data, sizeof(data), 0, (struct sockaddr *)&remote,
                  (socklen_t)size) < 0
               ? -errno
               : 0;
}

/* What the host itself does not let out is not seen to leave, and tells
 * nothing: no failure is worth more words. */
static void send_round(struct trials *trials)
{
    for (unsigned i = 0; i < trials->count; i++) {
        const struct trial_item *item = &trials->items[i];

        if (item->trial == TRIAL_UDP)
            send_datagram(trials, item);
        else if (item->trial == TRIAL_PING)
            echo_packet_send(item->fd, &trials->flow.peer, item->number,
                             (uint16_t)trials->round);
        else
            tcp_packet_send(trials->tcp_fd, &item->packet, 0);
    }
    trials->round++;
}

/* A listener whose answers vanish would wait for what never comes, as it would
 * after a walk. */
static void take_back(const struct trials *trials)
{
    for (unsigned i = 0; i < trials->count; i++) {
        struct tcp_packet packet = trials->items[i].packet;

        packet.flags = SEGMENT_RST;
        packet.options_size = 0;
        packet.sequence++;
        tcp_packet_send(trials->tcp_fd, &packet, 0);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct trials *trials = timer->data;

    if (trials->round == TRIALS_ROUNDS) {
        uv_timer_stop(timer);
        if (trials->answers)
            take_back(trials);
        trials->done(trials->worker);
        return;
    }
    send_round(trials);
}

static void free_trials(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_sockets(struct trials *trials)
{
    close(trials->tcp_fd);
    for (unsigned i = 0; i < trials->count; i++)
        close(trials->items[i].fd);
}

void trials_close(struct trials *trials)
{
    uv_timer_stop(&trials->timer);
    close_sockets(trials);
    uv_close((uv_handle_t *)&trials->timer, free_trials);
}

int trials_start(struct trials **out, struct worker *worker,
                 const struct probe_flow *flow, bool answers, trials_done done,
                 struct err *err)
{
    CLEAN_FREE struct trials *trials = calloc(1, sizeof(*trials));
    char text[ADDRESS_TEXT_SIZE];
    int status;
    int fd;

    if (trials == NULL)
        return err_set(err, -ENOMEM, "no memory for trials");
    fd = own_address_is_local(&flow->own)
             ? tcp_packet_open(&flow->own, worker_order(worker)->device)
             : -EADDRNOTAVAIL;
    if (fd < 0)
        return err_set(err, fd, "cannot try other ports from %s: %s",
                       address_print(&flow->own, text), strerror(-fd));
    trials->worker = worker;
    trials->done = done;
    trials->flow = *flow;
    trials->tcp_fd = fd;
    trials->answers = answers;
    add_all(trials);
    status = allowance_ask(HANDOFF_OTHER, &flow->peer,
                           trials->count * (TRIALS_ROUNDS + answers), err);
    if (status < 0) {
        err_prefix(err, "nothing else was tried");
        close_sockets(trials);
        return status;
    }
    send_round(trials);
    uv_timer_init(worker_loop(worker), &trials->timer);
    trials->timer.data = trials;
    uv_timer_start(&trials->timer, on_timer, TRIALS_ROUND_MS, TRIALS_ROUND_MS);
    *out = TAKE_PTR(trials);
    return 0;
}
