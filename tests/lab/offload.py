"""Switches a device's transmit checksum offload off, as ethtool -K DEVICE tx
off does: the kernel then fills in the checksums itself."""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17


def main():
    value = array.array("B", struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP8x", sys.argv[1].encode(),
                          value.buffer_info()[0])
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, request)


main()
