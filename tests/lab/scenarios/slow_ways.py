"""Ways so slow that nothing comes within the second that is watched.  Whether it is
lost or late nobody can tell by then, and nothing that answers says how long the
way takes: a trace that has more time than usual watches on."""
from scenario import SURE, Expect
from scenarios.path import HOST_B_DROPS, LOST, forward, on_path
from scenarios.waiting import slowly

LONGER = ("hostA", "hostB:8080", "--timeout", "15")


def watched(name, *ways, **more):
    """With more time than usual."""
    more.setdefault("expect", Expect("connected", confidence=SURE,
                                     # Of a plain one the lab waits 1.2 s.
                                     outcome=("connected", "timed-out")))
    return slowly(f"slow-way-watched-{name}", *ways, argv=LONGER,
                  budget_ms=8000, **more)


SCENARIOS = [
    *(slowly(f"slow-way-{name}-{ms}", (router, ms), budget_ms=6000,
             expect=on_path("lost-on-path", packet,
                            confidence=("likely", "possible"),
                            outcome=("connected", "timed-out"),
                            detail=("a slower way would look the same",
                                    "--timeout 15")))
      for ms in (1500, 2400)
      for name, router, packet in (("there", "R1", "syn"),
                                   ("back", "R2", "syn-ack"))),
    *(watched(f"{name}-{ms}", (router, ms))
      for ms in (1500, 2400)
      for name, router in (("there", "R1"), ("back", "R2"))),
    watched("both-1500", ("R1", 1500), ("R2", 1500)),
    # Slow, and something else behind it.
    watched("firewall", ("R1", 1500), drops=(HOST_B_DROPS,),
            expect=Expect("firewall-drop", "destination", "hostB", "input",
                          "syn", SURE)),
    watched("closed", ("R1", 1500), service=(),
            expect=Expect("not-listening", "destination", "hostB",
                          confidence=SURE)),
    watched("drops-answer", ("R1", 1500),
            drops=(forward("R2", "tcp sport 8080 drop"),),
            expect=on_path(LOST, "syn-ack")),
    # A dead way: it is proven so, for none is slower than what was watched.
    watched("and-dead", drops=(forward("R1", "@l3 daddr @B drop"),),
            families=(4, 6), expect=on_path("lost-on-path", "syn",
                                            confidence=SURE)),
    watched("and-dead-back", drops=(forward("R2", "@l3 saddr @B drop"),),
            expect=on_path("lost-on-path", "syn-ack", confidence=SURE)),
    # No more time than there is.
    slowly("slow-way-with-little-time", ("R1", 1500), budget_ms=2000,
           argv=("hostA", "hostB:8080", "--timeout", "2"),
           expect=on_path("lost-on-path", "syn",
                          confidence=("likely", "possible"),
                          outcome=("connected", "timed-out"))),
]
