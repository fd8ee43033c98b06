/* From stacks as kernels print them to places. */
#include <stdio.h>
#include <string.h>

#include "agent/observe/drops/drop_place.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

static void finds_the_stage(void **state)
{
    static const struct
    {
        const char *frames, *function;
        int stage;
    } cases[] = {
        {"nft_do_chain [nf_tables]\nnft_do_chain_inet [nf_tables]\n"
         "nf_hook_slow\nip_local_deliver\nip_rcv\n__netif_receive_skb_one_core\n",
         "nft_do_chain", STAGE_INPUT},
        {"nf_hook_slow\nip_rcv\n__netif_receive_skb_one_core\n", "nf_hook_slow",
         STAGE_PREROUTING},
        {"nf_hook_slow\nip_forward\nip_rcv\n", "nf_hook_slow", STAGE_FORWARD},
        {"nft_do_chain\nnft_do_chain_inet\nnf_hook_slow\n__ip_local_out\n"
         "__ip_queue_xmit\n__tcp_transmit_skb\ntcp_connect\n",
         "nft_do_chain", STAGE_OUTPUT},
        {"nf_hook_slow\nip_output\nip_forward\n", "nf_hook_slow", STAGE_OUTPUT},
        {"nft_do_chain\nnft_do_chain_netdev\n"
         "__netif_receive_skb_core.constprop.0\n",
         "nft_do_chain", STAGE_INGRESS},
        {"nft_do_chain\nnf_hook_slow\n__dev_queue_xmit\nip_finish_output2\n",
         "nft_do_chain", STAGE_EGRESS},
        {"nf_hook_slow\nip6_input\nip6_rcv_finish\n", "nf_hook_slow",
         STAGE_INPUT},
        {"ip_rcv_finish_core.constprop.0\nip_rcv\n", "ip_rcv_finish_core",
         STAGE_PREROUTING},
        {"ip_error\nip_rcv\n", "ip_error", STAGE_PREROUTING},
        {"dst_discard_out\nip6_rcv_finish\nipv6_rcv\n", "dst_discard_out",
         STAGE_PREROUTING},
        {"dst_discard_out\n__netif_receive_skb_one_core\nprocess_backlog\n",
         "dst_discard_out", STAGE_PREROUTING},
        {"dst_discard_out\nip6_xmit\n", "dst_discard_out", STAGE_OUTPUT},
        {"foo_rcv\n__netif_receive_skb_one_core\n", "foo_rcv", -1},
        {"tcp_v4_rcv\nip_protocol_deliver_rcu\nip_local_deliver\n",
         "tcp_v4_rcv", STAGE_SOCKET},
        {"neigh_invalidate\nneigh_timer_handler\n", "neigh_invalidate",
         STAGE_EGRESS},
        {"nf_queue\nnf_hook_slow\nip_local_deliver\n", "nf_queue", STAGE_INPUT},
        /* who frees for its caller is not the one to name */
        {"kfree_skb_list_reason\n__dev_queue_xmit\nip_output\n",
         "__dev_queue_xmit", STAGE_EGRESS},
        /* a driver that is done with a packet; the softirq's other guests */
        {"dev_kfree_skb_any_reason\ne1000_xmit_frame\ndev_hard_start_xmit\n"
         "sch_direct_xmit\n__dev_queue_xmit\n",
         "e1000_xmit_frame", -1},
        /* but a tunnel's ring that is full */
        {"tun_net_xmit\ndev_hard_start_xmit\nsch_direct_xmit\n", "tun_net_xmit",
         STAGE_EGRESS},
        {"foo_poll\n__napi_poll\nnet_rx_action\n__dev_queue_xmit\n", "foo_poll",
         -1},
        {"0xffffffff81234567\nip_rcv\n", "", STAGE_PREROUTING},
        {"no_end_of_line", "no_end_of_line", -1},
        {"", "", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct drop_place place;

        drop_place_find(cases[i].frames, &place);
        if (place.stage != cases[i].stage)
            fail_msg("%s is at %d", cases[i].frames, place.stage);
        assert_string_equal(place.function, cases[i].function);
    }
}

static void cuts_long_names(void **state)
{
    char frames[2 * DROP_FUNCTION_SIZE];
    struct drop_place place;

    (void)state;
    memset(frames, 'x', sizeof(frames));
    frames[sizeof(frames) - 1] = '\0';
    drop_place_find(frames, &place);
    assert_int_equal(strlen(place.function), DROP_FUNCTION_SIZE - 1);
}

static void tells_losses_from_housekeeping(void **state)
{
    static const struct
    {
        const char *function, *reason;
        int stage, packet;
        bool is_benign;
    } cases[] = {
        {"tcp_v4_rcv", "NO_SOCKET", STAGE_SOCKET, PACKET_SYN, false},
        {"tcp_v4_rcv", "TCP_MD5NOTFOUND", STAGE_SOCKET, PACKET_SYN, false},
        {"tcp_validate_incoming", "TCP_INVALID_SYN", STAGE_SOCKET, PACKET_SYN,
         false},
        {"tcp_v4_rcv", "TCP_LISTEN_OVERFLOW", STAGE_SOCKET, PACKET_ACK, false},
        {"nft_do_chain", "NETFILTER_DROP", STAGE_INPUT, PACKET_RST, false},
        {"ip_error", "NOT_SPECIFIED", STAGE_PREROUTING, PACKET_SYN, false},
        {"tcp_v4_rcv", "TCP_CSUM", STAGE_SOCKET, PACKET_SYN_ACK, false},
        /* sent again while the answer is on its way */
        {"tcp_v4_rcv", "NOT_SPECIFIED", STAGE_SOCKET, PACKET_SYN, true},
        {"tcp_validate_incoming", "TCP_INVALID_SYN", STAGE_SOCKET,
         PACKET_SYN_ACK, true},
        {"tcp_v4_rcv", "NOT_SPECIFIED", STAGE_SOCKET, PACKET_RST, true},
        {"tcp_v4_rcv", "NO_SOCKET", STAGE_SOCKET, PACKET_ACK, true},
        {"tcp_ack", "TCP_OLD_ACK", STAGE_SOCKET, PACKET_ACK, true},
        {"neigh_destroy", "QUEUE_PURGE", STAGE_EGRESS, PACKET_SYN, true},
        /* copies for those who watch */
        {"tpacket_rcv", "NOT_SPECIFIED", STAGE_INGRESS, PACKET_SYN, true},
        {"raw_rcv", "SOCKET_RCVBUFF", STAGE_INPUT, PACKET_SYN, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct drop_place place = {.stage = cases[i].stage};

        snprintf(place.function, sizeof(place.function), "%s",
                 cases[i].function);
        if (drop_place_is_benign(&place, cases[i].reason,
                                 (enum packet)cases[i].packet) !=
            cases[i].is_benign)
            fail_msg("%s in %s", cases[i].reason, cases[i].function);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_stage),
        cmocka_unit_test(cuts_long_names),
        cmocka_unit_test(tells_losses_from_housekeeping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
