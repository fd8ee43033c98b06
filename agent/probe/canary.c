#include "agent/probe/canary.h"

#include "agent/probe/tcp_packet.h"
#include "common/base/clean.h"
#include "common/segment/segment.h"

int canary_send(const struct order *order)
{
    struct tcp_packet packet = {.source_port = CANARY_PORT,
                                .destination_port = CANARY_PORT,
                                .sequence = order_isn(order, 0),
                                .flags = SEGMENT_RST};
    CLEAN_FD int fd = -1;

    address_parse("127.0.0.1", &packet.source);
    packet.destination = packet.source;
    fd = tcp_packet_open(&packet.source);
    return fd < 0 ? fd : tcp_packet_send(fd, &packet, 0);
}
