"""Makes a lab again what it was: ends what a scenario started, undoes what the
kernel can be told to undo, and compares every host with its beginning.  A lab
of which a difference is left must not be used again.
"""
import os
import select
import shutil
import signal
import struct
import subprocess
import time

import netlink
import state
from host import remove_cgroup
from leaks import processes_in
from netlink import CREATE, Kernel
from process import arguments, descendants
from state import (AF_INET6, NEWADDR, NEWLINK, NEWNEIGH, NEWQDISC, NEWROUTE,
                   NEWRULE)
from wait import PATIENCE, TimedOut, wait_until

DELETE = 1  # RTM_DELxxx is one more than RTM_NEWxxx
IFF_UP = 1
MTU, ADDRESS = 4, 1
SOCK_DESTROY, TCP = 21, 6
FLUSH_TRACKED, FLUSH_METRICS = 1 << 8 | 2, 2
MANAGEMENT = b"mgmt0\0"
BY_KERNEL = 2  # RTPROT_KERNEL
ROUNDS = 3  # a route comes back only once its address has


class Beginning:
    """What the lab's hosts were like before the first scenario."""

    def __init__(self, lab):
        self.lab = lab
        self.namespaces = {}
        for name, host in lab.hosts.items():
            self.namespaces[name] = host.inodes()
        wait_until(lambda: all(has_settled(host) for name, host
                               in lab.hosts.items() if name != "switch"),
                   "the devices' own addresses", PATIENCE)
        flush_learned(lab)
        self.states = {name: state.of(host)
                       for name, host in lab.hosts.items()}
        self.told = lab.told()
        self.numbers = {name: numbers_in(host)
                        for name, host in lab.hosts.items()}

    def reset(self, touched):
        """Sentences about what is not as it was; touched: the names of the
        hosts in which something was done, beside the network."""
        self.end_programs()
        found = []
        for name, host in self.lab.hosts.items():
            before = self.states[name]
            look = state.of if name in touched else state.network_of
            now = look(host)
            if name in touched and state.differences(before, now):
                undo(host, before, now)
                now = look(host)
            found += [f"{name}: {sentence}"
                      for sentence in state.differences(before, now)]
        flush_learned(self.lab)
        return found or self.programs_tell_the_same()

    def ours(self):
        """The programs under test and what holds the hosts: they stay."""
        found = {pid for host in self.lab.hosts.values()
                 for pid in (host.pid, host.holder.pid)}
        for program in self.lab.programs().values():
            found |= {program.entry.pid} | descendants(program.entry.pid)
        return found

    def strangers(self):
        """Processes that are not ours.  One that only visits a network (an
        agent of this machine, or its test, looks for listeners in all of them)
        lives elsewhere, and nobody of the lab's started it."""
        if all(numbers_in(host) <= self.numbers[name]
               for name, host in self.lab.hosts.items()):
            return set()
        everywhere = set().union(*self.namespaces.values())
        found = set(processes_in(everywhere, ("pid",))) - self.ours()
        found |= set(processes_in(everywhere, ("net",))) \
            & descendants(os.getpid()) - self.ours()
        # One that has ended and is not collected yet has no command line.
        return {pid for pid in found if arguments(pid)}

    def end_programs(self):
        """Services, clients, daemons: whatever runs and is not ours."""
        until = time.monotonic() + PATIENCE
        strangers = self.strangers()
        while strangers:
            if time.monotonic() > until:
                raise TimedOut(f"processes {strangers} do not end")
            end_processes(strangers)
            strangers = self.strangers()
        for host in self.lab.hosts.values():
            self.forget_programs(host)
            remove_cgroup(host.env["LAB_CGROUP"])

    def forget_programs(self, host):
        for program in [one for one in host.background
                        if one not in self.lab.programs().values()]:
            program.entry.kill()  # nsenter: what it started has ended
            program.entry.wait(PATIENCE)
            os.remove(program.log)
            host.background.remove(program)

    def programs_tell_the_same(self):
        """The controller knows the agents' addresses as of the beginning."""
        try:
            wait_until(lambda: self.lab.told() == self.told,
                       "the agents' own words", 5, 0.05)
        except TimedOut:
            return [f"the agents were {self.told}, are {self.lab.told()}"]
        return []


def has_settled(host):
    """A device that came up gets its link-local address a moment later."""
    with netlink.inside(host.pid), Kernel(netlink.ROUTE) as route:
        have = {struct.unpack_from("<I", item, 4)[0]
                for item in state.addresses(route)
                if b"\xfe\x80" + bytes(6) in item}
        return all(index in have for index, parts
                   in state.links(route).items() if parts["name"] != b"lo\0")


def end_processes(pids):
    """Kills them, and waits for a second at most."""
    fds = []
    for pid in pids:
        try:
            fds.append(os.pidfd_open(pid))
            signal.pidfd_send_signal(fds[-1], signal.SIGKILL)
        except ProcessLookupError:
            pass
    until = time.monotonic() + 1
    for fd in fds:
        # Readable once the process has ended.
        select.select([fd], [], [], max(0, until - time.monotonic()))
        os.close(fd)


def numbers_in(host):
    """Of its processes, as the host counts them: quickly asked for."""
    return set(filter(str.isdigit, os.listdir(f"/proc/{host.pid}/root/proc")))


def flush_learned(lab):
    """Neighbours, paths and ports of bridges that hosts have learned."""
    for host in lab.hosts.values():
        with netlink.inside(host.pid), Kernel(netlink.ROUTE) as route:
            names = state.links(route)
            for message in state.neighbours(route)[1]:
                device = names[struct.unpack_from("<i", message, 4)[0]]
                if device["name"] != MANAGEMENT:
                    route.order(NEWNEIGH + DELETE, message)
            with Kernel(netlink.GENERIC) as kernel:
                kernel.order_by_name("tcp_metrics", FLUSH_METRICS)
            for family in ("ipv4", "ipv6"):
                write(f"/proc/sys/net/{family}/route/flush", b"1")
    switch = lab["switch"]
    for bridge in lab.bridges():
        write(f"/proc/{switch.pid}/root/sys/class/net/{bridge}/bridge/flush",
              b"1")


def write(path, value):
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError:
        return
    try:
        os.write(fd, value)
    except OSError:
        pass  # the comparison tells
    finally:
        os.close(fd)


def undo(host, before, now):
    """As far as it goes; the comparison afterwards tells how far."""
    changed = {what for what in before if before[what] != now[what]}
    if changed & {"files", "mounts", "given files"}:
        undo_mounts(host, before["mounts"])
        undo_files(host, before)
    with netlink.inside(host.pid):
        tables, sets = now["firewall"]
        if tables:
            run("nft", "flush", "ruleset")
        if sets:
            run("ipset", "destroy")
        if "policies" in changed:
            run("ip", "xfrm", "policy", "flush")
            run("ip", "xfrm", "state", "flush")
        with Kernel(netlink.ROUTE) as route:
            undo_links(route, before["links"])
            for _ in range(ROUNDS):
                if not undo_lists(route, before):
                    break
        if "sysctls" in changed:
            undo_sysctls(before["sysctls"])
        undo_connections(before["connections"])
        if state.tracked():
            with Kernel(netlink.NETFILTER) as kernel:
                kernel.order(FLUSH_TRACKED, bytes(4))


def run(*argv):
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE)


def undo_mounts(host, before):
    now = state.mounts(host)
    for number in sorted(set(now) - set(before), key=int, reverse=True):
        where = now[number][2].encode().decode("unicode_escape")
        host.run(["umount", "-l", where], check=False)


def undo_files(host, before):
    """Deletes what came; what has gone or changed is for the comparison."""
    root = f"/proc/{host.pid}/root"
    for path in sorted(set(state.files(host)) - set(before["files"])):
        if os.path.isdir(root + path) and not os.path.islink(root + path):
            shutil.rmtree(root + path, ignore_errors=True)
        elif os.path.lexists(root + path):
            os.remove(root + path)
    for name, text in before["given files"].items():
        if state.given_files(host)[name] != text:
            host.write_file(name, text)


def undo_links(route, before):
    """New devices go; up or down, size and address are set as they were."""
    for index, parts in state.links(route).items():
        head = struct.pack("<BBHiII", 0, 0, 0, index, 0, 0)
        was = before.get(index)
        if was is None:
            route.order(NEWLINK + DELETE, head)
        elif was != parts:
            settings = [(kind, was[name])
                        for kind, name in ((MTU, "mtu"), (ADDRESS, "address"))
                        if was[name] != parts[name]]
            route.order(NEWLINK, struct.pack(
                "<BBHiII", 0, 0, 0, index, was["flags"] & IFF_UP, IFF_UP)
                + netlink.encode(settings))


def undo_lists(route, before):
    """Deletes what is new and makes again what is missing; True if there was
    something to do."""
    found = False
    for what, kind, listing in (
            ("queues", NEWQDISC, state.qdiscs),
            ("rules", NEWRULE, state.rules),
            ("addresses", NEWADDR, state.addresses),
            ("routes", NEWROUTE, state.routes),
            ("neighbours", NEWNEIGH,
             lambda route: state.neighbours(route)[0])):
        now = listing(route)
        new = [item for item in now if item not in before[what]]
        gone = [item for item in before[what] if item not in now]
        found = found or bool(new or gone)
        for item in new:
            route.order(kind + DELETE, fit(kind, item))
        for item in gone:
            if not makes_itself(kind, item):
                route.order(kind, item, CREATE)
    return found


def makes_itself(kind, item):
    """What the kernel makes with a device or an address; an IPv6 route of its
    own cannot be made from outside, for it has no metric."""
    return kind == NEWQDISC or (kind == NEWROUTE and item[0] == AF_INET6
                                and item[5] == BY_KERNEL)


def fit(kind, item):
    """A queue is deleted by its place alone."""
    return item[:16] + bytes(4) if kind == NEWQDISC else item


def undo_sysctls(before):
    for path, value in state.sysctls().items():
        if before.get(path, value) != value:
            write(path, before[path])


def undo_connections(before):
    """What a program has left in TIME-WAIT and the like."""
    with Kernel(netlink.SOCK_DIAG) as kernel:
        for item in state.connections():
            if item not in before:
                _, family, description = item
                kernel.order(SOCK_DESTROY, struct.pack(
                    "<BBBBI", family, TCP, 0, 0, 0xfff) + description)
