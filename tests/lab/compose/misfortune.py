"""An agent that dies or stops during a trace."""
import os
import signal
import threading
import time

from process import descendants
from topology import HOSTS
from wait import TimedOut, wait_until

WHO = ("worker", "link", "all")
HOW = (("stopped", signal.SIGSTOP), ("killed", signal.SIGKILL))


class Misfortune(threading.Thread):
    """Strikes once, some milliseconds after the worker of a trace is there."""

    def __init__(self, lab, random):
        super().__init__()
        self.lab = lab
        self.host = random.choice(("hostA", "hostB"))
        self.who = random.choice(WHO)
        how, self.number = random.choice(HOW)
        if self.who == "all":  # the keeper is not started again
            how, self.number = HOW[0]
        self.delay = random.random() * 0.1
        self.what = f"{self.who} of {self.host} {how} after {self.delay:.3f} s"
        self.stopped = []
        self.keeper = lab.agents[self.host].find()
        wait_until(lambda: len(descendants(self.keeper)) == 1,
                   "an idle agent", 10)
        self.link = descendants(self.keeper)

    def worker(self):
        return descendants(self.keeper) - self.link

    def run(self):
        try:
            wait_until(self.worker, "a worker", 5, 0.002)
        except TimedOut:
            return
        time.sleep(self.delay)
        pids = {"worker": self.worker(), "link": self.link,
                "all": self.worker() | self.link | {self.keeper}}[self.who]
        for pid in pids:
            try:
                os.kill(pid, self.number)
            except ProcessLookupError:
                continue
            self.stopped.append(pid)

    def end(self):
        """All go on as they were; the agents are connected again."""
        self.join()
        # nsenter, which started the keeper, stops with it.
        for pid in (*self.stopped, self.lab.agents[self.host].entry.pid):
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                continue
        self.lab.wait_connected(HOSTS)
