"""A lab host: namespaces of its own, held by one process, entered by nsenter."""
import os
import signal
import subprocess
import sys

from process import child_of
from wait import PATIENCE, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = "/run/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ("net", "pid", "mnt", "uts")
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
# Nobody answers there: a lookup that leaves the hosts file fails at once.
RESOLV = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


class CommandFailed(Exception):
    pass


class LabFault(Exception):
    """The lab did not do its part: the program under test is not to blame."""


def remove_cgroup(name):
    """A host may have made itself a cgroup of this name; the kernel keeps it
    when the host is gone."""
    with open("/proc/mounts", encoding="ascii", errors="replace") as mounts:
        roots = [line.split()[1] for line in mounts
                 if line.split()[2] == "cgroup2"]
    for root in roots:
        for folder, _, _ in os.walk(os.path.join(root, name), topdown=False):
            os.rmdir(folder)


class Background:
    """A program running in a host, started by this library."""

    def __init__(self, host, argv, log, env):
        self.host = host
        self.log = log
        with open(log, "ab") as out:
            self.entry = subprocess.Popen(
                host.enter(argv), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env=env)
        self.pid = None

    def find(self):
        """The program's process id as this machine counts."""
        if self.pid is None:
            self.pid = wait_until(lambda: child_of(self.entry.pid)
                                  or self.entry.poll() is not None,
                                  f"a process from {self.log}", PATIENCE)
            if self.pid is True:
                self.pid = None
        return self.pid

    def running(self):
        return self.entry.poll() is None

    def kill(self, number=signal.SIGKILL, timeout=PATIENCE):
        """Ends it, and waits until it has ended."""
        pid = self.find()
        if pid and self.running():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        self.entry.wait(timeout)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


class Host:
    """One machine of the lab.  close() ends everything that runs in it."""

    def __init__(self, name, folder, programs=""):
        self.name = name
        self.folder = os.path.join(folder, name)
        self.background = []
        self.killed = False
        # A home in memory that ends with the host, as all that it writes.
        self.env = {"PATH": PATH, "HOME": "/run",
                    "XDG_RUNTIME_DIR": "/run", "LANG": "C.UTF-8",
                    "TERM": os.environ.get("TERM", "dumb"),
                    "LAB_CGROUP": f"{os.path.basename(folder)}-{name}"}
        os.mkdir(self.folder)
        self.write_file("hosts", "127.0.0.1 localhost\n")
        self.write_file("nsswitch.conf", NSSWITCH)
        self.write_file("resolv.conf", RESOLV)
        self.words = os.path.join(self.folder, "holder.log")
        with open(self.words, "wb") as words:
            self.hold(words, programs)
        self.pid = None

    def hold(self, words, programs):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--mount", "--uts", "--fork",
             "--kill-child", "--mount-proc", sys.executable, "-I", "-S",
             os.path.join(HERE, "holder.py"), self.name, self.folder,
             programs],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words)

    def ready(self):
        """Waits until the namespaces and mounts stand."""
        if self.holder.stdout.readline() != b"ready\n":
            with open(self.words, encoding="utf-8") as words:
                raise CommandFailed(f"{self.name}: {words.read().strip()}")
        self.pid = child_of(self.holder.pid)
        return self

    def write_file(self, name, text):
        """Writes hosts, nsswitch.conf or resolv.conf in place: the bind mount
        holds the inode."""
        with open(os.path.join(self.folder, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def enter(self, argv):
        return ["nsenter", "-t", str(self.pid), "-n", "-p", "-m", "-u",
                "--", *argv]

    def run(self, argv, check=True, timeout=PATIENCE, text=None, env=None):
        """Runs a program to its end; CommandFailed carries its words."""
        result = subprocess.run(
            self.enter(argv), input=text, capture_output=True, text=True,
            errors="replace", timeout=timeout, env={**self.env, **(env or {})},
            stdin=None if text is not None else subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise CommandFailed(
                f"{self.name}: {' '.join(argv)}: exit {result.returncode}: "
                f"{(result.stderr or result.stdout).strip()}")
        return result

    def shell(self, command, check=True, timeout=PATIENCE):
        return self.run(["sh", "-ec", command], check, timeout)

    def net(self, argv, text=None):
        """Runs a program of this machine in the host's network alone, so that
        process ids in its arguments mean what they mean here."""
        result = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-n", "--", *argv], input=text,
            capture_output=True, text=True, timeout=PATIENCE)
        if result.returncode != 0:
            raise CommandFailed(f"{self.name}: {' '.join(argv)}: "
                                f"{result.stderr.strip()}\n{text or ''}")
        return result.stdout

    def start(self, argv, log_name, env=None):
        """Starts a program that goes on running."""
        log = os.path.join(self.folder, log_name + ".log")
        program = Background(self, argv, log, {**self.env, **(env or {})})
        self.background.append(program)
        return program

    def proc(self, path):
        """A file of the host's own /proc/net and the like, read from here."""
        with open(f"/proc/{self.pid}/{path}", encoding="ascii",
                  errors="replace") as file:
            return file.read()

    def listens(self, port):
        """True if a TCP socket listens on the port, whatever the address."""
        wanted = f":{port:04X}"
        for path in ("net/tcp", "net/tcp6"):
            for line in self.proc(path).splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(wanted) and fields[3] == "0A":
                    return True
        return False

    def packet_sockets(self):
        """How many AF_PACKET sockets are open (ss -0 reads the same)."""
        return len(self.proc("net/packet").splitlines()) - 1

    def tables(self):
        """The nft tables, as text."""
        return self.net(["nft", "list", "tables"])

    def inodes(self):
        """The namespaces that are this host's own."""
        return {os.readlink(f"/proc/{self.pid}/ns/{kind}")
                for kind in NAMESPACES}

    def hold_namespaces(self, stack):
        """Keeps them until the stack unwinds: the kernel gives the number of
        a namespace that is gone to the next one made, which may be another
        lab's."""
        for kind in NAMESPACES:
            fd = os.open(f"/proc/{self.pid}/ns/{kind}", os.O_RDONLY)
            stack.callback(os.close, fd)

    def kill(self):
        """Kills process 1; the kernel kills the rest of the namespace."""
        if self.pid is not None and not self.killed:
            self.killed = True
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # A stopped program's nsenter has stopped itself, and does not collect
        # the program's end, for which process 1 waits.
        for program in self.background:
            program.entry.kill()

    def close(self):
        """Waits until all has ended."""
        self.kill()
        self.holder.stdin.close()
        self.holder.wait(PATIENCE)
        self.holder.stdout.close()
        for program in self.background:
            program.entry.wait(PATIENCE)
        remove_cgroup(self.env["LAB_CGROUP"])
