"""hostB's own rules lead the SYN to another of its ports or addresses: its
sockets, their queues and the self-test are asked for what the SYN is then."""
from scenario import Expect, Scenario

TO_9090 = "tcp dport 8080 redirect to :9090"
DEAD = "nothing listens on port 9090 of hostB"


def rule(text, l3="@l3"):
    return ("hostB", f"nft 'table {l3} led {{ chain pre {{ type nat hook "
            f"prerouting priority dstnat; {text}; }}; }}'")


def iptables(backend, target):
    return ("hostB", f"@iptables-{backend} -t nat -A PREROUTING -p tcp "
            f"--dport 8080 -j {target}")


def dead(command, *detail, **more):
    """Nobody is there; out of the rule the connection comes to the service."""
    return Expect("not-listening", "destination", "hostB", "socket", "syn",
                  outcome="refused", detail=("port 9090", *detail),
                  command=command, says=(DEAD, "port 9090 refuses"),
                  silent=("port 8080 answers", "not there when the SYN came",
                          "come or gone"), **more)


def on_socket(cause, *detail, **more):
    return Expect(cause, "destination", "hostB", "socket", "syn",
                  detail=("9090", "own rule leads the SYN to", *detail),
                  silent=("port 8080 answers",), **more)


FULL = ("hostB", "@any 9090 --backlog 0 --fill")
CALLED = ("hostB", "@any 8080")
LOCALNET = "net.ipv4.conf.eth0.route_localnet=1"


def to_loopback(*detail, **more):
    return Expect("martian-source", "destination", "hostB", "prerouting",
                  "syn", outcome="timed-out",
                  detail=("loopback address", *detail), **more)


def redirects():
    yield Scenario("led-to-a-dead-port", dead("nft insert rule"), fix=True,
                   faults=(rule(TO_9090),))
    for backend in ("nft", "legacy"):
        for name, target in (("redirect", "REDIRECT --to-ports 9090"),
                             ("dnat", "DNAT --to-destination @natTo")):
            yield Scenario(
                f"led-to-a-dead-port-by-iptables-{backend}-{name}",
                dead("tables-" + backend, target.split()[0]), fix=True,
                faults=(iptables(backend, target),))
        yield Scenario(
            f"led-to-a-full-queue-by-iptables-{backend}", fix=True,
            expect=on_socket("accept-queue-full"), service=(FULL, CALLED),
            faults=(iptables(backend, "REDIRECT --to-ports 9090"),))
    # Neither is served: no command helps.
    yield Scenario("led-to-a-dead-port-from-a-dead-one", service=(),
                   expect=dead(None, fixes=(0,)), faults=(rule(TO_9090),))
    yield Scenario("led-to-a-full-queue", service=(FULL,),
                   expect=on_socket("accept-queue-full", fixes=(0,)),
                   faults=(rule(TO_9090),))
    yield Scenario("led-to-a-loopback-listener", service=(
        ("hostB", "@loop 9090"), CALLED), fix=True,
                   expect=on_socket("listening-on-loopback"),
                   faults=(rule(TO_9090),))
    yield Scenario("led-past-a-full-queue", Expect("connected"), service=(
        ("hostB", "@any 8080 --backlog 0 --fill"), ("hostB", "@any 9090")),
                   faults=(rule(TO_9090),))
    yield Scenario("led-beside-another-port", Expect("not-listening", silent=(
        "9090", "own rule")), service=(),
                   faults=(rule("tcp dport 8081 redirect to :9090"),))
    yield Scenario("led-by-legacy-beside-others",
                   dead("tables-legacy", "--dport 8080"), fix=True,
                   faults=(("hostB", "@iptables-legacy -t nat -A PREROUTING "
                            "-p tcp --dport 7777 -j REDIRECT"),
                           iptables("legacy", "REDIRECT --to-ports 9090")))


def to_9090(**more):
    return {"families": (4,), "faults": (
        rule("tcp dport 8080 dnat to 127.0.0.1:9090", "ip"),), **more}


def loopback():
    # The setting would open loopback, and lead to nobody.
    yield Scenario("led-to-loopback-where-nobody-is", fix=True, **to_9090(),
                   expect=to_loopback(command="nft insert rule",
                                      unoffered=("route_localnet",),
                                      says=(DEAD, "9090 refuses")))
    yield Scenario("led-to-loopback-by-legacy", fix=True, families=(4,),
                   faults=(iptables("legacy",
                                    "DNAT --to-destination 127.0.0.1:9090"),),
                   expect=to_loopback(command="iptables-legacy",
                                      unoffered=("route_localnet",)))
    yield Scenario("led-to-loopback-where-somebody-is", fix=True,
                   **to_9090(service=(("hostB", "127.0.0.1 9090"),)),
                   expect=to_loopback(command=LOCALNET,
                                      says=("127.0.0.1 port 9090 answers",)))
    yield Scenario("led-to-loopback-s-same-port", fix=True, families=(4,),
                   service=(("hostB", "@B 8080"),), expect=to_loopback(
                       command="nft insert rule",
                       says=("127.0.0.1 port 8080 refuses",),
                       silent=("port 8080 answers",)),
                   faults=(rule("tcp dport 8080 dnat to 127.0.0.1", "ip"),))
    # IPv6 takes none in from outside, whatever is set, and is no router's
    # matter.
    six = (rule("tcp dport 8080 dnat to [::1]:9090", "ip6"),)
    yield Scenario("led-to-loopback-where-nobody-is-v6", fix=True,
                   families=(6,), faults=six, expect=to_loopback(
                       command="nft insert rule", unoffered=("forwarding",)))
    yield Scenario("led-to-loopback-where-somebody-is-v6", families=(6,),
                   faults=six, service=(("hostB", "::1 9090"),),
                   expect=to_loopback(fixes=(0,), says=(
                       "translate to an address of the device",)))


SCENARIOS = (*redirects(), *loopback())
