#include "agent/observe/capture/trial_sights.h"

#include "agent/observe/capture/capture_match.h"
#include "agent/observe/host/interface_name.h"
#include "agent/probe/trial_number.h"
#include "agent/worker/worker.h"

/* The trial that it belongs to, or -1; does it answer it? */
static int find_trial(const struct order *order, const struct segment *segment,
                      bool *is_answer)
{
    const struct segment_tcp *tcp = &segment->tcp;

    *is_answer = false;
    if (segment->kind == SEGMENT_UDP || segment->kind == SEGMENT_ECHO) {
        *is_answer = segment->kind == SEGMENT_ECHO && segment->is_answer;
        return trial_of(order, segment->number);
    }
    if (segment->kind != SEGMENT_TCP)
        return -1;
    if (capture_packet_of(tcp) == PACKET_SYN)
        return trial_of(order, tcp->sequence);
    *is_answer = true;
    return tcp->flags & SEGMENT_ACK ? trial_of(order, tcp->acknowledge - 1)
                                    : -1;
}

static void tell(struct worker *worker, int trial, bool is_answer,
                 const struct segment *segment, int64_t at_ns)
{
    bool leaves = segment->travel == SEGMENT_OUTGOING;
    char name[INTERFACE_NAME_SIZE];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_TRIAL, at_ns);
    evidence_set_word(&evidence, KEY_TRIAL, trial);
    evidence_set_word(&evidence, KEY_DIRECTION,
                      leaves ? DIRECTION_OUT : DIRECTION_IN);
    evidence_set_text(&evidence, KEY_INTERFACE,
                      interface_name(segment->interface, name));
    evidence_set_address(&evidence, KEY_SOURCE, &segment->source);
    evidence_set_address(&evidence, KEY_DESTINATION, &segment->destination);
    evidence_set_number(&evidence, KEY_TTL, segment->ttl);
    if (segment->kind != SEGMENT_ECHO) {
        evidence_set_number(&evidence, KEY_SOURCE_PORT,
                            segment->tcp.source_port);
        evidence_set_number(&evidence, KEY_DESTINATION_PORT,
                            segment->tcp.destination_port);
    }
    if (is_answer)
        evidence_set_word(&evidence, KEY_PACKET,
                          (int)(segment->kind == SEGMENT_TCP
                                    ? capture_packet_of(&segment->tcp)
                                    : PACKET_OTHER));
    worker_emit(worker, &evidence);
}

bool trial_sights_notice(struct trial_sights *sights, struct worker *worker,
                         const struct segment *segment, int64_t at_ns)
{
    bool is_answer;
    int trial = find_trial(worker_order(worker), segment, &is_answer);

    if (trial < 0)
        return segment->kind == SEGMENT_UDP || segment->kind == SEGMENT_ECHO;
    if (sights->count < TRIAL_SIGHTS_MAX)
        tell(worker, trial, is_answer, segment, at_ns);
    else if (sights->count == TRIAL_SIGHTS_MAX)
        worker_limit(worker, "capture",
                     "trials' packets beyond the first %d are not told",
                     TRIAL_SIGHTS_MAX);
    sights->count += sights->count <= TRIAL_SIGHTS_MAX;
    return true;
}
