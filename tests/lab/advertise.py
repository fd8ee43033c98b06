"""Advertises this host, once, as the router of the link that the device is on."""
import socket
import struct
import sys

LIFETIME_S = 1800


def main(device):
    index = socket.if_nametoindex(device)
    raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    raw.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, LIFETIME_S, 0, 0),
               ("ff02::1", 0, 0, index))


main(sys.argv[1])
