"""SYNs that ask for ECN, with the kernel's default fallback: what is sent again
asks for it no more, so the connection opens late and nothing looks wrong."""
from scenario import Expect, Scenario
from scenarios.filtered import BUDGET, DROPS_ECN, allowed
from scenarios.filtered import ECN as NO_FALLBACK
from scenarios.loss import many
from scenarios.path import FIRST_LOST, forward, on_path

ECN = ("hostA", "sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn_fallback=1")
SETTING = "net.ipv4.tcp_ecn=2"
ASKS = '"follows": "ecn"'
SLOW_FIREWALL = "slow to learn"
ANSWER = "tcp flags & (syn | ack) == syn | ack"
DROPS_GRANTS = "tcp flags & (syn | ack | ecn) == syn | ack | ecn drop"


SCENARIOS = [
    Scenario("ecn-falls-back",
             Expect("connected", detail=("asked for ECN", SETTING)),
             faults=(ECN, forward("R1", DROPS_ECN))),
    Scenario("ecn-falls-back-each-time", argv=many(5), fix=True,
             expect=on_path("ecn-syn-dropped", "syn", outcome="connected",
                            confidence=("likely",), command=SETTING,
                            detail=("asks for ECN",),
                            silent=(SLOW_FIREWALL, "intermittent")),
             faults=(ECN, forward("R1", DROPS_ECN))),
    # Whatever its bits are, the first one of each flow is lost.
    Scenario("ecn-and-first-lost", argv=many(5),
             expect=on_path("intermittent-loss", "syn", outcome="connected",
                            fixes=(0,), says=('"follows": "first-packet"',),
                            silent=(ASKS,)),
             faults=(ECN, FIRST_LOST)),
    Scenario("ecn-and-one-first-lost",
             Expect("connected", silent=("on the way probably drops",)),
             faults=(ECN, FIRST_LOST)),
    # By chance: some that ask for it come.
    Scenario("ecn-and-chance", argv=many(40), families=(4,),
             expect=on_path("intermittent-loss", "syn", fixes=(0,),
                            outcome=("mixed", "connected"), silent=(ASKS,)),
             faults=(ECN, forward("R2", "tcp dport 8080 tcp flags syn / "
                                  "syn,ack numgen random mod 100 < 40 drop"))),
    Scenario("ecn-reset",
             on_path(("reset-injected", "ecn-syn-dropped"), "syn",
                     outcome="refused", confidence=("likely",),
                     command=SETTING, detail=("asks for ECN",),
                     silent=("else not",)), fix=True,
             faults=(ECN, forward("R1", DROPS_ECN.replace(
                 "drop", "@l3 daddr @B reject with tcp reset")))),
    # Reset whatever its bits are.
    Scenario("ecn-reset-all",
             on_path("reset-injected", "syn", outcome="refused",
                     confidence=("likely", "proven"), silent=(SETTING,)),
             faults=(ECN, forward("R1", "tcp dport 8080 reject with tcp "
                                  "reset"))),

    # --- the answer, which grants it, and goes on to however often it is sent ---
    Scenario("ecn-answer-dropped", budget_ms=BUDGET, fix=True,
             expect=on_path("ecn-syn-dropped", "syn-ack", outcome="timed-out",
                            confidence=("likely",), command=SETTING,
                            detail=("drops answers that grant ECN",)),
             faults=(ECN, forward("R2", DROPS_GRANTS))),
    Scenario("ecn-answer-dropped-without-fallback",
             on_path("ecn-syn-dropped", "syn-ack", confidence=("likely",),
                     command=SETTING),
             faults=(NO_FALLBACK, forward("R1", DROPS_GRANTS))),
    Scenario("ecn-answer-dropped-and-trials-forbidden", families=(4,),
             expect=on_path("lost-on-path", "syn-ack", fixes=(0,),
                            confidence=("likely",),
                            says=("try without ECN first", "(differential)")),
             agents=(("hostA", allowed("differential=none")),),
             faults=(ECN, forward("R2", DROPS_GRANTS))),
    # Whatever it bears; or what it bears beside.
    Scenario("ecn-and-all-answers-dropped",
             on_path(("port-filtered-on-path", "lost-on-path"), "syn-ack",
                     silent=("ECN",), fixes=(0,)),
             faults=(ECN, forward("R2", "tcp sport 8080 drop"))),
    Scenario("ecn-and-answers-filtered-by-option",
             on_path("lost-on-path", "syn-ack", silent=(SETTING,),
                     detail=("timestamps", "TCP options")),
             faults=(ECN, forward("R2", f"{ANSWER} tcp option timestamp "
                                  "exists drop"))),
    Scenario("ecn-granted-and-nothing-dropped",
             Expect("connected", silent=("drops",)),
             faults=(ECN, forward("R1", f"{ANSWER} tcp dport 1-1023 drop"))),
]
