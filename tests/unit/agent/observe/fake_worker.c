#include "tests/unit/agent/observe/fake_worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "agent/probe/flows.h"
#include "agent/worker/steps.h"
#include "common/base/array.h"
#include "common/base/clock.h"

#define TCP_SEND_QUEUE 2 /* of TCP_REPAIR_QUEUE; see linux/tcp.h */

/* The tests look at these alone; the order is that of the table. */
static const char *const tested[] = {
    "drop-events", "rule-trace", "rule-counters", "sockets", "routes",
    "neighbours",  "links",      "addresses",     "sysctls", "counters",
};

static bool is_tested(const struct observer *observer)
{
    for (size_t i = 0; i < ARRAY_SIZE(tested); i++)
        if (strcmp(tested[i], observer->name) == 0)
            return true;
    return false;
}

/* The fake stands in for the struct that observers never look into. */
static struct fake_worker *fake_of(const struct worker *worker)
{
    return (struct fake_worker *)(uintptr_t)worker;
}

uv_loop_t *worker_loop(struct worker *worker)
{
    return &fake_of(worker)->loop;
}

const struct order *worker_order(const struct worker *worker)
{
    return &fake_of(worker)->order;
}

bool worker_is_inside(const struct worker *worker)
{
    (void)worker;
    return false;
}

bool worker_is_outside(const struct worker *worker, uint32_t inode)
{
    (void)worker;
    (void)inode;
    return false;
}

struct flows *worker_flows(struct worker *worker)
{
    static struct flows flows;

    (void)worker;
    return &flows;
}

struct walk *worker_walk(const struct worker *worker)
{
    (void)worker;
    return NULL;
}

const struct policy *worker_policy(const struct worker *worker)
{
    return &fake_of(worker)->policy;
}

void worker_learn_syn(struct worker *worker, const struct segment *syn)
{
    (void)worker;
    (void)syn;
}

struct address worker_own(const struct worker *worker)
{
    return fake_of(worker)->own;
}

struct address worker_peer(const struct worker *worker)
{
    return fake_of(worker)->peer;
}

static void keep(struct fake_worker *fake, const struct evidence *evidence)
{
    if (evidence_check(evidence) < 0)
        abort();
    if (fake->count < FAKE_MAX_EVIDENCE)
        fake->items[fake->count++] = *evidence;
    observing_queue(&fake->observing, evidence);
}

void worker_emit(struct worker *worker, const struct evidence *evidence)
{
    struct fake_worker *fake = fake_of(worker);

    if (!observing_may_emit(&fake->observing, evidence->kind))
        abort();
    keep(fake, evidence);
}

void fake_worker_hear(struct fake_worker *fake, const struct evidence *evidence)
{
    keep(fake, evidence);
    observing_deliver(&fake->observing);
}

struct fake_worker *fake_worker_new(enum role role, const char *own,
                                    const char *peer, uint16_t port)
{
    struct fake_worker *fake = calloc(1, sizeof(*fake));

    if (fake == NULL || uv_loop_init(&fake->loop) < 0)
        abort();
    observing_init(&fake->observing, (struct worker *)fake);
    snprintf(fake->order.trace_id, sizeof(fake->order.trace_id),
             "01TEST%020" PRIu64, (uint64_t)clock_monotonic_ns() % 1000000007);
    fake->policy.rule_trace = true;
    fake->policy.containers = true;
    fake->order.role = (uint8_t)role;
    fake->order.attempts = 3;
    fake->order.port = port;
    fake->order.isn_base = 0x5eed7003;
    (void)address_parse(own, &fake->own);
    (void)address_parse(peer, &fake->peer);
    return fake;
}

void fake_worker_free(struct fake_worker *fake)
{
    uv_run(&fake->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&fake->loop) < 0)
        abort(); /* an observer left a handle behind */
    free(fake);
}

static void tell_time(struct fake_worker *fake, const struct observer *observer,
                      const char *step, int64_t begun)
{
    if (fake->timing != NULL)
        fprintf(fake->timing, "%-14s %-8s %6" PRId64 " us\n", observer->name,
                step, (clock_monotonic_ns() - begun) / NS_PER_US);
}

void fake_worker_arm(struct fake_worker *fake, const char *only)
{
    for (size_t i = 0; i < observers_count; i++) {
        int64_t begun = clock_monotonic_ns();

        if (only != NULL ? strcmp(only, observers[i]->name) != 0
                         : !is_tested(observers[i]))
            continue;
        observing_arm_one(&fake->observing, observers[i]);
        tell_time(fake, observers[i], "arm", begun);
    }
    observing_deliver(&fake->observing);
}

void fake_worker_collect(struct fake_worker *fake)
{
    struct observing *observing = &fake->observing;

    for (size_t i = 0; i < observing->count; i++) {
        int64_t begun = clock_monotonic_ns();

        observing_collect_one(observing, i);
        tell_time(fake, observing->armed[i].observer, "collect", begun);
    }
}

unsigned fake_worker_disarm(struct fake_worker *fake)
{
    struct observing *observing = &fake->observing;
    unsigned left = 0;

    while (observing->count > 0) {
        const struct observer *last =
            observing->armed[observing->count - 1].observer;
        int64_t begun = clock_monotonic_ns();

        left += observing_disarm_last(observing);
        tell_time(fake, last, "disarm", begun);
    }
    return left;
}

static void on_time(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void fake_worker_run(struct fake_worker *fake, unsigned ms)
{
    bool is_over = false;
    uv_timer_t timer;

    uv_timer_init(&fake->loop, &timer);
    timer.data = &is_over;
    uv_timer_start(&timer, on_time, ms, 0);
    while (!is_over) {
        uv_run(&fake->loop, UV_RUN_ONCE);
        observing_deliver(&fake->observing);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&fake->loop, UV_RUN_NOWAIT);
}

static int set_sequence(int fd, uint32_t sequence)
{
    int on = 1;
    int off = 0;
    int queue = TCP_SEND_QUEUE;

    if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) <
            0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &sequence,
                   sizeof(sequence)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) < 0)
        return -errno;
    return 0;
}

void fake_worker_show_syn(struct fake_worker *fake, unsigned attempt,
                          const struct address *source, uint16_t port,
                          const char *link)
{
    struct evidence syn;

    evidence_init(&syn, EVIDENCE_PACKET, clock_monotonic_ns());
    evidence_set_number(&syn, KEY_ATTEMPT, attempt);
    evidence_set_word(&syn, KEY_PACKET, PACKET_SYN);
    evidence_set_word(&syn, KEY_DIRECTION, DIRECTION_IN);
    evidence_set_text(&syn, KEY_INTERFACE, "vb");
    evidence_set_text(&syn, KEY_LINK_ADDRESS, link);
    evidence_set_address(&syn, KEY_SOURCE, source);
    evidence_set_number(&syn, KEY_SOURCE_PORT, port);
    evidence_set_address(&syn, KEY_DESTINATION, &fake->own);
    evidence_set_number(&syn, KEY_DESTINATION_PORT, fake->order.port);
    evidence_set_number(&syn, KEY_SEQUENCE, order_isn(&fake->order, attempt));
    evidence_set_number(&syn, KEY_TTL, 64);
    evidence_set_number(&syn, KEY_LENGTH, 60);
    fake_worker_hear(fake, &syn);
}

static void announce(struct fake_worker *fake, unsigned attempt, int fd)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);
    struct evidence evidence;
    struct address source;
    uint16_t port;

    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 ||
        address_from_sockaddr((struct sockaddr *)&name, &source, &port) < 0)
        return;
    evidence_init(&evidence, EVIDENCE_ATTEMPT_START, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_address(&evidence, KEY_SOURCE, &source);
    evidence_set_number(&evidence, KEY_SOURCE_PORT, port);
    evidence_set_address(&evidence, KEY_DESTINATION, &fake->own);
    evidence_set_number(&evidence, KEY_DESTINATION_PORT, fake->order.port);
    fake_worker_hear(fake, &evidence);
    fake_worker_show_syn(fake, attempt, &source, port, NULL);
}

int fake_worker_connect(struct fake_worker *fake, unsigned attempt,
                        const struct address *destination)
{
    struct sockaddr_storage to;
    size_t size = address_to_sockaddr(destination, fake->order.port, &to);
    int fd = socket(address_af(destination),
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || set_sequence(fd, order_isn(&fake->order, attempt)) < 0)
        abort();
    if (connect(fd, (struct sockaddr *)&to, (socklen_t)size) < 0 &&
        errno != EINPROGRESS)
        fprintf(stderr, "connect: %s\n", strerror(errno));
    announce(fake, attempt, fd);
    return fd;
}

const struct evidence *fake_worker_find(const struct fake_worker *fake,
                                        enum evidence_kind kind, size_t n)
{
    for (size_t i = 0; i < fake->count; i++)
        if (fake->items[i].kind == kind && n-- == 0)
            return &fake->items[i];
    return NULL;
}

static void print_value(const struct evidence *evidence,
                        const struct evidence_value *value, FILE *out)
{
    const struct evidence_key_info *info = &evidence_keys[value->key];
    char text[ADDRESS_TEXT_SIZE];

    fprintf(out, " %s=", info->name);
    switch (info->type) {
    case VALUE_NUMBER: fprintf(out, "%" PRId64, value->number); break;
    case VALUE_TEXT: fprintf(out, "'%s'", evidence->texts + value->text); break;
    case VALUE_WORD:
        fputs(word_name(info->words, (int)value->number), out);
        break;
    case VALUE_ADDRESS: fputs(address_print(&value->address, text), out); break;
    }
}

void fake_worker_print(const struct fake_worker *fake, FILE *out)
{
    for (size_t i = 0; i < fake->count; i++) {
        const struct evidence *evidence = &fake->items[i];

        fprintf(out, "%s:", evidence_kinds[evidence->kind].name);
        for (unsigned k = 0; k < evidence->count; k++)
            print_value(evidence, &evidence->values[k], out);
        fputc('\n', out);
    }
}
