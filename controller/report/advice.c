#include "controller/report/advice.h"

static const char *const advices[CAUSE_COUNT] = {
    [CAUSE_NOT_LISTENING] =
        "start the service, or call the port that it listens on; if its unit "
        "failed, journalctl -u UNIT tells why",
    [CAUSE_WRONG_LISTENER] =
        "give one of the two another port, or stop the one that holds it",
    [CAUSE_LISTENING_ON_LOOPBACK] =
        "let the service listen on the address that is called, or on all: its "
        "own configuration says where",
    [CAUSE_LISTENING_ON_OTHER_ADDRESS] =
        "call the address that it listens on, or let it listen on this one",
    [CAUSE_LISTENING_ON_OTHER_FAMILY] =
        "call it by the other family, or let it listen on both",
    [CAUSE_LISTENING_ON_OTHER_DEVICE] =
        "let the service listen on the device that the SYN comes in on",
    [CAUSE_LISTENING_IN_OTHER_NAMESPACE] =
        "publish the container's port, or call the address inside",
    [CAUSE_ACCEPT_QUEUE_FULL] =
        "see why the process does not accept (its threads, its open files), "
        "then restart it or give it a longer backlog",
    [CAUSE_SOCKET_FILTER_DROP] =
        "only the program itself can take its filter off: see its "
        "configuration, or restart it",
    [CAUSE_DENIED_BY_POLICY] =
        "allow the call in the policy that refuses it; --as-user and --in "
        "tell whether the application's own policy does",
    [CAUSE_TC_DROP] =
        "take out the filters one by one (tc filter show dev DEVICE), or ask "
        "whoever attached them",
    [CAUSE_XDP_DROP] = "ask whoever attached the program (bpftool net show)",
    [CAUSE_BPF_DROP] = "ask whoever attached the program (bpftool cgroup tree)",
    [CAUSE_NFQUEUE_WITHOUT_READER] = "start the program that reads the queue",
    [CAUSE_NIC_DROP] =
        "give whoever takes packets from the device more time or a longer "
        "queue",
    [CAUSE_NO_ROUTE] = "add a route: ip route add ADDRESS via GATEWAY",
    [CAUSE_LINK_DOWN] = "see to the cable or to the device at its other end",
    [CAUSE_NEIGHBOUR_UNRESOLVED] =
        "see that the next hop is up and has this address, or correct the "
        "gateway of the route",
    [CAUSE_ARP_NOT_ANSWERED] =
        "look for what drops the question or the answer: arptables -L, nft "
        "list ruleset arp; for IPv6 a firewall that does not accept neighbour "
        "discovery (ICMPv6 types 135 and 136)",
    [CAUSE_PREFIX_TOO_WIDE] =
        "give the interface's address its right prefix length",
    [CAUSE_NAME_NOT_RESOLVED] =
        "correct the name, or the resolver of the source host "
        "(/etc/resolv.conf, /etc/hosts)",
    [CAUSE_NAME_RESOLVES_ELSEWHERE] =
        "correct the name's address, in DNS or in /etc/hosts of the source",
    [CAUSE_SOURCE_ADDRESS_UNAVAILABLE] =
        "use an address that the source host holds",
    [CAUSE_LOST_ON_PATH] =
        "ask whoever runs the way between the two hosts: a filter there, such "
        "as a security group, drops it",
    [CAUSE_REJECTED_ON_PATH] =
        "ask whoever runs the hop that rejects it to let this port through",
    [CAUSE_UNREACHABLE_ON_PATH] =
        "ask whoever runs the hop that answers: it has no way to the "
        "destination",
    [CAUSE_REPLY_FROM_OTHER_ADDRESS] =
        "find what rewrites the source address of the answers (a rule of "
        "source NAT, a direct server return without the address on loopback), "
        "or call the address that answers",
    [CAUSE_REPLY_BYPASSES_NAT] =
        "on the host that translates, hide the callers behind its own address "
        "(masquerade), or route the answers back through it",
    [CAUSE_ROUTING_LOOP] = "ask whoever runs the hops that repeat",
    [CAUSE_INTERMITTENT_LOSS] =
        "run it again with --count 20 to see how many attempts fail",

};

const char *advice_for(enum cause cause)
{
    return advices[cause];
}
