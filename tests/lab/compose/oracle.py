"""What is right to say, known from what was injected alone.

Its rules:
1. The fault that a packet meets first, in the order of WAY, is the cause.
2. Two at one place and priority cannot be told apart (the kernel's order among
   chains of one priority is that of their registration): both are right.
3. A wrong turn (a route, a link address, a translation) does not stop a
   packet; what stops it behind the turn, as far as it still goes the usual
   way, and the turn itself are both right.  Places that it no longer passes
   have no part.
4. Where a router answers in the destination's place and another fault may keep
   that answer from the source, the answer cannot be known: silence is right,
   too.
5. What is reset is sent again where the reset does not come to the source's
   TCP; if it passes then, what stops it next is right as well.
6. What a filter goes by is known from a packet that lacks it and gets through:
   not where something else stops that one before the far capture.
7. An accept that mends one rule may let the packet by all rules behind it in
   the same base chain.
"""
from .fault import LOST, PLACES

CLASSES = ("right", "imprecise", "undetermined", "wrong", "wrong and proven")
# Names that mean nearly the same at one place: right about where, not what.
KIN = (
    {"firewall-drop", "firewall-reject", "nfqueue-without-reader", "bpf-drop",
     "tc-drop", "ipsec-policy-drop"},
    {"tc-drop", "qdisc-drop", "xdp-drop", "nic-drop", "bpf-drop"},
    {"no-route", "route-rejects", "route-elsewhere", "ipv6-disabled",
     "prefix-too-wide", "destination-address-on-source"},
    {"neighbour-unresolved", "neighbour-wrong-address", "link-down",
     "prefix-too-wide", "arp-not-answered", "host-down"},
    {"address-not-local", "arp-not-answered", "link-down", "host-down",
     "ipv6-disabled", "neighbour-wrong-address"},
    {"not-listening", "listening-on-loopback", "listening-on-other-address",
     "listening-on-other-family", "listening-on-other-device",
     "listening-in-other-namespace"},
    {"accept-queue-full", "syn-queue-full", "listener-stopped",
     "socket-filter-drop", "bpf-drop", "min-ttl", "tcp-signature-required"},
    {*LOST, "rejected-on-path", "unreachable-on-path", "routing-loop",
     "reset-injected", "ttl-too-small", "neighbour-wrong-address",
     "tunnel-broken", "intermittent-loss"},
    {"rp-filter", "martian-source", "no-route", "address-not-local"},
)


def expected(faults):
    """Those of them that may be blamed; none: it connects."""
    found, turn = [], None
    deaf = any(fault.packet() == "syn-ack" for fault in faults)
    ordered = sorted(faults, key=lambda fault: fault.order())
    for fault in ordered:
        if found and fault.order() == found[-1].order():
            found.append(fault)
            continue
        if turn is None and found:
            break  # stopped before
        if turn is not None and turn.turn and fault.order() > turn.last():
            break  # not on its way any more
        found.append(fault)
        turn = (turn or fault) if fault.turn or (fault.falls_back and deaf) \
            else None
    return found


def connects(faults):
    """Does a plain connect() open?  From the SYN-ACK on, it has."""
    found = expected(faults)
    if any(fault.opens for fault in found[:1]):
        return True
    return not any(fault.at.split()[0] in ("syn", "syn-ack")
                   for fault in found)


# Where the far end's capture sees a packet come in, and what stands before it.
SEEN = {"syn": PLACES["syn B tc-ingress"],
        "syn-ack": PLACES["syn-ack A tc-ingress"]}


def is_hidden(fault, faults):
    """Does another stop what this one lets through?"""
    return fault.tried and any(
        other is not fault and other.order() >= fault.order()
        and PLACES[other.at] < SEEN[fault.packet()] for other in faults)


def causes_of(fault, faults):
    """The names that are right for it, among these."""
    if is_hidden(fault, faults):
        return fault.causes + LOST
    if any(keeps_from_source(other, fault.speaks) for other in faults
           if other is not fault):
        return fault.causes + LOST
    return fault.causes


def keeps_from_source(fault, answer):
    """Does this answer of a router not reach the source's capture?"""
    if answer == "reset" and fault.packet() == "syn-ack":
        return fault.place()[0] == "path" or fault.at == "syn-ack A xdp"
    return bool(answer) and fault.deafens


def words_of(report):
    """All that the verdict names."""
    verdict = report["verdict"]
    return repr(verdict.get("detail", {})) + verdict.get("summary", "")


def is_there(fault, verdict):
    return (verdict.get("role"), verdict.get("host"),
            verdict.get("packet")) == (*fault.place(), fault.packet())


def names(fault, words):
    return any(name in words for name in fault.names)


def blamed(fault, faults, report):
    """'right', 'imprecise' or None: is it this one that the report names?"""
    verdict, words = report["verdict"], words_of(report)
    named = fault.names and not is_hidden(fault, faults)
    if (verdict.get("cause"), verdict.get("role")) in fault.alike \
            and verdict.get("cause") not in causes_of(fault, faults):
        return "imprecise"
    if not is_there(fault, verdict):
        return None
    if fault.names and not names(fault, words) and any(
            names(other, words) for other in faults if other is not fault):
        return None  # the other's name
    if verdict["cause"] in causes_of(fault, faults):
        return "right" if not named or names(fault, words) \
            else "imprecise"
    kin = any(verdict["cause"] in group and set(fault.causes) & group
              for group in KIN)
    return "imprecise" if kin else None


def classify(report, faults):
    """(one of CLASSES, the fault that is blamed or None)"""
    if not report or "verdict" not in report:
        return "undetermined", None
    cause = report["verdict"].get("cause")
    right = expected(faults)
    if cause == "undetermined":
        return "undetermined", None
    if not right and cause == "connected":
        return "right", None
    found = [(blamed(fault, faults, report), fault) for fault in right]
    for word in ("right", "imprecise"):
        for how, fault in found:
            if how == word:
                return how, fault
    proven = report["verdict"].get("confidence") == "proven"
    return "wrong and proven" if proven else "wrong", None


def outcome_problem(report, plain):
    """The report's outcome is what plain connect() calls show: any of these
    is right (one waits longer, and sees a late error)."""
    said = report.get("outcome")
    if said in plain or (said == "error" and "unreachable" in plain):
        return None
    return f"outcome {said}, a plain connect() gives {' or '.join(plain)}"


def later(fault, faults):
    """Faults behind it, which a first report could foretell."""
    return [other for other in faults if other.order() > fault.order()]
