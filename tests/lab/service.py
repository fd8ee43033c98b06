"""A TCP service as the scenarios need it: well, badly bound, or stuck.

Prints "ready" once it listens (and its queue is full, with --fill), then serves
until it is killed.
"""
import argparse
import ctypes
import os
import selectors
import socket
import struct
import sys
import time

import in_cgroup
from wait import PATIENCE

SO_ATTACH_FILTER = 26
TCPI_UNACKED = 24  # of struct tcp_info; a listener has its queue there


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("address", help="to listen on; :: takes IPv4 too")
    parser.add_argument("port", type=int)
    parser.add_argument("--v6only", action="store_true")
    parser.add_argument("--as-host", action="store_true",
                        help="leave it to the host whether :: takes IPv4 too")
    parser.add_argument("--backlog", type=int, default=128)
    parser.add_argument("--fill", action="store_true",
                        help="never accept, and fill the accept queue")
    parser.add_argument("--hold", nargs=2, metavar=("ADDRESS", "COUNT"),
                        help="be a client instead: hold COUNT connections")
    parser.add_argument("--filter", choices=("drop", "pass"),
                        help="put a socket filter on the listening socket")
    parser.add_argument("--bind-device", metavar="DEVICE",
                        help="take what comes in by that device alone")
    parser.add_argument("--in-cgroup", action="store_true",
                        help="be in the host's own control group")
    return parser.parse_args()


def attach_filter(listener, size):
    """A classic filter of one instruction: return this many octets."""
    code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, size), 8)
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
        "HL", 1, ctypes.addressof(code)))


def listen(args):
    family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6 and not args.as_host:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY,
                            int(args.v6only))
    if args.bind_device:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                            args.bind_device.encode() + b"\0")
    listener.bind((args.address, args.port))
    listener.listen(args.backlog)
    if args.filter:
        attach_filter(listener, {"drop": 0, "pass": 0xffffffff}[args.filter])
    return listener


def tell_systemd():
    """As a unit of Type=notify: it stands."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
            notice.sendto(b"READY=1", path.replace("@", "\0", 1))


def fill_queue(listener, args):
    """Connects to ourselves until no more have room, and once in vain."""
    target = {"::": "::1", "0.0.0.0": "127.0.0.1"}.get(args.address,
                                                       args.address)
    clients = [socket.create_connection((target, args.port), PATIENCE)
               for _ in range(args.backlog + 1)]
    until = time.monotonic() + PATIENCE
    while waiting(listener) <= args.backlog:
        if time.monotonic() > until:
            sys.exit("the accept queue does not fill")
        time.sleep(0.01)
    clients.append(socket.socket(listener.family, socket.SOCK_STREAM))
    clients[-1].setblocking(False)
    clients[-1].connect_ex((target, args.port))
    return clients


def waiting(listener):
    """How many connections wait to be accepted."""
    return struct.unpack_from("I", listener.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 104), TCPI_UNACKED)[0]


def serve(listener, greet=lambda peer: None):
    """Accepts, greets, reads to the end, closes."""
    ready = selectors.DefaultSelector()
    ready.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj is listener:
                peer, _ = listener.accept()
                greet(peer)
                peer.setblocking(False)
                ready.register(peer, selectors.EVENT_READ)
                continue
            try:
                if key.fileobj.recv(4096):
                    continue
            except OSError:
                pass
            ready.unregister(key.fileobj)
            key.fileobj.close()


def hold(args):
    """Takes source ports and keeps them."""
    address, count = args.hold[0], int(args.hold[1])
    return [socket.create_connection((address, args.port), PATIENCE)
            for _ in range(count)]


def main():
    args = options()
    if args.in_cgroup:
        in_cgroup.enter()
    if args.hold:
        kept = hold(args)
    else:
        listener = listen(args)
        kept = fill_queue(listener, args) if args.fill else []
    print("ready", flush=True)
    tell_systemd()
    if not args.hold and not args.fill:
        serve(listener)
    while kept:
        time.sleep(3600)


if __name__ == "__main__":
    main()
