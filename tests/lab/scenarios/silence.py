"""An end that falls silent after it has armed: frozen, swapped out, its link or
its cable gone.  What it did not tell it may have seen all the same."""
import json
import os
import signal
import time

from process import descendants
from programs import start_service
from scenario import Expect, Scenario
from scenarios.robustness import LOSSY, SILENT, Trace, wait_idle
from wait import wait_until


def serve(lab):
    start_service(lab, 0, "hostB", "0.0.0.0 8080")


def drop(lab):
    serve(lab)
    lab["hostB"].shell(SILENT)


def closed(_):
    pass


def lose(lab):
    serve(lab)
    lab["R2"].shell(LOSSY)


def armed(lab, host):
    """A worker of that host's agent captures: its pids, and the link's."""
    keeper = lab.agents[host].find()
    wait_until(lambda: lab[host].packet_sockets() > 0,
               "a capture on " + host, 5, 0.001)
    return descendants(keeper)


def stop_worker(lab, host, idle):
    for pid in armed(lab, host) - idle:
        os.kill(pid, signal.SIGSTOP)
        yield pid


def stop_link(lab, host, idle):
    armed(lab, host)
    for pid in idle:
        os.kill(pid, signal.SIGSTOP)
        yield pid


def pull_cable(lab, host, idle):
    del idle
    armed(lab, host)
    lab[host].shell("ip link set mgmt0 down")
    yield 0


def wake(lab, host, pids):
    for pid in pids:
        try:
            if pid != 0:
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    lab[host].shell("ip link set mgmt0 up")


def told(answer, honest):
    """What is wrong with what was said of it."""
    code, report, text = answer
    if report is None:
        return [] if code == 3 and text.strip() else \
            [f"no report, and exit {code}: {text[:200]}"]
    verdict = report["verdict"]
    problems = []
    if verdict["cause"] not in honest:
        problems.append(f"{verdict['cause']} ({verdict['confidence']}), exit "
                        f"{code}: {verdict['summary']}")
    if verdict["cause"] == "undetermined" and code != 4:
        problems.append(f"undetermined, and exit {code}")
    return problems


def silenced(fault, silence, honest=("undetermined",), host="hostB",
             within=15):
    """The end is silenced as soon as it captures: what is said is honest, and
    said within so many seconds."""
    def run(lab):
        fault(lab)
        keeper = lab.agents[host].find()
        wait_idle(keeper)
        idle = descendants(keeper)
        trace = Trace(lab)
        pids = []
        began = time.monotonic()
        try:
            pids += silence(lab, host, idle)
            problems = trace.problems()
            took = time.monotonic() - began
        finally:
            wake(lab, host, pids)
        if not problems:
            problems = told(trace.answer, honest)
        if took > within:
            problems.append(f"it took {took:.1f} s")
        lab.stop_agent(host, signal.SIGKILL)
        lab.wait_gone(host)
        lab.start_agent(host, log="agent-again")
        lab.wait_connected([host])
        return problems
    return run


def scenario(name, run):
    return Scenario(f"silent-{name}", Expect("-"), run=run, families=())


def cut_off_by_own_rule(lab):
    """hostA's own rule keeps its agent from the controller: that is told, and
    soon, for nothing more will come."""
    serve(lab)
    lab["hostA"].shell("nft add table inet own && nft 'add chain inet own out "
                       "{ type filter hook output priority 0; }' && nft add "
                       "rule inet own out oifname mgmt0 drop")
    began = time.monotonic()
    result = lab.probectl("trace", "hostA", "hostB:8080")
    took = time.monotonic() - began
    lab["hostA"].shell("nft delete table inet own")
    if result.returncode != 3 or "fell silent" not in result.stderr:
        return [f"exit {result.returncode}: {result.stderr[:200]}"]
    return [] if took < 5 else [f"it took {took:.1f} s"]


STATEFUL = ("nft 'table inet own { chain in { type filter hook input priority "
            "0; policy drop; ct state established,related accept; iif lo accept; "
            "tcp dport 22 accept; }; }'")


def firewall_loaded_under_it(lab):
    """A stateful firewall is loaded on hostB and does not know its agent's
    connection: at first nobody there can be asked, and soon all is told."""
    serve(lab)
    lab["hostB"].shell(STATEFUL)
    problems = []
    for after, causes in ((0, ("undetermined", "firewall-drop")),
                          (11, ("firewall-drop",))):
        time.sleep(after)
        result = lab.probectl("trace", "hostA", "hostB:8080", "-o", "json")
        verdict = json.loads(result.stdout)["verdict"] if result.stdout else {}
        if verdict.get("cause") not in causes or (
                verdict["cause"] == "undetermined" and
                "fell silent" not in verdict["summary"]):
            problems.append(f"after {after} s: exit {result.returncode}: "
                            f"{verdict or result.stderr[:200]}")
    lab["hostB"].shell("nft delete table inet own")
    return problems


# Whoever is stopped too late has told the truth already.
SCENARIOS = [
    scenario("destination-by-a-new-firewall", firewall_loaded_under_it),
    scenario("source-by-its-own-rule", cut_off_by_own_rule),
    scenario("worker-behind-a-drop", silenced(
        drop, stop_worker, ("undetermined", "firewall-drop"))),
    scenario("link-behind-a-drop", silenced(
        drop, stop_link, ("undetermined", "firewall-drop"))),
    scenario("cable-behind-a-drop", silenced(
        drop, pull_cable, ("undetermined", "firewall-drop"))),
    scenario("worker-and-connected", silenced(
        serve, stop_worker, ("undetermined", "connected"))),
    scenario("link-and-connected", silenced(
        serve, stop_link, ("undetermined", "connected"))),
    scenario("cable-and-connected", silenced(
        serve, pull_cable, ("undetermined", "connected"))),
    scenario("worker-and-refused", silenced(
        closed, stop_worker, ("undetermined", "not-listening"))),
    scenario("link-and-refused", silenced(
        closed, stop_link, ("undetermined", "not-listening"))),
    scenario("worker-behind-a-loss", silenced(lose, stop_worker)),
    # The source's own silence: nobody knows what it sent.
    scenario("source-worker-and-drop", silenced(
        drop, stop_worker, ("undetermined", "firewall-drop"), "hostA", 6)),
    scenario("source-worker-and-connected", silenced(
        serve, stop_worker, ("undetermined", "connected"), "hostA", 6)),
    scenario("source-link-behind-a-loss", silenced(
        lose, stop_link, host="hostA", within=6)),
]
