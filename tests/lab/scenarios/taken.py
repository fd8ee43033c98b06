"""Nothing listens, and something else has the port, or should have listened: a
connection of the host's own, UDP alone, a container that is not there."""
from scenario import SURE, Expect, Scenario
from scenarios.front_ends import front_end, stopped, zone


def absent(*detail, silent=(), **more):
    return Expect("not-listening", "destination", "hostB", "socket", "syn",
                  confidence=SURE, outcome="refused", detail=detail,
                  silent=silent, **more)


OWN = (("hostC", "@any 9000"), ("hostB", "takes @B 8080 --to @C 9000"))
NOT_TAKEN = ("Address already in use", "UDP")

UDP = '<port port="8080" protocol="udp"/>'
WORDS = "settings open that port of UDP alone"
ALLOWED = {"silent": ("UDP",)}


def fronts():
    """Opened by the wrong protocol: said beside the fix."""
    yield Scenario(
        "taken-firewalld-udp", row="I04", fix=True,
        expect=stopped("firewall-reject", "zone public", WORDS,
                       command="firewall-cmd --zone=public"),
        faults=(zone("public", UDP), front_end("firewalld")))
    yield Scenario(
        "taken-firewalld-udp-of-other-port", near="I04", fix=True,
        families=(4,),
        expect=stopped("firewall-reject", "zone public", **ALLOWED),
        faults=(zone("public", UDP.replace("8080", "8081")),
                front_end("firewalld")))
    yield Scenario(
        "taken-ufw-udp", row="I02", fix=True,
        expect=stopped("firewall-drop", "ufw", WORDS,
                       command="ufw allow from"),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/udp")))
    yield Scenario(
        "taken-ufw-udp-of-other-port", near="I02", fix=True, families=(4,),
        expect=stopped("firewall-drop", "ufw", **ALLOWED),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8081/udp")))
    yield Scenario(
        "taken-ufw-both", Expect("connected", **ALLOWED), near="I02",
        families=(4,),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080")))


SCENARIOS = [
    *fronts(),
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
