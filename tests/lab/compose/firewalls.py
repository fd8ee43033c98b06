"""Rules of the two hosts: every hook, backend, family and port form."""
from .fault import Fault

# place: (host, hook, direction, address of the other end)
HOOKS = {
    "syn A output": ("hostA", "output", "d", "B"),
    "syn A postrouting": ("hostA", "postrouting", "d", "B"),
    "syn B prerouting": ("hostB", "prerouting", "d", "A"),
    "syn B input": ("hostB", "input", "d", "A"),
    "syn-ack B output": ("hostB", "output", "s", "A"),
    "syn-ack B postrouting": ("hostB", "postrouting", "s", "A"),
    "syn-ack A prerouting": ("hostA", "prerouting", "s", "B"),
    "syn-ack A input": ("hostA", "input", "s", "B"),
}
PRIORITIES = {
    "output": (-300, -150, -20, 0, 0, 10, 50),
    "postrouting": (-150, 0, 90, 200),
    "prerouting": (-300, -250, -150, -90, 0),
    "input": (-150, -20, 0, 0, 10, 50),
}
INWARD = ("prerouting", "input")
REJECTS = ("tcp reset", "icmpx admin-prohibited", "icmpx port-unreachable",
           "icmpx host-unreachable", "icmpx no-route")


def essential(hook):
    """What a host must go on hearing and saying."""
    side = "iif" if hook in INWARD else "oif"
    return (f'{side}name {{ "lo", "mgmt0" }} accept; '
            "meta l4proto { icmp, ipv6-icmp } accept;")


def ports(hand, direction):
    """(form, words of nft, words of iptables)"""
    word = direction + "port"
    low, high = hand.between(7900, 8080), hand.between(8080, 8200)
    form = hand.pick("single", "single", "range", "set", "not", "none")
    return {
        "single": (form, f"tcp {word} 8080", f"-p tcp --{word} 8080"),
        "range": (form, f"tcp {word} {low}-{high}",
                  f"-p tcp --{word} {low}:{high}"),
        "set": (form, f"tcp {word} {{ 22, 8080, 9000-9010 }}",
                f"-p tcp -m multiport --{word}s 22,8080,9000:9010"),
        "not": (form, f"tcp {word} != 22", f"-p tcp ! --{word} 22"),
        "none": (form, "meta l4proto tcp", "-p tcp"),
    }[form]


def matches(hand, at):
    """What the rule of this place looks at: (form, nft, iptables)."""
    _, hook, direction, other = HOOKS[at]
    form, nft, iptables = ports(hand, direction)
    inward = hook in INWARD
    side, flag = ("saddr", "-s") if inward else ("daddr", "-d")
    peer = hand.pick(other, other, "net" + other)
    # A rule for all ports must leave the agent its own connection.
    if form in ("not", "none") or hand.chance(0.4):
        nft = f"@l3 {side} @{peer} {nft}"
        iptables = f"{flag} @{peer} {iptables}"
    elif hand.chance(0.3):
        device = "iif" if inward else "oif"
        if hook != "postrouting" or device == "oif":
            nft = f'{device}name "eth0" {nft}'
            iptables = ("-i" if inward else "-o") + f" eth0 {iptables}"
    return form, nft, iptables


def noise(hand, hook):
    """Rules before it that do not concern this connection."""
    side = "saddr" if hook in INWARD else "daddr"
    return hand.some((
        "tcp dport 22 accept;", "tcp dport 8081 counter;",
        f"@l3 {side} @absentA drop;", f"@l3 {side} @absentB counter reject;"
        if hook in ("input", "output") else f"@l3 {side} @absentB drop;",
        "meta l4proto udp counter accept;", 'counter comment "all";'), 3)


def wrapped(hand, match, action, depth):
    """(chains besides the base chain, what the base chain says)"""
    chains, names = [], [hand.name() for _ in range(depth)]
    for number, name in enumerate(names):
        inner = action if number == depth - 1 else \
            f"{hand.pick('jump', 'goto')} {names[number + 1]}"
        chains.append(f"  chain {name} {{ tcp dport 23 drop; "
                      + (f"{inner}; }}" if hand.chance(0.5)
                         else f"{match} {inner}; }}"))
    jump = f"{hand.pick('jump', 'goto')} {names[0]}" if depth else action
    return "\n".join(reversed(chains)), f"{match} {jump};"


def table(hand, host, family, name, chain, hook, priority, rules, more="",
          policy=""):
    """(make, undo)"""
    device = ' device "eth0"' if family == "netdev" else ""
    text = (f"nft -f - <<'EOF'\ntable {family} {name} {{\n{more}\n"
            f"  chain {chain} {{ type filter hook {hook}{device} priority "
            f"{priority};{policy}\n    {rules}\n  }}\n}}\nEOF")
    return (((host, hand.text(text)),),
            ((host, hand.text(f"nft delete table {family} {name}")),))


def nft_fault(hand, kind, at, causes, rules, more="", policy="",
              alike=()):
    host, hook, _, _ = HOOKS[at]
    name, chain = hand.name(), hand.pick(hook, hand.name())
    family = hand.pick("inet", "inet", "@l3")
    if "icmpx" in rules + more:  # which means either, so in that family alone
        family = "inet"
    priority = hand.pick(*PRIORITIES[hook])
    make, undo = table(hand, host, family, name, chain, hook, priority, rules,
                       more, policy)
    return Fault(kind, at, causes, make, undo, priority=priority,
                 names=(name,), narrow=True, alike=alike)


def nft_rule(hand):
    """Drop or reject, behind as many jumps as it may be."""
    at = hand.pick(*HOOKS)
    hook = HOOKS[at][1]
    form, match, _ = matches(hand, at)
    kinds = ["drop", "drop", "drop"]
    if hook in ("input", "output"):
        kinds += ["reject", "reject"]
    action = hand.pick(*kinds)
    causes = ("firewall-drop",)
    words = "counter drop" if hand.chance(0.3) else "drop"
    if action == "reject":
        causes = ("firewall-reject",)
        words = "reject with " + hand.pick(*REJECTS)
    depth = hand.pick(0, 0, 1, 2, 3)
    more, rule = wrapped(hand, match, words, depth)
    return nft_fault(hand, f"nft {words}, {form}, depth {depth}", at, causes,
                     " ".join([*noise(hand, hook), rule]), more)


def nft_policy(hand):
    at = hand.pick(*(at for at, (_, hook, *_) in HOOKS.items()
                     if hook in ("input", "output")))
    hook, direction = HOOKS[at][1:3]
    rules = [essential(hook)] + hand.some(
        (f"tcp {direction}port 22 accept;", "udp dport 53 accept;",
         f"tcp {direction}port 8081 accept;",
         "ct state invalid drop;" if hook == "input" else "counter;"), 3)
    if at == "syn B input" and hand.chance(0.6):
        rules.insert(0, "ct state established,related accept;")
    return nft_fault(hand, "nft policy", at, ("firewall-drop",),
                     " ".join(rules), policy=" policy drop;")


def nft_set(hand):
    """The other end is an element, or part of one."""
    at = hand.pick(*HOOKS)
    _, hook, direction, other = HOOKS[at]
    side = "saddr" if hook in INWARD else "daddr"
    name = hand.name()
    peer = hand.pick(f"@{other}", f"@net{other}")
    more = (f"  set {name} {{ type @settype; flags interval; elements = {{ "
            f"{peer}, @absent{'B' if other == 'A' else 'A'} }} }}\n")
    port = hand.pick("", f"tcp {direction}port 8080 ", "meta l4proto tcp ")
    return nft_fault(hand, f"nft set, {peer}", at, ("firewall-drop",),
                     " ".join([*noise(hand, hook),
                               f"{port}@l3 {side} @{name} drop;"]), more)


def nft_map(hand):
    at = hand.pick(*HOOKS)
    direction = HOOKS[at][2]
    name, chain = hand.name(), hand.name()
    verdict = hand.pick("drop", f"jump {chain}", f"goto {chain}")
    more = (f"  chain {chain} {{ counter drop; }}\n"
            f"  map {name} {{ type inet_service : verdict; elements = {{ "
            f"22 : accept, 8080 : {verdict} }} }}\n")
    return nft_fault(hand, f"nft verdict map, {verdict.split()[0]}", at,
                     ("firewall-drop",), f"tcp {direction}port vmap @{name};",
                     more)


def nft_device(hand):
    """Family netdev: ingress and egress of the device."""
    at, host, hook, direction = hand.pick(
        ("syn A filter-egress", "hostA", "egress", "d"),
        ("syn B filter-ingress", "hostB", "ingress", "d"),
        ("syn-ack B filter-egress", "hostB", "egress", "s"),
        ("syn-ack A filter-ingress", "hostA", "ingress", "s"))
    form, match, _ = ports(hand, direction)
    name, priority = hand.name(), hand.between(-5, 5)
    make, undo = table(hand, host, "netdev", name, hand.name(), hook, priority,
                       f"{match} drop;")
    return Fault(f"nft {hook}, {form}", at, ("firewall-drop",), make, undo,
                 priority=priority, names=(name,), narrow=True,
                 alike=(("tc-drop", "source"), ("tc-drop", "destination")))


TABLES = {"output": (("raw", -300), ("mangle", -150), ("filter", 0),
                     ("filter", 0), ("security", 50)),
          "postrouting": (("mangle", -150),),
          "prerouting": (("raw", -300), ("mangle", -150)),
          "input": (("mangle", -150), ("filter", 0), ("filter", 0),
                    ("security", 50))}


def iptables(hand):
    """Both backends: drop, reject, policy, user chains, an ipset."""
    at = hand.pick(*HOOKS)
    host, hook, _, other = HOOKS[at]
    backend = hand.pick("nft", "nft", "nft", "legacy")
    name, priority = hand.pick(*TABLES[hook])
    chain = hook.upper()
    tool = f"@iptables-{backend}"
    form, _, match = matches(hand, at)
    mark = hand.name()
    what = hand.pick("drop", "drop", "chain", "set", *(
        ("reject", "policy", "queue") if name == "filter" else ()))
    cause, make, undo = "firewall-drop", [], []
    if what == "policy":
        side = "i" if hook == "input" else "o"
        keep = [f"-{side} lo", f"-{side} mgmt0", "-p @l4icmp"]
        make = [f"{tool} -A {chain} {one} -j ACCEPT" for one in keep]
        undo = [one.replace(" -A ", " -D ") for one in make]
        make.append(f"{tool} -P {chain} DROP")
        undo.insert(0, f"{tool} -P {chain} ACCEPT")
        mark = ""
    else:
        target = "DROP"
        if what == "reject":
            cause, target = "firewall-reject", "REJECT" + hand.pick(
                "", " --reject-with tcp-reset")
        elif what == "queue":
            cause = "nfqueue-without-reader"
            target = f"NFQUEUE --queue-num {hand.between(3, 60)}"
        if what == "chain":
            make = [f"{tool} -t {name} -N {mark}",
                    f"{tool} -t {name} -A {mark} -p udp -j RETURN",
                    f"{tool} -t {name} -A {mark} -j DROP"]
            undo = [f"{tool} -t {name} -F {mark}",
                    f"{tool} -t {name} -X {mark}"]
            target = mark
        elif what == "set":
            side = "src" if hook in INWARD else "dst"
            make = [f"ipset create {mark} hash:net family @ipsetfamily",
                    f"ipset add {mark} @net{other}"]
            undo = [f"ipset destroy {mark}"]
            match = f"-p tcp -m set --match-set {mark} {side}"
            form = "none"
        else:
            match += f" -m comment --comment {mark}"
        make.append(f"{tool} -t {name} -A {chain} {match} -j {target}")
        undo.insert(0, make[-1].replace(" -A ", " -D "))
    return Fault(
        f"iptables-{backend} {name} {what}, {form}", at, (cause,),
        ((host, hand.text(" && ".join(make))),),
        ((host, hand.text("; ".join(undo))),), priority=priority,
        names=(mark,) if mark else (), narrow=True,
        chain=(host, backend, name, chain),
        legacy=backend == "legacy",
        uses=frozenset({f"{host} {backend} {name} {chain} policy"})
        if what == "policy" else frozenset())


def ack(hand):
    """The third packet alone."""
    name = hand.name()
    make, undo = table(
        hand, "hostB", "inet", name, "input", "input", 0,
        "tcp dport 8080 tcp flags ack / syn,ack,rst,fin drop;")
    return Fault("nft drops the ACK", "ack B input", ("firewall-drop",), make,
                 undo, names=(name,), narrow=True)


KINDS = ((nft_rule, 8), (nft_policy, 3), (nft_set, 3), (nft_map, 2),
         (nft_device, 3), (iptables, 6), (ack, 0.4))
