"""Attaches a pinned program by a link and keeps it: hold_link.py PINNED HOOK
TARGET, where HOOK is xdp, tcx-ingress or tcx-egress (TARGET a device)."""
import socket
import sys
import time

from system_call import link, open_pinned

TYPES = {"xdp": 37, "tcx-ingress": 46, "tcx-egress": 47}


def main():
    pinned, hook, target = sys.argv[1:]
    kept = link(open_pinned(pinned), socket.if_nametoindex(target),
                TYPES[hook])
    print("ready", flush=True)
    while kept:
        time.sleep(3600)


main()
