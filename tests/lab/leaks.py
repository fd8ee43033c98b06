"""Proof that nothing stays behind: on the hosts, and after the lab."""
import os

from host import NAMESPACES

# What a trace must leave as it found it, as programs print it.
LISTINGS = {
    "nft rules": ["nft", "--stateless", "--handle", "list", "ruleset"],
    "policy rules": ["ip", "-N", "rule"],
    "policy rules (IPv6)": ["ip", "-6", "-N", "rule"],
    "queues": ["tc", "qdisc", "show"],
}
# Those as the kernel shows them to whoever asks; a legacy table is there once
# anybody has read it.
FILES = {
    "packet sockets": "net/packet",
    "legacy tables": "net/ip_tables_names",
    "legacy tables (IPv6)": "net/ip6_tables_names",
    "routes": "net/route",
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
    state = {what: host.net(argv) for what, argv in LISTINGS.items()}
    state.update((what, read_proc(host, path)) for what, path in FILES.items())
    return state


def snapshot(hosts):
    """What a trace must leave as it found it, per host."""
    return {host.name: state_of(host) for host in hosts}


def differences(before, hosts):
    """Sentences about what changed since the snapshot."""
    found = []
    for name, state in snapshot(hosts).items():
        for what, value in state.items():
            if value != before[name][what]:
                found.append(f"{name}: {what} were {before[name][what]!r}, "
                             f"are {value!r}")
    return found


def processes_in(namespaces):
    """The processes of this machine that live in one of the namespaces."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        for kind in NAMESPACES:
            try:
                if os.readlink(f"/proc/{entry}/ns/{kind}") in namespaces:
                    found.append(int(entry))
                    break
            except OSError:
                continue
    return found
