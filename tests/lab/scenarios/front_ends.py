"""Rules that a front end wrote: firewalld, ufw, fail2ban and Docker themselves
run in hostB (see front_ends.py), and their own command is the fix."""
from scenario import FAIR, Expect, Scenario
from scenarios.container import BOX, PUBLISH
from scenarios.firewall import nft, place


def front_end(*words, host="hostB"):
    return (host, "python3 -IS @here/front_ends.py " + " ".join(words))


def setting(path, text, host="hostB"):
    """A file that the front end finds when it starts."""
    return (host, f"mkdir -p $(dirname /run{path}) && "
            f"cat > /run{path} <<'EOF'\n{text}\nEOF")


def zone(name, words, target=""):
    return setting(f"/etc/firewalld/zones/{name}.xml",
                   f"<zone{target}><short>{name}</short>{words}</zone>")


def stopped(cause, *detail, stage="input", command=None, **more):
    return place(cause, "destination", stage, "syn", detail=detail,
                 command=command, **more)


OPEN = '<port port="8080" protocol="tcp"/>'
FORWARD = '<forward-port port="8080" protocol="tcp" to-port="9090"/>'
# The same port for one source alone, as a rich rule of the saved settings.
OPEN_TO = ('<rule family="ipv@family"><source address="{}"/>' + OPEN +
           '<accept/></rule>')
SAVE_OPEN_TO = ("firewall-cmd --permanent --add-rich-rule='rule "
                "family=ipv@family source address={} port port=8080 "
                "protocol=tcp accept'")
NO_LONGER_THERE = ("hostB", "kill -9 $(cat /run/firewalld.pid)")
HANGS = ("hostB", "kill -STOP $(cat /run/firewalld.pid)")
OWN_DROP = nft("hostB", "input", "tcp dport 8080 drop", "filter + 20",
               table="inet own")
# iptables as it was before nftables, for all programs of the host.
LEGACY = ("hostB", "cp -a /etc/alternatives /run/alternatives && "
          "for name in iptables iptables-save iptables-restore; do "
          "ln -sf /usr/sbin/${name%%-*}-legacy${name#iptables} "
          "/run/alternatives/$name; ln -sf "
          "/usr/sbin/ip6tables-legacy${name#iptables} "
          "/run/alternatives/ip6${name#ip}; done && "
          "mount --bind /run/alternatives /etc/alternatives")
# What no zone refuses, a policy does.
CLOSED = """<policy target="CONTINUE" priority="-1"><short>closed</short>
<ingress-zone name="{}"/><egress-zone name="{}"/>
<rule><port port="8080" protocol="tcp"/><reject/></rule></policy>"""
POLICY = setting("/etc/firewalld/policies/closed.xml",
                 CLOSED.format("ANY", "HOST"))
POLICY_OUT = CLOSED.format("HOST", "ANY")
# The way to containers of hostB, for who calls them directly.
TO_BOX = (("R1", "ip route add 203.0.113.64/28 via 203.0.113.2"),
          ("R2", "ip route add 203.0.113.64/28 via 198.51.100.10"))


def firewalld():
    by_zone = ("firewalld", "zone public", "does not allow 8080/tcp")
    yield Scenario(
        "fronts-firewalld-zone", row="I04", fix=True,
        expect=stopped("firewall-reject", *by_zone, "(the default)",
                       command="firewall-cmd --zone=public"),
        faults=(front_end("firewalld"),))
    yield Scenario(
        "fronts-firewalld-port-open", Expect("connected"), near="I04 I02",
        faults=(zone("public", OPEN), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-service-open", Expect("connected"), families=(4,),
        near="I04", faults=(
            setting("/etc/firewalld/services/ours.xml",
                    f"<service>{OPEN}</service>"),
            zone("public", '<service name="ours"/>'), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-other-zone", row="I09", fix=True, families=(4,),
        expect=stopped("firewall-reject", "zone public (of eth0)",
                       command="firewall-cmd --zone=public"),
        faults=(zone("internal", '<interface name="eth9"/>' + OPEN),
                zone("public", '<interface name="eth0"/>'),
                front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-zone-of-source", row="I09", fix=True, families=(6,),
        expect=stopped("firewall-reject", "firewalld",
                       "zone internal (of the source's address)",
                       command="firewall-cmd --zone=internal"),
        faults=(zone("public", '<interface name="eth0"/>' + OPEN),
                zone("internal", '<source address="@A"/>'),
                front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-other-source", Expect("connected"), near="I09",
        families=(4,),
        faults=(zone("public", '<interface name="eth0"/>' + OPEN),
                zone("internal", '<source address="@C"/>'),
                front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-drop-zone", row="I02", fix=True, families=(6,),
        expect=stopped("firewall-drop", "firewalld", "zone drop",
                       command="firewall-cmd --zone=drop"),
        faults=(zone("drop", '<interface name="eth0"/>', ' target="DROP"'),
                front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-rule", row="I01", fix=True, families=(4,),
        expect=stopped("firewall-drop", "a rule of firewalld", "zone public",
                       "filter_IN_public_deny", command="priority=-32768"),
        faults=(zone("public", OPEN + '<rule family="ipv4">'
                     '<source address="@A"/><drop/></rule>'),
                front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-policy", row="I06", fix=True, families=(6,),
        expect=stopped("firewall-reject", "a rule of firewalld",
                       "policy closed", command="--policy=closed"),
        faults=(zone("public", OPEN), POLICY, front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-not-loaded", row="I16", fix=True, families=(4,),
        expect=stopped("firewall-reject", *by_zone, "not loaded",
                       command="firewall-cmd --zone=public --add-port"),
        faults=(front_end("firewalld"),
                ("hostB", "firewall-cmd --permanent --add-port=8080/tcp")))
    yield Scenario(
        "fronts-firewalld-not-saved", Expect("connected"), near="I16",
        families=(6,),
        faults=(front_end("firewalld"),
                ("hostB", "firewall-cmd --add-port=8000-8100/tcp")))
    yield from firewalld_rich_rules(by_zone)
    yield Scenario(
        "fronts-firewalld-path-filter", row="N02", fix=True, families=(6,),
        expect=stopped("firewall-drop", "firewalld", "reverse path filter",
                       "fib saddr", stage="prerouting",
                       command="ip -6 route replace"),
        faults=(zone("public", OPEN), front_end("firewalld"),
                ("hostB", "ip -6 route replace @A dev mgmt0")))
    yield Scenario(
        "fronts-firewalld-path-filter-silent", Expect("connected"), near="N02",
        families=(6,), faults=(zone("public", OPEN), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-own-rule", near="I04", fix=True,
        expect=stopped("firewall-drop", '"front_end": "none"', "inet own",
                       command="nft insert rule inet"),
        faults=(zone("public", OPEN), front_end("firewalld"), OWN_DROP))
    yield Scenario(
        "fronts-firewalld-forward", row="N11", fix=True, families=(4,),
        service=(("hostB", "netns:box 0.0.0.0 8080"),),
        argv=("hostA", "203.0.113.66:8080", "--to", "hostB"),
        expect=stopped("firewall-reject", "firewalld", "zone public",
                       "filter_FWD_public", stage="forward",
                       command="nft insert rule inet firewalld"),
        faults=(BOX, *TO_BOX, front_end("firewalld")))
    # What the zone allows it forwards all the same.
    yield Scenario(
        "fronts-firewalld-forwards-to-nobody", fix=True, families=(4,),
        expect=Expect("not-listening", "destination", "hostB", "socket", "syn",
                      detail=("redirect to :9090",), unoffered=("rich-rule",),
                      command="nft insert rule inet firewalld nat_PRE_public"),
        faults=(zone("public", OPEN + FORWARD), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-forwards-to-nobody-iptables", fix=True, families=(4,),
        expect=Expect("not-listening", "destination", "hostB", "socket", "syn",
                      unoffered=("rich-rule",), command="-I PRE_public_allow"),
        faults=(zone("public", OPEN + FORWARD),
                front_end("firewalld", "iptables")))
    yield Scenario(
        "fronts-firewalld-forwards", Expect("connected"), families=(4,),
        service=(("hostB", "@any 9090"),),
        faults=(zone("public", FORWARD), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-outgoing", row="F02", fix=True, families=(6,),
        expect=place("firewall-reject", "source", "output", "syn",
                     detail=("a rule of firewalld", "policy closed"),
                     command="--policy=closed"),
        faults=(setting("/etc/firewalld/policies/closed.xml", POLICY_OUT,
                        "hostA"), front_end("firewalld", host="hostA")))
    yield Scenario(
        "fronts-firewalld-gone", fix=True, families=(4,),
        expect=stopped("firewall-reject", *by_zone, command="nft insert"),
        faults=(front_end("firewalld"), NO_LONGER_THERE))
    yield Scenario(
        "fronts-firewalld-hangs", fix=True, families=(6,), budget_ms=1500,
        expect=stopped("firewall-reject", *by_zone, command="nft insert"),
        faults=(front_end("firewalld"), HANGS))


def firewalld_rich_rules(by_zone):
    """Who may reach the port is told apart: nobody is told to open it."""
    for_one = {"command": "firewall-cmd --zone=public --add-rich-rule",
               "unoffered": ("--add-port",)}
    yield Scenario(
        "fronts-firewalld-rule-for-others", row="I04", fix=True,
        expect=stopped("firewall-reject", *by_zone, **for_one),
        faults=(zone("public", OPEN_TO.format("@C")), front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-rule-for-others-not-loaded", row="I04", fix=True,
        families=(6,), expect=stopped("firewall-reject", *by_zone, **for_one),
        faults=(front_end("firewalld"),
                ("hostB", SAVE_OPEN_TO.format("@C"))))
    yield Scenario(
        "fronts-firewalld-rule-not-loaded", row="I16", fix=True, families=(4,),
        expect=stopped("firewall-reject", *by_zone, "not loaded", **for_one),
        faults=(front_end("firewalld"),
                ("hostB", SAVE_OPEN_TO.format("@netA"))))
    yield Scenario(
        "fronts-firewalld-rule-lets-in", Expect("connected"), near="I04",
        families=(4,), faults=(zone("public", OPEN_TO.format("@netA")),
                               front_end("firewalld")))
    yield Scenario(
        "fronts-firewalld-others-refused-not-loaded", row="I16", fix=True,
        families=(4,),
        expect=stopped("firewall-reject", *by_zone, "not loaded", **for_one),
        faults=(front_end("firewalld"),
                ("hostB", "firewall-cmd --permanent --add-port=8080/tcp && "
                 "firewall-cmd --permanent --add-rich-rule='rule "
                 "family=ipv@family source address=@C drop'")))


def firewalld_iptables():
    yield Scenario(
        "fronts-firewalld-iptables-zone", row="I04", fix=True,
        expect=stopped("firewall-reject", "firewalld", "zone public",
                       "IN_public", command="firewall-cmd --zone=public"),
        faults=(front_end("firewalld", "iptables"),))
    yield Scenario(
        "fronts-firewalld-iptables-policy", row="I06", fix=True, families=(4,),
        expect=stopped("firewall-reject", "policy closed", "iptables-nft",
                       command="--policy=closed"),
        faults=(zone("public", OPEN), POLICY,
                front_end("firewalld", "iptables")))
    yield Scenario(
        "fronts-firewalld-iptables-own-rule", near="I04", fix=True,
        families=(6,),
        expect=stopped("firewall-drop", '"front_end": "none"', "INPUT",
                       command="ip6tables-nft"),
        faults=(zone("public", OPEN), front_end("firewalld", "iptables"),
                ("hostB", "ip6tables -I INPUT -p tcp --dport 8080 -j DROP")))


def connects(times):
    """So many connections of hostA before the trace."""
    return ("hostA", "python3 -c 'import socket\nfor _ in range("
            f"{times}): socket.create_connection((\"@B\", 8080), 60)'")


def ufw():
    default = ("ufw", "does not allow 8080/tcp", "policy")
    yield Scenario(
        "fronts-ufw-default", row="I02", fix=True,
        expect=stopped("firewall-drop", *default,
                       command="ufw allow from @A to @B port 8080 proto tcp"),
        faults=(front_end("ufw"),))
    yield Scenario(
        "fronts-ufw-allowed", Expect("connected"), near="I02",
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/tcp")))
    yield Scenario(
        "fronts-ufw-denied", row="I01", fix=True,
        expect=stopped("firewall-drop", "a rule of ufw", "user-input",
                       command="ufw prepend allow"),
        faults=(front_end("ufw"),
                ("hostB", "ufw deny 8080/tcp && ufw allow from @A")))
    yield Scenario(
        "fronts-ufw-allowed-before-deny", Expect("connected"), near="I01",
        families=(4,),
        faults=(front_end("ufw"),
                ("hostB", "ufw allow from @A && ufw deny 8080/tcp")))
    yield Scenario(
        "fronts-ufw-limit", row="I10", fix=True, families=(4,),
        expect=stopped("firewall-reject", "a rule of ufw", "ufw-user-limit",
                       command="ufw prepend allow"),
        faults=(front_end("ufw"), ("hostB", "ufw limit 8080/tcp"),
                connects(5)))
    yield Scenario(
        "fronts-ufw-under-limit", Expect("connected"), near="I10",
        families=(4,),
        faults=(front_end("ufw"), ("hostB", "ufw limit 8080/tcp"),
                connects(3)))
    yield Scenario(
        "fronts-ufw-rejects", row="I04", fix=True, families=(4,),
        expect=stopped("firewall-reject", "ufw", "does not allow 8080/tcp",
                       "ufw-reject-input", command="ufw allow from"),
        faults=(("hostB", "cp -a /etc/default/ufw /run/ufw && sed -i "
                 "'s/^DEFAULT_INPUT_POLICY=.*/DEFAULT_INPUT_POLICY=\"REJECT\"/'"
                 " /run/ufw && mount --bind /run/ufw /etc/default/ufw"),
                front_end("ufw")))
    yield Scenario(
        "fronts-ufw-not-loaded", row="I16", fix=True, families=(6,),
        expect=stopped("firewall-drop", *default, "not loaded",
                       command="ufw reload"),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/tcp && "
                                   "ip6tables -F ufw6-user-input")))
    yield Scenario(
        "fronts-ufw-own-rule", near="I02", fix=True, families=(6,), row="I08",
        expect=stopped("firewall-drop", '"front_end": "none"', "inet own",
                       command="nft insert rule inet"),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/tcp"), OWN_DROP))
    yield Scenario(
        "fronts-ufw-legacy", row="I02", fix=True, families=(4,),
        expect=stopped("firewall-drop", "ufw", "does not allow 8080/tcp",
                       "iptables-legacy", command="ufw allow from",
                       confidence=FAIR),
        faults=(LEGACY, front_end("ufw")))
    yield Scenario(
        "fronts-ufw-outgoing", row="F01", fix=True, families=(4,),
        expect=place("firewall-drop", "source", "output", "syn",
                     detail=default, command="ufw allow out from @A to @B"),
        faults=(front_end("ufw", host="hostA"),
                ("hostA", "ufw allow out on mgmt0 && "
                 "ufw default deny outgoing")))
    yield Scenario(
        "fronts-ufw-route", row="N11", fix=True, families=(4,),
        service=(("hostB", "netns:box 0.0.0.0 80"),),
        expect=stopped("firewall-drop", "ufw", "FORWARD", stage="forward",
                       command="ufw route allow"),
        faults=(BOX, PUBLISH, front_end("ufw")))


def fail2ban():
    for name, action, detail, families in (
            ("nft", "nftables-multiport", "f2b-table", (4, 6)),
            ("chain", "iptables-multiport", "f2b-web", (4,)),
            ("ipset", "iptables-ipset-proto6", "f2b-web", (6,))):
        yield Scenario(
            f"fronts-fail2ban-{name}", row="I07", fix=True, families=families,
            expect=stopped("firewall-reject", "fail2ban", "has banned @A",
                           "jail web", detail,
                           command="fail2ban-client set web unbanip @A"),
            faults=(front_end("fail2ban", action),
                    ("hostB", "fail2ban-client set web banip @A")))
    yield Scenario(
        "fronts-fail2ban-unbanned", Expect("connected"), near="I07",
        families=(4,),
        faults=(front_end("fail2ban"),
                ("hostB", "fail2ban-client set web banip @A @C && "
                 "fail2ban-client set web unbanip @A")))
    yield Scenario(
        "fronts-fail2ban-other-banned", Expect("connected"), near="I07",
        families=(6,),
        faults=(front_end("fail2ban", "iptables-multiport"),
                ("hostB", "fail2ban-client set web banip @C")))
    yield Scenario(
        "fronts-fail2ban-alike", near="I07", fix=True, families=(4,),
        expect=stopped("firewall-reject", "f2b-table",
                       command="nft insert rule"),
        faults=(front_end("fail2ban"),
                ("hostB", "fail2ban-client set web banip @A && "
                 "kill -9 $(cat /run/fail2ban-server.pid)")))


# A container as Docker would make it, on Docker's bridge.
DOCKED = ("hostB", "ip netns add box && ip link add box0 type veth peer name "
          "eth0 netns box && ip link set box0 master docker0 up && "
          "ip -n box link set lo up && ip -n box link set eth0 up && "
          "ip -n box addr add 203.0.113.66/28 dev eth0 && "
          "ip -n box route add default via 203.0.113.65")


def docker():
    def at_forward(*detail, **more):
        return stopped("firewall-drop", *detail, stage="forward", **more)

    common = {"families": (4,), "service": (("hostB", "netns:box 0.0.0.0 80"),)}
    yield Scenario(
        "fronts-docker-forward-policy", row="N11", fix=True, **common,
        expect=at_forward("Docker's firewall", "FORWARD", "policy",
                          command="-I DOCKER-USER"),
        faults=(front_end("dockerd"), DOCKED, PUBLISH))
    yield Scenario(
        "fronts-docker-user", row="N11", fix=True, **common,
        expect=at_forward("Docker leaves to the owner", "DOCKER-USER",
                          command="-I DOCKER-USER"),
        faults=(front_end("dockerd"), DOCKED, PUBLISH,
                ("hostB", "iptables -I DOCKER-USER -p tcp --dport 80 "
                 "-j DROP")))
    yield Scenario(
        "fronts-docker-lets-in", Expect("connected"), near="N11", **common,
        faults=(front_end("dockerd"), DOCKED, PUBLISH,
                ("hostB", "iptables -I DOCKER -d 203.0.113.66 -p tcp "
                 "--dport 80 -j ACCEPT")))
    yield Scenario(
        "fronts-docker-own-rule", near="N11", **common,
        expect=at_forward('"front_end": "none"', "inet own",
                          command="nft insert rule"),
        faults=(front_end("dockerd"), DOCKED, PUBLISH,
                ("hostB", "iptables -I DOCKER-USER -j ACCEPT"),
                nft("hostB", "forward", "tcp dport 80 drop", "filter + 20",
                    table="inet own")))
    yield Scenario(
        "fronts-docker-raw", row="N04", families=(4,), fix=True,
        service=(("hostB", "netns:box 0.0.0.0 8080"),),
        argv=("hostA", "203.0.113.66:8080", "--to", "hostB"),
        expect=stopped("firewall-drop", "Docker's firewall", "raw",
                       stage="prerouting", command="iptables-nft -t raw"),
        faults=(front_end("dockerd"), DOCKED, *TO_BOX,
                ("hostB", "iptables -I DOCKER-USER -j ACCEPT && "
                 "iptables -t raw -A PREROUTING -d 203.0.113.66 "
                 "! -i docker0 -j DROP")))
    yield Scenario(
        "fronts-docker-raw-other", Expect("connected"), near="N04",
        families=(4,), service=(("hostB", "netns:box 0.0.0.0 8080"),),
        argv=("hostA", "203.0.113.66:8080", "--to", "hostB"),
        faults=(front_end("dockerd"), DOCKED, *TO_BOX,
                ("hostB", "iptables -I DOCKER-USER -j ACCEPT && "
                 "iptables -t raw -A PREROUTING -d 203.0.113.67 "
                 "! -i docker0 -j DROP")))
    yield Scenario(
        "fronts-docker-ufw-allowed", Expect("connected"), near="I08 N11",
        families=(4,),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/tcp"),
                front_end("dockerd")))
    yield Scenario(
        "fronts-docker-ufw-own-rule", near="N11", fix=True, families=(4,),
        row="I08",
        expect=stopped("firewall-drop", '"front_end": "none"', "inet own",
                       "ufw's chain INPUT of table ip filter accepted it",
                       command="nft insert rule inet"),
        faults=(front_end("ufw"), ("hostB", "ufw allow 8080/tcp"),
                front_end("dockerd"), OWN_DROP))


SCENARIOS = [*firewalld(), *firewalld_iptables(), *ufw(), *fail2ban(),
             *docker()]
