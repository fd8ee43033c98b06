"""The catalogue of faults on hosts: which rows there are, and what proves them.

A scenario names the rows that it proves and those whose near miss it is.  A row
is core (True) where tools are compared by it.
"""
import re

ROWS = {
    "S01": (True, "Name resolves to a wrong or stale address"),
    "S02": (False, "IPv6 address tried first, no v6 path"),
    "S03": (True, "Ephemeral ports used up"),
    "S04": (False, "Bind to an address A does not own"),
    "S05": (False, "File descriptors exhausted"),
    "S06": (True, "cgroup BPF connect4 denies"),
    "S07": (False, "LSM / Landlock / seccomp denies"),
    "S08": (False, "Socket bound to the wrong device / app in other netns"),
    "S09": (True, "OUTPUT REDIRECT/DNAT to a dead local proxy (sidecar)"),
    "S10": (True, "Same, proxy alive: open, but never left A"),
    "S11": (True, "A itself holds B's address"),
    "S12": (False, "App timeout shorter than the path's delay"),
    "S13": (False, "A under memory pressure / tcp_mem"),
    "F01": (True, "nft OUTPUT drop"),
    "F02": (True, "OUTPUT REJECT"),
    "F03": (False, "iptables-legacy OUTPUT drop beside a clean nft ruleset"),
    "F04": (False, "mangle POSTROUTING / nft postrouting drop"),
    "F05": (True, "Drop only for the app's uid / cgroup"),
    "F06": (False, "nft netdev egress drop"),
    "F07": (True, "tc egress drop"),
    "F08": (True, "qdisc drops everything / queue full"),
    "F09": (False, "cgroup skb egress BPF"),
    "F10": (True, "SNAT/masquerade to an address B cannot answer"),
    "F11": (True, "Mark + policy rule sends the SYN by another table"),
    "F12": (False, "B's address in a deny set"),
    "F13": (True, "conntrack table full at A"),
    "R01": (True, "No route"),
    "R02": (True, "unreachable / prohibit / blackhole route"),
    "R03": (True, "Overlapping more-specific route (docker bridge, VPN)"),
    "R04": (False, "ip rule picks another table"),
    "R05": (True, "Gateway does not answer ARP"),
    "R06": (True, "Prefix too wide: B taken for on-link"),
    "R07": (True, "Static/stale neighbour: wrong MAC"),
    "R08": (False, "Neighbour table overflow"),
    "R09": (True, "Link down / no carrier"),
    "R10": (True, "Wrong source address chosen (multi-homed)"),
    "R11": (False, "IPsec policy blocks / no SA"),
    "R12": (True, "One ECMP leg dead: some source ports fail"),
    "R13": (False, "TTL too small"),
    "R14": (False, "IPv6 disabled on the interface"),
    "D01": (True, "B no longer owns the address"),
    "D02": (True, "Frames carry a wrong MAC"),
    "D03": (True, "XDP program drops"),
    "D04": (False, "CPU backlog / NIC ring overflow"),
    "D05": (True, "Bad TCP checksum (broken offload)"),
    "D06": (True, "tc ingress drop"),
    "D07": (True, "nft netdev ingress drop"),
    "D08": (False, "B's interface down"),
    "D09": (True, "macvlan: host cannot reach its own child"),
    "D10": (True, "B does not answer ARP (arp_ignore, arptables)"),
    "D11": (True, "B also owns A's address (duplicate, loopback VIP)"),
    "D12": (False, "DNAT to 127.0.0.1 without route_localnet"),
    "D13": (False, "Martian source"),
    "D14": (False, "IPv6 address failed DAD"),
    "D15": (False, "Multicast MAC for a unicast IP (NLB style)"),
    "D16": (False, "B is down or frozen"),
    "N01": (True, "rp_filter strict at B"),
    "N02": (False, "xt rpfilter / nft fib saddr drop (firewalld)"),
    "N03": (True, "Packet for an address that is not B's, ip_forward=0"),
    "N04": (True,
            "raw PREROUTING drop (newer Docker: no direct container access)"),
    "N05": (True, "conntrack table full at B"),
    "N06": (True, "conntrack calls it INVALID and a rule drops INVALID"),
    "N07": (False, "connlimit / ct count reached"),
    "I01": (True, "nft rule drops"),
    "I02": (True, "nft/iptables chain policy drop, no accept rule"),
    "I03": (True, "iptables-legacy drop hidden from nft list ruleset"),
    "I04": (True, "REJECT with ICMP"),
    "I05": (True, "REJECT with tcp reset (looks like no listener)"),
    "I06": (True, "Drop in a user chain (jump target)"),
    "I07": (True, "Source in a deny set (fail2ban, ipset, nft set)"),
    "I08": (True,
            "Accept in one base chain, drop in a later one (ufw, docker, own)"),
    "I09": (False, "Rule tied to the wrong interface / zone"),
    "I10": (False, "hashlimit / recent / limit"),
    "I11": (False, "Time-based rule"),
    "I12": (True, "NFQUEUE without consumer (IDS down)"),
    "I13": (False, "BPF netfilter link drops"),
    "I14": (False, "IPsec policy requires encryption inbound"),
    "I15": (False, "v4 open, v6 closed (ip vs ip6 tables)"),
    "I16": (False,
            "Rule in the configuration, not in the kernel (or the reverse)"),
    "I17": (False, "cgroup ingress BPF drops"),
    "L01": (True, "Nothing listens"),
    "L02": (True, "Listens on 127.0.0.1 only"),
    "L03": (True, "Listens on another of B's addresses"),
    "L04": (True, "Listens on :: with V6ONLY (no v4)"),
    "L05": (True, "Listens on another port (typo, moved)"),
    "L06": (False, "Listener bound to a device"),
    "L07": (True,
            "Listener lives in another netns (container, not published)"),
    "L08": (True, "Crashed / restarting: listener flaps"),
    "L09": (True, "Accept queue full"),
    "L10": (True,
            "Queue filled during the handshake: A open, B half-open, silence"),
    "L24": (False,
            "As L10 with tcp_abort_on_overflow=1"),
    "L11": (True, "SYN queue full, no cookies"),
    "L12": (False, "SYN cookies in use, options lost"),
    "L13": (True, "Process stopped / event loop stuck: opens, then silence"),
    "L14": (False, "TCP_DEFER_ACCEPT, client waits for banner"),
    "L15": (True, "SO_REUSEPORT group with one stuck member"),
    "L16": (True, "Half-open old connection with the same tuple"),
    "L17": (False, "TIME_WAIT refuses (PAWS)"),
    "L18": (True, "TCP-MD5 expected, not sent"),
    "L19": (False, "Socket filter on the listener"),
    "L20": (False, "Min TTL (GTSM)"),
    "L21": (True, "EMFILE in accept(): queue fills"),
    "L22": (False, "tcp_mem / sockets exhausted"),
    "L23": (False, "LSM refuses the connection request"),
    "G01": (True, "Port conflict: another program holds the service's port"),
    "V01": (True, "B has no route back"),
    "V02": (True, "OUTPUT drops the SYN/ACK"),
    "V03": (False, "tc egress / qdisc at B"),
    "V04": (True, "Reply leaves by another interface, lost there"),
    "V05": (True, "Reply has another source address"),
    "V06": (True, "Path drops SYN/ACK (NACL without ephemeral ports)"),
    "V07": (True, "B cannot resolve its gateway / A"),
    "V08": (True, "B's mask makes A look on-link"),
    "V09": (True, "Overlap: docker/VPN subnet on B contains A"),
    "V10": (False, "ip rule / VPN default captures replies"),
    "V11": (True, "Blackhole/unreachable route to A (ban by route)"),
    "V12": (False, "Asymmetric NAT: SA not translated back"),
    "V13": (False, "cgroup egress / XFRM out at B"),
    "A01": (True, "INPUT drops the SYN/ACK (no ESTABLISHED accept)"),
    "A02": (True, "rp_filter at A (reply on another leg)"),
    "A03": (True, "conntrack entry gone / NOTRACK one way"),
    "A04": (False, "XDP / tc ingress at A"),
    "A05": (True, "SA with a wrong ack number (sequence-rewriting middlebox)"),
    "A06": (False, "SA after the socket is gone"),
    "A07": (True, "Final ACK lost: A open, B half-open"),
    "A08": (False, "SA bad checksum"),
    "A09": (False, "A's ARP reply to R/B missing (reverse of R05)"),
}

# Of the path and of containers, as far as something on a host decides.
FURTHER = {
    "N11": "FORWARD policy DROP, DOCKER-USER, ufw",
    "N12": "ip_forward=0 with a published port",
    "N13": "Stale conntrack entry sends to the old container",
    "P03": "Middlebox sends RST",
    "P07": "TCP proxy / SYNPROXY answers: false open",
    "P08": "DNAT in the path to a wrong/dead target",
    "P09": "Duplicate IP: another host answers",
    "P11": "SYN rate limit / policer",
    "P12": "Random loss, or of each flow's first packet",
    "P14": "Options rewritten (MSS, wscale, SACK, TS stripped)",
    "P17": "A bridge's own rule drops",
}

# Rows that no scenario can show, and what stops it.
OUT = {
    "A06": "a trace ends before so late an answer comes; how long it watched "
           "is said",
    "L23": "the kernel at hand loads no BPF program of type lsm (EPERM)",
    "R08": "the thresholds of the neighbour table are one for the whole "
           "machine",
    "S05": "the application's own limit: a probe is another process",
    "S13": "net.ipv4.tcp_mem is one for the whole machine",
    "L22": "net.ipv4.tcp_mem is one for the whole machine, and short of memory "
           "the kernel still takes a SYN: it fails later, with data",
}


def rows_of(text):
    """The rows that a scenario's text names; a wrong name is an error."""
    names = text.split()
    unknown = [name for name in names
               if name not in ROWS and not re.fullmatch(r"[PNE]\d\d", name)]
    if unknown:
        raise ValueError(f"no rows of the catalogue: {', '.join(unknown)}")
    return names


def place(verdict):
    words = [verdict.get(name) for name in ("role", "stage", "packet")]
    return " ".join(word for word in words if word) or "-"


def shown(results):
    """{row: ([results that prove it], [its near misses])}"""
    found = {name: ([], []) for name in ROWS}
    for result in results:
        for name in rows_of(result.scenario.row):
            found.setdefault(name, ([], []))[0].append(result)
        for name in rows_of(result.scenario.near):
            found.setdefault(name, ([], []))[1].append(result)
    return found


def right(results):
    return sum(1 for result in results if not result.problems)


def table_line(name, proofs, near):
    """One row of the table: what is said of the fault, how sure, how fast."""
    core, title = ROWS.get(name) or (False, FURTHER.get(name, "-"))
    verdicts = [result.report["verdict"] for result in proofs
                if result.report and "verdict" in result.report]

    def every(values):
        return ", ".join(sorted(set(values))) or "-"

    times = sorted(result.time_ms for result in proofs)
    return (f"| {name}{'★' if core else ''} | {title} | "
            f"{every(item.get('cause', '-') for item in verdicts)} | "
            f"{every(place(item) for item in verdicts)} | "
            f"{every(item.get('confidence', '-') for item in verdicts)} | "
            f"{times[len(times) // 2] if times else '-'} | "
            f"{right(proofs)} of {len(proofs)} | {right(near)} of {len(near)} |"
            "\n")


def table(results):
    """The rows as Markdown, with what could not be shown behind them."""
    found = shown(results)
    lines = ["| row | fault | verdict | place, packet | confidence | ms | "
             "right | near misses right |\n|---|---|---|---|---|---:|---|---|\n"]
    lines += [table_line(name, *found[name]) for name in sorted(found)
              if found[name][0]]
    missing = [name for name in sorted(ROWS) if not found[name][0]]
    if missing:
        lines.append("\n| row not shown | fault | why |\n|---|---|---|\n")
    lines += [f"| {name} | {ROWS[name][1]} | {OUT.get(name, 'not done yet')} |"
              "\n" for name in missing]
    return "".join(lines)
