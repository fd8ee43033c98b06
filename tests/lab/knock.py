"""Calls a port in vain, as a client who does not wait for an answer.

    knock.py ADDRESS PORT [--times COUNT] [--from PORT] [--wait SECONDS]
             [--pause SECONDS]

Each call's SYN is sent before the next one begins, however busy the machine is.
Says "ready" after the first one.  Without --times it goes on for ever.
"""
import argparse
import itertools
import select
import socket
import time


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--times", type=int)
    parser.add_argument("--from", type=int, dest="own", metavar="PORT")
    parser.add_argument("--wait", type=float, default=0.03, metavar="SECONDS",
                        help="for an answer, then the call is given up")
    parser.add_argument("--pause", type=float, default=0, metavar="SECONDS",
                        help="between two calls")
    return parser.parse_args()


def call(args):
    family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if args.own:
            client.bind(("", args.own))
        client.setblocking(False)
        client.connect_ex((args.address, args.port))
        select.select([], [client], [], args.wait)


def main():
    args = options()
    for number in itertools.count() if args.times is None \
            else range(args.times):
        call(args)
        if number == 0:
            print("ready", flush=True)
        time.sleep(args.pause)


main()
