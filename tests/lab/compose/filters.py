"""Filters on the way that go by more than port and address: by an option, by
ECN, by the port that a client calls from; and a host beside the source whose
packets go round the filter.

What a filter drops is known from its rule alone.  Of the SYN's options the
kernel writes MSS, SACK permitted, timestamps and window scale, and never
TCP Fast Open unless a program asks for it.  With tcp_ecn=1 the SYN bears ECE
and CWR; with tcp_ecn_fallback=1, the kernel's default, what is sent again
bears neither.  Who answers such a SYN sets ECE, and goes on to do so.
"""
from .fault import LOST, Decoy, Fault

SYN = "tcp flags & (syn | ack) == syn"
ASKS = "tcp flags & (ecn | cwr) == ecn | cwr"
GRANTS = "tcp flags & (syn | ack | ecn) == syn | ack | ecn"
# What is matched: the words of which one must be said.
OPTIONS = {
    "tcp option timestamp exists": ("timestamps",),
    "tcp option sack-perm exists": ("sack-permitted", "SACK"),
    "tcp option window exists": ("window-scale", "window scaling"),
    "tcp option maxseg size 1000-1500": ("MSS",),
    "tcp doff > 7": ("several",),
}


def rule(hand, router, text):
    """(make, undo) of a rule in the router's forward hook."""
    name = hand.name()
    return ((router, hand.text(
        f"nft 'table inet {name} {{ chain f {{ type filter hook forward "
        f"priority 0; {text}; }}; }}'")),), \
        ((router, f"nft delete table inet {name}"),)


def option(hand):
    """Drops SYNs with an option that each of the source's has."""
    router, match = hand.pick("R1", "R2"), hand.pick(*OPTIONS)
    port = hand.pick("", "tcp dport 8080 ", "tcp dport != 22 ")
    make, undo = rule(hand, router, f"{SYN} {port}{match} drop")
    return Fault(f"{router} drops SYNs by an option: {port}{match}",
                 f"syn {router} forward", LOST[:1], make, undo,
                 names=OPTIONS[match], tried=True,
                 alike=tuple((one, "path") for one in LOST[1:]),
                 uses=frozenset({"numbers"}))


def asking(fallback):
    return ("hostA", "sysctl -qw net.ipv4.tcp_ecn=1 "
            f"net.ipv4.tcp_ecn_fallback={fallback}")


NOT_ASKING = ("hostA", "sysctl -qw net.ipv4.tcp_ecn=2 "
              "net.ipv4.tcp_ecn_fallback=1")


def ecn_reset(hand):
    """Answers SYNs that ask for ECN with a reset."""
    router, fallback = hand.pick("R1", "R2"), hand.pick(0, 1)
    make, undo = rule(hand, router, f"@l3 daddr @B {ASKS} reject with tcp "
                      "reset")
    return Fault(f"{router} resets SYNs with ECN", f"syn {router} forward",
                 ("reset-injected", "ecn-syn-dropped"),
                 (asking(fallback), *make), (*undo, NOT_ASKING),
                 names=("ECN",), speaks="reset", falls_back=bool(fallback),
                 tried=True, uses=frozenset({"ecn"}))


def ecn_answer(hand):
    """Drops the answers that grant ECN; the kernel sends them again as they
    were."""
    router = hand.pick("R1", "R2")
    make, undo = rule(hand, router, f"@l3 saddr @B {GRANTS} drop")
    return Fault(f"{router} drops SYN-ACKs with ECN",
                 f"syn-ack {router} forward", ("lost-on-path",
                                               "ecn-syn-dropped"),
                 (asking(hand.pick(0, 1)), *make), (*undo, NOT_ASKING),
                 names=("ECN",), tried=True,
                 alike=tuple((one, "path") for one in LOST[1:]),
                 uses=frozenset({"ecn", "numbers"}))


def high_ports(hand):
    """Knows no connections, and not the ports that clients call from."""
    router, packet = hand.pick("R1", "R2"), hand.pick("syn", "syn-ack")
    ports = hand.pick("32768-60999", "1024-65535")
    if packet == "syn":
        match = f"@l3 daddr @B tcp sport {ports} " \
            + hand.pick("tcp dport 8080 ", "")
    else:
        match = f"@l3 saddr @B tcp dport {ports} "
    make, undo = rule(hand, router, match + "drop")
    return Fault(f"{router} drops by the client's port: {match}",
                 f"{packet} {router} forward", LOST[:2], make, undo,
                 alike=(("source-filtered-on-path", "path"),),
                 uses=frozenset({"ports of A"}))


def past_the_filter(hand):
    """hostC's packets reach the destination by R2 alone, and R1 drops what
    goes there: no filter by source, though hostC's get through."""
    whose = hand.pick("@l3 daddr @B ", "@l3 daddr @B meta l4proto tcp ",
                      "@l3 daddr @B tcp dport 8080 ",
                      "@l3 daddr @B tcp dport 8000-8100 ")
    make, undo = rule(hand, "R1", whose + "drop")
    way = hand.text("@ip route replace default via {} dev eth0")
    return Fault(f"R1: {whose}drop, and hostC goes by R2", "syn R1 forward",
                 LOST[:1] + LOST[1:2] * ("tcp" in whose),
                 (*make, ("hostC", hand.text(way.format("@R2a")))),
                 (*undo, ("hostC", hand.text(way.format("@R1")))),
                 uses=frozenset({"way of C"}))


# --- and what does no harm ---

def other_way(hand):
    """The vantage point goes round R1, whose filter is for it alone."""
    name = hand.name()
    return Decoy("hostC goes by R2", (
        ("hostC", hand.text("@ip route replace default via @R2a dev eth0")),
        ("R1", hand.text(f"nft 'table inet {name} {{ chain f {{ type filter "
                         "hook forward priority 0; @l3 saddr @C drop; }; }'"))),
        names=(name,), uses=frozenset({"way of C"}))


def falls_back(hand):
    """Each SYN that asks for ECN is lost; the one that is sent again asks no
    more, and gets through."""
    router = hand.pick("R1", "R2")
    make, _ = rule(hand, router, f"{ASKS} drop")
    return Decoy(f"{router} drops SYNs with ECN, and hostA falls back",
                 (asking(1), *make), uses=frozenset({"ecn", "numbers"}))


def options_of_others(hand):
    """What none of the source's SYNs has, or has for another port."""
    router = hand.pick("R1", "R2")
    match = hand.pick("tcp option fastopen exists", "tcp option md5sig exists",
                      f"tcp dport 8081 {hand.pick(*OPTIONS)}",
                      "tcp option maxseg size 1-500",
                      "tcp sport 1-1023", ASKS)
    make, _ = rule(hand, router, f"{SYN} {match} drop"
                   if match != ASKS else f"{ASKS} drop")
    return Decoy(f"{router} drops SYNs of others: {match}", make,
                 uses=frozenset({"ecn"} if match == ASKS else ()))


KINDS = ((option, 3), (ecn_reset, 1), (ecn_answer, 1), (high_ports, 1.5),
         (past_the_filter, 1.5))
DECOYS = ((other_way, 0.8), (falls_back, 0.8), (options_of_others, 1.5))
