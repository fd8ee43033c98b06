"""The first process of a lab host: mounts what is the host's own, then waits.

It runs as process 1 of fresh network, PID, mount and UTS namespaces, reaps
orphans as an init does, and ends when its standard input closes, so that a lab
never outlives the program that made it.  Told by SIGUSR1, it becomes another
init: /run/become, in a cgroup namespace of its own (systemd_host.py).

Arguments: the host's name, its folder (hosts, nsswitch.conf, resolv.conf) and
the folder of the programs, which appears as /run/bin.
"""
import ctypes
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MS_NOSUID, MS_NODEV = 4096, 2, 4
CLONE_NEWCGROUP = 0x02000000


def mount(source, target, kind, flags=0, data=None):
    args = [x.encode() if x is not None else None
            for x in (source, target, kind)]
    if libc.mount(*args, flags, data.encode() if data else None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"mount {source} on {target}: {os.strerror(code)}")


def mount_own_files(folder, programs):
    """The machine's files stay as they are; the host sees its own."""
    for name in ("hosts", "nsswitch.conf", "resolv.conf"):
        mount(f"{folder}/{name}", os.path.realpath(f"/etc/{name}"), None,
              MS_BIND)
    # A fresh sysfs shows this network namespace's devices.
    mount("sysfs", "/sys", "sysfs")
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    mount("tmpfs", "/var/lib", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    os.mkdir("/run/netns")
    os.mkdir("/run/bin")
    if programs:
        mount(programs, "/run/bin", None, MS_BIND)
    for kind, target in (("tracefs", "/sys/kernel/tracing"),
                         ("cgroup2", "/sys/fs/cgroup")):
        try:
            mount(kind, target, kind)
        except OSError:
            pass  # not in this kernel: the agent says what it misses


def reap(_signal, _frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def become(_signal, _frame):
    libc.unshare(CLONE_NEWCGROUP)
    os.execve("/run/become", ["/run/become"], {
        "PATH": os.environ["PATH"], "container": "lab",
        "SYSTEMD_UNIT_PATH": "/etc/systemd/system:/run/systemd/system"})


def main():
    name, folder, programs = sys.argv[1:4]
    libc.sethostname(name.encode(), len(name.encode()))
    mount_own_files(folder, programs)
    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGUSR1, become)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while sys.stdin.buffer.read(1):
        pass


main()
