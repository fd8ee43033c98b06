"""Prints entries for connection tracking's table, as `conntrack -R -` reads
them: old connections that a full table may not give up.

Argument: how many.
"""
import sys


def main():
    for number in range(int(sys.argv[1])):
        peer = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        print(f"-A -u ASSURED -s {peer} -d 10.255.255.1 -r 10.255.255.1 "
              f"-q {peer} -p tcp --sport 1000 --dport 80 --reply-port-src 80 "
              "--reply-port-dst 1000 --state ESTABLISHED -t 600")


main()
