"""Where scenarios are played one after another: a lab that is used again as long
as every host can be made what it was at first, and is built anew otherwise.
"""
import signal
from contextlib import ExitStack

from host import LabFault
from leaks import processes_in
from reset import Beginning
from wait import PATIENCE, TimedOut, wait_until

KEPT = 4  # of the scenarios before, so many are named when one fails


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
    for name, program in lab.programs().items():
        if program.running():
            program.kill(signal.SIGTERM)
        # A scenario may have killed it.
        if program.entry.returncode not in (0, -signal.SIGKILL):
            yield f"{name} ended with status {program.entry.returncode}"


class Stand:
    """make() builds a lab."""

    def __init__(self, make):
        self.make = make
        self.lab = None
        self.beginning = None
        self.stack = None
        self.namespaces = set()
        self.played = []
        self.built = 0

    def take(self, name):
        """The lab in which the scenario of this name is to be played."""
        if self.lab is None:
            self.build()
        self.played.append(name)
        return self.lab

    def build(self):
        try:
            self.lab = self.make()
        except Exception as error:
            raise LabFault(f"no lab: {error}") from error
        self.built += 1
        self.played = []
        self.stack = ExitStack()
        self.namespaces = set()
        for host in self.lab.hosts.values():
            self.namespaces |= host.inodes()
            host.hold_namespaces(self.stack)
        self.beginning = Beginning(self.lab)

    def before(self):
        """The scenarios played in this lab before the last one."""
        return self.played[:-1][-KEPT:]

    def put_back(self, touched):
        """After a scenario that changed nothing but these hosts and what goes
        by the network.  Problems, as of end()."""
        try:
            left = self.beginning.reset(touched)
        except Exception as error:
            left = [f"{type(error).__name__}: {error}"]
        problems = list(check_logs(self.lab))
        return problems + self.end() if left or problems else []

    def end(self):
        """Takes the lab down; what the programs did wrong then."""
        if self.lab is None:
            return []
        lab, self.lab = self.lab, None
        with self.stack:
            try:
                problems = [*end_in_order(lab), *check_logs(lab)]
            except Exception as error:
                problems = [f"{type(error).__name__}: {error}"]
            finally:
                lab.close()
            try:
                wait_until(lambda: not processes_in(self.namespaces),
                           "the end of the lab's processes", PATIENCE)
            except TimedOut:
                problems.append("processes of the lab are left: "
                                f"{processes_in(self.namespaces)}")
        return problems
