"""Nothing listens, and something else has the port, or should have listened: a
connection of the host's own, UDP alone, a container that is not there."""
from scenario import SURE, Expect, Scenario


def absent(*detail, silent=(), **more):
    return Expect("not-listening", "destination", "hostB", "socket", "syn",
                  confidence=SURE, outcome="refused", detail=detail,
                  silent=silent, **more)


OWN = (("hostC", "@any 9000"), ("hostB", "takes @B 8080 --to @C 9000"))
NOT_TAKEN = ("Address already in use", "UDP")

SCENARIOS = [
    Scenario("taken-by-own-connection",
             absent("python3", "for a connection with @C port 9000",
                    "Address already in use", "ip_local_reserved_ports",
                    silent=("UDP",)), service=OWN, row="L01"),
    Scenario("taken-bound-alone",
             absent("is bound to the port", silent=("UDP", "reserved")),
             service=(("hostB", "takes @any 8080"),), row="L01"),
    Scenario("taken-by-udp",
             absent("python3", "has that port of UDP alone",
                    silent=("already in use",)),
             service=(("hostB", "takes @any 8080 --udp"),), row="L01"),
    # What looks like it.
    Scenario("taken-other-port", absent(silent=NOT_TAKEN), near="L01",
             service=(("hostC", "@any 8080"), ("hostB", "takes @any 8081"),
                      ("hostB", "takes @B 8082 --to @C 8080"),
                      ("hostB", "takes @any 8083 --udp"))),
    Scenario("taken-beside-listener",
             Expect("connected", outcome="connected", silent=NOT_TAKEN),
             near="L01", service=(
                 ("hostC", "@any 9000"),
                 ("hostB", "takes @B 8080 --to @C 9000 --shared"),
                 ("hostB", "takes @any 8080 --udp"), ("hostB", "@any 8080"))),
]
