"""A firewall that gives connections other sequence numbers, as some do to hide
how a host draws them: what goes to a port gets numbers that are so much higher,
and what comes back acknowledges so much less.  On a tun device, to which rules of
its own send what comes in by two devices of a router; IPv4 alone.

Arguments: the port, the device towards the caller, the one towards the called,
and "both" or "there" (the way back is left as it is).  Prints "ready".
"""
import os
import struct
import sys

from tun import open_tun, run

NAME, TABLE, SHIFT = "renum0", "178", 0x1234567


def lead(devices):
    """What arrives there goes to us; what we write goes the usual way."""
    run(f"ip link set {NAME} up")
    run(f"ip route add default dev {NAME} table {TABLE}")
    for device in devices:
        run(f"ip rule add iif {device} lookup {TABLE} priority 101")


def add_words(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def renumber(packet, port, back):
    """The packet with its numbers moved, and its checksum right again."""
    head = (packet[0] & 15) * 4
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return packet
    tcp = bytearray(packet[head:])
    source, target, number, answer = struct.unpack("!HHII", tcp[:12])
    if target == port:
        struct.pack_into("!I", tcp, 4, (number + SHIFT) & 0xFFFFFFFF)
    elif source == port and back and tcp[13] & 0x10:
        struct.pack_into("!I", tcp, 8, (answer - SHIFT) & 0xFFFFFFFF)
    else:
        return packet
    tcp[16:18] = b"\0\0"
    pseudo = packet[12:20] + struct.pack("!HH", 6, len(tcp))
    struct.pack_into("!H", tcp, 16, 0xFFFF - add_words(pseudo + bytes(tcp)))
    return packet[:head] + bytes(tcp)


def main():
    port, back = int(sys.argv[1]), sys.argv[4] == "both"
    fd = open_tun(NAME)
    lead(sys.argv[2:4])
    print("ready", flush=True)
    while True:
        os.write(fd, renumber(os.read(fd, 65535), port, back))


main()
