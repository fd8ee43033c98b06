"""Reads a queue to user space (NFQUEUE) and lets everything pass, at once or
so many milliseconds later, give or take some: nfqueue_reader.py QUEUE [MS
[JITTER]]."""
import heapq
import random
import select
import socket
import struct
import sys
import time

NETFILTER = 12
PACKET, VERDICT, CONFIG = 0x300, 0x301, 0x302  # NFNL_SUBSYS_QUEUE
COMMAND_BIND, NF_ACCEPT = 1, 1
PACKET_HEADER, VERDICT_HEADER, CONFIG_COMMAND, CONFIG_PARAMETERS = 1, 2, 1, 2
REQUEST = 1


def attribute(kind, data):
    return struct.pack("<HH", len(data) + 4, kind) + data \
        + bytes(-len(data) % 4)


def message(kind, queue, body):
    data = struct.pack(">BBH", 0, 0, queue) + body
    return struct.pack("<IHHII", len(data) + 16, kind, REQUEST, 0, 0) + data


def packet_ids(data):
    """The numbers of the packets in a datagram."""
    while len(data) >= 16:
        size, kind = struct.unpack_from("<IH", data)
        at = 20
        while kind == PACKET and at + 8 <= size:
            length, name = struct.unpack_from("<HH", data, at)
            if name == PACKET_HEADER:
                yield struct.unpack_from(">I", data, at + 4)[0]
            at += max(4, length + 3 & ~3)
        data = data[max(16, size + 3 & ~3):]


def bind(queue):
    channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
    channel.bind((0, 0))
    channel.send(message(CONFIG, queue, attribute(
        CONFIG_COMMAND, struct.pack(">BBH", COMMAND_BIND, 0, 0))))
    channel.send(message(CONFIG, queue, attribute(
        CONFIG_PARAMETERS, struct.pack(">IB", 0, 1))))
    return channel


def main():
    queue = int(sys.argv[1])
    delay, jitter = [float(word) / 1000 for word in sys.argv[2:] + [0, 0]][:2]
    channel = bind(queue)
    held = []  # (when it may go, its number)
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while held and held[0][0] <= now:
            channel.send(message(VERDICT, queue, attribute(
                VERDICT_HEADER,
                struct.pack(">II", NF_ACCEPT, heapq.heappop(held)[1]))))
        wait = held[0][0] - now if held else None
        if not select.select([channel], [], [], wait)[0]:
            continue
        now = time.monotonic()
        for number in packet_ids(channel.recv(65536)):
            heapq.heappush(held, (now + delay + random.uniform(-jitter, jitter),
                                  number))


main()
