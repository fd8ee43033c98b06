"""What looks bad and does this connection no harm."""
from . import firewalls
from .fault import Decoy
from .network import LEG, NO_SUCH_HOST


def rule_for_others(hand):
    """The same rule, for another host, port, device or family."""
    at = hand.pick(*firewalls.HOOKS)
    host, hook, direction, _ = firewalls.HOOKS[at]
    side = "saddr" if hook in firewalls.INWARD else "daddr"
    word = direction + "port"
    device = "iifname" if hook in firewalls.INWARD else "oifname"
    name = hand.name()
    family = "inet"
    match = hand.pick(f"@l3 {side} @C tcp {word} 8080", f"tcp {word} 8081",
                      f"tcp {word} {{ 22, 8081, 8079 }}",
                      f"tcp {word} 8081-8100", f"udp {word} 8080",
                      f'{device} "lo" tcp {word} 8080', "other family",
                      f"@l3 {side} @absentA", "ct state invalid")
    if match == "other family":
        family = "ip6" if hand.family == 4 else "ip"
        match = f"tcp {word} 8080"
    actions = ["drop", "drop", "counter drop"]
    if hook in ("input", "output") and family == "inet":
        actions.append("reject with tcp reset" if "tcp" in match
                       else "reject")
    priority = hand.pick(*firewalls.PRIORITIES[hook])
    if "ct state" in match:  # before conntrack all is invalid
        priority = max(priority, 0)
    make, _ = firewalls.table(
        hand, host, family, name, hand.pick(hook, hand.name()), hook, priority,
        f"{match} {hand.pick(*actions)};")
    return Decoy(f"{at}: {match}", make, names=(name,), uses=frozenset(
        {f"state of {at.split()[1]}"} if "ct state" in match else ()))


def accepted_before(hand):
    at = hand.pick("syn A output", "syn B input", "syn-ack B output",
                   "syn-ack A input")
    host, hook, direction, _ = firewalls.HOOKS[at]
    name = hand.name()
    make, _ = firewalls.table(
        hand, host, "inet", name, hook, hook,
        hand.pick(*firewalls.PRIORITIES[hook]),
        f"tcp {direction}port 8080 accept; tcp {direction}port 8080 "
        + hand.pick("drop;", "reject;"))
    return Decoy(f"{at}: accepted before", make, names=(name,))


def stateful(hand):
    """A firewall as it should be."""
    end = hand.pick("A", "B")
    host = {"A": "hostA", "B": "hostB"}[end]
    name = hand.name()
    rules = "ct state established,related accept; " \
        + firewalls.essential("input")
    if end == "B":
        rules += " tcp dport 8080 accept;"
    make, _ = firewalls.table(hand, host, "inet", name, "input", "input",
                              hand.pick(-5, 0, 5), rules,
                              policy=" policy drop;")
    return Decoy(f"stateful firewall of {end}", make, names=(name,),
                 uses=frozenset({f"state of {end}"}))


def many_rules(hand):
    """A long list of bans."""
    name = hand.name()
    count = hand.pick(50, 200)
    make = (f"{{ echo 'table inet {name} {{ chain input {{ type filter hook "
            f"input priority 1;'; i=0; while [ $i -lt {count} ]; do "
            "echo \"tcp dport $((9000 + i)) counter drop\"; i=$((i + 1)); "
            "done; echo '}; }'; } | nft -f -")
    return Decoy(f"{count} rules for other ports", (("hostB", make),),
                 names=(name,))


def iptables_for_others(hand):
    at = hand.pick("syn A output", "syn B input", "syn-ack A input")
    host, hook, direction, _ = firewalls.HOOKS[at]
    backend = hand.pick("nft", "nft", "nft", "legacy")
    mark = hand.name()
    side = "-s" if hook == "input" else "-d"
    match = hand.pick(f"{side} @C -p tcp --{direction}port 8080",
                      f"-p tcp --{direction}port 8081",
                      f"-p tcp -m multiport --{direction}ports 22,8081")
    make = (f"@iptables-{backend} -A {hook.upper()} {match} -m comment "
            f"--comment {mark} -j " + hand.pick("DROP", "REJECT"))
    return Decoy(f"{at}: iptables-{backend} {match}",
                 ((host, hand.text(make)),), names=(mark,),
                 legacy=backend == "legacy")


def route_for_others(hand):
    end = hand.pick("A", "B")
    host = {"A": "hostA", "B": "hostB"}[end]
    other = "@absentB" if end == "A" else hand.pick("@C", "@absentA")
    pref, table = hand.number(300, 3000), hand.number(20, 240)
    kind = hand.pick("blackhole", "unreachable", "prohibit")
    make = hand.pick(
        f"@ip route add {kind} {other}/@len",
        f"@ip rule add pref {pref} to {other} {kind}",
        f"@ip rule add pref {pref} fwmark 7 lookup {table} && "
        f"@ip route add {kind} default table {table}",
        f"@ip route add {kind} default table {table}")
    return Decoy(f"{make} at {end}", ((host, hand.text(make)),))


def device_beside(hand):
    end = hand.pick("A", "B")
    host = {"A": "hostA", "B": "hostB"}[end]
    device = hand.name()[:8]
    make = LEG.format(device)
    if hand.family == 4 and hand.chance(0.5):
        make += f" && ip addr add 203.0.113.65/28 dev {device}"
    return Decoy(f"device {device} at {end}", ((host, make),),
                 names=(device,))


def neighbour_beside(hand):
    end = hand.pick("A", "B")
    host = {"A": "hostA", "B": "hostB"}[end]
    if hand.chance(0.5):
        make = (f"@ip neigh replace @absent{end} lladdr {NO_SUCH_HOST} nud "
                "permanent dev eth0")
        return Decoy(f"wrong neighbour unused at {end}",
                     ((host, hand.text(make)),))
    gateway, mac = ("@R1", "@macR1") if end == "A" else ("@R2", "@macR2")
    make = f"@ip neigh replace {gateway} lladdr {mac} nud permanent dev eth0"
    return Decoy(f"gateway pinned at {end}", ((host, hand.text(make)),),
                 uses=frozenset({f"neighbours of {end}"}))


def setting(hand):
    make, uses = hand.pick(
        ("net.ipv4.conf.all.rp_filter=1", {"routes of B"}),
        ("net.ipv4.conf.all.rp_filter=2", {"routes of B"}),
        ("net.ipv4.tcp_syncookies=2", ()),
        ("net.ipv4.tcp_ecn=1", {"ecn"}), ("net.ipv4.tcp_timestamps=0", ()),
        ("net.ipv4.conf.all.arp_ignore=1", ()),
        ("net.ipv4.conf.mgmt0.arp_ignore=8", ()),
        ("net.ipv4.tcp_abort_on_overflow=1", ()),
        ("net.core.somaxconn=8", ()))
    return Decoy(make, (("hostB", f"sysctl -qw {make}"),),
                 uses=frozenset(uses))


def queue_beside(hand):
    end = hand.pick("A", "B")
    host = {"A": "hostA", "B": "hostB"}[end]
    words = hand.pick("pfifo limit 100",
                      "tbf rate 8mbit burst 20000 limit 20000")
    return Decoy(f"{words} at {end}",
                 ((host, f"tc qdisc add dev eth0 root {words}"),),
                 uses=frozenset({f"queue of {end}"}))


def size(hand):
    host = hand.pick("hostA", "hostB")
    return Decoy(f"MTU of {host}", ((host, "ip link set eth0 mtu 1300"),))


def program_for_others(hand):
    host = hand.pick("hostA", "hostB")
    direction = hand.pick("ingress", "egress")
    make = ("@here/bpf/load 8081; tc qdisc add dev eth0 clsact 2> /dev/null "
            f"|| :; tc filter add dev eth0 {direction} pref 5 bpf da "
            "object-pinned /run/bpf/8081/lab_tc")
    return Decoy(f"tc program for another port, {host} {direction}",
                 ((host, hand.text(make)),))


def policy_for_others(hand):
    make = hand.pick(
        ("hostB", "ip xfrm policy add dir in src @C/@len action block"),
        ("hostB", "ip xfrm policy add dir out dst @C/@len action block"),
        ("hostA", "ip xfrm policy add dir out dst @absentB/@len action block"))
    return Decoy(make[1], (hand.text(make),), uses=frozenset(
        {f"{make[0]} xfrm {'in' if 'dir in' in make[1] else 'out'}"}))


def service_beside(hand):
    kind = hand.pick("port", "full", "loopback", "stopped")
    words = {"port": "@any 8081", "full": "@any 8081 --backlog 0 --fill",
             "loopback": "@loop 8082",
             "stopped": "stuck @any 8081 --workers 1 --stop 1"}[kind]
    return Decoy(f"service beside: {words}",
                 service=hand.text((("hostB", words),)),
                 uses=frozenset({"port 8081"}))


def namespace_beside(hand):
    name = hand.name()
    return Decoy("service in a namespace",
                 (("hostB", f"ip netns add {name} && ip -n {name} link set lo "
                   "up"),), names=(name,), uses=frozenset({"service of B"}),
                 service=hand.text((("hostB", f"netns:{name} @any 8080"),)))


def traffic(hand):
    """Another host calls the same port, or the one beside it."""
    port, pause = hand.pick(8080, 8080, 8081), hand.pick(0.005, 0.02, 0.1)
    return Decoy(f"hostC calls {port}", background=hand.text((
        ("hostC", f"held:python3 -S @here/knock.py @B {port} --pause "
         f"{pause}"),)),
        uses=frozenset({"clients"}))


def router_for_others(hand):
    router = hand.pick("R1", "R2")
    name = hand.name()
    match = hand.pick("@l3 saddr @C drop", "tcp dport 8081 drop",
                      "tcp sport 8081 drop", "udp dport 8080 drop",
                      "tcp dport 8081 reject")
    return Decoy(f"{router}: {match}", ((router, hand.text(
        f"nft 'table inet {name} {{ chain f {{ type filter hook forward "
        f"priority 0; {match}; }}; }}'")),), names=(name,))


def masquerade(hand):
    """Translated on its way; the name of the destination stays right."""
    name = hand.name()
    return Decoy("masquerade at hostA", (("hostA", hand.text(
        f"nft 'table @l3 {name} {{ chain p {{ type nat hook postrouting "
        "priority srcnat; oifname eth0 masquerade; }; }'")),), names=(name,))


def slow(hand):
    """A long way, in one direction: relay.py takes one hop more."""
    router, device = hand.pick(("R2", "lanB"), ("R2", "link"),
                               ("R1", "lanA"), ("R1", "link"))
    delay = hand.pick(10, 40, 120, 250)
    return Decoy(f"{router} keeps what comes by {device} for {delay} ms",
                 background=hand.text((
                     (router, f"held:python3 -S @here/relay.py {device} "
                      f"{delay}"),)),
                 uses=frozenset({"ttl of A", "ttl of B"}))


def first_lost(hand):
    """The first packet of each flow is lost, and comes again a second
    later: any program connects."""
    router, name = hand.pick("R1", "R2"), hand.name()
    flags, word = hand.pick(("syn", "saddr . tcp sport"),
                            ("syn,ack", "daddr . tcp dport"))
    match = f"tcp flags & (syn | ack) == {flags.replace(',', ' | ')}"
    key = f"@l3 {word}"
    return Decoy(f"{router} loses each flow's first {flags}", ((
        router, hand.text(
            f"nft -f - <<'EOF'\ntable inet {name} {{\n  set seen {{ type "
            "@settype . inet_service; flags dynamic; }\n  chain f { type "
            f"filter hook forward priority 0;\n    {match} {key} @seen "
            f"accept\n    {match} add @seen {{ {key} }} drop\n  }}\n}}\n"
            "EOF")),), names=(name,), uses=frozenset({"numbers", "ecn"}))


def few_ports(hand):
    return Decoy("few source ports", (("hostA", "sysctl -qw "
                                       "net.ipv4.ip_local_port_range="
                                       "'40000 40099'"),),
                 uses=frozenset({"ports of A"}))


KINDS = ((rule_for_others, 6), (accepted_before, 2), (stateful, 2),
         (many_rules, 1), (iptables_for_others, 2), (route_for_others, 2),
         (device_beside, 1), (neighbour_beside, 1.5), (setting, 2),
         (queue_beside, 1), (size, 0.7), (program_for_others, 1),
         (policy_for_others, 1), (service_beside, 1.5),
         (namespace_beside, 0.7),
         (traffic, 1.5), (router_for_others, 2), (masquerade, 0.8),
         (few_ports, 0.5), (slow, 1.2),
         (first_lost, 0.7))
