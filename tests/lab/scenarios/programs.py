"""Programs, queues and policies in the packet's way, on both hosts."""
from scenario import SURE, WEAK, Expect, Scenario
from scenarios.services import WEB, listening, systemd

IPV6_ON = "sysctl -w net.ipv6.conf.eth0.disable_ipv6=0"
LOAD = "@here/bpf/load 8080"
LOAD_OTHER = "@here/bpf/load 8081"
GROUP = "/sys/fs/cgroup/$LAB_CGROUP"
IN_GROUP = "python3 -S @here/in_cgroup.py"
IN_CGROUP = (("hostB", "@any 8080 --in-cgroup"),)
# Room for a question after the next hop, and none for a SYN.
TIGHT = "tbf rate 8kbit burst $([ @len = 32 ] && echo 60 || echo 90) limit 200"
# Room for nothing.
CLOSED = "tbf rate 8kbit burst 40 limit 200"
OPEN = "tbf rate 8mbit burst 20000 limit 20000"


def at_source(cause, stage="egress", **more):
    more.setdefault("confidence", SURE)
    return Expect(cause, "source", "hostA", stage, "syn", **more)


def at_arrival(cause, stage="ingress", **more):
    more.setdefault("confidence", SURE)
    return Expect(cause, "destination", "hostB", stage, "syn", **more)


def at_answer(cause, stage="egress", **more):
    more.setdefault("confidence", SURE)
    return Expect(cause, "destination", "hostB", stage, "syn-ack", **more)


def at_return(cause, stage="ingress", **more):
    more.setdefault("confidence", SURE)
    return Expect(cause, "source", "hostA", stage, "syn-ack", **more)


def xdp(host, mode, port=8080):
    return (host, f"@here/bpf/load {port} && ip link set dev eth0 {mode} "
            f"pinned /run/bpf/{port}/lab_xdp")


def tc(host, direction, port=8080):
    return (host, f"@here/bpf/load {port} && tc qdisc add dev eth0 clsact && "
            f"tc filter add dev eth0 {direction} bpf da object-pinned "
            f"/run/bpf/{port}/lab_tc")


def group(host, hook, port=8080):
    return (host, f"@here/bpf/load {port} && mkdir -p {GROUP} && bpftool "
            f"cgroup attach {GROUP} {hook} pinned "
            f"/run/bpf/{port}/lab_{hook}")


def qdisc(host, words):
    return (host, f"tc qdisc add dev eth0 root {words}")


DEVICES = [
    Scenario("xdp-generic", row="D03", fix=True,
             expect=at_arrival("xdp-drop", detail=("lab_xdp", "generic")),
             faults=(xdp("hostB", "xdpgeneric"),)),
    Scenario("xdp-native", row="D03", fix=True,
             expect=at_arrival("xdp-drop", detail=("lab_xdp", "native")),
             faults=(xdp("hostB", "xdpdrv"),)),
    Scenario("xdp-held-by-process", row="D03", fix=True,
             expect=at_arrival("xdp-drop", detail=("lab_xdp", "python3")),
             faults=(("hostB", LOAD),),
             background=(("hostB", "held:python3 -S @here/bpf/hold_link.py "
                          "/run/bpf/8080/lab_xdp xdp eth0"),)),
    Scenario("xdp-other-port", Expect("connected"), near="D03",
             faults=(xdp("hostB", "xdpgeneric", 8081),)),
    Scenario("xdp-at-return", row="A04", fix=True,
             expect=at_return("xdp-drop", detail=("lab_xdp",)),
             faults=(xdp("hostA", "xdpgeneric"),)),
    Scenario("tc-ingress-at-return", row="A04", fix=True,
             expect=at_return("tc-drop", detail=("lab_tc", "ingress")),
             faults=(tc("hostA", "ingress"),)),
    Scenario("xdp-and-tc-at-return-other-port", Expect("connected"),
             near="A04", faults=(xdp("hostA", "xdpgeneric", 8081),
                                 tc("hostA", "ingress", 8081))),

    Scenario("tc-ingress", row="D06", fix=True,
             expect=at_arrival("tc-drop", detail=("lab_tc", "ingress")),
             faults=(tc("hostB", "ingress"),)),
    Scenario("tc-ingress-among-harmless", row="D06", fix=True,
             expect=at_arrival("tc-drop", detail=("lab_tc", "ingress")),
             # One for another protocol, one that only classifies.
             faults=(tc("hostB", "ingress"),
                     ("hostB", "tc filter add dev eth0 ingress pref 7 "
                      "protocol 0x88cc bpf da bytecode '1,6 0 0 2' && "
                      "tc filter add dev eth0 ingress pref 60000 u32 match u32 "
                      "0 0 classid 1:1"))),
    Scenario("tc-ingress-one-of-two", row="D06",
             expect=at_arrival("tc-drop", detail=("one of 2",)),
             faults=(tc("hostB", "ingress"),
                     ("hostB", LOAD_OTHER + " && tc filter add dev eth0 "
                      "ingress bpf da object-pinned "
                      "/run/bpf/8081/lab_tc"))),
    Scenario("tc-ingress-tcx", row="D06", fix=True,
             expect=at_arrival("tc-drop", detail=("lab_tc", "python3")),
             faults=(("hostB", LOAD),),
             background=(("hostB", "held:python3 -S @here/bpf/hold_link.py "
                          "/run/bpf/8080/lab_tc tcx-ingress eth0"),)),
    Scenario("tc-ingress-other-port", Expect("connected"), near="D06",
             faults=(tc("hostB", "ingress", 8081),)),
    Scenario("tc-egress", row="F07", fix=True,
             expect=at_source("tc-drop", detail=("lab_tc", "egress")),
             faults=(tc("hostA", "egress"),)),
    Scenario("tc-egress-classic", row="F07", fix=True, families=(4,),
             expect=at_source("tc-drop", detail=("bpf", "egress")),
             faults=(("hostA", "tc qdisc add dev eth0 clsact && tc filter "
                      "add dev eth0 egress pref 5 protocol ip bpf da bytecode "
                      "'4,40 0 0 36,21 0 1 8080,6 0 0 2,6 0 0 0'"),)),
    Scenario("tc-egress-other-port", Expect("connected"), near="F07",
             faults=(tc("hostA", "egress", 8081),)),
    Scenario("tc-egress-at-answer", row="V03", fix=True,
             expect=at_answer("tc-drop", detail=("lab_tc", "egress")),
             faults=(tc("hostB", "egress"),)),

    Scenario("qdisc-at-source", row="F08", fix=True,
             expect=at_source("qdisc-drop", detail=("tbf", "eth0")),
             faults=(qdisc("hostA", TIGHT),)),
    Scenario("qdisc-leaf", row="F08", fix=True,
             expect=at_source("qdisc-drop", detail=("tbf", "eth0")),
             faults=(("hostA", "tc qdisc add dev eth0 root handle 1: htb "
                      "default 10 && tc class add dev eth0 parent 1: classid "
                      "1:10 htb rate 8mbit && tc qdisc add dev eth0 parent "
                      "1:10 handle 10: " + TIGHT),)),
    # Once it is gone, the next question for the next hop takes a second.
    Scenario("qdisc-drops-all", row="F08",
             expect=at_source("qdisc-drop", detail=("tbf", "eth0"),
                              confidence=("proven", "likely")),
             faults=(qdisc("hostA", CLOSED),)),
    Scenario("qdisc-dropped-before", Expect("connected"), near="F08 V03",
             # What it has dropped so far is not the trace's.
             faults=tuple((host, f"tc qdisc add dev eth0 root {CLOSED} && "
                           "(timeout 1 bash -c 'echo > /dev/tcp/@R1/9' || "
                           "true) && tc qdisc change dev eth0 root " + OPEN
                           + " && ip neigh flush dev eth0")
                          for host in ("hostA", "hostB"))),
    Scenario("nic-ring-full", row="D04",
             expect=at_source("nic-drop", detail=("tun9", "ring")),
             background=(("hostA", "held:python3 -S @here/hold_tun.py tun9 "
                          "@B/@len src @A"),)),
    Scenario("nic-ring-full-elsewhere", Expect("connected"), near="D04",
             background=(("hostA",
                          "held:python3 -S @here/hold_tun.py tun9"),)),
    Scenario("qdisc-at-answer", row="V03", fix=True,
             expect=at_answer("qdisc-drop", detail=("tbf", "eth0")),
             faults=(qdisc("hostB", TIGHT),)),
]

# An agent that may not use BPF: no drop events, and so much less is known.
BLIND = (("hostB", "setpriv --bounding-set -bpf,-perfmon,-sys_admin "
          "--inh-caps -bpf,-perfmon,-sys_admin"),)
UNSEEN = [
    # As with a driver that drops without a word: the path or the program.
    Scenario("xdp-unseen", near="D03", agents=BLIND,
             expect=Expect("lost-on-path", confidence=("likely",),
                           packet="syn", detail=("XDP program",),
                             says=("see what the XDP program",),
                             silent=("(null)", "  (id")),
             faults=(xdp("hostB", "xdpgeneric"),)),
    Scenario("tc-ingress-unseen", near="D06", agents=BLIND,
             expect=Expect("undetermined", packet="syn"),
             faults=(tc("hostB", "ingress"),)),
    Scenario("cgroup-ingress-unseen", near="I17 L19", agents=BLIND,
             expect=Expect("undetermined", packet="syn"),
             service=IN_CGROUP, faults=(group("hostB", "ingress"),)),
]

GROUPS = [
    Scenario("connect-denied-by-cgroup", row="S06", fix=True, families=(4,),
             expect=at_source("denied-by-policy", "socket", outcome="error",
                              detail=("lab_connect4", "EPERM")),
             agents=(("hostA", IN_GROUP),),
             faults=(group("hostA", "connect4"),)),
    Scenario("connect-denied-by-cgroup", row="S06", fix=True, families=(6,),
             expect=at_source("denied-by-policy", "socket", outcome="error",
                              detail=("lab_connect6", "EPERM")),
             agents=(("hostA", IN_GROUP),),
             faults=(group("hostA", "connect6"),)),
    Scenario("connect-denied-to-other-port", Expect("connected"), near="S06",
             agents=(("hostA", IN_GROUP),),
             faults=(group("hostA", "connect4", 8081),
                     group("hostA", "connect6", 8081))),
    Scenario("connect-denied-by-landlock", row="S07",
             expect=at_source("denied-by-policy", "socket",
                              detail=("security module", "EACCES")),
             agents=(("hostA", "python3 -S @here/landlocked.py 7443"),)),
    Scenario("connect-allowed-by-landlock", Expect("connected"), near="S07",
             agents=(("hostA",
                      "python3 -S @here/landlocked.py 7443,8080"),)),
    Scenario("cgroup-egress", row="F09", fix=True,
             expect=at_source("bpf-drop", "output", detail=("lab_egress",)),
             agents=(("hostA", IN_GROUP),),
             faults=(group("hostA", "egress"),)),
    Scenario("cgroup-egress-other-port", Expect("connected"), near="F09",
             agents=(("hostA", IN_GROUP),),
             faults=(group("hostA", "egress", 8081),)),
    Scenario("cgroup-egress-at-answer", row="V13", fix=True,
             expect=at_answer("bpf-drop", "output", detail=("lab_egress",)),
             service=IN_CGROUP, faults=(group("hostB", "egress"),)),
    Scenario("cgroup-egress-at-answer-other-port", Expect("connected"),
             near="V13", service=IN_CGROUP,
             faults=(group("hostB", "egress", 8081),)),
    Scenario("cgroup-ingress", row="I17", fix=True,
             expect=at_arrival("bpf-drop", "socket", detail=("lab_ingress",)),
             service=IN_CGROUP, faults=(group("hostB", "ingress"),)),
    Scenario("cgroup-ingress-of-unit", row="I17", fix=True, service=(),
             expect=at_arrival("bpf-drop", "socket",
                               detail=("sd_fw_ingress", "web.service")),
             faults=(systemd(WEB + "IPAddressDeny=@A\n", "web.service"),
                     listening())),
    Scenario("cgroup-ingress-of-unit-for-others", Expect("connected"),
             near="I17", service=(),
             faults=(systemd(WEB + "IPAddressDeny=@C\n", "web.service"),
                     listening())),
    Scenario("cgroup-ingress-beside-filter", row="I17",
             # Both are there, and the kernel does not tell them apart.
             expect=at_arrival(("bpf-drop", "socket-filter-drop"), "socket",
                               confidence=("likely",)),
             service=(("hostB", "@any 8080 --in-cgroup --filter pass"),),
             faults=(group("hostB", "ingress"),)),
    Scenario("cgroup-ingress-other-port", Expect("connected"),
             near="I17 L19",
             service=(("hostB", "@any 8080 --in-cgroup --filter pass"),),
             faults=(group("hostB", "ingress", 8081),)),
    Scenario("socket-filter", row="L19",
             expect=at_arrival("socket-filter-drop", "socket",
                               detail=("python3", "classic")),
             service=(("hostB", "@any 8080 --filter drop"),)),
    # It takes all that comes in there, so also questions for an IPv6 neighbour.
    Scenario("bpf-netfilter", row="I13", fix=True, families=(4,),
             expect=at_arrival("bpf-drop", "input", confidence=("likely",),
                               detail=("lab_netfilter", "python3")),
             background=(("hostB", "held:python3 -S "
                          "@here/bpf/hold_netfilter.py @family eth0 "
                          "drop"),)),
    Scenario("bpf-netfilter-accepts", Expect("connected"), near="I13",
             background=(("hostB", "held:python3 -S "
                          "@here/bpf/hold_netfilter.py @family eth0 "
                          "accept"),)),
]

POLICIES = [
    Scenario("ipsec-blocks-arrival", row="I14", fix=True,
             expect=at_arrival("ipsec-policy-drop", "socket",
                               detail=("block", "dir in")),
             faults=(("hostB", "ip xfrm policy add dir in src @A/@len "
                      "action block"),)),
    Scenario("ipsec-demanded-on-arrival", row="I14", fix=True,
             expect=at_arrival("ipsec-policy-drop", "socket",
                               detail=("demands protection", "dir in")),
             faults=(("hostB", "ip xfrm policy add dir in src @netA "
                      "priority 100 tmpl proto ah mode transport"),)),
    Scenario("ipsec-blocks-others", Expect("connected"), near="I14 R11 V13",
             faults=(("hostB", "ip xfrm policy add dir in src @C/@len "
                      "action block && ip xfrm policy add dir out dst "
                      "@C/@len action block"),
                     ("hostA", "ip xfrm policy add dir out dst @absentB/@len "
                      "action block && ip xfrm policy add dir out dst @B/@len "
                      "proto tcp dport 8081 action block"))),
    Scenario("ipsec-blocks-at-source", row="R11", fix=True,
             expect=at_source("ipsec-policy-drop", "output",
                              detail=("block", "dir out")),
             faults=(("hostA", "ip xfrm policy add dir out dst @B/@len "
                      "action block"),)),
    Scenario("ipsec-demanded-at-source", row="R11", fix=True,
             expect=at_source("ipsec-policy-drop", "output",
                              confidence=("likely",),
                              detail=("demands protection", "dir out")),
             faults=(("hostA", "ip xfrm policy add dir out dst @netB "
                      "priority 100 tmpl proto ah mode transport"),)),
    Scenario("ipsec-blocks-answer", row="V13", fix=True,
             expect=at_answer("ipsec-policy-drop", "output",
                              confidence=("likely",),
                              detail=("block", "dir out")),
             faults=(("hostB", "ip xfrm policy add dir out dst @A/@len "
                      "action block"),)),

    Scenario("nfqueue-legacy", row="I12", fix=True,
             expect=at_arrival("nfqueue-without-reader", "input",
                               detail=("queue 5", "INPUT")),
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j NFQUEUE --queue-num 5"),)),
    Scenario("nfqueue-nft", row="I12", fix=True,
             expect=at_arrival("nfqueue-without-reader", "input",
                               detail=("queue 5", "INPUT")),
             faults=(("hostB", "@iptables-nft -A INPUT -p tcp --dport 8080 "
                      "-j NFQUEUE --queue-num 5"),)),
    Scenario("nfqueue-other-reader", row="I12", fix=True,
             # Another queue is read.
             expect=at_arrival("nfqueue-without-reader", "input",
                               detail=("queue 5",)),
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j NFQUEUE --queue-num 5"),),
             background=(("hostB",
                          "held:python3 -S @here/nfqueue_reader.py 6"),)),
    Scenario("nfqueue-with-reader", Expect("connected"), near="I12",
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j NFQUEUE --queue-num 5"),),
             background=(("hostB",
                          "held:python3 -S @here/nfqueue_reader.py 5"),)),
    Scenario("nfqueue-bypassed", Expect("connected"), near="I12",
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j NFQUEUE --queue-num 5 --queue-bypass"),)),

    Scenario("ipv6-disabled-at-source", row="R14", families=(6,),
             expect=at_source("ipv6-disabled", "output",
                              confidence=("likely",), outcome="unreachable",
                              detail=("net.ipv6.conf.eth0.disable_ipv6",)),
             faults=(("hostA",
                      "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1"),)),
    # It takes the address along.
    Scenario("ipv6-disabled-at-destination", families=(6,),
             expect=Expect("ipv6-disabled", "destination", "hostB",
                           packet="syn", command=IPV6_ON,
                           detail=("net.ipv6.conf.eth0.disable_ipv6",),
                           says=("the address @B, with its prefix",)),
             faults=(("hostB", f"{IPV6_ON[:-1]}1"),
                     ("R2", "@ip neigh flush all"))),
    Scenario("ipv6-disabled-at-destination-that-is-known", families=(6,),
             expect=Expect("ipv6-disabled", "destination", "hostB",
                           packet="syn", command=IPV6_ON),
             faults=(("R2", "python3 -Sc \"import socket; "
                      "socket.create_connection(('@B', 8080), 2)\""),
                     ("hostB", f"{IPV6_ON[:-1]}1"))),
    Scenario("ipv6-disabled-at-destination-and-gone", families=(6,),
             expect=Expect("ipv6-disabled", "destination", "hostB",
                           packet="syn", command=IPV6_ON),
             faults=(("hostB", f"{IPV6_ON[:-1]}1"),
                     ("R2", "@ip neigh flush all")),
             told=(("hostB", "@B", False),), argv=("hostA", "[@B]:8080")),
    Scenario("ipv6-disabled-and-on-again", near="R14", families=(6,),
             expect=Expect("address-not-local", "destination", "hostB",
                           packet="syn", confidence=WEAK),
             faults=(("hostB", f"{IPV6_ON[:-1]}1 && {IPV6_ON}"),
                     ("R2", "@ip neigh flush all"))),
    Scenario("ipv6-disabled-on-another-device", near="R14", families=(6,),
             expect=Expect("address-not-local", "destination", "hostB",
                           packet="syn", confidence=WEAK),
             faults=(("hostB", "sysctl -qw net.ipv6.conf.mgmt0.disable_ipv6=1 "
                      "&& @ip addr del @B/@mask dev eth0"),
                     ("R2", "@ip neigh flush all"))),
    Scenario("ipv6-disabled-elsewhere", near="R14", families=(6,),
             expect=at_source("no-route", "output", confidence=SURE),
             faults=(("hostA", "ip link add spare0 type veth peer name "
                      "spare1 && ip link set spare0 up && sysctl -qw "
                      "net.ipv6.conf.spare0.disable_ipv6=1 && "
                      "ip -6 route del default"),)),
]

SCENARIOS = DEVICES + UNSEEN + GROUPS + POLICIES
