"""What would stop the packet next and is foreseen before any packet came there:
rules that ask for the device, routes back, a process that is stopped; and what
looks like it, or is not sure, and is not listed."""
from scenario import Scenario
from scenarios.ahead import ANSWER, DROP, INPUT, later, netdev
from scenarios.firewall import ESSENTIAL, HEARS, at_input, nft
from scenarios.listener_queue import stuck
from scenarios.rules import at_source

OUTPUT = nft("hostA", "output", DROP)
UNSURE = "rules that depend on the device were not looked ahead"
STOPPED = stuck("@any 8080 --workers 1 --stop 1")
FROM_OUTSIDE = nft("hostB", "input", 'iifname "eth0" ' + DROP)


def behind(name, *faults, ahead=(), **more):
    """The SYN does not leave hostA; then it meets these."""
    told = {key: more.pop(key) for key in ("says", "silent", "steps")
            if key in more}
    return Scenario(f"foreseen-{name}",
                    at_source(ahead=tuple((words,) if isinstance(words, str)
                                          else words for words in ahead),
                              **told),
                    faults=(OUTPUT, *faults), **more)


def by_device():
    """No packet came: by which device one would, the ways tell."""
    dropped = "firewall-drop hostB input syn"
    for backend in ("nft", "legacy"):
        yield behind(f"input-device-{backend}", (
            "hostB", f"@iptables-{backend} -A INPUT -i eth0 -p tcp --dport "
            "8080 -j DROP"), ahead=(dropped,), row="I01", fix=True,
            silent=(UNSURE,))
    yield behind("iifname", later("input", 'iifname "eth0" ' + DROP, 10),
                 ahead=(dropped,), row="I01", fix=True)
    yield behind("iif", later("input", 'iif "eth0" ' + DROP, 10),
                 ahead=(dropped,), row="I01", fix=True)
    yield behind("netdev-ingress", netdev("ingress", DROP), row="D07",
                 fix=True, ahead=("firewall-drop hostB ingress syn",))
    yield behind("policy-but-for-others", later(
        "input", "policy drop; " + ESSENTIAL, 10), row="I02", fix=True,
        ahead=(("firewall-drop hostB input syn", "the chain's policy"),))
    yield Scenario(
        "foreseen-answer-by-device", row="A01", fix=True,
        expect=at_input(ahead=(("firewall-drop hostA input syn-ack",),)),
        faults=(INPUT, ("hostA", "@iptables-nft -A INPUT -i eth0 -p tcp "
                        "--sport 8080 -j DROP")))
    yield behind(
        "four-in-a-row", INPUT, later("input", 'iifname "eth0" ' + DROP, 10),
        later("output", ANSWER, 0, table="inet out"),
        later("input", 'iifname "eth0" ' + ANSWER, 10, "hostA"),
        ahead=(dropped, dropped, "firewall-drop hostB output syn-ack",
               "firewall-drop hostA input syn-ack"), row="F01 I01", fix=True)
    yield behind(
        "firewalls-before-the-listener",
        ("hostB", "@iptables-nft -t raw -A PREROUTING -i eth0 -p tcp --dport "
         "8080 -j DROP"), nft("hostB", "input", "policy drop; " + HEARS),
        service=(("hostB", "@loop 8080"),), row="I02 L02",
        ahead=("firewall-drop hostB prerouting syn", dropped,
               "listening-on-loopback hostB socket syn"))


def by_no_device():
    """For another device; or nobody knows by which it will come."""
    drop = 'iifname "eth0" ' + DROP
    near = dict(near="I01 I02")
    yield behind("none-for-another-device", later(
        "input", f'iifname "mgmt0" {DROP}; iifname "lo" drop; '
        'iifname "eth0" tcp dport 8081 drop', 10), netdev("ingress", DROP, device="mgmt0"),
        silent=(UNSURE,), **near)
    yield behind("none-accepted-by-device", later(
        "input", 'policy drop; iifname "eth0" tcp dport 8080 accept; '
        + ESSENTIAL, 10), silent=(UNSURE,), **near)
    # The way back is another one than that of the address.
    away = ("hostB", "@ip route add @A/@len dev mgmt0")
    yield behind("none-by-two-ways", later("input", drop, 10), away,
                 says=(UNSURE,), **near)
    yield behind("none-by-two-ways-ingress", netdev("ingress", DROP), away,
                 says=(UNSURE,), **near)
    yield behind("none-by-two-ways-other-port", later(
        "input", drop.replace("8080", "8081"), 10), away, silent=(UNSURE,),
        **near)
    yield behind("by-two-ways-whatever-device", later(
        "input", drop + f'; iifname "mgmt0" {DROP}; {DROP}', 10), away,
        row="I01", ahead=("firewall-drop hostB input syn",), silent=(UNSURE,))


def by_route():
    """The way back, of which no packet of hostA's asked."""
    for kind in ("blackhole", "unreachable", "prohibit"):
        yield behind(f"{kind}-back", ("hostB", f"@ip route add {kind} @netA"),
                     ahead=("route-rejects hostB output syn-ack",),
                     row="V01", fix=True)
    yield behind("no-route-back", ("hostB", "@ip route del default"),
                 ahead=("no-route hostB output syn-ack",), row="V01")
    yield behind("none-blackhole-of-others", (
        "hostB", "@ip route add blackhole @C/@len; @ip route add blackhole "
        "@absentA/@len"), near="V01")


def by_process():
    """A listener that nobody serves answers all the same."""
    stopped = "listener-stopped hostB socket data"
    green = ("listener", "bad", "it does not take the connection")
    yield Scenario(
        "foreseen-stopped", row="L13", service=STOPPED, fix=True,
        faults=(FROM_OUTSIDE,), expect=at_input(ahead=((stopped, "state T"),), steps=(
            green, ("self-test", "bad", "by the kernel alone"))))
    yield behind("stopped-behind-source", service=STOPPED, row="L13", fix=True,
                 ahead=(stopped,), steps=(green,))
    yield Scenario(
        "foreseen-none-one-worker-stopped", near="L13",
        service=stuck("@any 8080 --workers 2 --stop 1"), faults=(FROM_OUTSIDE,),
        expect=at_input(ahead=(), steps=(
            ("listener", "ok", ""), ("self-test", "ok", "answers"))))
    yield Scenario(
        "foreseen-none-stopped-on-other-port", near="L13",
        service=(*stuck("@any 8081 --workers 1 --stop 1"),
                 ("hostB", "@any 8080")), faults=(FROM_OUTSIDE,),
        expect=at_input(ahead=(), steps=(("listener", "ok", ""),)))


SCENARIOS = (*by_device(), *by_no_device(), *by_route(), *by_process())
