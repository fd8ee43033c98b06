"""Names with several addresses or none: as an application would use them."""
import json
import os
import signal
import time

from host import RESOLV
from programs import start_service
from scenario import Expect, Scenario
from wait import wait_until

V4, V6 = "198.51.100.10", "2001:db8:b::10"
V4_ONLY = (("hostB", "0.0.0.0 8080"),)
V6_ONLY = (("hostB", ":: 8080 --v6only"),)
OWN = "127.0.0.1 localhost\n::1 localhost\n192.0.2.10 hostA\n"


def names(*lines):
    return (("hostA", OWN + "".join(f"{line}\n" for line in lines)),)


DUAL = names(f"{V6} dual.example", f"{V4} dual.example")


def on_routers(rule):
    return (("R2", "nft -f - <<'EOF'\ntable inet way {\n  chain forward { type "
             f"filter hook forward priority 0; {rule}; }}\n}}\nEOF"),)


def one(name, expect, **more):
    more.setdefault("argv", ("hostA", "dual.example:8080"))
    more.setdefault("hosts_files", DUAL)
    more.setdefault("service", (("hostB", ":: 8080"),))
    return Scenario(name, expect, families=(), **more)


DROPPED = on_routers("ip6 daddr 2001:db8::/32 tcp dport 8080 drop")
BOTH_DROPPED = on_routers("tcp dport 8080 drop")
TWO = names("198.51.100.11 dual.example", f"{V4} dual.example")
NOWHERE = OWN

def traced_address(lab, *notes):
    """hostB's address, of which the report's first lines say these."""
    _, report, text = lab.trace(("hostA", "hostB:8080", "-4"))
    if report is None:
        return text.strip()
    said = " ".join(report.get("notes", []))
    lacking = [note for note in notes if note not in said]
    return f"{said!r} lacks {lacking}" if lacking \
        else report["destination"].get("address")


def knows(lab, address, is_there):
    """The controller has been told."""
    for agent in json.loads(lab.probectl("agents", "-o", "json").stdout)[
            "agents"]:
        if agent["name"] == "hostB":
            return (address in agent["addresses"]) == is_there
    return False


def stays_off_management(lab):
    """hostB's default way leads to the management network, and it has a bridge
    for its containers: neither is how others reach it, unless nothing else is
    left.  Loses its address for a while, so that nothing is remembered."""
    host = lab["hostB"]
    lab["hostA"].write_file("hosts", OWN)
    host.shell("ip route replace default via 203.0.113.135 dev mgmt0 && "
               "ip link add docker0 type bridge && "
               "ip addr add 172.17.0.1/16 dev docker0 && "
               "ip link set docker0 up")
    found = [traced_address(lab, "does not resolve")]
    host.shell(f"ip addr del {V4}/24 dev eth0")
    wait_until(lambda: knows(lab, V4, False), "the news", 5)
    found.append(traced_address(lab, "for it has no other", "172.17.0.1"))
    host.shell(f"ip addr add {V4}/24 dev eth0")
    wait_until(lambda: knows(lab, V4, True), "the news", 5)
    found.append(traced_address(lab, "it also has"))
    wanted = [V4, "203.0.113.132", V4]
    return [] if found == wanted else [f"{found}, not {wanted}"]


def trace_in_time(lab, name, status, *texts, within_s=1.9, options=()):
    """One trace of hostA to this name: what it says, and how soon."""
    began = time.monotonic()
    result = lab.probectl("trace", "hostA", f"{name}:8080", *options)
    took = time.monotonic() - began
    said = result.stdout + result.stderr
    problems = [f"{name}: no {text!r} in {said[:600]}" for text in texts
                if text not in said]
    if result.returncode != status:
        problems.append(f"{name}: exit {result.returncode}, not {status}")
    if took > within_s:
        problems.append(f"{name}: {took:.1f} s")
    return problems


def silent_resolver(lab):
    """hostA's name server does not answer: that is said, and an agent's name,
    or what is nearly one, does not wait for it for long."""
    lab["R1"].shell("nft 'table ip dns { chain f { type filter hook forward "
                    "priority 0; udp dport 53 drop; }; }'")
    lab["hostA"].write_file("hosts", OWN)
    lab["hostA"].write_file("resolv.conf", f"nameserver {V4}\n")
    try:
        return trace_in_time(
            lab, "hostX", 4, "the resolver of hostA did not answer for hostX",
            "these are known: hostA, hostB, hostC") + trace_in_time(
                lab, "hostB", 1, "not-listening",
                "hostB does not resolve on hostA (no answer", within_s=3.5,
            ) + trace_in_time(
                lab, "www.example", 4, "the source's resolver did not answer",
                within_s=2.5, options=("--timeout", "2"))
    finally:
        lab["hostA"].write_file("resolv.conf", RESOLV)


def hung_agent(lab):
    """It is not the resolver that is silent."""
    keeper = lab.agents["hostA"].find()
    os.kill(keeper, signal.SIGSTOP)
    try:
        return trace_in_time(lab, "hostB", 3, "hostA's agent fell "
                             "silent", within_s=2.5,
                             options=("--timeout", "2")) + trace_in_time(
                                 lab, V4, 3, "hostA's agent fell "
                                 "silent", within_s=2.5,
                                 options=("--timeout", "2", "-o", "json"))
    finally:
        os.kill(keeper, signal.SIGCONT)
        # nsenter stops with what it started
        os.kill(lab.agents["hostA"].entry.pid, signal.SIGCONT)


def in_json(lab):
    """Whatever the exit status, standard output is JSON."""
    lab["hostA"].write_file("hosts", DUAL[0][1])
    problems = []
    for status, argv in ((2, ("hostA", "hostB:0")), (3, ("hostX", "hostB:1")),
                         (3, ("hostA", f"{V4}:8080", "--to", "hostZ")),
                         (1, ("hostA", "http://dual.example:8080/x")),
                         (1, ("HOSTA", "dual.example:http-alt"))):
        result = lab.probectl("-o", "json", "trace", *argv)
        answer = json.loads(result.stdout)
        wanted = "probectl.report/1" if status == 1 else "probectl.error/1"
        if result.returncode != status or answer["schema"] != wanted:
            problems.append(f"{argv}: {result.returncode}, {answer}")
    return problems


def bundle_judged_again(lab):
    """All addresses are in the bundle: judged again, it says the same."""
    lab["hostA"].write_file("hosts", DUAL[0][1])
    lab["R2"].shell(DROPPED[0][1])
    start_service(lab, 0, "hostB", ":: 8080")
    traced = lab.probectl("trace", "hostA", "dual.example:8080", "-o", "json",
                          "--bundle", "/run/dual.bundle")
    judged = lab.probectl("judge", "-o", "json", "/run/dual.bundle")
    if traced.returncode != 0 or judged.returncode != 0:
        return [f"exit {traced.returncode}, then {judged.returncode}"]
    if len(json.loads(traced.stdout)["addresses"]) != 1:
        return ["not one address that failed"]
    return [] if judged.stdout == traced.stdout else ["the report differs"]


SCENARIOS = [
    # The first address fails, the second lets the application in.
    one("name-first-address-refused",
        Expect("connected", outcome="connected",
               detail=(V6, V4, "listening-on-other-family"),
               addresses=((V6, "listening-on-other-family"),)),
        service=V4_ONLY),
    one("name-first-address-lost",
        Expect("connected", outcome="connected",
               addresses=((V6, "lost-on-path"),)), faults=DROPPED, row="S02"),
    one("name-first-address-firewalled",
        Expect("connected", addresses=((V6, "firewall-drop"),)),
        faults=(("hostB", "nft 'table ip6 fw { chain input { type filter hook "
                 "input priority 0; tcp dport 8080 drop; }; }'"),)),
    one("name-second-address-is-not-asked", Expect("connected", addresses=()),
        service=V6_ONLY),
    one("name-agent-first-address-refused",
        Expect("connected", addresses=((V6, "listening-on-other-family"),)),
        argv=("hostA", "hostB:8080"), service=V4_ONLY,
        hosts_files=names(f"{V6} hostB", f"{V4} hostB")),
    one("name-localhost-of-both-families",
        Expect("connected", addresses=(("::1", "listening-on-other-family"),)),
        argv=("hostA", "localhost:8080"), service=(("hostA", "127.0.0.1 8080"),)),
    one("name-first-address-unrouted",
        Expect("connected",
               addresses=(("198.51.100.11", "unreachable-on-path"),)),
        hosts_files=TWO,
        faults=(("R2", "ip route add unreachable 198.51.100.11"),)),

    # None lets it in: the last one's failure is what the application sees.
    one("name-both-refused",
        Expect("not-listening", "destination", "hostB", outcome="refused",
               addresses=((V6, "not-listening"), (V4, "not-listening"))),
        service=()),
    one("name-both-fail-differently",
        Expect("firewall-reject", "destination", "hostB", outcome="refused",
               addresses=((V6, "lost-on-path"), (V4, "firewall-reject"))),
        faults=DROPPED + (("hostB", "nft 'table ip fw { chain input { type "
                           "filter hook input priority 0; tcp dport 8080 "
                           "reject with tcp reset; }; }'"),)),
    one("name-both-lost",
        # Only where an application ends is it tried what gets through.
        Expect("port-filtered-on-path", outcome="timed-out",
               addresses=((V6, "lost-on-path"),
                          (V4, "port-filtered-on-path"))),
        faults=BOTH_DROPPED),

    # One family alone: no other address is tried, and none is told of.
    one("name-of-both-families-asked-for-one",
        Expect("listening-on-other-family", "destination", "hostB",
               addresses=None, outcome="refused"),
        argv=("hostA", "dual.example:8080", "-6"), service=V4_ONLY),
    one("name-source-without-ipv6", Expect("connected", addresses=()),
        service=V4_ONLY, faults=(("hostA", "ip -6 addr flush dev eth0 && "
                                  "ip -6 addr flush dev mgmt0"),)),

    # No address at all.
    one("name-agent-does-not-resolve",
        Expect("connected", addresses=(),
               notes=("hostB does not resolve on hostA", V4, "203.0.113.132")),
        argv=("hostA", "hostB:8080"), hosts_files=(("hostA", NOWHERE),)),
    one("name-agent-does-not-resolve-v6",
        Expect("connected",
               notes=("hostB does not resolve to an IPv6 address on hostA", V6)),
        argv=("hostA", "hostB:8080", "-6"), hosts_files=(("hostA", NOWHERE),)),
    one("name-agent-default-route-by-management",
        Expect(("route-elsewhere", "rp-filter"), "destination", "hostB",
               notes=("hostB does not resolve on hostA", V4)),
        argv=("hostA", "hostB:8080"), hosts_files=(("hostA", NOWHERE),),
        faults=(("hostB", "ip route replace default via 203.0.113.135 dev "
                 "mgmt0"),)),
    one("name-agent-in-capitals", Expect("connected", addresses=()),
        argv=("hostA", "hOSTb:8080"), hosts_files=names(f"{V4} hostB")),
    one("name-typo",
        Expect("name-not-resolved", "source", "hostA",
               detail=("hostX",),
               notes=("no agent is named hostX", "hostA, hostB")),
        argv=("hostA", "hostX:8080"), service=()),
    one("name-agent-stays-off-management", Expect("-"),
        run=stays_off_management, argv=("hostA", "hostB:8080")),
    one("name-resolver-silent", Expect("-"), run=silent_resolver,
        argv=("hostA", "hostB:8080")),
    one("name-source-agent-hangs", Expect("-"), run=hung_agent,
        argv=("hostA", "hostB:8080")),
    one("name-answers-in-json", Expect("-"), run=in_json,
        argv=("hostA", "hostB:8080")),
    one("name-bundle-judged-again", Expect("-"), run=bundle_judged_again,
        argv=("hostA", "hostB:8080")),
    # Another order, as administrators set it: IPv4 is what comes first.
    one("name-order-by-gai-conf",
        Expect("connected", addresses=((V4, "listening-on-other-family"),)),
        service=V6_ONLY,
        faults=(("hostA", "echo 'precedence ::ffff:0:0/96 100' >/run/gai.conf "
                 "&& mount --bind /run/gai.conf /etc/gai.conf"),)),
]
