"""The handshake completes, and the service, or the proxy before it, closes the
connection at once: who did, and what merely looks like it."""
from scenario import SURE, WEAK, Expect, Scenario
from scenarios.path import forward


def closed(outcome="connected", **more):
    return Expect("closed-by-application", "destination", "hostB", "socket",
                  "data", outcome=outcome, **{"confidence": SURE, **more})


def ok(**more):
    return Expect("connected", outcome="connected", **more)


def closing(words=""):
    return (("hostB", f"closing @any 8080 {words}"),)


COUNT = ("hostA", "hostB:8080", "--count", "10")

SCENARIOS = [
    Scenario("closed-at-once", closed(
                 detail=("python3", "without a word"),
                 steps=(("source", "bad", "closed from the other side at once"),
                        ("captures", "ok", "FIN out"))),
             service=closing()),
    Scenario("closed-at-once-each-time", closed(detail=("of 10 attempts",)),
             argv=COUNT, service=closing()),
    # Of a program that resets what it accepted, connect() itself may tell: who
    # is first, the reset or the caller, differs from time to time.
    Scenario("reset-at-once", closed(
        ("reset", "connected"), detail=("python3", "resets"),
        steps=(("self-test", "bad", "answers, and resets"),)),
             traces=3, service=closing("--reset")),
    Scenario("closed-with-refusal", closed(detail=("read like a refusal",)),
             service=closing("--say=-DENIED_Redis_is_in_protected_mode")),
    Scenario("closed-by-forked-process", closed(detail=("python3",)),
             service=closing("--fork")),
    Scenario("closed-and-ended", closed(detail=("python3",)),
             service=closing("--end")),
    Scenario("closed-by-one-of-two",
             closed(detail=("share the port", "of 10 attempts", " or python3")),
             argv=COUNT, service=closing("--members 2")),
    Scenario("closed-says-its-word", ok(detail=("says something",)),
             service=closing("--say 28_NOV_2026_19:50:04_UTC")),
    Scenario("closed-not-greets", ok(), service=closing(
        "--serve --say 220_mail.example_ESMTP")),
    Scenario("closed-not-greets-with-error", ok(), service=closing(
        "--serve --say 421_too_many_errors")),
    Scenario("closed-much-later", ok(), service=closing("--delay 2")),
    Scenario("closed-to-other-port", ok(),
             service=(("hostB", "@any 8080"), ("hostB", "closing @any 8081"))),
    Scenario("closed-on-path",
             Expect("reset-injected", "path", outcome="reset",
                    confidence=("likely",)),
             faults=(forward("R1", "tcp dport 8080 tcp flags & (syn | ack) == "
                             "ack reject with tcp reset"),)),
    Scenario("closed-seen-from-one-end",
             Expect("closed-by-application", "destination",
                    outcome="connected", confidence=WEAK),
             service=(("R1", "closing @any 8080"),), families=(4,),
             argv=("hostA", "@R1:8080")),
    # Who answered, only its agent could tell.
    Scenario("closed-by-host-of-absent-agent",
             Expect("undetermined", outcome="connected", confidence=WEAK),
             service=closing(), stop_agents=("hostB",)),
]
