"""The service itself: absent, badly bound, stuck."""
from scenario import SURE, Expect, Scenario

OTHER = ("hostB", "@ip addr add @other/@len dev eth0")
NETNS = ("hostB", "ip netns add blue && ip -n blue link set lo up")


def at_socket(cause, **more):
    return Expect(cause, "destination", "hostB", "socket", "syn", **more)


def ok(**more):
    return Expect("connected", outcome="connected", **more)


SCENARIOS = [
    Scenario("connected", ok(), near="L01 L02"),
    Scenario("connected-by-address", ok(), argv=("hostA", "@B:8080"),
             families=(4,)),
    Scenario("connected-by-address", ok(), argv=("hostA", "[@B]:8080"),
             families=(6,)),
    Scenario("connected-from-hostB-to-hostA", ok(),
             service=(("hostA", "@any 8080"),), argv=("hostB", "hostA:8080")),
    Scenario("connected-same-lan", ok(), service=(("hostA", "@any 8080"),),
             argv=("hostC", "hostA:8080")),
    Scenario("connected-v4-only-listener", ok(), families=(4,), near="L04",
             service=(("hostB", "0.0.0.0 8080"),)),
    Scenario("connected-v6-only-listener", ok(), families=(6,), near="L04",
             service=(("hostB", ":: 8080 --v6only"),)),
    Scenario("connected-named-address", ok(), near="L03",
             service=(("hostB", "@B 8080"),)),

    Scenario("not-listening",
             at_socket("not-listening", outcome="refused", confidence=SURE),
             row="L01", service=()),
    Scenario("not-listening-other-port",
             at_socket("not-listening", outcome="refused", confidence=SURE,
                       detail=("python", "port 8081")), row="L05",
             service=(("hostB", "@any 8081"),)),
    Scenario("not-listening-beside-far-port",
             at_socket("not-listening", outcome="refused", confidence=SURE),
             near="L05",
             service=(("hostB", "@any 9443"),)),
    Scenario("not-listening-but-on-other-host",
             at_socket("not-listening", outcome="refused"),
             service=(("hostC", "@any 8080"),)),

    Scenario("listening-on-loopback",
             at_socket("listening-on-loopback", outcome="refused",
                       confidence=SURE, detail=("@loop", "python")), row="L02",
             service=(("hostB", "@loop 8080"),)),
    Scenario("listening-on-loopback-too", ok(), near="L02 L03",
             service=(("hostB", "@loop 8080"), ("hostB", "@B 8080"))),

    Scenario("listening-on-other-address",
             at_socket("listening-on-other-address", outcome="refused",
                       confidence=SURE, detail=("@other",)), row="L03",
             faults=(OTHER,), service=(("hostB", "after:@other 8080"),)),
    Scenario("listening-on-other-address-traced-there", ok(), near="L03",
             faults=(OTHER,), service=(("hostB", "after:@other 8080"),),
             argv=("hostA", "@other:8080", "--to", "hostB"), families=(4,)),

    Scenario("listening-on-other-family-by-host",
             at_socket("listening-on-other-family", outcome="refused",
                       detail=("bindv6only=1",)), families=(4,), row="L04",
             faults=(("hostB", "sysctl -qw net.ipv6.bindv6only=1"),),
             service=(("hostB", "after::: 8080 --as-host"),)),
    Scenario("listening-on-both-as-host", Expect("connected"), families=(4,),
             near="L04", service=(("hostB", ":: 8080 --as-host"),)),
    Scenario("listening-on-other-family",
             at_socket("listening-on-other-family", outcome="refused",
                       confidence=SURE), row="L04",
             service=(("hostB", ":: 8080 --v6only"),), families=(4,)),
    Scenario("listening-on-other-family",
             at_socket("listening-on-other-family", outcome="refused",
                       confidence=SURE), row="L04",
             service=(("hostB", "0.0.0.0 8080"),), families=(6,)),
    Scenario("listening-on-dual-stack", ok(), near="L04",
             service=(("hostB", ":: 8080"),), families=(4,)),

    Scenario("listening-on-other-device",
             at_socket("listening-on-other-device", outcome="refused",
                       confidence=SURE, detail=("mgmt0", "python")), row="L06",
             service=(("hostB", "stuck @any 8080 --device mgmt0"),)),
    Scenario("listening-on-the-device", ok(), near="L06",
             service=(("hostB", "stuck @any 8080 --device eth0"),)),

    Scenario("listening-in-other-namespace",
             at_socket("listening-in-other-namespace", outcome="refused",
                       confidence=SURE, detail=("blue",)), row="L07",
             faults=(NETNS,), service=(("hostB", "netns:blue @any 8080"),)),
    Scenario("listening-in-both-namespaces", ok(), faults=(NETNS,), near="L07",
             service=(("hostB", "netns:blue @any 8080"),
                      ("hostB", "@any 8080"))),

    Scenario("accept-queue-full",
             at_socket("accept-queue-full", outcome="timed-out",
                       detail=("python", "own backlog")), row="L09",
             service=(("hostB", "@any 8080 --backlog 0 --fill"),)),
    Scenario("accept-queue-full-of-five",
             at_socket("accept-queue-full", outcome="timed-out"), row="L09",
             service=(("hostB", "@any 8080 --backlog 4 --fill"),)),
    Scenario("accept-queue-full-on-other-port", ok(), near="L09",
             service=(("hostB", "@any 8081 --backlog 0 --fill"),
                      ("hostB", "@any 8080"))),
]
