"""Proof that nothing stays behind: on the hosts, and after the lab."""
import os

import netlink
import state
from host import NAMESPACES

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


def differences(before, hosts):
    """Sentences about what changed since the snapshot."""
    found = []
    for name, now in snapshot(hosts).items():
        for what, value in now.items():
            if value != before[name][what]:
                found.append(f"{name}: {what} were {before[name][what]!r}, "
                             f"are {value!r}")
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
