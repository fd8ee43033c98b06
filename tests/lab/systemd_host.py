"""Makes systemd the first process of a lab host: the real one, as its PID 1.

Runs in the host.  Standard input holds the units, each after a line of its own
as in "# web.service"; those whose name follows on the command line are started.
The holder (holder.py) becomes systemd in a cgroup of its own, which is the root
that systemd sees.  Only the units given here exist; /etc/systemd/system is the
host's own, so that "systemctl enable" changes nothing on this machine.

tests/lab/host.py removes the cgroup when the host ends.
"""
import os
import signal
import subprocess
import sys
import time

UNITS = "/run/systemd/system"
# What services and sockets depend on unless they say otherwise.
TARGETS = ("sysinit", "basic", "sockets", "shutdown", "umount", "timers",
           "paths", "multi-user")
BECOME = """#!/bin/sh
set -e
umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec /lib/systemd/systemd --system --log-target=journal --show-status=no \\
    --unit=multi-user.target </dev/null >/dev/null 2>&1
"""
JOURNAL = """[Service]
Type=notify
ExecStart=/lib/systemd/systemd-journald
Environment=SYSTEMD_LOG_TARGET=null
[Unit]
DefaultDependencies=no
Requires=systemd-journald.socket
"""
JOURNAL_SOCKET = """[Unit]
DefaultDependencies=no
[Socket]
ListenStream=/run/systemd/journal/stdout
ListenDatagram=/run/systemd/journal/socket
Service=systemd-journald.service
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_units(text):
    """Splits what was given, and adds what every unit needs."""
    units = {f"{name}.target": "[Unit]\nDefaultDependencies=no\n"
             for name in TARGETS}
    units["systemd-journald.service"] = JOURNAL
    units["systemd-journald.socket"] = JOURNAL_SOCKET
    for part in ("\n" + text).split("\n# ")[1:]:
        name, _, body = part.partition("\n")
        units[name.strip()] = body
    os.makedirs(UNITS)
    for name, body in units.items():
        write(f"{UNITS}/{name}", body)


def prepare_cgroup():
    """A cgroup that holds process 1 alone, so that it may be a root."""
    folder = f"/sys/fs/cgroup/{os.environ['LAB_CGROUP']}"
    os.makedirs(folder)
    write(f"{folder}/cgroup.procs", "1")


def become_systemd():
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc/systemd/system"],
                   check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/var/log"], check=True)
    write("/run/machine-id", "0123456789abcdef0123456789abcdef\n")
    subprocess.run(["mount", "--bind", "/run/machine-id", "/etc/machine-id"],
                   check=True)
    write("/run/become", BECOME)
    os.chmod("/run/become", 0o755)
    os.kill(1, signal.SIGUSR1)


def systemctl(*argv):
    return subprocess.run(["systemctl", *argv], capture_output=True,
                          text=True, check=False)


def wait_for(what, is_there, seconds=60):
    until = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > until:
            sys.exit(f"systemd: {what} did not come")
        time.sleep(0.02)


def main():
    write_units(sys.stdin.read())
    prepare_cgroup()
    become_systemd()
    wait_for("multi-user.target", lambda: systemctl(
        "is-active", "multi-user.target").returncode == 0)
    if systemctl("start", "systemd-journald.service").returncode != 0:
        sys.exit("systemd: no journal")
    for name in sys.argv[1:]:
        systemctl("start", name)  # it may be meant to fail


main()
