"""Losses that come and go, of many attempts: how many, and what they follow."""
from scenario import SURE, Expect, Scenario
from scenarios.controls import OTHER_CLOCK
from scenarios.flight import ANSWER, SYN
from scenarios.path import forward, on_path
from scenarios.waiting import first_of_each_flow

PATTERNS = ("source-port", "rate", "first-packet")


def many(count):
    return ("hostA", "hostB:8080", "--count", str(count))


def follows(word):
    return f'"follows": "{word}"'


def some(name, count, rule, *says, packet="syn", silent=PATTERNS, **more):
    """That rule of R2 drops some; it may follow none of the silent patterns."""
    more.setdefault("outcome", ("mixed", "connected"))
    return Scenario(
        name, argv=many(count), families=more.pop("families", (4, 6)),
        row=more.pop("row", ""), near=more.pop("near", ""),
        agents=more.pop("agents", ()), faults=(forward("R2", rule),),
        expect=on_path("intermittent-loss", packet, fixes=(0,), says=says,
                       silent=tuple(map(follows, silent)),
                       confidence=("likely",), **more))


def leg(port):
    """One of two ways between the routers, which the port chooses, is dead."""
    return f"jhash tcp {port} mod 2 seed 0x7 0 drop"


def rest(word):
    return tuple(item for item in PATTERNS if item != word)


SCENARIOS = [
    # The same attempts fail, however often they are repeated.
    some("loss-dead-leg", 24, SYN + leg("sport"), follows("source-port"),
         "failed_ports", "equal ways", row="R12", silent=rest("source-port")),
    some("loss-dead-leg-back", 24, ANSWER + leg("dport"),
         follows("source-port"), "passed_ports", packet="syn-ack",
         families=(4,), row="R12", silent=rest("source-port")),
    some("loss-dead-leg-other-clock", 24, SYN + leg("sport"),
         follows("source-port"), families=(4,), silent=rest("source-port"),
         agents=(("hostB", OTHER_CLOCK.replace("@skew", "+5m")),)),
    Scenario("loss-two-legs-that-work", argv=many(24), near="R12",
             expect=Expect("connected", confidence=SURE,
                           says=('"direction": "forward", "packet": "syn", '
                                 '"sent": 24, "lost": 0',
                                 '"direction": "reverse", "packet": "syn-ack", '
                                 '"sent": 24, "lost": 0')),
             faults=(forward("R2", SYN + leg("sport").replace("drop", "accept")),
                     )),

    # Whatever passes takes its token.
    some("loss-by-rate", 24, SYN + "limit rate over 2/second burst 2 packets "
         "drop", follows("rate"), '"rate": "', row="P11", silent=rest("rate")),
    some("loss-by-rate-of-answers", 24, ANSWER + "limit rate over 2/second "
         "burst 3 packets drop", follows("rate"), packet="syn-ack",
         families=(4,), row="P11", silent=rest("rate")),
    some("loss-by-rate-at-once", 14, SYN + "limit rate over 5/minute burst 5 "
         "packets drop", follows("rate"), "the first 5 came", families=(4,),
         row="P11", silent=rest("rate")),
    Scenario("loss-by-rate-not-reached", Expect("connected", confidence=SURE),
             argv=many(12), near="P11", families=(4,),
             faults=(forward("R2", SYN + "limit rate over 20/second burst 20 "
                             "packets drop"),)),

    # Neither port nor time matters.
    some("loss-by-chance", 40, SYN + "numgen random mod 100 < 40 drop",
         follows("chance"), '"direction": "forward"', row="P12"),
    some("loss-by-chance-of-answers", 40, ANSWER
         + "numgen random mod 100 < 40 drop", follows("chance"),
         packet="syn-ack", families=(4,), row="P12"),
    # Of so few nobody can tell what they follow.
    some("loss-of-few", 6, SYN + "numgen inc mod 3 1 drop",
         '"direction": "forward"', silent=PATTERNS + ("chance",),
         families=(4,), near="P12"),

    # The first packet of each flow.
    Scenario("loss-of-first", argv=many(6), row="P12",
             expect=on_path("intermittent-loss", "syn", outcome="connected",
                            says=(follows("first-packet"), '"percent": 50'),
                            silent=tuple(map(follows, rest("first-packet")))),
             faults=(first_of_each_flow("R2", "syn"),)),
    Scenario("loss-of-first-answer", argv=many(6), families=(4,), row="P12",
             expect=on_path("intermittent-loss", "syn-ack",
                            outcome="connected",
                            says=(follows("first-packet"),)),
             faults=(first_of_each_flow("R2", "syn-ack"),)),

    # With one end: what was answered came.
    Scenario("loss-one-ended", families=(4,), near="R12",
             expect=Expect("intermittent-loss", outcome="mixed",
                           confidence=("likely", "possible"),
                           says=(follows("source-port"), "there-and-back")),
             service=(("R2", "@any 8080"),),
             argv=("hostA", "@R2:8080", "--count", "24"),
             faults=(("R2", "nft 'table inet f { chain i { type filter hook "
                      "input priority 0; " + SYN + leg("sport") + "; }; }'"),)),
    # Nothing is lost: for the others there was no port to send from.
    Scenario("loss-of-none-without-ports", argv=many(12), families=(4, 6),
             expect=Expect("source-ports-exhausted", "source", "hostA",
                           outcome="mixed", detail=("8 of 12",),
                           says=('"sent": 4, "lost": 0',)),
             faults=(("hostA", "sysctl -qw net.ipv4.ip_local_port_range="
                      "'40000 40003'"),)),
    # All of it is lost: the share is told, and what kills it is no pattern.
    Scenario("loss-of-all", argv=many(6), families=(4,),
             expect=on_path(("lost-on-path", "port-filtered-on-path"), "syn",
                            says=('"percent": 100',)),
             faults=(forward("R2", SYN + "drop"),)),
]
