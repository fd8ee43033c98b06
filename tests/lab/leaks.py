"""Proof that nothing stays behind: on the hosts, and after the lab."""
import ctypes
import os

from host import NAMESPACES

BPF_PROG_GET_NEXT_ID, BPF_LINK_GET_NEXT_ID = 11, 31
NR_BPF = {"x86_64": 321, "aarch64": 280}


def bpf_ids(command):
    """The ids of all BPF programs or links of the machine."""
    number = NR_BPF.get(os.uname().machine)
    libc = ctypes.CDLL(None, use_errno=True)
    ids, last = set(), 0
    while number is not None:
        attr = (ctypes.c_uint32 * 32)(last)
        if libc.syscall(number, command, ctypes.byref(attr), 128) != 0:
            break
        last = attr[1]
        ids.add(last)
    return ids


def bpf_programs():
    return bpf_ids(BPF_PROG_GET_NEXT_ID)


def bpf_links():
    return bpf_ids(BPF_LINK_GET_NEXT_ID)


def snapshot(hosts):
    """What a trace must leave as it found it, per host."""
    return {host.name: {"nft tables": host.tables(),
                        "packet sockets": host.packet_sockets()}
            for host in hosts}


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
