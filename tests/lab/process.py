"""Processes of this machine, read from /proc."""
import os
import signal


def end_in_order_on_signals():
    """Ctrl-C and kill alike unwind the stack, so that labs are taken down; also
    where a shell made us ignore the first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def parents():
    """{pid: parent's pid}"""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii",
                      errors="replace") as stat:
                found[int(entry)] = int(
                    stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    return found


def child_of(pid):
    """The first child of a process, or None."""
    return next((child for child, parent in parents().items()
                 if parent == pid), None)


def descendants(root):
    """The pids of all that a process started, and what those started."""
    everybody = parents()
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in everybody.items() if parent in found}
        grown = not more <= found
        found |= more
    return found - {root}


def arguments(pid):
    """Its command line, empty if it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8",
                  errors="replace") as file:
            return file.read().split("\0")[:-1]
    except OSError:
        return []


def status(pid):
    """/proc/PID/status as {name: text}."""
    with open(f"/proc/{pid}/status", encoding="ascii",
              errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1)
                    for line in file if ":\t" in line)


def memory_kib(pid, name, path="smaps_rollup"):
    """A line such as Rss or Private_Dirty, in KiB."""
    with open(f"/proc/{pid}/{path}", encoding="ascii",
              errors="replace") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    return 0
