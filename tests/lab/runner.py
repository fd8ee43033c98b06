"""Runs scenarios: one after another in a lab, several labs side by side."""
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bare import applies, contradiction, play_bare
from daemons import Lab
from fixes import check_fix, check_way
from host import LabFault
from judge import judge
from leaks import differences, snapshot
from machine import changed
from programs import inject
from stand import Stand
from topology import HOSTS, Topology
from wait import TimedOut, wait_until


@dataclass
class Result:
    scenario: object
    problems: list = field(default_factory=list)
    faults: list = field(default_factory=list)  # of the lab, not the program
    wrong_and_proven: bool = False
    got: str = "-"
    confidence: str = "-"
    time_ms: int = 0
    seconds: float = 0  # all of it, with the lab's coming and going
    logs: dict = field(default_factory=dict)
    report: object = None

    def word(self):
        if self.faults:
            return "LAB"
        if not self.problems:
            return "OK"
        return "WRONG-AND-PROVEN" if self.wrong_and_proven else "WRONG"


def watched(lab, scenario):
    return [lab[name] for name in HOSTS if name not in scenario.stop_agents]


def trace_once(lab, scenario, result):
    """One trace, judged; the hosts must look as they did before."""
    hosts = watched(lab, scenario)
    before = snapshot(hosts)
    started = time.monotonic()
    status, report, text = lab.trace(scenario.argv)
    result.time_ms = int((time.monotonic() - started) * 1000)
    result.report = report
    problems, proven = judge(scenario.expect, status, report, text)
    result.problems += problems
    result.wrong_and_proven |= proven
    if report and "verdict" in report:
        result.got = report["verdict"].get("cause", "?")
        result.confidence = report["verdict"].get("confidence", "?")
    if result.time_ms > scenario.budget_ms + 1000:
        result.problems.append(f"took {result.time_ms} ms")
    try:
        wait_until(lambda: not differences(before, hosts), "a clean host", 3)
    except TimedOut:
        result.problems += differences(before, hosts)
    return report


def inject_and_trace(lab, scenario, result):
    inject(lab, scenario)
    for name in scenario.stop_agents:
        lab.stop_agent(name)
        lab.wait_gone(name)
    lab.wait_told(scenario.told)
    for _ in range(scenario.traces):
        report = trace_once(lab, scenario, result)
    if result.problems:
        result.faults += contradiction(lab, scenario)
    if scenario.fix and not result.problems:
        for host, command in scenario.before_fix:
            lab[host].shell(command)
        check = check_way if scenario.expect.ahead else check_fix
        result.problems += check(lab, scenario, report)


def play(lab, scenario, result):
    if scenario.run is not None:
        started = time.monotonic()
        result.problems += scenario.run(lab) or []
        result.time_ms = int((time.monotonic() - started) * 1000)
        result.got = "as expected" if not result.problems else "-"
    else:
        for name, prefix in scenario.agents:
            lab.change_agent(name, prefix.split())
        with changed(scenario.machine):
            inject_and_trace(lab, scenario, result)


def touched(scenario, result):
    """The hosts in which something was done."""
    fixes = (result.report or {}).get("fixes") or [{}]
    return scenario.hosts() | {fixes[0].get("host")}


def can_be_undone(scenario):
    """The programs themselves, or the machine, are not put back; what runs in a
    container of Docker's outlives its daemon."""
    return not (scenario.run or scenario.agents or scenario.stop_agents
                or scenario.machine
                or any("docker run" in text for _, text in scenario.faults))


def play_on(stand, scenario, result):
    """A broken scenario fails, the rest goes on."""
    try:
        lab = stand.take(scenario.name)
        play(lab, scenario, result)
    except LabFault as error:
        result.faults.append(str(error))
    except Exception as error:
        result.problems.append(f"{type(error).__name__}: {error}")
    if result.problems and stand.lab is not None:
        result.logs = stand.lab.logs()
    if can_be_undone(scenario) and not result.faults and not result.problems:
        result.problems += stand.put_back(touched(scenario, result))
    else:
        result.problems += stand.end()


def run_scenario(scenario, stand, play_once):
    """On a lab that may have been used before.  If it fails there, a new lab
    tells whether something was left over, or whether it comes and goes on a
    busy machine: the lab's fault."""
    result = Result(scenario)
    play_once(stand, scenario, result)
    before = stand.before()
    if result.problems and not result.faults:
        fresh = Stand(stand.make)
        again = Result(scenario)
        play_once(fresh, scenario, again)
        again.problems += fresh.end()
        if not again.problems and not again.faults:
            result.faults.append(
                "in a new lab it passes: left over, or it comes and goes; "
                f"before it ran: {', '.join(before)}")
    return result


def run_all(scenarios, build_dir, jobs, progress):
    """(results in the order of the scenarios, problems at the end of a lab,
    labs built); progress(result) as they come.  Without a build_dir no program
    takes part (bare.py)."""
    lock = threading.Lock()
    stands = queue.SimpleQueue()
    every = [Stand((lambda: Lab(build_dir)) if build_dir else Topology)
             for _ in range(jobs)]
    for stand in every:
        stands.put(stand)

    def one(scenario):
        began = time.monotonic()
        stand = stands.get()
        try:
            result = run_scenario(scenario, stand,
                                  play_on if build_dir else play_bare)
        finally:
            stands.put(stand)
        result.seconds = round(time.monotonic() - began, 2)
        with lock:
            progress(result)
        return result

    if not build_dir:
        scenarios = [item for item in scenarios if applies(item)]
    with ThreadPoolExecutor(jobs) as pool:
        try:
            results = list(pool.map(one, scenarios))
        finally:
            problems = [problem for found in pool.map(Stand.end, every)
                        for problem in found]
    return results, problems, sum(stand.built for stand in every)
