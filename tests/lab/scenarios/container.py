"""A service in a container of hostB, published on the host's port by DNAT."""
from scenario import FAIR, Expect, Scenario

# The container: a namespace "box" behind the bridge br0.
BOX = ("hostB", "sysctl -qw net.ipv4.ip_forward=1 && ip netns add box && "
       "ip link add br0 type bridge && ip addr add 203.0.113.65/28 dev br0 && "
       "ip link set br0 up && "
       "ip link add box0 type veth peer name eth0 netns box && "
       "ip link set box0 master br0 up && "
       "ip -n box link set lo up && ip -n box link set eth0 up && "
       "ip -n box addr add 203.0.113.66/28 dev eth0 && "
       "ip -n box route add default via 203.0.113.65")
PUBLISH = ("hostB", "nft 'table ip nat { chain pre { type nat hook prerouting "
           "priority dstnat; ip daddr 198.51.100.10 tcp dport 8080 "
           "dnat to 203.0.113.66:80; }; }'")
INSIDE = (("hostB", "netns:box 0.0.0.0 80"),)


def at_host(cause, stage, **more):
    return Expect(cause, "destination", "hostB", stage, "syn", **more)


SCENARIOS = [
    Scenario("container-connected", Expect("connected"), families=(4,),
             faults=(BOX, PUBLISH), service=INSIDE),
    Scenario("container-forward-drop", families=(4,), service=INSIDE,
             expect=at_host("firewall-drop", "forward",
                            detail=("forward",)),
             faults=(BOX, PUBLISH,
                     ("hostB", "nft 'table inet fw { chain forward { type "
                      "filter hook forward priority 0; tcp dport 80 drop; }; "
                      "}'"))),
    Scenario("container-closed", families=(4,), service=(),
             expect=at_host("not-listening", "socket", outcome="refused",
                            namespace="203.0.113.66", confidence=("likely",),
                            silent=("no answer came back",)),
             faults=(BOX, PUBLISH)),
    Scenario("container-link-down", families=(4,), service=(),
             expect=Expect("nat-target-gone", "destination", "hostB",
                           silent=("no answer came back",)),
             faults=(BOX, PUBLISH, ("hostB", "ip -n box link set eth0 down"))),
    # By the default route then, and nobody answers there.
    Scenario("container-bridge-down", families=(4,), service=(),
             expect=Expect("undetermined", outcome="timed-out",
                           says=("to 203.0.113.66 port 80 by eth0",)),
             faults=(BOX, PUBLISH, ("hostB", "ip link set br0 down"))),
    Scenario("container-target-gone-legacy", families=(4,), service=(),
             expect=Expect("nat-target-gone", "destination", "hostB",
                           silent=("no answer came back",)),
             faults=(("hostB", "sysctl -qw net.ipv4.ip_forward=1 && "
                      "@iptables-legacy -t nat -A PREROUTING -p tcp --dport "
                      "8080 -j DNAT --to-destination 198.51.100.200"),)),
    Scenario("container-not-published", families=(4,),
             service=(("hostB", "netns:box 0.0.0.0 8080"),),
             expect=at_host(("not-published", "listening-in-other-namespace"),
                            "socket", confidence=FAIR),
             faults=(BOX,)),
]
