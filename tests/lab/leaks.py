"""Proof that nothing stays behind: on the hosts, and after the lab."""
import os
import socket

import netlink
import state
from host import NAMESPACES

RTPROT_KERNEL = 2
RULES = ["nft", "--stateless", "--handle", "list", "ruleset"]
# What a trace must leave as it found it, as the kernel shows it to whoever
# asks; a legacy table is there once anybody has read it.
FILES = {
    "packet sockets": "net/packet",
    "legacy tables": "net/ip_tables_names",
    "legacy tables (IPv6)": "net/ip6_tables_names",
    "raw sockets": "net/raw",
    "raw sockets (IPv6)": "net/raw6",
}


def read_proc(host, path):
    """How many lines: what they say of memory and slots changes by itself."""
    try:
        return len(host.proc(path).splitlines())
    except OSError:
        return 0


def state_of(host):
    found = {what: read_proc(host, path) for what, path in FILES.items()}
    with netlink.inside(host.pid):
        with netlink.Kernel(netlink.ROUTE) as route:
            found["policy rules"] = state.rules(route)
            found["routes"] = state.routes(route)
            found["queues"] = state.qdiscs(route)
        tables = state.firewall()[0]
    # Without a table there is nothing to list.
    found["nft rules"] = host.net(RULES) if tables else ""
    return found


def snapshot(hosts):
    """What a trace must leave as it found it, per host."""
    return {host.name: state_of(host) for host in hosts}


def is_kernels_own(route):
    """The kernel's route of an IPv6 address (struct rtmsg: family, protocol):
    it comes when the kernel has tried the address out, whenever that is."""
    return route[0] == socket.AF_INET6 and route[5] == RTPROT_KERNEL


def change(what, before, now):
    """What went and what came, where it is a list; else both."""
    if before == now:
        return None
    if not isinstance(now, list):
        return f"{what} were {before!r}, are {now!r}"
    gone = [item for item in before if item not in now]
    new = [item for item in now if item not in before]
    if what == "routes":
        gone = [route for route in gone if not is_kernels_own(route)]
        new = [route for route in new if not is_kernels_own(route)]
    return f"{what}: gone {gone!r}, new {new!r}" if gone or new else None


def differences(before, hosts):
    """Sentences about what changed since the snapshot."""
    found = []
    for name, now in snapshot(hosts).items():
        for what, value in now.items():
            sentence = change(what, before[name][what], value)
            if sentence is not None:
                found.append(f"{name}: {sentence}")
    return found


def processes_in(namespaces, kinds=NAMESPACES):
    """The processes of this machine that live in one of the namespaces."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        for kind in kinds:
            try:
                if os.readlink(f"/proc/{entry}/ns/{kind}") in namespaces:
                    found.append(int(entry))
                    break
            except OSError:
                continue
    return found
