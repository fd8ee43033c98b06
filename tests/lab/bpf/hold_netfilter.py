"""Attaches a program to netfilter's input hook and keeps it: what comes in by
one device gets this verdict: hold_netfilter.py FAMILY DEVICE drop|accept."""
import re
import socket
import subprocess
import sys
import time

from system_call import link, load

NETFILTER_PROGRAM, NETFILTER_HOOK = 32, 45
NFPROTO = {"4": 2, "6": 10}
INPUT, PRIORITY = 1, -10
STATE_IN = 8  # of struct nf_hook_state: hook and family before it


def offset_of_ifindex():
    """Where struct net_device has its index, by the kernel's own types."""
    types = subprocess.run(
        ["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"],
        capture_output=True, text=True, check=True).stdout
    device = types[types.index("STRUCT 'net_device' size="):]
    found = re.search(r"'ifindex' type_id=\d+ bits_offset=(\d+)",
                      device[:device.index("\n[")])
    return int(found[1]) // 8


def instructions(device, verdict):
    """r1: struct bpf_nf_ctx, whose first member is the hook's state."""
    return [(0x79, 0x12, 0, 0),                    # r2 = r1->state
            (0x79, 0x22, STATE_IN, 0),             # r2 = r2->in
            (0xb7, 0x00, 0, 1),                    # r0 = NF_ACCEPT
            (0x15, 0x02, 3, 0),                    # no device: exit
            (0x61, 0x22, offset_of_ifindex(), 0),  # r2 = r2->ifindex
            (0x55, 0x02, 1, device),               # another: exit
            (0xb7, 0x00, 0, verdict),
            (0x95, 0, 0, 0)]


def main():
    family, device, word = sys.argv[1:]
    program = load(NETFILTER_PROGRAM, NETFILTER_HOOK,
                   instructions(socket.if_nametoindex(device),
                                {"drop": 0, "accept": 1}[word]), b"lab_netfilter")
    kept = link(program, 0, NETFILTER_HOOK,
                NFPROTO[family].to_bytes(4, "little")
                + INPUT.to_bytes(4, "little")
                + PRIORITY.to_bytes(4, "little", signed=True) + bytes(4))
    print("ready", flush=True)
    while kept:
        time.sleep(3600)


main()
