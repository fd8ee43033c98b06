"""Plays a composition: injects it, traces, mends one fault after another, and
has the oracle judge each trace.
"""
import json
import os
import subprocess
import time
from dataclasses import dataclass, field

from host import CommandFailed, LabFault
from judge import contract_problems
from leaks import differences, snapshot
from process import descendants
from programs import do, start_service
from reset import end_processes, flush_learned
from topology import HOSTS
from wait import TimedOut, wait_until

from . import oracle
from .fault import AS_IT_COMES
from .misfortune import Misfortune
from .plain import PATIENT, QUICK, connect

SIDE_PORT = 8081  # another port of the destination
CLEAN = 3  # seconds until nothing of a trace is left
# Of a route that rejects, IPv4 tells each source five times, then once a
# second (ip_error()): so long until it tells five times again.
TOLD_AGAIN = 5


@dataclass
class Trace:
    """One trace, judged."""
    what: str  # what was done before it
    faults: int
    expected: list
    verdict: str = "-"
    confidence: str = "-"
    result: str = "-"
    plain: str = "-"
    ms: int = 0
    problems: list = field(default_factory=list)
    disturbed: str = ""
    foretold: int = 0  # faults behind the blamed one that the report lists
    behind: int = 0

    def missed(self):
        return self.result != "right" and not (
            self.disturbed and self.result == "undetermined") \
            or bool(self.problems)


@dataclass
class Played:
    composition: object
    traces: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    lab_faults: list = field(default_factory=list)
    fixes: dict = field(default_factory=lambda: {
        "typed": 0, "mended": 0, "none offered": 0})
    reports: list = field(default_factory=list)  # of what was missed
    seconds: float = 0

    def missed(self):
        return bool(self.problems) or any(trace.missed()
                                          for trace in self.traces)


class Player:
    def __init__(self, lab, composition, keep=None):
        self.lab = lab
        self.composition = composition
        self.keep = keep  # the folder for reports and bundles
        self.random = composition.hand.random
        self.played = Played(composition)
        self.active = list(composition.faults)
        self.services = []
        self.starts = 0
        self.last = 0  # when the last trace ended
        self.touched = composition.hosts()
        self.narrow = True  # only rules of hosts were mended, and by fixes
        words = composition.hand.words
        self.own = words["B"]
        self.argv = ("hostA", composition.target, f"-{composition.family}")

    def play(self):
        self.inject()
        blocked = self.others() if self.composition.mode == "fix" and all(
            fault.narrow for fault in self.active) else {}
        if self.composition.disturbed and self.random.random() < 0.5:
            self.trace("disturbed", [self.active], self.misfortune())
        report, blamed = self.trace("injected", [self.active])
        for _ in range(3 * len(self.composition.faults)):
            if not self.active:
                break
            report, blamed = self.step(report, blamed)
        self.nothing_else_opened(blocked)
        if self.composition.disturbed and not self.played.traces[0].disturbed:
            self.trace("disturbed", [self.active], self.misfortune())
        return self.played

    def misfortune(self):
        return Misfortune(self.lab, self.random)

    def plain(self, patience=QUICK):
        """What a plain connect() from hostA gives."""
        return connect(self.lab, "hostA", self.address(), 8080, patience)

    def address(self):
        """That of the name, if it is asked for, as hostA resolves it."""
        if self.argv[1].startswith("hostB"):
            with open(os.path.join(self.lab["hostA"].folder, "hosts"),
                      encoding="utf-8") as file:
                for line in file:
                    words = line.split()
                    if "hostB" in words[1:] and (":" in words[0]) == (
                            self.composition.family == 6):
                        return words[0]
        return self.own

    # What is injected, and taken away again.

    def inject(self):
        own = [fault for fault in self.composition.faults if fault.service
               is not None]
        for fault in own:
            for host, command in fault.make:
                do(self.lab, host, command)
        self.serve(own[0].service if own else self.good())
        # One that fills its queue by itself does so before there are rules.
        self.start_beside(lambda words: not words.startswith("netns:"))
        parts = [part for part in self.composition.faults
                 + self.composition.decoys if part not in own]
        self.random.shuffle(parts)
        parts.sort(key=lambda part: getattr(part, "made", AS_IT_COMES))
        for part in parts:
            for host, command in part.make:
                do(self.lab, host, command)
        self.start_beside(lambda words: words.startswith("netns:"))
        for number, decoy in enumerate(self.composition.decoys):
            for host, words in decoy.background:
                start_service(self.lab, f"{number}-background", host, words)
        if not any("port 8081" in part.uses for part in parts + own):
            start_service(self.lab, "side", "hostB",
                          self.composition.hand.text("@any 8081"))
        flush_learned(self.lab)

    def start_beside(self, chosen):
        """Those of the decoys' services."""
        for number, decoy in enumerate(self.composition.decoys):
            for host, words in decoy.service:
                if chosen(words):
                    start_service(self.lab, f"{number}-beside", host, words)

    def good(self):
        return (("hostB", self.composition.good),)

    def serve(self, services):
        """Each start has a log of its own, which says when it is ready."""
        self.starts += 1
        self.services = [
            start_service(self.lab, f"{self.starts}-{number}", host, words)
            for number, (host, words) in enumerate(services)]

    def take_out(self, fault):
        """By hand, exactly as it was put in."""
        if fault.service is not None:
            for program in self.services:
                end_processes({program.entry.pid}
                              | descendants(program.entry.pid))
            self.serve(self.good())
        for host, command in fault.undo:
            self.lab[host].shell(command, check=False)
        self.active.remove(fault)
        flush_learned(self.lab)

    # One step after the other.

    def step(self, report, blamed):
        """Mends what is blamed, or else what should be, and traces again."""
        if blamed not in self.active:
            blamed = oracle.expected(self.active)[0]
        elif self.composition.mode == "hand":
            self.take_out_another(blamed)
        elif self.played.traces[-1].result == "right":
            done = self.mend(blamed, report)
            if done and blamed not in self.active:
                return done
        self.narrow = False
        self.take_out(blamed)
        return self.trace(f"{blamed.kind} taken out", [self.active])

    def take_out_another(self, blamed):
        """The verdict stays as it is."""
        others = [fault for fault in oracle.later(blamed, self.active)
                  if fault not in oracle.expected(self.active)]
        if others:
            other = self.random.choice(others)
            self.take_out(other)
            self.trace(f"{other.kind} taken out, which is behind",
                       [self.active])

    def mend(self, fault, report):
        """Types the first command that is offered; the trace after it."""
        fixes = report.get("fixes", [])
        if not fixes:
            self.played.fixes["none offered"] += 1
        # One for a packet that has gone astray fits that packet alone.
        astray = any(one.turn for one in oracle.expected(self.active)
                     if one is not fault)
        if not fixes or fault.by_hand or astray:
            return None
        host, command = fixes[0].get("host"), fixes[0].get("command", "")
        self.played.fixes["typed"] += 1
        if host not in self.lab.hosts:
            self.problem(f"the fix names no host: {host}")
            return None
        self.touched.add(host)
        done = self.lab[host].run(["sh", "-c", command], check=False)
        if done.returncode != 0:
            self.problem(f"the fix fails: {command}: {done.stderr.strip()}")
            return None
        flush_learned(self.lab)
        return self.after_fix(fault, f"{host}: {command}")

    def after_fix(self, fault, what):
        """The blamed fault is gone, and with it perhaps more of its chain."""
        rest = [one for one in self.active if one is not fault]
        choices = [rest]
        if fault.chain:
            choices.append([one for one in rest if one.chain != fault.chain])
        answer = self.trace(what, [*choices, list(self.active)], fixed=fault)
        if fault in self.active:
            self.problem(f"the fix does not mend it: {what}")
        else:
            self.narrow = self.narrow and fault.narrow
            self.played.fixes["mended"] += 1
        return answer

    def problem(self, text):
        self.played.traces[-1].problems.append(text)

    # Traces.

    def trace(self, what, choices, misfortune=None, fixed=None):
        """(report, the blamed fault); the first of the choices of what is
        still there that fits is taken for the truth."""
        if any(fault.limited for fault in oracle.expected(choices[0])):
            time.sleep(max(0, self.last + TOLD_AGAIN - time.monotonic()))
        hosts = [self.lab[name] for name in HOSTS]
        before = snapshot(hosts)
        plain = self.plain() if not misfortune \
            and self.random.random() < 0.5 else None
        bundle = os.path.join(self.lab["ctl"].folder, "bundle.json")
        started = time.monotonic()
        if misfortune:
            misfortune.start()
        status, report, text = self.lab.trace(
            (*self.argv, "--bundle", bundle), timeout=60)
        if misfortune:
            misfortune.end()
        result = Trace(what, 0, [], ms=int((time.monotonic() - started)
                                           * 1000))
        self.played.traces.append(result)
        blamed = self.judge(result, report, choices, plain, misfortune, fixed)
        self.check(result, status, report, text, before, hosts)
        self.last = time.monotonic()
        if result.missed() and self.keep:
            self.save(result, report, text, bundle)
        return report, blamed

    def judge(self, result, report, choices, plain, misfortune, fixed):
        found = []
        for faults in choices:
            word, fault = oracle.classify(report, faults)
            found.append((oracle.CLASSES.index(word), word, fault, faults))
        if fixed and all(item[0] > 1 for item in found[:-1]) and \
                found[-1][2] is fixed:
            best = found[-1]  # the fix has not mended it
        else:
            best = min(found[:-1] or found, key=lambda item: item[0])
        _, result.result, blamed, faults = best
        if faults is not self.active:
            self.active[:] = faults
        result.faults = len(faults)
        result.expected = [f"{fault.kind}: {' or '.join(fault.causes)}"
                           for fault in oracle.expected(faults)]
        verdict = (report or {}).get("verdict", {})
        result.verdict = " ".join(
            verdict.get(name, "-") for name in
            ("cause", "role", "stage", "packet") if name in verdict) or "-"
        result.confidence = verdict.get("confidence", "-")
        if misfortune:
            result.disturbed = misfortune.what
        else:
            self.compare_with_connect(result, report, faults, plain)
        behind = oracle.later(blamed, faults) if blamed else []
        told = {item.get("cause") for item in
                (report or {}).get("obstacles", [])}
        result.behind = len(behind)
        result.foretold = sum(bool(told & set(one.causes)) for one in behind)
        return blamed

    def compare_with_connect(self, result, report, faults, plain):
        """The injection does what it claims, and the report says the same."""
        opens = oracle.connects(faults)
        plain = plain or self.plain()
        shown = [plain]
        if (plain == "connected") != opens or oracle.outcome_problem(
                report or {}, shown):
            shown.append(self.plain(PATIENT))
        result.plain = " or ".join(dict.fromkeys(shown))
        if all((one == "connected") != opens for one in shown):
            self.played.traces.pop()  # told as the lab's fault instead
            raise LabFault("the injection does not do what it claims: a plain "
                           f"connect() gives {result.plain}, with "
                           f"{result.expected or 'no fault'}; the report says "
                           f"{result.verdict}")
        problem = report and oracle.outcome_problem(report, shown)
        if problem and result.result != "undetermined":
            result.problems.append(problem)

    def check(self, result, status, report, text, before, hosts):
        """What holds for every report, and nothing left behind."""
        if report and "verdict" in report:
            result.problems += contract_problems(report)
        if report is None:
            result.problems.append(f"exit {status}: {text.strip()[:300]}")
            if result.disturbed and text.strip():
                result.problems.clear()  # it says that it could not
        try:
            wait_until(lambda: not differences(before, hosts), "a clean host",
                       CLEAN * (5 if result.disturbed else 1))
        except TimedOut:
            result.problems += differences(before, hosts)

    def save(self, result, report, text, bundle):
        """Beside each other: the report and the evidence."""
        name = f"{self.composition.number}-{len(self.played.traces)}"
        path = os.path.join(self.keep, name)
        with open(path + ".report.json", "w", encoding="utf-8") as file:
            json.dump(report or text, file, indent=1)
        try:
            os.replace(bundle, path + ".bundle.json")
        except OSError:
            pass
        self.played.reports.append(path)

    # What fixes must not do.

    def others(self):
        """What other connections give: (host, port): outcome"""
        return {(host, port): connect(self.lab, host, self.own, port)
                for host, port in (("hostC", 8080), ("hostA", SIDE_PORT))}

    def nothing_else_opened(self, before):
        """A rule's fix opens this connection alone."""
        if not before or not self.narrow or self.active \
                or not self.composition.faults:
            return
        for (host, port), outcome in self.others().items():
            if outcome == "connected" and before[host, port] != outcome:
                self.played.problems.append(
                    f"the fixes opened hostB's port {port} to {host}, too")


def play_on(stand, composition, keep=None):
    """On a lab that may have been used before; Played."""
    began = time.monotonic()
    player = None
    try:
        lab = stand.take(f"composition {composition.number}")
        player = Player(lab, composition, keep)
        player.play()
        left = stand.end() if composition.legacy() \
            or composition.disturbed else stand.put_back(player.touched)
        player.played.problems += left
    except (LabFault, CommandFailed, TimedOut,
            subprocess.TimeoutExpired) as error:
        player = player or Player(None, composition)
        player.played.lab_faults.append(f"{type(error).__name__}: {error}")
        stand.end()
    player.played.seconds = round(time.monotonic() - began, 2)
    return player.played
