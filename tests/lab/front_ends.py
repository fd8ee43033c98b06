#!/usr/bin/python3
"""Starts a firewall's front end in the lab host where this runs.

    front_ends.py firewalld [iptables] | ufw | fail2ban | dockerd

The real program, on a copy of its configuration folder that ends with the host,
as the program does.  Its own settings are to be changed before (write /run/etc,
which is laid over the copy) or after.  Ends when the program is ready.
"""
import os
import shutil
import subprocess
import sys
import time

# The controller's wire stays open, whatever else is closed.
TRUSTED = ('<?xml version="1.0" encoding="utf-8"?>\n<zone target="ACCEPT">\n'
           '  <short>Trusted</short>\n  <interface name="mgmt0"/>\n</zone>\n')
JAIL = """[DEFAULT]
backend = polling
filter = sshd
logpath = /run/empty.log
[{name}]
enabled = true
port = 8080
banaction = {action}
"""
PATIENCE = 60  # seconds: a ceiling for a machine that is very busy
CGROUPS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio",
           "pids")


def run(*argv, check=True):
    result = subprocess.run(argv, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    if check and result.returncode != 0:
        sys.exit(f"{' '.join(argv)}: {result.stdout.strip()}")
    return result


def start(*argv):
    """In the background; its words in /run/NAME.log, its id in NAME.pid."""
    with open(f"/run/{argv[0]}.log", "wb") as log:
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True)
    write(f"/run/{argv[0]}.pid", str(program.pid))
    return program


def wait(program, is_ready):
    limit = time.monotonic() + PATIENCE
    while not is_ready():
        if program.poll() is not None or time.monotonic() > limit:
            with open(f"/run/{program.args[0]}.log", encoding="utf-8") as log:
                sys.exit(f"{program.args[0]} is not ready: {log.read()[-2000:]}")
        time.sleep(0.02)


def own_copy(path):
    """The folder as the host's own, with what the scenario wrote over it."""
    copy = "/run/own" + path.replace("/", "-")
    if os.path.isdir(path):
        shutil.copytree(path, copy, symlinks=True)
    else:
        shutil.copy(path, copy)
    over = "/run" + path
    if os.path.isdir(over):
        shutil.copytree(over, copy, dirs_exist_ok=True)
    run("mount", "--bind", copy, path)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def firewalld(backend="nftables"):
    write("/run/etc/firewalld/zones/trusted.xml", TRUSTED)
    own_copy("/etc/firewalld")
    run("sed", "-i", f"s/^FirewallBackend=.*/FirewallBackend={backend}/",
        "/etc/firewalld/firewalld.conf")
    os.makedirs("/run/dbus")
    run("dbus-daemon", "--system", "--fork")
    program = start("firewalld", "--nofork", "--nopid")
    wait(program, lambda: run(
        "busctl", "--system", "--auto-start=no", "get-property",
        "org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1",
        "org.fedoraproject.FirewallD1", "state",
        check=False).stdout.strip() == 's "RUNNING"')


def ufw():
    own_copy("/etc/ufw")
    own_copy("/etc/default/ufw")
    run("ufw", "allow", "in", "on", "mgmt0")
    run("ufw", "--force", "enable")


def fail2ban(action="nftables-multiport", name="web"):
    write("/run/etc/fail2ban/jail.local", JAIL.format(name=name, action=action))
    write("/run/empty.log", "")
    own_copy("/etc/fail2ban")
    for path in ("/etc/fail2ban/jail.d", "/var/log"):
        run("mount", "-t", "tmpfs", "tmpfs", path)
    os.makedirs("/run/fail2ban")
    os.makedirs("/var/lib/fail2ban")
    program = start("fail2ban-server", "-xf", "start")
    wait(program, lambda: run("fail2ban-client", "status", name,
                              check=False).returncode == 0)


def dockerd():
    run("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup")
    for name in CGROUPS:
        os.mkdir(f"/sys/fs/cgroup/{name}")
        run("mount", "-t", "cgroup", "-o", name, "cgroup",
            f"/sys/fs/cgroup/{name}", check=False)
    # The default bridge's network is one of the lab's own.
    program = start("dockerd", "--storage-driver", "vfs", "--bip",
                    "203.0.113.65/28", "--data-root", "/var/lib/docker",
                    "--exec-root", "/run/docker")
    wait(program, lambda: os.path.exists("/run/docker.sock") and run(
        "docker", "version", check=False).returncode == 0)


if __name__ == "__main__":
    {"firewalld": firewalld, "ufw": ufw, "fail2ban": fail2ban,
     "dockerd": dockerd}[sys.argv[1]](*sys.argv[2:])
