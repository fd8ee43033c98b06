"""What lets an answer in lets nobody begin a connection from the same port."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.firewall import ESSENTIAL, nft
from scenarios.typed_later import HEAR

# hostB's own calls of hostA's port 9999 come from the service's port.
FROM_PORT = ("hostB", "nft 'table inet port { chain post { type nat hook "
             "postrouting priority srcnat; tcp dport 9999 masquerade to :8080; "
             "}; }'")
CALL = ("hostB", "python3 -c \"import socket; "
        "socket.create_connection(('@A', 9999), 1)\"")
ASKS = nft("hostA", "output", "ct state new accept", table="inet track")
LIMITS = {  # does a rule have connections tracked?
    False: ("tcp flags ack", "--tcp-flags ACK ACK"),
    True: ("ct state established", "-m conntrack --ctstate ESTABLISHED"),
}


def at_source(tracked, confidence, command):
    untracked = ("has no entry for the SYN",)
    return Expect("firewall-drop", "source", "hostA", "input", "syn-ack",
                  confidence, detail=() if tracked else untracked,
                  silent=untracked if tracked else (), command=command)


def scenarios():
    more = dict(row="A03", fix=True, before_fix=(FROM_PORT,), closed=(CALL,),
                service=(("hostB", "@any 8080"), ("hostA", "@any 9999")))
    for tracked, (words, options) in LIMITS.items():
        name = "tracked" if tracked else "stateless"
        asks = (ASKS,) if tracked else ()
        yield Scenario(
            f"answer-at-{name}-source-nftables",
            at_source(tracked, SURE, words),
            faults=(nft("hostA", "input", f"policy drop; {ESSENTIAL} tcp dport "
                        "22 accept"), *asks), **more)
        for backend in ("nft", "legacy"):
            yield Scenario(
                f"answer-at-{name}-source-{backend}",
                at_source(tracked, FAIR, options),
                faults=(("hostA", HEAR.format(backend) + "$t -P INPUT DROP"),
                        *asks), **more)


SCENARIOS = tuple(scenarios())
