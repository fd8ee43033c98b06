"""A slow way: what comes in by a device of a router waits for a while before
it is forwarded.  Works on a tun device, to which a rule of its own sends it.

Arguments: the device, the delay in milliseconds.  Prints "ready".
"""
import heapq
import os
import select
import sys
import time

from tun import open_tun, run

NAME, TABLE = "relay0", "177"


def lead(device):
    """What arrives there goes to us; what we write goes the usual way."""
    run(f"ip link set {NAME} up")
    for family in ("-4", "-6"):
        run(f"ip {family} route add default dev {NAME} table {TABLE}")
        run(f"ip {family} rule add iif {device} lookup {TABLE} priority 100")


def relay(fd, delay):
    waiting, number = [], 0
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([fd], [], [], timeout)[0]:
            number += 1
            heapq.heappush(waiting, (time.monotonic() + delay, number,
                                     os.read(fd, 65535)))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(fd, heapq.heappop(waiting)[2])


def main():
    fd = open_tun(NAME)
    lead(sys.argv[1])
    print("ready", flush=True)
    relay(fd, int(sys.argv[2]) / 1000)


main()
