"""What is injected, and where a packet meets it.

WAY is the whole of what the oracle knows about the kernel: the places of a
connection's first three packets, in the order in which Linux 6.1 and later go
through them (ip_queue_xmit, __dev_queue_xmit, __netif_receive_skb_core,
ip_rcv, ip_forward, tcp_v4_rcv, tcp_conn_request).
"""
from dataclasses import dataclass

SOURCE = ("name", "route", "policy", "ports", "output", "postrouting",
          "neighbour", "filter-egress", "tc-egress", "queue", "wire")
ROUTER = ("ingress", "prerouting", "route", "forward", "postrouting",
          "neighbour", "wire")
ARRIVAL = ("xdp", "tc-ingress", "filter-ingress", "prerouting", "route-in",
           "input")
# tcp_v4_rcv(): what it asks of a listener, in its order; the routing of the
# answer comes behind the queue (tcp_conn_request).
LISTENER = ("checksum", "min-ttl", "policy-in", "signature", "socket-filter",
            "listener", "queue")


def leg(packet, host, stages):
    return [f"{packet} {host} {stage}" for stage in stages]


WAY = (leg("syn", "A", SOURCE) + leg("syn", "R1", ROUTER)
       + leg("syn", "R2", ROUTER) + leg("syn", "B", ARRIVAL + LISTENER)
       + leg("syn-ack", "B", SOURCE) + leg("syn-ack", "R2", ROUTER)
       + leg("syn-ack", "R1", ROUTER)
       + leg("syn-ack", "A", ARRIVAL + ("checksum",))
       + leg("ack", "A", SOURCE) + leg("ack", "R1", ROUTER)
       + leg("ack", "R2", ROUTER) + leg("ack", "B", ARRIVAL)
       + leg("data", "B", ("socket",)))
PLACES = {place: number for number, place in enumerate(WAY)}
ROLES = {"A": ("source", "hostA"), "B": ("destination", "hostB"),
         "R1": ("path", None), "R2": ("path", None)}

LOST = ("lost-on-path", "port-filtered-on-path", "source-filtered-on-path")


# When a fault is made: what needs a connection before what stops one; then
# what clears the host of rules as it starts (firewalld flushes all that
# iptables has, its policies too); then the others, in any order.
WHILE_OPEN, CLEARING, AS_IT_COMES = range(3)


@dataclass(frozen=True)
class Fault:
    """One thing that stops a connection, or leads its packets astray.

    at: of WAY; priority: the order within that place.  turn: the packet is not
    stopped but goes astray; it still passes the places up to this one.
    causes: the names that are right.  alike: (cause, role) that are right
    about the place, and not about what it is.  names: texts one of which the
    verdict must hold, or it is imprecise; they tell two faults of one kind
    apart.
    """
    kind: str
    at: str
    causes: tuple
    make: tuple = ()  # (host, command)
    undo: tuple = ()  # (host, command), takes it away again
    service: tuple = None  # in place of the good one: (host, words) of each
    priority: int = 0
    turn: str = None
    role: str = None  # of the place, if not given
    says: str = None  # the packet that the verdict names; of the place, too
    opens: bool = False  # somebody else completes the connection
    alike: tuple = ()
    names: tuple = ()
    uses: frozenset = frozenset()  # what no second fault or decoy may touch
    chain: tuple = None  # an accept put before one may let by all of a chain
    narrow: bool = False  # a rule of a host: its fix opens this tuple alone
    speaks: str = ""  # a router answers in B's place: "reset" or "icmp"
    deafens: bool = False  # whatever goes to the source is lost, ICMP too
    falls_back: bool = False  # what is sent again passes it
    tried: bool = False  # names: what a packet lacks that gets through
    limited: bool = False  # the kernel speaks of it but once a second
    by_hand: bool = False  # addresses went with it, which no fix can know
    legacy: bool = False  # the lab cannot be used again
    made: int = AS_IT_COMES  # in this order

    def order(self):
        return PLACES[self.at], self.priority

    def last(self):
        """How far a packet gets that it does not stop itself."""
        return PLACES[self.turn], 1 << 30

    def packet(self):
        return self.says or self.at.split()[0]

    def place(self):
        """(role, host), the host None on the path"""
        host = self.at.split()[1]
        if self.role:
            return self.role, {"source": "hostA", "destination": "hostB",
                               "path": None}[self.role]
        return ROLES[host]

    def hosts(self):
        return {host for host, _ in self.make + self.undo
                + (self.service or ())}


@dataclass(frozen=True)
class Decoy:
    """Frightening, and harmless: it must never be blamed."""
    kind: str
    make: tuple = ()
    background: tuple = ()  # (host, words), goes on during the traces
    service: tuple = ()  # beside the good one
    names: tuple = ()
    uses: frozenset = frozenset()
    legacy: bool = False

    def hosts(self):
        return {host for host, _ in self.make + self.background
                + self.service}
