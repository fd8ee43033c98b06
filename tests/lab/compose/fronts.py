"""Front ends that write rules, and rules that ask what a connection was."""
from . import firewalls
from .fault import CLEARING, Fault

FRONT = "python3 -IS @here/front_ends.py "


def firewalld(hand):
    """Its default zone does not allow the port; the rules are of nftables.
    Ended in order, it would take the rules of iptables with it."""
    return Fault("firewalld", "syn B input", ("firewall-reject",),
                 (("hostB", hand.text(FRONT + "firewalld")),),
                 (("hostB", "kill -KILL $(cat /run/firewalld.pid); "
                   "while nft list table inet firewalld > /dev/null 2>&1; do "
                   "nft delete table inet firewalld || sleep 0.05; done"),),
                 priority=10, names=("firewalld",), legacy=True,
                 made=CLEARING,
                 uses=frozenset({"front end", "routes of B",
                                 "state of B"}))


def ufw(hand):
    """Its default policy denies what comes in; the rules are of iptables.
    What it accepts is spared the rules that were appended behind its own."""
    return Fault("ufw", "syn B input", ("firewall-drop",),
                 (("hostB", hand.text(FRONT + "ufw")),),
                 (("hostB", "ufw --force disable"),),
                 names=("ufw",), legacy=True, made=CLEARING,
                 chain=("hostB", "nft", "filter", "INPUT"),
                 uses=frozenset({"front end", "routes of B", "state of B"} | {
                     f"hostB nft filter {chain} policy"
                     for chain in ("INPUT", "OUTPUT")}))


def untracked_answer(hand):
    """The source does not know its own SYN any more, and lets in only what
    belongs to a connection."""
    first, second = hand.name(), hand.name()
    make = (f"nft -f - <<'EOF'\ntable inet {first} {{ chain o {{ type filter "
            "hook output priority raw; tcp dport 8080 notrack; }; }\n"
            f"table inet {second} {{ chain i {{ type filter hook input "
            f"priority 0; policy drop; {firewalls.essential('input')} ct "
            "state established accept; }; }\nEOF")
    return Fault("the answer is untracked at A", "syn-ack A input",
                 ("firewall-drop",), (("hostA", make),),
                 (("hostA", f"nft delete table inet {first}; nft delete table "
                   f"inet {second}"),), names=(second,),
                 uses=frozenset({"state of A"}))


def invalid_ack(hand):
    """The destination's tracking has not seen its own answer."""
    first, second = hand.name(), hand.name()
    make = (f"nft -f - <<'EOF'\ntable inet {first} {{ chain o {{ type filter "
            "hook output priority raw; tcp sport 8080 notrack; }; }\n"
            f"table inet {second} {{ chain i {{ type filter hook input "
            "priority 0; ct state invalid drop; }; }\nEOF")
    return Fault("the ACK is invalid at B", "ack B input", ("firewall-drop",),
                 (("hostB", make),),
                 (("hostB", f"nft delete table inet {first}; nft delete table "
                   f"inet {second}"),), names=(second,),
                 uses=frozenset({"state of B"}))


KINDS = ((firewalld, 0.5), (ufw, 0.5), (untracked_answer, 1),
         (invalid_ack, 1))
