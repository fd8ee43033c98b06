#include "agent/observe/translated.h"

#include <string.h>

#include "common/trace/evidence.h"
#include "common/trace/order.h"

/* At the source what goes out by another device went to another host. */
static bool is_of_this_host(const struct order *order,
                            const struct evidence *packet)
{
    return order->role != ROLE_SOURCE ||
           strcmp(evidence_text(packet, KEY_INTERFACE, ""), "lo") == 0;
}

static bool is_own_syn(const struct evidence *evidence)
{
    return evidence_word(evidence, KEY_PACKET) == PACKET_SYN &&
           !evidence_has(evidence, KEY_NAMESPACE);
}

static bool tells(const struct order *order, const struct evidence *evidence)
{
    switch (evidence->kind) {
    case EVIDENCE_PACKET:
        return evidence_word(evidence, KEY_PACKET) == PACKET_SYN &&
               is_of_this_host(order, evidence);
    case EVIDENCE_DROP:
        return order->role == ROLE_DESTINATION && is_own_syn(evidence);
    case EVIDENCE_TRACKED:
        return order->role == ROLE_DESTINATION &&
               evidence_word(evidence, KEY_PHASE) == PHASE_AFTER;
    default: return false;
    }
}

bool translated_read(const struct order *order, const struct evidence *evidence,
                     struct translated *out)
{
    bool is_entry = evidence->kind == EVIDENCE_TRACKED;
    int64_t port;

    if (!tells(order, evidence) ||
        evidence_number(evidence, KEY_ATTEMPT, 0) <= 0)
        return false;
    port = evidence_number(
        evidence, is_entry ? KEY_REPLY_SOURCE_PORT : KEY_DESTINATION_PORT, 0);
    if (port <= 0 || port > UINT16_MAX ||
        (port == order->port && evidence->kind == EVIDENCE_PACKET))
        return false;
    out->address = evidence_address(evidence, is_entry ? KEY_REPLY_SOURCE
                                                       : KEY_DESTINATION);
    out->port = (uint16_t)port;
    return true;
}
