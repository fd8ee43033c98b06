#include "agent/observe/firewall/rule_step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "common/base/clean.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"

#define TCP_HEADER_SIZE 20
#define FLAG_FIN        0x01
#define FLAG_SYN        0x02
#define FLAG_RST        0x04
#define FLAG_ACK        0x10

struct rule_packet rule_packet_of(const struct evidence *evidence)
{
    return (struct rule_packet){
        .source = evidence_address(evidence, KEY_SOURCE),
        .destination = evidence_address(evidence, KEY_DESTINATION),
        .source_port = (uint16_t)evidence_number(evidence, KEY_SOURCE_PORT, 0),
        .destination_port =
            (uint16_t)evidence_number(evidence, KEY_DESTINATION_PORT, 0),
    };
}

static void copy_name(char out[static RULE_NAME_SIZE],
                      const struct nftnl_trace *trace, uint16_t attribute)
{
    const char *name = NULL;

    if (nftnl_trace_is_set(trace, attribute))
        name = nftnl_trace_get_str(trace, attribute);
    snprintf(out, RULE_NAME_SIZE, "%s", name != NULL ? name : "");
}

static uint32_t read_u32(const void *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    return ntohl(word);
}

static uint16_t read_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Octets behind the TCP header by the IP header's own account. */
static bool has_data(const uint8_t *ip, uint32_t size, size_t tcp_size)
{
    if (size >= 20 && ip[0] >> 4 == 4)
        return read_u16(ip + 2) > (size_t)(ip[0] & 15) * 4 + tcp_size;
    if (size >= 40 && ip[0] >> 4 == 6 && ip[6] == IPPROTO_TCP)
        return read_u16(ip + 4) > tcp_size;
    return false;
}

static void read_addresses(const uint8_t *ip, uint32_t size,
                           struct rule_packet *packet)
{
    size_t length = size > 0 && ip[0] >> 4 == 6 ? 16 : 4;
    size_t at = length == 16 ? 8 : 12;

    if (size < at + 2 * length)
        return;
    packet->source = address_from_bytes(ip + at, length);
    packet->destination = address_from_bytes(ip + at + length, length);
}

static void read_packet(const struct nftnl_trace *trace, struct rule_step *step)
{
    uint32_t ip_size = 0;
    uint32_t tcp_size = 0;
    const uint8_t *ip = NULL;
    const uint8_t *tcp = NULL;

    if (nftnl_trace_is_set(trace, NFTNL_TRACE_NETWORK_HEADER))
        ip = nftnl_trace_get_data(trace, NFTNL_TRACE_NETWORK_HEADER, &ip_size);
    if (nftnl_trace_is_set(trace, NFTNL_TRACE_TRANSPORT_HEADER))
        tcp = nftnl_trace_get_data(trace, NFTNL_TRACE_TRANSPORT_HEADER,
                                   &tcp_size);
    step->has_packet = ip != NULL;
    if (ip == NULL || tcp == NULL || tcp_size < TCP_HEADER_SIZE)
        return;
    read_addresses(ip, ip_size, &step->packet);
    step->packet.source_port = read_u16(tcp);
    step->packet.destination_port = read_u16(tcp + 2);
    step->sequence = read_u32(tcp + 4);
    step->acknowledgement = read_u32(tcp + 8);
    step->flags = tcp[13];
    step->has_data = has_data(ip, ip_size, (size_t)(tcp[12] >> 4) * 4);
}

static int verdict_word(uint32_t code)
{
    switch ((int)code) {
    case NFT_CONTINUE:
    case NFT_BREAK: return VERDICT_CONTINUE;
    case NFT_JUMP: return VERDICT_JUMP;
    case NFT_GOTO: return VERDICT_GOTO;
    case NFT_RETURN: return VERDICT_RETURN;
    default: break;
    }
    switch (code & 0xff) { /* above it: a queue's number */
    case NF_ACCEPT: return VERDICT_ACCEPT;
    case NF_DROP: return VERDICT_DROP;
    case NF_QUEUE: return VERDICT_QUEUE;
    case NF_STOLEN: return VERDICT_STOLEN;
    default: return VERDICT_CONTINUE;
    }
}

static void read_verdict(const struct nftnl_trace *trace,
                         struct rule_step *step)
{
    step->verdict = VERDICT_CONTINUE;
    step->is_policy =
        nftnl_trace_is_set(trace, NFTNL_TRACE_TYPE) &&
        nftnl_trace_get_u32(trace, NFTNL_TRACE_TYPE) == NFT_TRACETYPE_POLICY;
    if (step->is_policy && nftnl_trace_is_set(trace, NFTNL_TRACE_POLICY))
        step->verdict =
            verdict_word(nftnl_trace_get_u32(trace, NFTNL_TRACE_POLICY));
    else if (nftnl_trace_is_set(trace, NFTNL_TRACE_VERDICT))
        step->verdict =
            verdict_word(nftnl_trace_get_u32(trace, NFTNL_TRACE_VERDICT));
    step->has_handle = nftnl_trace_is_set(trace, NFTNL_TRACE_RULE_HANDLE);
    if (step->has_handle)
        step->handle = nftnl_trace_get_u64(trace, NFTNL_TRACE_RULE_HANDLE);
}

static void clean_trace(struct nftnl_trace **trace)
{
    if (*trace != NULL)
        nftnl_trace_free(*trace);
}

int rule_step_read(const struct nlmsghdr *message, struct rule_step *step)
{
    CLEAN(clean_trace) struct nftnl_trace *trace = NULL;

    if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
        NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_TRACE)
        return -EBADMSG;
    trace = nftnl_trace_alloc();
    if (trace == NULL)
        return -ENOMEM;
    if (nftnl_trace_nlmsg_parse(message, trace) < 0 ||
        !nftnl_trace_is_set(trace, NFTNL_TRACE_ID))
        return -EBADMSG;
    memset(step, 0, sizeof(*step));
    step->trace_id = nftnl_trace_get_u32(trace, NFTNL_TRACE_ID);
    step->family = (int)nftnl_trace_get_u32(trace, NFTNL_TRACE_FAMILY);
    copy_name(step->table, trace, NFTNL_TRACE_TABLE);
    copy_name(step->chain, trace, NFTNL_TRACE_CHAIN);
    copy_name(step->jump, trace, NFTNL_TRACE_JUMP_TARGET);
    if (nftnl_trace_is_set(trace, NFTNL_TRACE_IIF))
        step->in_index = nftnl_trace_get_u32(trace, NFTNL_TRACE_IIF);
    if (nftnl_trace_is_set(trace, NFTNL_TRACE_OIF))
        step->out_index = nftnl_trace_get_u32(trace, NFTNL_TRACE_OIF);
    if (nftnl_trace_is_set(trace, NFTNL_TRACE_MARK))
        step->mark = nftnl_trace_get_u32(trace, NFTNL_TRACE_MARK);
    read_verdict(trace, step);
    read_packet(trace, step);
    return 0;
}

/* A reset answers with the number it got: as acknowledgement to a SYN, as its
 * own sequence number to a SYN-ACK. */
static unsigned attempt_of_reset(const struct rule_step *step,
                                 const struct order *order)
{
    unsigned attempt = 0;

    if ((step->flags & FLAG_ACK) != 0)
        attempt = order_attempt_of(order, step->acknowledgement - 1);
    if (attempt == 0)
        attempt = order_attempt_of(order, step->sequence - 1);
    return attempt != 0 ? attempt : order_attempt_of(order, step->sequence);
}

unsigned rule_step_attempt(const struct rule_step *step,
                           const struct order *order, enum packet *packet)
{
    unsigned attempt;

    if ((step->flags & FLAG_RST) != 0) {
        *packet = PACKET_RST;
        return attempt_of_reset(step, order);
    }
    if ((step->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN) {
        *packet = PACKET_SYN;
        return order_attempt_of(order, step->sequence);
    }
    if ((step->flags & (FLAG_SYN | FLAG_ACK)) == (FLAG_SYN | FLAG_ACK)) {
        *packet = PACKET_SYN_ACK;
        return order_attempt_of(order, step->acknowledgement - 1);
    }
    *packet = PACKET_ACK;
    if ((step->flags & FLAG_FIN) != 0)
        *packet = PACKET_FIN;
    else if (step->has_data)
        *packet = PACKET_DATA;
    attempt = order_attempt_of(order, step->sequence - 1);
    return attempt != 0 ? attempt
                        : order_attempt_of(order, step->acknowledgement - 1);
}
