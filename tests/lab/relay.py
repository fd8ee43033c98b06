"""A slow way: what comes in by a device of a router waits for a while before
it is forwarded.  Works on a tun device, to which a rule of its own sends it.

Arguments: the device, the delay in milliseconds.  Prints "ready".
"""
import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NAME, TABLE = "relay0", "177"


def run(command):
    subprocess.run(command.split(), check=True)


def open_device():
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF,
                struct.pack("16sH14x", NAME.encode(), IFF_TUN | IFF_NO_PI))
    run(f"ip link set {NAME} up")
    return fd


def lead(device):
    """What arrives there goes to us; what we write goes the usual way."""
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
    fd = open_device()
    lead(sys.argv[1])
    print("ready", flush=True)
    relay(fd, int(sys.argv[2]) / 1000)


main()
