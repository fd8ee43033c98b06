"""What the kernel knows of a network namespace, asked for without a program:
lists of messages as they came, but for what changes by itself.

A message that was listed can be sent back to make it again, or to delete it.
"""
import ctypes
import os
import socket
import struct
from contextlib import contextmanager

CLONE_NEWNET, CLONE_NEWUTS = 0x40000000, 0x04000000
REQUEST, ACK, CREATE, DUMP = 1, 4, 0x400, 0x300
ERROR, DONE = 2, 3
ROUTE, SOCK_DIAG, XFRM, NETFILTER, GENERIC = 0, 4, 6, 12, 16
CONTROL, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 3, 1, 2
TYPE_MASK = 0x3FFF
libc = ctypes.CDLL(None, use_errno=True)


def enter(fd, kind):
    if libc.setns(fd, kind) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")


@contextmanager
def inside(pid):
    """This thread alone is in the network and the name of that process."""
    kinds = (("net", CLONE_NEWNET), ("uts", CLONE_NEWUTS))
    own = [os.open(f"/proc/thread-self/ns/{name}", os.O_RDONLY)
           for name, _ in kinds]
    theirs = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
              for name, _ in kinds]
    try:
        for fd, (_, kind) in zip(theirs, kinds):
            enter(fd, kind)
        yield
    finally:
        for fd, (_, kind) in zip(own, kinds):
            enter(fd, kind)
        for fd in (*own, *theirs):
            os.close(fd)


def attributes(data):
    """[(type, value)] as they came."""
    found, at = [], 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("<HH", data, at)
        if size < 4:
            break
        found.append((kind & TYPE_MASK, data[at + 4:at + size]))
        at += size + 3 & ~3
    return found


def encode(found):
    """The other way round."""
    return b"".join(struct.pack("<HH", 4 + len(value), kind) + value
                    + bytes(-len(value) % 4) for kind, value in found)


class Kernel:
    """One netlink protocol of the namespace that this thread is in."""

    def __init__(self, protocol):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    protocol)
        self.socket.settimeout(10)
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, flags, payload):
        self.sequence += 1
        self.socket.send(struct.pack("<IHHII", 16 + len(payload), kind,
                                     flags | REQUEST, self.sequence, 0)
                         + payload)

    def answers(self):
        """(type, payload) until the last one, which is (DONE or ERROR, ...)."""
        while True:
            data, at = self.socket.recv(1 << 18), 0
            while at + 16 <= len(data):
                size, kind = struct.unpack_from("<IH", data, at)
                yield kind, data[at + 16:at + size]
                if kind in (DONE, ERROR):
                    return
                at += size + 3 & ~3

    def dump(self, kind, payload):
        """The payloads listed; nothing of what this kernel does not know."""
        self.send(kind, DUMP, payload)
        return [data for what, data in self.answers()
                if what not in (DONE, ERROR)]

    def order(self, kind, payload, flags=0):
        """0 or a negative errno."""
        self.send(kind, flags | ACK, payload)
        return next(struct.unpack_from("<i", data)[0]
                    for what, data in self.answers() if what == ERROR)

    def order_by_name(self, name, command):
        """To a family that the kernel gives a number (GENERIC)."""
        self.send(CONTROL, 0, bytes([GET_FAMILY, 1, 0, 0]) + encode(
            [(FAMILY_NAME, name.encode() + b"\0")]))
        kind, data = next(self.answers())
        if kind == ERROR:
            return struct.unpack_from("<i", data)[0]
        family = dict(attributes(data[4:]))[FAMILY_ID]
        return self.order(struct.unpack("<H", family)[0],
                          bytes([command, 1, 0, 0]))
