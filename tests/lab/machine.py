"""What all hosts of all labs share: settings of the kernel that only its first
network namespace may change.  They are put back whatever happens."""
import fcntl
import re
import subprocess
from contextlib import contextmanager

LOCK = "/run/lock/probe-lab-machine"
# No other command of a report is run outside of the lab.
HARMLESS = re.compile(r"sysctl -w net\.netfilter\.nf_conntrack_max=[0-9]{1,7}")


def path_of(name):
    return "/proc/sys/" + name.replace(".", "/")


@contextmanager
def changed(settings):
    """Sets (name, value) of each, one lab at a time, and puts it back."""
    if not settings:
        yield
        return
    with open(LOCK, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = []
        try:
            for name, value in settings:
                with open(path_of(name), encoding="ascii") as file:
                    before.append((name, file.read()))
                write(name, value)
            yield
        finally:
            for name, value in before:
                write(name, value)


def write(name, value):
    with open(path_of(name), "w", encoding="ascii") as file:
        file.write(value)


def run_fix(command):
    """Runs a fix that concerns what is shared; as subprocess.run()."""
    if not HARMLESS.fullmatch(command):
        return subprocess.CompletedProcess(
            command, 1, "", "not a command for the machine itself")
    return subprocess.run(["sh", "-c", command], capture_output=True,
                          text=True, timeout=10)
