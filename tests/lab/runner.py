"""Runs scenarios: each in a lab of its own, several labs side by side."""
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from bare import applies, run_bare
from daemons import Lab
from judge import judge
from leaks import differences, processes_in, snapshot
from machine import changed, run_fix
from programs import inject
from topology import HOSTS
from wait import TimedOut, wait_until


@dataclass
class Result:
    scenario: object
    problems: list = field(default_factory=list)
    wrong_and_proven: bool = False
    got: str = "-"
    confidence: str = "-"
    time_ms: int = 0
    seconds: float = 0  # all of it, with the lab's coming and going
    logs: dict = field(default_factory=dict)
    report: object = None

    def word(self):
        if not self.problems:
            return "OK"
        return "WRONG-AND-PROVEN" if self.wrong_and_proven else "WRONG"


def watched(lab, scenario):
    return [lab[name] for name in HOSTS if name not in scenario.stop_agents]


def check_fix(lab, scenario, report):
    """The report's first fix alone must mend it."""
    if not report.get("fixes"):
        return ["no fix is offered"]
    fix = report["fixes"][0]
    if fix.get("host") not in lab.hosts:
        return [f"the fix names no host of the lab: {fix.get('host')!r}"]
    if scenario.machine:
        result = run_fix(fix["command"])
    else:
        result = lab[fix["host"]].run(["sh", "-c", fix["command"]],
                                      check=False)
    if result.returncode != 0:
        return [f"the fix fails: {fix['command']}: {result.stderr.strip()}"]
    status, again, text = lab.trace(scenario.argv)
    cause = again["verdict"]["cause"] if again else text.strip()[:200]
    if status != 0 or cause != "connected":
        return [f"after the fix ({fix['command']}): {cause}, exit {status}"]
    return []


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


def check_logs(lab):
    """A sanitizer's report or a failed assertion is a failure, whatever the
    verdict says."""
    for name, text in lab.logs().items():
        for word in ("ERROR: AddressSanitizer", "runtime error:",
                     "LeakSanitizer", "Assertion `", "SIGSEGV"):
            if word in text:
                at = text.index(word)
                yield f"{name}: {text[max(0, at - 100):at + 600]}"


def end_in_order(lab):
    """The programs end when asked to, and well: a sanitizer that finds a leak
    at the end says so by its exit status."""
    for name, program in (*lab.agents.items(), ("controller", lab.controller)):
        if program.running():
            program.kill(signal.SIGTERM)
        # A scenario may have killed it.
        if program.entry.returncode not in (0, -signal.SIGKILL):
            yield f"{name} ended with status {program.entry.returncode}"


def inject_and_trace(lab, scenario, result):
    inject(lab, scenario)
    for name in scenario.stop_agents:
        lab.stop_agent(name)
        lab.wait_gone(name)
    for _ in range(scenario.traces):
        report = trace_once(lab, scenario, result)
    if scenario.fix and not result.problems:
        for host, command in scenario.before_fix:
            lab[host].shell(command)
        result.problems += check_fix(lab, scenario, report)


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
    result.problems += end_in_order(lab)
    result.problems += check_logs(lab)


def play_in_lab(scenario, build_dir, result, stack):
    """The lab's namespaces; a broken scenario fails, the rest goes on."""
    lab = None
    namespaces = set()
    try:
        lab = Lab(build_dir)
        for host in lab.hosts.values():
            namespaces |= host.inodes()
            host.hold_namespaces(stack)
        play(lab, scenario, result)
    except Exception as error:
        result.problems.append(f"{type(error).__name__}: {error}")
    finally:
        if lab is not None:
            result.logs = lab.logs() if result.problems else {}
            lab.close()
    return namespaces


def run_scenario(scenario, build_dir):
    result = Result(scenario)
    with ExitStack() as stack:
        namespaces = play_in_lab(scenario, build_dir, result, stack)
        try:
            wait_until(lambda: not processes_in(namespaces),
                       "the end of the lab's processes", 5)
        except TimedOut:
            result.problems.append("processes of the lab are left: "
                                   f"{processes_in(namespaces)}")
    return result


def run_all(scenarios, build_dir, jobs, progress):
    """Results in the order of the scenarios; progress(result) as they come.
    Without a build_dir no program takes part (bare.py)."""
    lock = threading.Lock()

    def one(scenario):
        began = time.monotonic()
        result = run_scenario(scenario, build_dir) if build_dir \
            else run_bare(scenario, Result(scenario))
        result.seconds = round(time.monotonic() - began, 2)
        with lock:
            progress(result)
        return result

    if not build_dir:
        scenarios = [item for item in scenarios if applies(item)]
    with ThreadPoolExecutor(jobs) as pool:
        together = dict(zip(
            (item.name for item in scenarios if not item.alone),
            pool.map(one, [item for item in scenarios if not item.alone])))
    return [one(item) if item.alone else together[item.name]
            for item in scenarios]
