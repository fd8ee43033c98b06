/* The trace's packets that the kernel of this host freed, and why: events of
 * the tracepoint skb:kfree_skb, recorded by a BPF program of which this trace
 * has its own share.
 *
 * No event is no proof that nothing was lost: a full listen queue, a driver or
 * an XDP program drop without one. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "agent/keeper/policy.h"
#include "agent/observe/capture/capture_match.h"
#include "agent/observe/drops/drop_place.h"
#include "agent/observe/drops/drop_source.h"
#include "agent/observe/host/interface_name.h"
#include "agent/observe/host/namespaces.h"
#include "agent/observe/host/watch.h"
#include "agent/observe/observer.h"
#include "agent/probe/canary.h"
#include "agent/probe/isn.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define DROP_MAX_EVENTS 500 /* told in a trace */
#define DROP_CANARY_MS  20
#define DROP_NAMESPACES 8 /* others that are remembered */

struct other_namespace
{
    uint32_t inode; /* 0: none yet */
    bool is_ours;   /* a process of this host lives in it */
    char name[NAMESPACE_NAME_SIZE];
};

struct drop_events
{
    struct worker *worker;
    struct drop_source *source;
    struct watch *watch;
    struct capture_match match;
    uint32_t own_namespace;
    struct other_namespace others[DROP_NAMESPACES];
    size_t next_other;
    int64_t ended_ns[ORDER_MAX_ATTEMPTS + 1]; /* of attempts here; 0: not */
    unsigned canaries, events;
    bool told_unplaced;
};

/* The program sees all namespaces of the machine; ours are our own and those
 * that processes of this host live in. */
static const struct other_namespace *find_other(struct drop_events *drops,
                                                uint32_t inode)
{
    struct other_namespace *other;

    for (size_t i = 0; i < DROP_NAMESPACES; i++)
        if (drops->others[i].inode == inode)
            return &drops->others[i];
    other = &drops->others[drops->next_other++ % DROP_NAMESPACES];
    other->inode = inode;
    if (worker_is_outside(drops->worker, inode)) {
        other->is_ours = true;
        snprintf(other->name, sizeof(other->name), EVIDENCE_HOST_NAMESPACE);
        return other;
    }
    other->is_ours = namespaces_find(inode, other->name);
    return other;
}

static void add_interface(struct evidence *evidence,
                          const struct drop_record *record, bool is_own)
{
    char name[INTERFACE_NAME_SIZE];

    if (record->device[0] != '\0')
        evidence_set_text(evidence, KEY_INTERFACE, record->device);
    else if (record->interface != 0 && is_own)
        evidence_set_text(evidence, KEY_INTERFACE,
                          interface_name(record->interface, name));
}

/* As the packet was when it was freed: translated by now, perhaps. */
static void add_target(struct evidence *evidence,
                       const struct drop_record *record)
{
    struct address to =
        address_from_bytes(record->destination, record->family == 6 ? 16 : 4);

    if (record->family == 0)
        return;
    evidence_set_address(evidence, KEY_DESTINATION, &to);
    evidence_set_number(evidence, KEY_DESTINATION_PORT,
                        record->destination_port);
}

static void tell_drop(struct drop_events *drops,
                      const struct drop_record *record,
                      const struct drop_place *place, const char *reason,
                      unsigned attempt, enum packet packet)
{
    bool is_own = record->namespace == drops->own_namespace;
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_DROP, (int64_t)record->at_ns);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_word(&evidence, KEY_PACKET, (int)packet);
    evidence_set_word(&evidence, KEY_STAGE, place->stage);
    evidence_set_text(&evidence, KEY_REASON, reason);
    evidence_set_text(&evidence, KEY_FUNCTION, place->function);
    add_interface(&evidence, record, is_own);
    add_target(&evidence, record);
    if (!is_own)
        evidence_set_text(&evidence, KEY_NAMESPACE,
                          find_other(drops, record->namespace)->name);
    if (packet == PACKET_ACK)
        evidence_set_number(&evidence, KEY_ACKNOWLEDGEMENT,
                            record->acknowledge);
    if (record->route_error != 0) /* negative in IPv6 */
        evidence_set_number(&evidence, KEY_ERRNO, abs(record->route_error));
    if (record->is_listener) {
        evidence_set_number(&evidence, KEY_QUEUE, record->queue);
        evidence_set_number(&evidence, KEY_QUEUE_LIMIT, record->queue_limit);
    }
    worker_emit(drops->worker, &evidence);
}

static void tell_unplaced(struct drop_events *drops,
                          const struct drop_place *place, const char *reason)
{
    if (drops->told_unplaced)
        return;
    drops->told_unplaced = true;
    worker_limit(drops->worker, "drop-events",
                 "the kernel freed a packet of the trace (%s) in %s, which is "
                 "none of the places known here: not counted as a loss",
                 reason, place->function[0] == '\0' ? "?" : place->function);
}

/* An answer to an attempt that is over finds its socket gone. */
static bool is_late(const struct drop_events *drops,
                    const struct drop_record *record, unsigned attempt)
{
    return drops->ended_ns[attempt] != 0 &&
           drops->ended_ns[attempt] <= (int64_t)record->at_ns;
}

/* Resets, and what a handshake is made of. */
static bool is_told(enum packet packet)
{
    return packet == PACKET_SYN || packet == PACKET_SYN_ACK ||
           packet == PACKET_ACK || packet == PACKET_RST;
}

static bool is_here(struct drop_events *drops, uint32_t namespace)
{
    if (namespace == drops->own_namespace)
        return true;
    return namespace != 0 && worker_policy(drops->worker)->containers &&
           find_other(drops, namespace)->is_ours;
}

static void notice_drop(struct drop_events *drops,
                        const struct drop_record *record, unsigned attempt,
                        enum packet packet)
{
    char text[DROP_REASON_SIZE];
    const char *reason =
        drop_source_reason(drops->source, record->reason, text);
    struct drop_place place;

    drop_place_find(record->frames, &place);
    if (drop_place_is_benign(&place, reason, packet) ||
        (place.stage == STAGE_SOCKET && is_late(drops, record, attempt)))
        return;
    if (place.stage < 0)
        tell_unplaced(drops, &place, reason);
    else if (++drops->events <= DROP_MAX_EVENTS)
        tell_drop(drops, record, &place, reason, attempt, packet);
}

static void on_record(void *data, const struct drop_record *record)
{
    struct drop_events *drops = data;
    struct segment segment = {
        .kind = SEGMENT_TCP,
        .tcp = {.source_port = record->source_port,
                .destination_port = record->destination_port,
                .sequence = record->sequence,
                .complete = true,
                .acknowledge = record->acknowledge,
                .flags = record->flags,
                .payload = record->payload},
    };
    enum packet packet = capture_packet_of(&segment.tcp);
    unsigned attempt = capture_match_attempt(&drops->match, &segment);

    if (record->sequence == order_isn(worker_order(drops->worker), 0) &&
        record->namespace == drops->own_namespace)
        drops->canaries++;
    else if (attempt != 0 && is_told(packet) &&
             is_here(drops, record->namespace))
        notice_drop(drops, record, attempt, packet);
}

static void on_readable(void *data)
{
    struct drop_events *drops = data;

    drop_source_read(drops->source, on_record, drops);
}

static int prove_alive(struct drop_events *drops, struct err *err)
{
    struct pollfd pollfd = {.fd = drop_source_fd(drops->source),
                            .events = POLLIN};
    int64_t until = clock_monotonic_ns() + DROP_CANARY_MS * NS_PER_MS;
    int status = canary_send(worker_order(drops->worker));

    if (status < 0)
        return err_set(err, status,
                       "cannot prove that drops are seen: no packet can be "
                       "sent over loopback (%s); is lo up?",
                       strerror(-status));
    while (drops->canaries == 0 && clock_monotonic_ns() < until) {
        poll(&pollfd, 1, 1);
        on_readable(drops);
    }
    if (drops->canaries == 0)
        return err_set(err, -ENODATA,
                       "a packet that was dropped as a trial was not seen");
    return 0;
}

static int find_own_namespace(uint32_t *inode, struct err *err)
{
    struct stat status;

    if (stat("/proc/thread-self/ns/net", &status) < 0)
        return err_set(err, -errno, "cannot tell our network namespace: %s",
                       strerror(errno));
    *inode = (uint32_t)status.st_ino;
    return 0;
}

static unsigned drop_events_disarm(void *state)
{
    struct drop_events *drops = state;
    bool is_clean = true;

    watch_stop(drops->watch);
    if (drops->source != NULL)
        is_clean = drop_source_close(drops->source);
    free(drops);
    return is_clean ? 0 : 1;
}

static int start(struct drop_events *drops, struct err *err)
{
    const struct order *order = worker_order(drops->worker);
    int status = order->role == ROLE_SOURCE ? isn_try() : 0;

    if (status < 0)
        return err_set(err, status,
                       "drops are matched by sequence number, and the kernel "
                       "refuses TCP_REPAIR (%s)",
                       strerror(-status));
    status = find_own_namespace(&drops->own_namespace, err);
    if (status == 0)
        status = drop_source_open(&drops->source, order->isn_base, err);
    if (status == 0)
        status = prove_alive(drops, err);
    if (status == 0)
        status = watch_start(worker_loop(drops->worker),
                             drop_source_fd(drops->source), on_readable, drops,
                             &drops->watch, err);
    return status;
}

static void tell_watch(struct worker *worker, bool complete)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_DROPS, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COMPLETE, complete);
    worker_emit(worker, &evidence);
}

static int drop_events_arm(struct worker *worker, void **state, struct err *err)
{
    struct drop_events *drops = calloc(1, sizeof(*drops));
    struct address peer = worker_peer(worker);
    int status;

    if (drops == NULL)
        return err_set(err, -ENOMEM, "drop events: out of memory");
    drops->worker = worker;
    capture_match_init(&drops->match, worker_order(worker), true, &peer);
    status = start(drops, err);
    if (status < 0) {
        drop_events_disarm(drops);
        return status;
    }
    *state = drops;
    tell_watch(worker, true);
    return 0;
}

static void drop_events_notice(void *state, const struct evidence *evidence)
{
    struct drop_events *drops = state;
    int64_t n = evidence_number(evidence, KEY_ATTEMPT, 0);

    if (evidence->kind == EVIDENCE_ATTEMPT_END && n >= 1 &&
        n <= ORDER_MAX_ATTEMPTS)
        drops->ended_ns[n] = evidence->at_ns;
}

/* Beyond this, what is freed is what we close. */
static void drop_events_collect(void *state)
{
    struct drop_events *drops = state;
    uint32_t lost = drop_source_lost(drops->source);

    on_readable(drops);
    watch_stop(TAKE_PTR(drops->watch));
    /* Without it, silence proves nothing. */
    tell_watch(drops->worker, lost == 0 && drops->events <= DROP_MAX_EVENTS);
    if (lost > 0)
        worker_limit(drops->worker, "drop-events",
                     "%u drops were lost for want of room", lost);
    if (drops->events > DROP_MAX_EVENTS)
        worker_limit(drops->worker, "drop-events",
                     "drops beyond the first %d are not told (%u)",
                     DROP_MAX_EVENTS, drops->events);
}

const struct observer drop_events_observer = {
    .name = "drop-events",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_DROP) | EVIDENCE_BIT(EVIDENCE_DROPS),
    .reads = EVIDENCE_BIT(EVIDENCE_ATTEMPT_END),
    .arm = drop_events_arm,
    .notice = drop_events_notice,
    .collect = drop_events_collect,
    .disarm = drop_events_disarm,
};
