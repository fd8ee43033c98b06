"""Has a port without listening on it: for a connection, only bound, or of UDP.

Prints "ready" once it does, then stays until it is killed.
"""
import argparse
import signal
import socket


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--to", nargs=2, metavar=("ADDRESS", "PORT"))
    parser.add_argument("--udp", action="store_true")
    parser.add_argument("--shared", action="store_true",
                        help="let others have the port, too")
    args = parser.parse_args()
    family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
    kind = socket.SOCK_DGRAM if args.udp else socket.SOCK_STREAM
    taken = socket.socket(family, kind)
    if args.shared:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((args.address, args.port))
    if args.to:
        taken.connect((args.to[0], int(args.to[1])))
    print("ready", flush=True)
    signal.pause()


main()
