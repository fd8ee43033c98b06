/* Evidence in, fact out: what answers a fact yes, what answers it no, and that
 * it stays open where nobody looked. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/facts.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_PIECES 16

/* Both captures armed before the attempt, and alive and complete after it. */
#define TUNNELLED                                                      \
    "source route phase=after destination=198.51.100.10 interface=vx " \
    "route_type=unicast; destination link phase=after interface=vx "   \
    "link_kind=vxlan; destination address address=198.51.100.10 "      \
    "interface=vx; destination addresses; "
#define WATCHED                                                     \
    "source capture phase=armed; destination capture phase=armed; " \
    "source capture phase=after lost=0; "                           \
    "destination capture phase=after lost=0; "

/* To a container, by a device of the destination's own. */
#define PASSED_ON                                                 \
    "destination packet packet=syn direction=in interface=eth0; " \
    "destination packet packet=syn direction=out "                \
    "destination=172.17.0.2 destination_port=80 interface=veth0; "

/* Both rule traces lost nothing. */
#define TRACED                                                                  \
    "source rule-trace phase=armed; source rule-trace phase=after complete=1; " \
    "destination rule-trace phase=armed; "                                      \
    "destination rule-trace phase=after complete=1; "

/* Both kernels' drops, from first to last. */
#define DROPS_TOLD                                            \
    "source drops complete=1; destination drops complete=1; " \
    "source drops complete=1; destination drops complete=1; "

/* NULL: not a case, as where a fact is never denied. */
struct fact_case
{
    fact_ref fact;
    const char *yes, *no;
    const char *open; /* something else was seen, or nothing at all */
};

static const struct fact_case cases[] = {
    {F(SOURCE, CONNECTED), "source attempt-end outcome=connected",
     "source attempt-end outcome=timed-out", "source attempt-start"},
    {F(SOURCE, SYN_ASKS_ECN),
     "source packet packet=syn direction=out flags=SEC",
     "source packet packet=syn direction=out flags=S",
     "destination packet packet=syn direction=in flags=SEC"},
    {F(SOURCE, TUNNEL_DROPPED),
     TUNNELLED "source link phase=before interface=vx link_kind=vxlan "
               "tx_dropped=1; source link phase=after interface=vx "
               "link_kind=vxlan tx_dropped=4",
     TUNNELLED "source link phase=before interface=vx link_kind=vxlan "
               "tx_dropped=4; source link phase=after interface=vx "
               "link_kind=vxlan tx_dropped=4",
     TUNNELLED "source link phase=after interface=vx link_kind=vxlan "
               "tx_dropped=4"},
    {F(DESTINATION, ASKED_IN_TIME),
     "source attempt-start; source packet packet=syn direction=out; "
     "destination arp direction=in count=1 answered=0",
     NULL, "destination arp direction=in count=1 answered=0"},
    {F(SOURCE, ASKED_IN_TIME), /* by the peer itself, at whatever moment */
     "source arp direction=in address=192.0.2.10 source=198.51.100.10 count=1",
     NULL, "source arp direction=in address=192.0.2.10 source=192.0.2.1"},
    {F(SOURCE, CLOSED_EARLY),
     "source attempt-end outcome=connected followed=closed",
     "source attempt-end outcome=connected followed=nothing",
     "source attempt-end outcome=connected"},
    {F(SOURCE, CLOSED_EARLY),
     "source attempt-end outcome=connected followed=closed received=9 "
     "refuses=1",
     "source attempt-end outcome=connected followed=closed received=9 "
     "refuses=0",
     "source attempt-end outcome=timed-out"},
    {F(SOURCE, RESET_OPEN),
     "source attempt-end outcome=connected followed=reset",
     "source attempt-end outcome=connected followed=closed",
     "source packet packet=rst direction=in"},
    {F(DESTINATION, CLOSED_ITSELF),
     "source attempt-end outcome=connected followed=closed; "
     "destination packet packet=fin direction=out sequence=77",
     WATCHED "source attempt-end outcome=connected followed=closed",
     "source attempt-end outcome=connected followed=closed; "
     "source packet packet=fin direction=in"},
    /* What it passed on is the source's own. */
    {F(DESTINATION, CLOSED_ITSELF), NULL,
     "destination capture phase=armed; source attempt-start sequence=1000; "
     "source attempt-end outcome=connected followed=closed; "
     "destination packet packet=fin direction=out sequence=1001; "
     "destination capture phase=after lost=0",
     "source attempt-start sequence=1000; "
     "source attempt-end outcome=connected followed=closed; "
     "destination packet packet=fin direction=out sequence=1001"},
    /* The agent fell silent before it told of the connection. */
    {F(DESTINATION, PROCESS_STOPPED),
     "destination listener phase=before inode=7 pid=33 process_state=T; "
     "destination listener phase=after inode=7 pid=33 queue=1 holders=1 "
     "stopped=1",
     "destination listener phase=after inode=7 pid=33 queue=0 holders=1",
     "destination listener phase=before inode=7 pid=33 process_state=R; "
     "destination listener phase=after inode=7 pid=33 queue=1 holders=1 "
     "stopped=1"},
    /* Nothing came so far as to lie in its queue. */
    {F(DESTINATION, WAS_STOPPED),
     "destination listener phase=before inode=7 pid=33 process_state=T; "
     "destination listener phase=after inode=7 pid=33 queue=0 holders=1 "
     "stopped=1",
     NULL,
     "destination listener phase=before inode=7 pid=33 process_state=T; "
     "destination listener phase=after inode=7 pid=33 queue=0 holders=2 "
     "stopped=1"},
    {F(DESTINATION, WAS_STOPPED), NULL, NULL,
     "destination listener phase=before inode=7 pid=33 process_state=R; "
     "destination listener phase=after inode=7 pid=33 queue=0 holders=1 "
     "stopped=1"},
    {F(DESTINATION, WAS_STOPPED), NULL, NULL,
     "destination listener phase=before inode=7 process_state=T; "
     "destination listener phase=before inode=8 process_state=R; "
     "destination listener phase=after inode=7 holders=1 stopped=1; "
     "destination listener phase=after inode=8 holders=1 stopped=1"},
    {F(SOURCE, SEQUENCE_CHANGED), NULL,
     "source packet packet=syn direction=out; "
     "destination packet packet=syn direction=in",
     "source packet packet=syn direction=out"},
    {F(SOURCE, NAME_UNRESOLVED), NULL, "source resolved address=198.51.100.10",
     ""},
    {F(SOURCE, ADDRESS_TAKEN), "source attempt-end outcome=error errno=99",
     "source attempt-end outcome=timed-out", "source attempt-start"},
    {F(SOURCE, PORTS_FREE),
     "source attempt-end; source ports range_low=32768 range_high=60999 count=7",
     "source attempt-end; source ports range_low=40000 range_high=40001 count=2",
     "source attempt-end"},
    {F(SOURCE, ROUTE_ERROR), "source attempt-end outcome=unreachable errno=101",
     "source attempt-end outcome=timed-out", ""},
    {F(SOURCE, NEIGHBOUR_ERROR),
     "source attempt-end outcome=unreachable errno=113 connect_us=3000000",
     "source attempt-end outcome=unreachable errno=113 connect_us=40", ""},
    {F(SOURCE, CONNECT_DENIED), "source attempt-end outcome=error errno=1",
     "source attempt-start; source attempt-end outcome=error errno=1",
     "source attempt-start"},
    {F(SOURCE, SENT),
     "source attempt-start; source packet packet=syn direction=out", WATCHED,
     "source attempt-start"},
    {F(DESTINATION, ARRIVED), "destination packet packet=syn direction=in",
     WATCHED, "destination capture phase=armed alive=0"},
    /* It came under another number, so by its number nobody saw it. */
    {F(DESTINATION, ARRIVED), "destination packet packet=syn direction=in",
     WATCHED "; source packet packet=syn direction=out source_port=40000; "
             "destination stranger packet=syn direction=in source_port=40001",
     WATCHED "; source packet packet=syn direction=out source_port=40000; "
             "destination stranger packet=syn direction=in source_port=40000"},
    {F(DESTINATION, SENT), "destination packet packet=syn-ack direction=out",
     WATCHED, "destination packet packet=syn-ack direction=out attempt=2"},
    {F(SOURCE, ARRIVED), "source packet packet=syn-ack direction=in", WATCHED,
     "destination packet packet=syn-ack direction=out"},
    {F(DESTINATION, ACK_ARRIVED), "destination packet packet=ack direction=in",
     WATCHED, "source packet packet=ack direction=out"},
    {F(DESTINATION, RST), "destination packet packet=rst direction=out",
     WATCHED,
     "destination capture phase=armed; destination capture phase=after lost=3"},
    /* A reset in the source's name; and its own. */
    {F(ATTEMPT, RESET_FORGED),
     WATCHED "destination packet packet=rst direction=in", WATCHED,
     "destination packet packet=rst direction=in"},
    {F(ATTEMPT, RESET_FORGED),
     WATCHED "destination packet packet=rst direction=in",
     WATCHED "destination packet packet=rst direction=in; "
             "source packet packet=rst direction=out",
     ""},
    {F(SOURCE, RESET_TRANSLATED),
     "source packet packet=syn direction=out destination=198.51.100.10; "
     "source packet packet=rst direction=in source=192.0.2.30",
     "source packet packet=syn direction=out destination=198.51.100.10 "
     "destination_port=8080; "
     "source packet packet=rst direction=in source=198.51.100.10 "
     "source_port=8080",
     "source packet packet=syn direction=out destination=198.51.100.10"},
    {F(SOURCE, SECOND_HOLDER),
     "controller held-by address=192.0.2.10 name=hostC",
     "controller held-by address=192.0.2.11 name=hostC", NULL},
    {F(DESTINATION, ARP_MUTE),
     "destination address address=198.51.100.10 interface=eth0; "
     "destination link interface=eth0 no_arp=1",
     "destination address address=198.51.100.10 interface=eth0; "
     "destination link interface=eth0 no_arp=0",
     "destination address address=198.51.100.10 interface=eth0"},
    /* Held by another device it is silent for, not by this one. */
    {F(DESTINATION, ARP_MUTE),
     "destination address address=198.51.100.10 interface=lo; "
     "destination route route_type=unicast interface=eth0; "
     "destination link interface=eth0; "
     "destination sysctl name=net.ipv4.conf.eth0.arp_ignore value=1",
     "destination address address=198.51.100.10 interface=eth0; "
     "destination route route_type=unicast interface=eth0; "
     "destination link interface=eth0; "
     "destination sysctl name=net.ipv4.conf.eth0.arp_ignore value=1",
     ""},
    {F(SOURCE, RST), "source packet packet=rst direction=in", WATCHED,
     "destination packet packet=rst direction=out"},
    {F(DESTINATION, ARRIVAL_DOUBTED),
     "destination capture phase=after strangers=2",
     "destination capture phase=after strangers=0; destination self-test outcome=connected",
     NULL},
    {F(DESTINATION, ARRIVAL_DOUBTED), "destination self-test outcome=timed-out",
     NULL, "destination capture phase=after"},
    {F(DESTINATION, FOR_OTHER_HOST),
     "destination packet packet=syn direction=in other_host=1", WATCHED, ""},
    /* The sender's own frame to its gateway, before any router: that is right. */
    {F(DESTINATION, FOR_OTHER_HOST),
     "source packet packet=syn direction=out ttl=64; "
     "source route route_type=unicast gateway=192.0.2.1; "
     "destination packet packet=syn direction=in other_host=1 ttl=62",
     "source packet packet=syn direction=out ttl=64; "
     "source route route_type=unicast gateway=192.0.2.1; "
     "destination packet packet=syn direction=in other_host=1 ttl=64",
     ""},
    {F(SOURCE, FOR_OTHER_HOST),
     "destination packet packet=syn-ack direction=out ttl=64; "
     "destination route route_type=unicast gateway=198.51.100.1; "
     "source packet packet=syn-ack direction=in other_host=1 ttl=62",
     "destination packet packet=syn-ack direction=out ttl=64; "
     "destination route route_type=unicast gateway=198.51.100.1; "
     "source packet packet=syn-ack direction=in other_host=1 ttl=64",
     ""},
    {F(SOURCE, NO_ROUTE), "source route phase=before route_type=none",
     "source route phase=before route_type=unicast",
     "destination route phase=before destination=192.0.2.10 route_type=none"},
    {F(SOURCE, ROUTE_REJECTS), "source route phase=before route_type=prohibit",
     "source route phase=before route_type=unicast", ""},
    {F(SOURCE, HOLDS_PEER), "source route phase=before route_type=local",
     "source route phase=before route_type=unicast", ""},
    {F(SOURCE, ON_LINK),
     "source route phase=before route_type=unicast interface=eth0",
     "source route phase=before route_type=unicast gateway=192.0.2.1", ""},
    {F(DESTINATION, NO_ROUTE),
     "destination route phase=before destination=192.0.2.10 route_type=none",
     "destination route phase=before destination=192.0.2.10 route_type=unicast",
     "source route phase=before route_type=none"},
    {F(SOURCE, LINK_DOWN),
     "source route phase=before route_type=unicast interface=eth0; source link interface=eth0 carrier=0",
     "source route phase=before route_type=unicast interface=eth0; source link interface=eth0",
     "source route phase=before route_type=unicast interface=eth0"},
    {F(SOURCE, NEIGHBOUR_FAILED),
     "source neighbour phase=after neighbour_state=FAILED",
     "source neighbour phase=after neighbour_state=REACHABLE", ""},
    {F(DESTINATION, NEIGHBOUR_FAILED),
     "destination neighbour phase=after neighbour_state=INCOMPLETE",
     "destination neighbour phase=after neighbour_state=REACHABLE",
     "source neighbour phase=after neighbour_state=FAILED"},
    {F(DESTINATION, AGENT), "destination capture phase=armed", NULL, ""},
    {F(DESTINATION, ADDRESS_NOT_LOCAL),
     "destination address address=198.51.100.11; destination addresses",
     "destination address address=198.51.100.10; destination addresses",
     "destination address address=198.51.100.11"},
    {F(DESTINATION, DAD_FAILED), "destination address dad_failed=1",
     "destination address", ""},
    {F(DESTINATION, FORWARDING_OFF),
     "destination sysctl name=net.ipv4.ip_forward value=0",
     "destination sysctl name=net.ipv4.ip_forward value=1",
     "source sysctl name=net.ipv4.ip_forward value=0"},
    /* The device's own setting counts, and only that where it came in. */
    {F(DESTINATION, FORWARDING_OFF),
     "destination packet packet=syn direction=in interface=eth0; "
     "destination sysctl name=net.ipv4.ip_forward value=1; "
     "destination sysctl name=net.ipv4.conf.eth0.forwarding value=0",
     "destination packet packet=syn direction=in interface=eth0; "
     "destination sysctl name=net.ipv4.ip_forward value=0; "
     "destination sysctl name=net.ipv4.conf.eth0.forwarding value=1",
     NULL},
    {F(DESTINATION, FORWARDING_OFF), /* the answer's, which was dropped */
     "destination packet packet=syn direction=in interface=eth0; "
     "destination drop packet=syn-ack stage=prerouting interface=br0 "
     "reason=IP_INADDRERRORS; "
     "destination sysctl name=net.ipv4.conf.eth0.forwarding value=1; "
     "destination sysctl name=net.ipv4.conf.br0.forwarding value=0",
     "destination packet packet=syn direction=in interface=eth0; "
     "destination sysctl name=net.ipv4.conf.mgmt0.forwarding value=0; "
     "destination sysctl name=net.ipv4.conf.eth0.forwarding value=1",
     NULL},
    {F(DESTINATION, TARGET_SILENT),
     WATCHED "destination tracked phase=after reply_source=172.17.0.2; "
             "destination arp direction=out address=172.17.0.2 count=1 "
             "answered=0",
     WATCHED "destination tracked phase=after reply_source=172.17.0.2; "
             "destination arp direction=out address=172.17.0.2 count=1 "
             "answered=1",
     "destination arp direction=out address=172.17.0.2 count=1 answered=0"},
    {F(DESTINATION, TARGET_SILENT), NULL, /* its reset came */
     PASSED_ON "destination packet packet=rst direction=in source=172.17.0.2 "
               "source_port=80 interface=veth0 attempt=1",
     PASSED_ON},
    {F(DESTINATION, TARGET_REFUSED),
     PASSED_ON "destination packet packet=rst direction=in source=172.17.0.2 "
               "source_port=80 interface=veth0 attempt=1",
     NULL, /* another one's reset */
     PASSED_ON "destination packet packet=rst direction=in source=172.17.0.3 "
               "source_port=80 interface=veth0 attempt=1"},
    {F(DESTINATION, TARGET_REFUSED), /* and a listener on the called port */
     PASSED_ON "destination drop packet=syn reason=NO_SOCKET namespace=web; "
               "destination listener phase=before address=0.0.0.0",
     NULL, "destination drop packet=syn reason=NO_SOCKET"},
    {F(DESTINATION, TARGET_REFUSED), NULL,
     NULL, /* a rule's, where it listens */
     PASSED_ON "destination packet packet=rst direction=in source=172.17.0.2 "
               "source_port=80 interface=veth0 attempt=1; destination drop "
               "packet=syn reason=NETFILTER_DROP namespace=web; destination "
               "listener phase=after address=0.0.0.0 port=80 namespace=web"},
    {F(DESTINATION, TARGET_NO_SOCKET),
     "destination drop packet=syn reason=NO_SOCKET namespace=web", NULL,
     "destination drop packet=syn reason=NO_SOCKET"},
    {F(DESTINATION, TARGET_ON_LOOPBACK),
     PASSED_ON "destination drop packet=syn reason=NO_SOCKET namespace=web; "
               "destination listener phase=after address=127.0.0.1 port=80 "
               "namespace=web",
     NULL,
     PASSED_ON "destination drop packet=syn reason=NO_SOCKET namespace=web; "
               "destination listener phase=after address=127.0.0.1 port=80 "
               "namespace=db"},
    {F(DESTINATION, TARGET_REJECTS),
     PASSED_ON "destination packet packet=icmp direction=in "
               "offender=172.17.0.2 icmp_type=3 icmp_code=3 interface=veth0 "
               "attempt=1",
     NULL,
     PASSED_ON "destination packet packet=icmp direction=in "
               "offender=192.0.2.1 icmp_type=3 icmp_code=1 interface=eth0 "
               "attempt=1"},
    {F(DESTINATION, STOPPED_INSIDE),
     "destination drop packet=syn-ack reason=NETFILTER_DROP namespace=web",
     NULL, "destination drop packet=syn-ack reason=NETFILTER_DROP"},
    {F(DESTINATION, TARGET_SILENT), /* nobody is asked for its own port */
     NULL,
     "destination rule packet=syn stage=prerouting translates=redirect "
     "attempt=1",
     "destination rule packet=syn stage=prerouting translates=dnat attempt=1"},
    {F(SOURCE, ENTRY_CLASHED),
     "source counter name=Conntrack.insert_failed before=0 after=3",
     "source counters", "destination counters"},
    {F(SOURCE, HIDES_SOURCE), "source rule packet=syn translates=snat", NULL,
     "source rule packet=syn translates=dnat"},
    /* A guest's frames are not another host's. */
    {F(DESTINATION, ARRIVED),
     "destination packet packet=syn direction=in other_host=1; "
     "destination packet packet=syn-ack direction=out source=198.51.100.10",
     NULL,
     "destination packet packet=syn direction=in other_host=1; "
     "destination packet packet=syn-ack direction=out source=198.51.100.10; "
     "destination address address=198.51.100.10"},
    {F(DESTINATION, ADDRESS_ERRORS),
     "destination counter name=Ip.InAddrErrors before=1 after=3",
     "destination counters", "source counters"},
    {F(DESTINATION, QUEUE_OVERFLOWED),
     "destination counter name=TcpExt.ListenOverflows before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, SYN_QUEUE_DROPPED),
     "destination counter name=TcpExt.TCPReqQFullDrop before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION,
       SYN_QUEUE_DROPPED), /* the host's limit, not counted apart */
     "destination counters; destination counter name=TcpExt.ListenDrops before=0 after=1",
     "destination counter name=TcpExt.ListenDrops before=0 after=1; destination counter name=TcpExt.ListenOverflows before=0 after=1; destination counters",
     ""},
    {F(DESTINATION, ACK_DEFERRED),
     "destination counter name=TcpExt.TCPDeferAcceptDrop before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, OLD_SOCKET_TOOK),
     "destination counter name=TcpExt.TCPSYNChallenge before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, OLD_SOCKET_TOOK),
     "destination counter name=TcpExt.PAWSTimewait before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, RP_FILTERED),
     "destination counter name=TcpExt.IPReversePathFilter before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, CONNTRACK_DROPPED),
     "destination counter name=Conntrack.drop before=0 after=1",
     "destination counters", ""},
    {F(DESTINATION, ABORTS_ON_OVERFLOW),
     "destination sysctl name=net.ipv4.tcp_abort_on_overflow value=1",
     "destination sysctl name=net.ipv4.tcp_abort_on_overflow value=0", ""},
    {F(DESTINATION, NO_SOCKET),
     "destination drop packet=syn stage=input reason=NO_SOCKET",
     "destination drop packet=syn stage=input reason=NETFILTER_DROP",
     "destination drop packet=syn stage=input reason=NO_SOCKET namespace=web"},
    /* Of a copy: the packet itself was answered. */
    {F(DESTINATION, NO_SOCKET), NULL, NULL,
     "destination drop packet=syn stage=input reason=NO_SOCKET; "
     "destination packet packet=syn-ack direction=out"},
    /* The reset need not get out: the kernel tells as well. */
    {F(DESTINATION, TCP_REFUSED), "destination packet packet=rst direction=out",
     WATCHED DROPS_TOLD, WATCHED},
    {F(DESTINATION, TCP_REFUSED),
     WATCHED "destination drop packet=syn stage=input reason=NO_SOCKET", NULL,
     WATCHED "destination ipsec-policy direction=in action=block; "
             "destination drop packet=syn stage=input reason=NO_SOCKET"},
    {F(DESTINATION, IPSEC_STOPS_IN),
     "destination ipsec-policy direction=in action=block",
     "destination ipsec-policies direction=in count=0",
     "destination ipsec-policy direction=out action=block"},
    {F(DESTINATION, IPSEC_COUNTED_IN),
     "destination counter name=XfrmInPolBlock before=0 after=3",
     "destination counters",
     "destination counter name=XfrmOutPolBlock before=0 after=3"},
    {F(DESTINATION, NETFILTER_DROPPED_IN),
     "destination drop packet=syn stage=input reason=NETFILTER_DROP",
     "destination drop packet=syn stage=input reason=NO_SOCKET", ""},
    {F(DESTINATION, RULE_DROPS_IN),
     "destination rule packet=syn stage=input verdict=drop",
     "destination rule-trace phase=armed complete=1; destination rule-trace phase=after complete=1; destination rule-counters family=ip tables=0 complete=1",
     "destination rule-trace phase=armed complete=1; destination rule-trace phase=after complete=0"},
    {F(SOURCE, RULE_DROPS_OUT),
     "source rule packet=syn stage=output verdict=drop rule=x",
     "source rule-trace phase=armed complete=1; source rule-trace phase=after complete=1; source rule-counters family=ip tables=0 complete=1",
     "destination rule packet=syn stage=input verdict=drop"},
    {F(DESTINATION, RULE_REJECTS_IN),
     "destination rule packet=syn stage=input verdict=drop target=reject",
     "destination rule packet=syn stage=input verdict=drop target=drop rule=x; destination rule-counters family=ip tables=0 complete=1",
     ""},
    {F(DESTINATION, RULES_UNSEEN),
     "destination host; destination rule-trace phase=after complete=0",
     "destination rule-trace phase=after complete=1", ""},
    {F(ATTEMPT, RULE_DROPS_ACK),
     "source rule packet=ack stage=output verdict=drop", NULL,
     "source rule packet=syn stage=output verdict=drop"},
    {F(SOURCE, KERNEL_WATCHED),
     "source drops complete=1; source drops complete=1",
     "source drops complete=1; source drops complete=1; "
     "source limit observer=drop-events",
     NULL},
    /* It began, and nobody knows what became of it. */
    {F(SOURCE, KERNEL_WATCHED), NULL, "source drops complete=1", NULL},
    {F(DESTINATION, ARRIVED), NULL, NULL,
     "destination capture phase=armed alive=1"},
    {F(SOURCE, SENT), NULL, NULL, "source capture phase=armed alive=1"},
    /* Its watch began after the attempt, or ended before it. */
    {F(DESTINATION, ARRIVED), NULL, NULL,
     "source attempt-start; destination capture phase=armed alive=1; "
     "destination capture phase=after alive=1 lost=0"},
    {F(DESTINATION, ARRIVED), NULL, NULL,
     "destination capture phase=armed alive=1; "
     "destination capture phase=after alive=1 lost=0; source attempt-start"},
    {F(DESTINATION, RULE_DROPS_IN), NULL, NULL,
     "destination rule-trace phase=armed; "
     "destination rule-counters family=ip tables=0"},
    {F(DESTINATION, RULE_DROPS_IN), NULL, NULL,
     "source attempt-start; destination rule-trace phase=armed; "
     "destination rule-trace phase=after complete=1; "
     "destination rule-counters family=ip tables=0"},
    {F(DESTINATION, QUEUE_OVERFLOWED), NULL, NULL,
     "source attempt-start; destination phase phase=armed; "
     "destination counters"},
    {F(DESTINATION, QUEUE_OVERFLOWED), NULL, NULL,
     "destination counters; source attempt-start"},
    {F(DESTINATION, NETFILTER_DROPPED_IN),
     "destination drop packet=syn stage=input reason=NETFILTER_DROP",
     "destination drops complete=1; destination drops complete=1",
     "destination drops complete=1; destination drops complete=1; "
     "destination limit observer=drop-events"},
    {F(DESTINATION, NETFILTER_DROPPED_OUT),
     "destination drop packet=syn-ack stage=output reason=NETFILTER_DROP",
     "destination drops complete=1; destination drops complete=1",
     "destination drops complete=1; destination drops complete=1; "
     "destination agent-lost"},
    /* Of nftables alone the rule trace tells. */
    {F(ATTEMPT, RULE_DROPS_ACK),
     "source rule packet=ack stage=output verdict=drop", TRACED DROPS_TOLD,
     TRACED},
    {F(ATTEMPT, RULE_DROPS_ACK), NULL, NULL,
     TRACED DROPS_TOLD
     "source drop packet=ack stage=output reason=NETFILTER_DROP"},
    {F(SOURCE, FOR_OTHER_HOST),
     "source packet packet=syn-ack direction=in other_host=1 ttl=61",
     "destination packet packet=syn-ack direction=out ttl=64; "
     "destination route phase=after route_type=unicast gateway=198.51.100.1; "
     "source packet packet=syn-ack direction=in other_host=1 ttl=64",
     ""},
    {F(DESTINATION, LINK_DOWN), NULL,
     "destination addresses; destination address; destination link",
     "destination addresses; destination address"},
    {F(DESTINATION, NETFILTER_PROGRAM),
     "destination program hook=netfilter-output; "
     "destination drop packet=syn-ack stage=output reason=NETFILTER_DROP "
     "function=nf_hook_slow; destination drop packet=syn stage=input "
     "reason=NETFILTER_DROP function=nft_do_chain_inet",
     "destination program hook=netfilter-output; "
     "destination drop packet=syn-ack stage=output reason=NETFILTER_DROP "
     "function=nft_do_chain_inet",
     ""},
    {F(DESTINATION, TRACKING_FULL),
     "destination tracking phase=before count=256 limit=256",
     "destination tracking phase=before count=1 limit=256; destination tracking phase=after count=2 limit=256",
     "destination tracking phase=before count=1 limit=256"},
    {F(SOURCE, TRACKING_FULL),
     "source tracking phase=after count=256 limit=256",
     "source tracking phase=before count=1 limit=256; source tracking phase=after count=2 limit=256",
     "destination tracking phase=before count=256 limit=256"},
    {F(DESTINATION, OLD_ENTRY),
     "destination tracked phase=before reply_source=10.0.0.1",
     "destination tracked phase=before reply_source_port=8080",
     "destination tracking phase=before complete=0"},
    {F(DESTINATION, LISTENER_TAKES),
     "destination listener phase=before address=0.0.0.0",
     "destination listeners phase=before",
     "destination listeners phase=before complete=0"},
    {F(DESTINATION, LISTENER_LOOPBACK),
     "destination listener phase=before address=127.0.0.1",
     "destination listeners phase=before", ""},
    {F(DESTINATION, LISTENER_OTHER_ADDRESS),
     "destination listener phase=before address=198.51.100.11",
     "destination listeners phase=before",
     "destination listener phase=before address=198.51.100.10"},
    {F(DESTINATION, LISTENER_OTHER_FAMILY),
     "destination listener phase=before address=:: v6_only=1",
     "destination listeners phase=before",
     "destination listener phase=before address=:: v6_only=0"},
    {F(DESTINATION, LISTENER_OTHER_NAMESPACE),
     "destination listener phase=after namespace=web",
     "destination listeners phase=after",
     "destination listeners phase=after; destination limit observer=sockets"},
    {F(DESTINATION, QUEUE_FULL),
     "destination listener phase=before address=0.0.0.0 queue=6 queue_limit=5",
     "destination listener phase=before address=0.0.0.0 queue=0 queue_limit=5; destination listener phase=after address=0.0.0.0 queue=0 queue_limit=5",
     "destination listener phase=before address=0.0.0.0 queue=0 queue_limit=5"},
    {F(DESTINATION, SYN_QUEUE_LONG),
     "destination half-open count=900; destination sysctl name=net.ipv4.tcp_max_syn_backlog value=128; destination sysctl name=net.ipv4.tcp_syncookies value=0",
     "destination half-open count=3; destination sysctl name=net.ipv4.tcp_max_syn_backlog value=128; destination sysctl name=net.ipv4.tcp_syncookies value=0",
     "destination half-open count=900; destination sysctl name=net.ipv4.tcp_max_syn_backlog value=128"},
    {F(DESTINATION, SYN_QUEUE_LONG), NULL,
     "destination half-open count=900; destination sysctl name=net.ipv4.tcp_max_syn_backlog value=128; destination sysctl name=net.ipv4.tcp_syncookies value=1",
     ""},
    {F(DESTINATION, STALE_SOCKET),
     "destination connection phase=before state=TIME_WAIT", NULL, ""},
    {F(SOURCE, GROUP_WATCHES),
     "source programs hook=cgroup-connect4 count=1; source program hook=cgroup-connect4",
     "source programs hook=cgroup-connect4 count=0",
     "destination programs hook=cgroup-connect4 count=1"},
    {F(DESTINATION, NETFILTER_PROGRAM),
     "destination program hook=netfilter-input", NULL,
     "destination program hook=xdp"},
    {F(SOURCE, TTL_LOW), "source packet packet=syn direction=out ttl=3",
     "source packet packet=syn direction=out ttl=64",
     "destination packet packet=syn direction=in ttl=3"},
    {F(DESTINATION, TTL_ONE),
     "destination packet packet=syn-ack direction=out ttl=1",
     "destination packet packet=syn-ack direction=out ttl=64",
     "source packet packet=syn direction=out ttl=1"},
    {F(DESTINATION, ANSWER_EXPIRED),
     "destination packet packet=icmp direction=in packet_quoted=syn-ack "
     "offender=203.0.113.1 icmp_type=11 icmp_code=0",
     WATCHED,
     /* A walk's own; and what the source itself says. */
     "destination hop offender=203.0.113.1 icmp_type=11 icmp_code=0; "
     "destination packet packet=icmp direction=in packet_quoted=syn-ack "
     "offender=192.0.2.10 icmp_type=11 icmp_code=0"},
    {F(DESTINATION, ANSWER_PROHIBITED),
     "destination packet packet=icmp direction=in packet_quoted=syn-ack "
     "offender=203.0.113.1 icmp_type=3 icmp_code=13",
     WATCHED,
     "destination packet packet=icmp direction=in packet_quoted=syn "
     "offender=203.0.113.1 icmp_type=3 icmp_code=13"},
    /* Not what runs out by intent, nor what the far end itself says. */
    {F(SOURCE, COPIES_PROHIBITED),
     "source hop offender=203.0.113.2 icmp_type=3 icmp_code=13",
     WATCHED "; source hop offender=203.0.113.2 icmp_type=11 icmp_code=0; "
             "source hop offender=198.51.100.10 icmp_type=3 icmp_code=13",
     "destination hop offender=203.0.113.2 icmp_type=3 icmp_code=13"},
    /* Not one router that answers for two hops, nor who rejects each copy. */
    {F(SOURCE, HOPS_REPEAT),
     "source hop ttl=1 offender=203.0.113.1 icmp_type=11; "
     "source hop ttl=3 offender=203.0.113.2 icmp_type=11; "
     "source hop ttl=4 offender=203.0.113.1 icmp_type=11",
     WATCHED "; source hop ttl=1 offender=203.0.113.1 icmp_type=11; "
             "source hop ttl=2 offender=203.0.113.1 icmp_type=11; "
             "source hop ttl=3 offender=203.0.113.2 icmp_type=3 icmp_code=13; "
             "source hop ttl=4 offender=203.0.113.1 icmp_type=3 icmp_code=13",
     "destination hop ttl=1 offender=203.0.113.1 icmp_type=11"},
    {F(SOURCE, COPIES_UNREACHABLE),
     "source hop offender=203.0.113.2 icmp_type=3 icmp_code=0",
     WATCHED "; source hop offender=203.0.113.2 icmp_type=3 icmp_code=13", ""},
    {F(SOURCE, ICMP_NO_HOST),
     "source packet packet=icmp direction=in offender=203.0.113.2 "
     "destination=198.51.100.10 icmp_type=3 icmp_code=1",
     "source packet packet=icmp direction=in offender=203.0.113.2 "
     "destination=198.51.100.10 icmp_type=3 icmp_code=0",
     ""},
    {F(SOURCE, TTL_ONE), "source packet packet=syn direction=out ttl=1",
     "source packet packet=syn direction=out ttl=3", ""},
    {F(SOURCE, ADDRESS_TRANSLATED),
     "source attempt-start source=192.0.2.11; source packet packet=syn direction=out",
     "source attempt-start source=192.0.2.10; source packet packet=syn direction=out",
     "source packet packet=syn direction=out"},
};

static struct subject make_subject(void)
{
    struct subject subject = two_hosts_subject();

    subject.named_is_agent = true;
    subject.probing_over = subject.collected = subject.wait_over = true;
    return subject;
}

static void check(const struct fact_case *row, const char *text,
                  enum answer expected)
{
    static const char *const names[] = {
        [NOT_OBSERVED] = "not observed", [YES] = "yes", [NO] = "no"};
    static struct evidence items[MAX_PIECES];
    static struct view view;
    static struct known known;
    struct subject subject = make_subject();
    size_t count;

    if (text == NULL)
        return;
    count = written_evidence(text, items, ARRAY_SIZE(items));
    memset(&view, 0, sizeof(view));
    memset(&known, 0, sizeof(known));
    view_build(&view, &subject, items, count);
    facts_derive(&known, &view, 1);
    if (known.answers[row->fact] != expected)
        fail_msg("%s at the %s is %s, expected %s: %s",
                 fact_infos[row->fact / END_COUNT].name,
                 row->fact % END_COUNT == END_SOURCE ? "source" : "destination",
                 names[known.answers[row->fact]], names[expected], text);
}

static void yes_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(&cases[i], cases[i].yes, YES);
}

static void no_needs_an_observer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(&cases[i], cases[i].no, NO);
}

static void nothing_is_known_for_want_of_evidence(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(&cases[i], cases[i].open, NOT_OBSERVED);
}

#define V6 "2001:db8::10"
#define OFF(device)                                                  \
    "destination sysctl name=net.ipv6.conf." device ".disable_ipv6 " \
    "value=1 interface=" device "; "
#define OFF_COUNT \
    "destination sysctl name=net.ipv6.conf.*.disable_ipv6 value=1 count="
#define ASKED_ON_ETH0 \
    "; destination arp direction=in interface=eth0 count=1 answered=0 address=" V6

/* Of the destination's devices that one matters at which it is called. */
static void ipv6_is_off_where_it_is_called(void **state)
{
    static const struct
    {
        const char *text;
        enum answer answer;
    } rows[] = {
        {OFF("eth0") OFF_COUNT "1" ASKED_ON_ETH0, YES},
        {OFF("eth0") OFF_COUNT "1; destination packet packet=syn direction=in "
                               "interface=eth0 attempt=1",
         YES},
        {OFF("mgmt0") OFF_COUNT "1" ASKED_ON_ETH0, NO},
        {OFF("mgmt0") OFF_COUNT "1", NOT_OBSERVED},
        {OFF_COUNT "0", NO},
        {"source sysctl name=net.ipv6.conf.eth0.disable_ipv6 value=1 "
         "interface=eth0" ASKED_ON_ETH0,
         NOT_OBSERVED},
        {"destination packet packet=syn direction=in interface=eth0",
         NOT_OBSERVED},
    };
    static struct evidence items[MAX_PIECES];
    static struct view view;
    struct subject subject = make_subject();
    struct known known;

    (void)state;
    assert_int_equal(address_parse(V6, &subject.destination), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        view_build(&view, &subject, items,
                   written_evidence(rows[i].text, items, MAX_PIECES));
        facts_derive(&known, &view, 1);
        assert_true(
            fact_is(&known, F(DESTINATION, IPV6_DISABLED), rows[i].answer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yes_is_seen),
        cmocka_unit_test(no_needs_an_observer),
        cmocka_unit_test(nothing_is_known_for_want_of_evidence),
        cmocka_unit_test(ipv6_is_off_where_it_is_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
