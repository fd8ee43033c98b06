"""The service itself: absent, badly bound, stuck."""
from scenario import Expect, Scenario

OTHER = ("hostB", "@ip addr add @other/@len dev eth0")
NETNS = ("hostB", "ip netns add blue && ip -n blue link set lo up")


def at_socket(cause, **more):
    return Expect(cause, "destination", "hostB", "socket", "syn", **more)


def ok(**more):
    return Expect("connected", outcome="connected", **more)


SCENARIOS = [
    Scenario("connected", ok()),
    Scenario("connected-by-address", ok(), argv=("hostA", "@B:8080"),
             families=(4,)),
    Scenario("connected-by-address", ok(), argv=("hostA", "[@B]:8080"),
             families=(6,)),
    Scenario("connected-from-hostB-to-hostA", ok(),
             service=(("hostA", "@any 8080"),), argv=("hostB", "hostA:8080")),
    Scenario("connected-same-lan", ok(), service=(("hostA", "@any 8080"),),
             argv=("hostC", "hostA:8080")),
    Scenario("connected-v4-only-listener", ok(), families=(4,),
             service=(("hostB", "0.0.0.0 8080"),)),
    Scenario("connected-v6-only-listener", ok(), families=(6,),
             service=(("hostB", ":: 8080 --v6only"),)),
    Scenario("connected-named-address", ok(),
             service=(("hostB", "@B 8080"),)),

    Scenario("not-listening",
             at_socket("not-listening", outcome="refused"), service=()),
    Scenario("not-listening-other-port",
             at_socket("not-listening", outcome="refused"),
             service=(("hostB", "@any 8081"),)),
    Scenario("not-listening-but-on-other-host",
             at_socket("not-listening", outcome="refused"),
             service=(("hostC", "@any 8080"),)),

    Scenario("listening-on-loopback",
             at_socket("listening-on-loopback", outcome="refused",
                       detail=("@loop", "python")),
             service=(("hostB", "@loop 8080"),)),
    Scenario("listening-on-loopback-too", ok(),
             service=(("hostB", "@loop 8080"), ("hostB", "@B 8080"))),

    Scenario("listening-on-other-address",
             at_socket("listening-on-other-address", outcome="refused",
                       detail=("@other",)),
             faults=(OTHER,), service=(("hostB", "after:@other 8080"),)),
    Scenario("listening-on-other-address-traced-there", ok(),
             faults=(OTHER,), service=(("hostB", "after:@other 8080"),),
             argv=("hostA", "@other:8080", "--to", "hostB"), families=(4,)),

    Scenario("listening-on-other-family",
             at_socket("listening-on-other-family", outcome="refused"),
             service=(("hostB", ":: 8080 --v6only"),), families=(4,)),
    Scenario("listening-on-other-family",
             at_socket("listening-on-other-family", outcome="refused"),
             service=(("hostB", "0.0.0.0 8080"),), families=(6,)),
    Scenario("listening-on-dual-stack", ok(),
             service=(("hostB", ":: 8080"),), families=(4,)),

    Scenario("listening-in-other-namespace",
             at_socket("listening-in-other-namespace", outcome="refused",
                       detail=("blue",)),
             faults=(NETNS,), service=(("hostB", "netns:blue @any 8080"),)),
    Scenario("listening-in-both-namespaces", ok(), faults=(NETNS,),
             service=(("hostB", "netns:blue @any 8080"),
                      ("hostB", "@any 8080"))),

    Scenario("accept-queue-full",
             at_socket("accept-queue-full", outcome="timed-out",
                       detail=("python",)),
             service=(("hostB", "@any 8080 --backlog 0 --fill"),)),
    Scenario("accept-queue-full-of-five",
             at_socket("accept-queue-full", outcome="timed-out"),
             service=(("hostB", "@any 8080 --backlog 4 --fill"),)),
    Scenario("accept-queue-full-on-other-port", ok(),
             service=(("hostB", "@any 8081 --backlog 0 --fill"),
                      ("hostB", "@any 8080"))),
]
