"""A TCP service that takes connections and closes them at once, or after a word:
as Redis in protected mode, a proxy without a server, TCP wrappers do.

Prints "ready" once it listens, then serves until it is killed.
"""
import argparse
import os
import socket
import struct
import time

from service import serve


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--reset", action="store_true",
                        help="close with a reset")
    parser.add_argument("--say", default="", help="first; _ is a blank")
    parser.add_argument("--delay", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--fork", action="store_true",
                        help="a process of its own closes, as inetd's do")
    parser.add_argument("--serve", action="store_true",
                        help="say it, and do not close: as SMTP does")
    parser.add_argument("--end", action="store_true",
                        help="end with the first connection")
    parser.add_argument("--members", type=int, default=1,
                        help="processes that share the port (SO_REUSEPORT); "
                        "the first one closes, the others serve")
    return parser.parse_args()


def listen(args):
    family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.members > 1:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((args.address, args.port))
    listener.listen(128)
    return listener


def close(peer, args):
    time.sleep(args.delay)
    if args.say:
        peer.send(args.say.replace("_", " ").encode() + b"\r\n")
    if args.reset:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    if not args.serve:
        peer.close()


def keep(listener, args):
    serve(listener, lambda peer: close(peer, args))


def end_elsewhere(peer):
    """A program of its own gets it, and has nothing to say."""
    peer.set_inheritable(True)
    if os.fork() == 0:
        os.execv("/bin/true", ["true"])
    peer.close()


def refuse(listener, args):
    while True:
        peer = listener.accept()[0]
        if args.fork:
            end_elsewhere(peer)
        else:
            close(peer, args)
        if args.end:
            return


def main():
    args = options()
    listeners = [listen(args) for _ in range(args.members)]
    for listener in listeners[1:]:
        if os.fork() == 0:
            for other in listeners:
                if other is not listener:
                    other.close()
            args.serve = True
            keep(listener, args)
    for listener in listeners[1:]:
        listener.close()
    print("ready", flush=True)
    if args.serve:
        keep(listeners[0], args)
    refuse(listeners[0], args)


main()
