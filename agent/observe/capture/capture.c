/* The packets of the trace as they pass this host's devices: one packet socket
 * for all of them, filtered in the kernel.
 *
 * That it works is proved by a canary: a TCP RST on loopback (nobody answers a
 * RST) whose sequence number is that of attempt 0, which no order has.  Only
 * with a living capture that lost nothing is silence evidence. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <net/if.h>
#include <net/if_arp.h>

#include "agent/observe/capture/arp_counts.h"
#include "agent/observe/capture/capture_filter.h"
#include "agent/observe/capture/capture_match.h"
#include "agent/observe/capture/opening.h"
#include "agent/observe/capture/packet_socket.h"
#include "agent/observe/capture/strangers.h"
#include "agent/observe/capture/trial_sights.h"
#include "agent/observe/host/interface_name.h"
#include "agent/observe/observer.h"
#include "agent/probe/canary.h"
#include "agent/probe/flows.h"
#include "agent/probe/isn.h"
#include "agent/probe/walk.h"
#include "agent/worker/steps.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/link_address.h"

#define CAPTURE_BATCH       256  /* frames per turn of the loop */
#define CAPTURE_MAX_PACKETS 2000 /* told in a trace */
#define CAPTURE_CANARY_MS   20
#define CAPTURE_NAMES_SIZE  256

struct capture
{
    struct worker *worker;
    int fd; /* the packet socket */
    struct packet_counts counts;
    uv_poll_t poll;
    uv_thread_t closer;
    bool is_closing; /* closer runs */
    struct capture_match match;
    bool checksum_later; /* of the frame at hand; see packet_socket.h */
    bool broken;         /* reading failed; told */
    unsigned canaries;
    unsigned packets;
    struct arp_counts arps;
    struct strangers strangers;
    struct trial_sights trials;
};

static void add_link_address(struct evidence *evidence,
                             const struct segment *segment)
{
    static const uint8_t none[6];
    char text[LINK_ADDRESS_TEXT_SIZE];
    const uint8_t *link = segment->link;

    if (segment->link_size != sizeof(none) ||
        memcmp(link, none, sizeof(none)) == 0)
        return;
    evidence_set_text(evidence, KEY_LINK_ADDRESS,
                      link_address_print(link, text));
}

static void add_tcp(struct evidence *evidence, const struct segment *segment)
{
    const struct segment_tcp *tcp = &segment->tcp;
    char flags[SEGMENT_FLAGS_TEXT_SIZE];

    evidence_set_number(evidence, KEY_SOURCE_PORT, tcp->source_port);
    evidence_set_number(evidence, KEY_DESTINATION_PORT, tcp->destination_port);
    evidence_set_number(evidence, KEY_SEQUENCE, tcp->sequence);
    if (!tcp->complete)
        return;
    if (tcp->has_timestamp)
        evidence_set_number(evidence, KEY_TIMESTAMP, tcp->timestamp);
    if (tcp->flags & SEGMENT_ACK)
        evidence_set_number(evidence, KEY_ACKNOWLEDGEMENT, tcp->acknowledge);
    evidence_set_text(evidence, KEY_FLAGS,
                      segment_print_flags(tcp->flags, flags));
}

/* TCP takes only what came to this host's own link address. */
static bool is_for_others(const struct segment *segment)
{
    return segment->travel == SEGMENT_TO_OTHER ||
           segment->travel == SEGMENT_MULTICAST ||
           segment->travel == SEGMENT_BROADCAST;
}

static void add_addresses(struct evidence *evidence,
                          const struct segment *segment)
{
    bool is_icmp = segment->kind == SEGMENT_ICMP_ERROR;

    evidence_set_address(evidence, KEY_SOURCE,
                         is_icmp ? &segment->quoted_source : &segment->source);
    evidence_set_address(evidence, KEY_DESTINATION,
                         is_icmp ? &segment->quoted_destination
                                 : &segment->destination);
    if (!is_icmp)
        return;
    evidence_set_word(evidence, KEY_PACKET_QUOTED,
                      (int)capture_packet_of(&segment->tcp));
    evidence_set_address(evidence, KEY_OFFENDER, &segment->source);
    evidence_set_number(evidence, KEY_ICMP_TYPE, segment->icmp_type);
    evidence_set_number(evidence, KEY_ICMP_CODE, segment->icmp_code);
}

static void tell_packet(struct capture *capture, const struct segment *segment,
                        enum direction direction, unsigned attempt,
                        int64_t at_ns)
{
    bool is_icmp = segment->kind == SEGMENT_ICMP_ERROR;
    char name[INTERFACE_NAME_SIZE];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PACKET, at_ns);
    evidence_set_word(
        &evidence, KEY_PACKET,
        (int)(is_icmp ? PACKET_ICMP : capture_packet_of(&segment->tcp)));
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_word(&evidence, KEY_DIRECTION, (int)direction);
    evidence_set_text(&evidence, KEY_INTERFACE,
                      interface_name(segment->interface, name));
    add_addresses(&evidence, segment);
    add_tcp(&evidence, segment);
    evidence_set_number(&evidence, KEY_TTL, segment->ttl);
    evidence_set_number(&evidence, KEY_LENGTH, segment->length);
    if (!is_icmp && is_for_others(segment))
        evidence_set_number(&evidence, KEY_OTHER_HOST, 1);
    opening_add(&evidence, segment, capture->checksum_later);
    add_link_address(&evidence, segment);
    worker_emit(capture->worker, &evidence);
}

/* What passes lo is shown once, arriving; it also left there. */
static void tell_passages(struct capture *capture,
                          const struct segment *segment, unsigned attempt,
                          int64_t at_ns)
{
    bool leaves = segment->travel == SEGMENT_OUTGOING;

    if (!leaves && segment->device_type == ARPHRD_LOOPBACK)
        tell_packet(capture, segment, DIRECTION_OUT, attempt, at_ns);
    tell_packet(capture, segment, leaves ? DIRECTION_OUT : DIRECTION_IN,
                attempt, at_ns);
}

/* A middlebox may have changed the numbers of an attempt's packet: the engine
 * compares ports and timestamps.  Of answers, those to an attempt's port. */
static void tell_stranger(struct capture *capture,
                          const struct segment *segment, int64_t at_ns)
{
    const struct order *order = worker_order(capture->worker);
    struct address peer = worker_peer(capture->worker);
    char name[INTERFACE_NAME_SIZE];
    struct evidence evidence;
    unsigned attempt = 0;

    if (segment->kind != SEGMENT_TCP || !capture->match.exact)
        return;
    if (order->role == ROLE_SOURCE)
        attempt =
            capture_match_port(&capture->match, segment->tcp.destination_port);
    if ((order->role == ROLE_SOURCE && attempt == 0) ||
        !strangers_tell(&capture->strangers, order, segment, &peer))
        return;
    evidence_init(&evidence, EVIDENCE_STRANGER, at_ns);
    evidence_set_word(&evidence, KEY_PACKET,
                      (int)capture_packet_of(&segment->tcp));
    if (attempt != 0)
        evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_word(&evidence, KEY_DIRECTION, DIRECTION_IN);
    evidence_set_text(&evidence, KEY_INTERFACE,
                      interface_name(segment->interface, name));
    add_addresses(&evidence, segment);
    add_tcp(&evidence, segment);
    worker_emit(capture->worker, &evidence);
}

/* As it leaves the source, or comes in at the destination. */
static void learn_syn(struct capture *capture, const struct segment *segment)
{
    bool leaves = segment->travel == SEGMENT_OUTGOING;

    if (segment->kind == SEGMENT_TCP &&
        leaves == (worker_order(capture->worker)->role == ROLE_SOURCE) &&
        capture_packet_of(&segment->tcp) == PACKET_SYN)
        worker_learn_syn(capture->worker, segment);
}

static bool is_canary(const struct capture *capture,
                      const struct segment *segment)
{
    return segment->kind == SEGMENT_TCP &&
           segment->tcp.sequence ==
               order_isn(worker_order(capture->worker), 0) &&
           address_is_loopback(&segment->source) &&
           segment->tcp.destination_port == CANARY_PORT;
}

static void notice_segment(struct capture *capture,
                           const struct segment *segment, int64_t at_ns)
{
    struct walk *walk = worker_walk(capture->worker);
    unsigned attempt;

    if (segment->kind == SEGMENT_NEIGHBOUR) {
        arp_counts_notice(&capture->arps, capture->worker, segment, at_ns);
        return;
    }
    if (is_canary(capture, segment)) {
        capture->canaries++;
        return;
    }
    if (walk != NULL && walk_notice(walk, segment, at_ns))
        return;
    if (trial_sights_notice(&capture->trials, capture->worker, segment, at_ns))
        return;
    strangers_notice(&capture->strangers, worker_order(capture->worker),
                     segment);
    attempt = capture_match_attempt(&capture->match, segment);
    if (attempt == 0) {
        tell_stranger(capture, segment, at_ns);
    } else {
        capture_match_syn_arrived(&capture->match, attempt, segment);
        learn_syn(capture, segment);
        flows_notice(worker_flows(capture->worker), attempt, segment);
    }
    if (attempt == 0 || capture->packets > CAPTURE_MAX_PACKETS)
        return;
    if (++capture->packets > CAPTURE_MAX_PACKETS)
        worker_limit(capture->worker, "capture",
                     "packets beyond the first %d are not told",
                     CAPTURE_MAX_PACKETS);
    else
        tell_passages(capture, segment, attempt, at_ns);
    if (segment->kind == SEGMENT_TCP)
        arp_counts_watch(&capture->arps, &segment->source);
}

static void notice_frame(struct capture *capture,
                         const struct packet_frame *frame)
{
    struct segment segment;

    capture->checksum_later = frame->checksum_later;
    if (segment_parse_sll2(frame->data, frame->size, &segment) == 0)
        notice_segment(capture, &segment,
                       frame->real_ns + clock_real_to_monotonic_ns());
}

/* Negative when the capture is broken. */
static int read_frames(struct capture *capture)
{
    struct packet_frame frame;
    int status = 1;

    for (int i = 0; i < CAPTURE_BATCH && status == 1; i++) {
        status = packet_socket_read(capture->fd, &frame);
        if (status == 1)
            notice_frame(capture, &frame);
    }
    if (status < 0 && !capture->broken) {
        capture->broken = true;
        worker_limit(capture->worker, "capture", "reading packets failed: %s",
                     strerror(-status));
    }
    return status;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct capture *capture = poll->data;

    (void)events;
    if (status == 0)
        read_frames(capture);
    /* uv stops at an error (an interface went down); reading goes on. */
    if (status < 0 && read_frames(capture) >= 0)
        uv_poll_start(poll, UV_READABLE, on_poll);
}

/* Sends a canary and reads until it is seen, or for too long. */
static bool prove_alive(struct capture *capture)
{
    struct pollfd pollfd = {.fd = capture->fd, .events = POLLIN};
    int64_t until = clock_monotonic_ns() + CAPTURE_CANARY_MS * NS_PER_MS;
    int status = canary_send(worker_order(capture->worker));
    unsigned before = capture->canaries;

    if (status < 0) {
        worker_limit(capture->worker, "capture",
                     "cannot prove that the capture works: no packet can be "
                     "sent over loopback (%s); is lo up?",
                     strerror(-status));
        return false;
    }
    while (read_frames(capture) >= 0 && capture->canaries == before &&
           clock_monotonic_ns() < until)
        poll(&pollfd, 1, 1);
    return capture->canaries > before;
}

static void add_interfaces(struct evidence *evidence)
{
    struct if_nameindex *list = if_nameindex();
    char names[CAPTURE_NAMES_SIZE] = "";
    size_t used = 0;

    for (struct if_nameindex *item = list;
         item != NULL && item->if_index != 0 && used < sizeof(names); item++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                 used > 0 ? " " : "", item->if_name);
    if (list != NULL)
        if_freenameindex(list);
    evidence_set_text(evidence, KEY_INTERFACES, names);
}

static void add_strangers(const struct capture *capture,
                          struct evidence *evidence)
{
    struct address peer = worker_peer(capture->worker);

    if (worker_order(capture->worker)->role == ROLE_DESTINATION)
        evidence_set_number(evidence, KEY_STRANGERS,
                            strangers_count(&capture->strangers, &peer));
}

static void tell_capture(struct capture *capture, enum phase phase)
{
    bool alive = prove_alive(capture);
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_CAPTURE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_ALIVE, alive);
    evidence_set_number(&evidence, KEY_EXACT, capture->match.exact);
    if (packet_socket_count(capture->fd, &capture->counts) == 0) {
        evidence_set_number(&evidence, KEY_RECEIVED,
                            (int64_t)capture->counts.received);
        evidence_set_number(&evidence, KEY_LOST, (int64_t)capture->counts.lost);
    }
    if (phase == PHASE_AFTER)
        add_strangers(capture, &evidence);
    add_interfaces(&evidence);
    worker_emit(capture->worker, &evidence);
}

static int open_socket(struct capture *capture, struct err *err)
{
    struct address peer = worker_peer(capture->worker);
    char filter[CAPTURE_FILTER_SIZE];
    int status = capture_filter_build(filter, sizeof(filter),
                                      worker_order(capture->worker),
                                      capture->match.exact, &peer);

    if (status < 0)
        return err_set(err, status, "no capture filter can be made");
    return packet_socket_open(filter, &capture->fd, err);
}

static void close_socket(struct capture *capture)
{
    if (capture->fd >= 0)
        close(TAKE_FD(capture->fd));
}

/* Only the source can know; the destination relies on the order. */
static bool can_be_exact(struct worker *worker)
{
    int status = worker_order(worker)->role == ROLE_SOURCE ? isn_try() : 0;

    if (status < 0)
        worker_limit(worker, "capture",
                     "packets are matched by port, not by sequence number: "
                     "the kernel refuses TCP_REPAIR (%s)",
                     strerror(-status));
    return status == 0;
}

static int capture_arm(struct worker *worker, void **state, struct err *err)
{
    struct capture *capture = calloc(1, sizeof(*capture));
    struct address own = worker_own(worker);
    struct address peer = worker_peer(worker);
    int status;

    if (capture == NULL)
        return err_set(err, -ENOMEM, "no memory for the capture");
    capture->worker = worker;
    capture->fd = -1;
    capture_match_init(&capture->match, worker_order(worker),
                       can_be_exact(worker), &peer);
    arp_counts_watch(&capture->arps, &own);
    arp_counts_watch(&capture->arps, &peer);
    status = open_socket(capture, err);
    if (status == 0 &&
        uv_poll_init(worker_loop(worker), &capture->poll, capture->fd) < 0)
        status = err_set(err, -EIO, "the capture cannot be polled");
    if (status < 0) {
        close_socket(capture);
        free(capture);
        return status;
    }
    capture->poll.data = capture;
    uv_poll_start(&capture->poll, UV_READABLE, on_poll);
    tell_capture(capture, PHASE_ARMED);
    *state = capture;
    return 0;
}

static void capture_notice(void *state, const struct evidence *evidence)
{
    struct capture *capture = state;
    struct address address;

    if (evidence->kind == EVIDENCE_ATTEMPT_START)
        capture_match_attempt_started(&capture->match, evidence);
    if (evidence->kind == EVIDENCE_ROUTE) {
        address = evidence_address(evidence, evidence_has(evidence, KEY_GATEWAY)
                                                 ? KEY_GATEWAY
                                                 : KEY_DESTINATION);
        arp_counts_watch(&capture->arps, &address);
    }
    if (evidence->kind == EVIDENCE_NEIGHBOUR &&
        !evidence_has(evidence, KEY_BRINGER)) {
        address = evidence_address(evidence, KEY_ADDRESS);
        arp_counts_watch(&capture->arps, &address);
    }
}

static void capture_collect(void *state)
{
    struct capture *capture = state;

    arp_counts_tell(&capture->arps, capture->worker);
    tell_capture(capture, PHASE_AFTER); /* nothing of it is missing any more */
}

static void free_capture(uv_handle_t *handle)
{
    free(handle->data);
}

static void run_closer(void *context)
{
    close_socket(context);
}

static void capture_begin_disarm(void *state)
{
    struct capture *capture = state;

    uv_poll_stop(&capture->poll);
    capture->is_closing =
        uv_thread_create(&capture->closer, run_closer, capture) == 0;
}

static unsigned capture_disarm(void *state)
{
    struct capture *capture = state;

    if (capture->is_closing)
        uv_thread_join(&capture->closer);
    else
        close_socket(capture);
    uv_close((uv_handle_t *)&capture->poll, free_capture);
    return 0;
}

const struct observer capture_observer = {
    .name = "capture",
    .at_source = true,
    .at_destination = true,
    .outside = true,
    .produces = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_CAPTURE) |
                EVIDENCE_BIT(EVIDENCE_ARP) | EVIDENCE_BIT(EVIDENCE_STRANGER) |
                EVIDENCE_BIT(EVIDENCE_TRIAL),
    .reads = EVIDENCE_BIT(EVIDENCE_ATTEMPT_START),
    .feedback = EVIDENCE_BIT(EVIDENCE_ROUTE) | EVIDENCE_BIT(EVIDENCE_NEIGHBOUR),
    .arm = capture_arm,
    .notice = capture_notice,
    .collect = capture_collect,
    .begin_disarm = capture_begin_disarm,
    .disarm = capture_disarm,
};
