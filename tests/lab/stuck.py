"""A TCP service that does not serve: stuck, stopped, starved, choosy, away.

Prints "ready" once it stands as asked, then stays so until it is killed.
"""
import argparse
import ctypes
import os
import resource
import select
import signal
import socket
import struct
import time

from wait import PATIENCE

TCP_DEFER_ACCEPT, TCP_MD5SIG, TCP_REPAIR, TCP_TIMESTAMP = 9, 14, 19, 24
IP_MINTTL, IPV6_MINHOPCOUNT = 21, 73
LOOPBACK = {"::": "::1", "0.0.0.0": "127.0.0.1"}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("address", help="to listen on, or to call (--leave)")
    parser.add_argument("port", type=int)
    parser.add_argument("--backlog", type=int, default=128)
    parser.add_argument("--fill", type=int, default=0, metavar="COUNT",
                        help="let COUNT connections wait first")
    parser.add_argument("--overflow", type=int, default=0, metavar="COUNT",
                        help="then try COUNT more, which find no room")
    parser.add_argument("--on-syn", metavar="DEVICE",
                        help="fill it the moment a SYN comes in there")
    parser.add_argument("--accept", choices=("no", "yes", "slowly"),
                        default="yes")
    parser.add_argument("--pause", type=float, default=0.3, metavar="SECONDS",
                        help="between one accept() and the next, if slowly")
    parser.add_argument("--files", type=int, help="limit of open files")
    parser.add_argument("--workers", type=int, default=0,
                        help="children that accept in our place")
    parser.add_argument("--stop", type=int, default=0, metavar="COUNT",
                        help="of them are stopped")
    parser.add_argument("--hang", action="store_true",
                        help="hang in the kernel (state D)")
    parser.add_argument("--defer", action="store_true")
    parser.add_argument("--md5", metavar="ADDRESS", help="of who must sign")
    parser.add_argument("--min-ttl", type=int)
    parser.add_argument("--device")
    parser.add_argument("--members", type=int, default=1,
                        help="sockets that share the port (SO_REUSEPORT)")
    parser.add_argument("--serving", type=int, help="of them, default all")
    parser.add_argument("--flap", nargs=2, type=float,
                        metavar=("SECONDS", "SECONDS"),
                        help="listen and be away in turn")
    parser.add_argument("--hand-over", action="store_true",
                        help="a new socket takes the old one's place at the "
                        "first connection")
    parser.add_argument("--close-first", action="store_true",
                        help="close what came as soon as it speaks")
    parser.add_argument("--leave", type=int, metavar="PORT",
                        help="be a client instead: connect from PORT, and "
                        "forget the connection without a word")
    parser.add_argument("--speak", action="store_true",
                        help="not before it has spoken and the server closed")
    parser.add_argument("--ahead", action="store_true",
                        help="the client's clock is ahead when it speaks")
    return parser.parse_args()


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def set_options(listener, args):
    v6 = ":" in args.address
    if args.device:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                            args.device.encode())
    if args.members > 1 or args.hand_over:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if args.defer:
        listener.setsockopt(socket.IPPROTO_TCP, TCP_DEFER_ACCEPT, 30)
    if args.min_ttl:
        listener.setsockopt(*(socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT) if v6
                            else (socket.IPPROTO_IP, IP_MINTTL), args.min_ttl)
    if args.md5:
        family = family_of(args.md5)
        peer = struct.pack("=HHI" if v6 else "=HH", family, 0, *[0] * v6)
        peer += socket.inet_pton(family, args.md5)
        listener.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG,
                            struct.pack("=128sBBHi80s", peer, 0, 0, 6, 0,
                                        b"secret"))


def listen(args):
    listener = socket.socket(family_of(args.address), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    set_options(listener, args)
    listener.bind((args.address, args.port))
    listener.listen(args.backlog)
    return listener


def fill(args):
    """Connections that wait, and some that do not get that far."""
    target = (LOOPBACK.get(args.address, args.address), args.port)
    clients = []
    for index in range(args.fill + args.overflow):
        client = socket.socket(family_of(args.address), socket.SOCK_STREAM)
        client.settimeout(PATIENCE if index < args.fill else 0.05)
        clients.append(client)
        try:
            client.connect(target)
        except TimeoutError:
            assert index >= args.fill
    return clients


def await_syn(device, port):
    """Returns when a SYN to the port comes in; the tap is to be kept, for
    nothing else shall change during a trace."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                        socket.htons(0x0003))
    tap.bind((device, 0x0003))
    print("ready", flush=True)
    while True:
        packet = tap.recv(256)
        tcp = packet[40:] if packet[0] >> 4 == 6 else packet[20:]
        if len(tcp) >= 20 and tcp[2:4] == struct.pack(">H", port) and \
                tcp[13] & 0x12 == 0x02:
            return tap


def take(listener, peers, args):
    try:
        peers.append(listener.accept()[0])
    except OSError:  # no file to spare is no reason to end
        time.sleep(0.01)
    if args.accept == "slowly":
        time.sleep(args.pause)


def serve(listeners, args):
    """Accepts and reads to the end."""
    peers = []
    while True:
        for one in select.select([*listeners, *peers], [], [])[0]:
            if one in listeners:
                take(one, peers, args)
                if args.hand_over:
                    listeners.append(listen(args))
                    listeners.pop(0).close()
                    args.hand_over = False
                continue
            try:
                if one.recv(4096) and not args.close_first:
                    continue
            except OSError:
                pass
            peers.remove(one)
            one.close()


def start_workers(listener, args):
    """A stopped process must be a child of ours: nsenter, which starts us,
    stops with its own."""
    for index in range(args.workers):
        pid = os.fork()
        if pid == 0:
            if index < args.stop:
                os.kill(os.getpid(), signal.SIGSTOP)
            serve([listener], args)
        if index < args.stop:
            os.waitpid(pid, os.WUNTRACED)
    if args.workers == 1:
        listener.close()


def hang(listener):
    """Whoever vforks hangs until its child ends."""
    print("ready", flush=True)
    if ctypes.CDLL(None).vfork() == 0:
        os.close(listener.fileno())
        while True:
            time.sleep(3600)


def flap(args):
    listener = listen(args)
    print("ready", flush=True)
    while True:
        time.sleep(args.flap[0])
        listener.close()
        time.sleep(args.flap[1])
        listener = listen(args)


def leave(args):
    """The server's end stays; ours is gone, as after a crash."""
    client = socket.socket(family_of(args.address), socket.SOCK_STREAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("", args.leave))
    client.settimeout(PATIENCE)
    client.connect((args.address, args.port))
    if args.ahead:
        client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        now = client.getsockopt(socket.IPPROTO_TCP, TCP_TIMESTAMP)
        # It counts modulo 2^32 from anywhere, and ahead is less than half of it.
        client.setsockopt(socket.IPPROTO_TCP, TCP_TIMESTAMP, struct.pack(
            "=I", (now + 1000000000) & 0xffffffff))
        client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
    if args.speak:
        client.send(b"x")
        client.recv(1)
    else:
        client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    client.close()


def main():
    args = options()
    if args.leave:
        leave(args)
        print("ready", flush=True)
        return
    if args.flap:
        flap(args)
    listeners = [listen(args) for _ in range(args.members)]
    kept = [await_syn(args.on_syn, args.port)] if args.on_syn else []
    kept += fill(args)
    if args.files:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (args.files, hard))
    if args.workers:
        start_workers(listeners[0], args)
    if args.hang:
        hang(listeners[0])
    print("ready", flush=True)
    if args.accept != "no" and not args.workers:
        serve(listeners[:args.serving], args)
    while kept is not None:
        time.sleep(3600)


main()
