"""A plain connect() from a host of the lab: no program of ours takes part."""
import errno
import select
import socket

import netlink

# ARP and neighbour discovery fail after 3 s.  A router tells few errors at once,
# and what a trace left in its queue has them: then the SYN that is sent again
# asks anew, and its error comes up to 6 s after the first.
QUICK, PATIENT = 0.1, 8  # seconds
# A route that rejects says so by EINVAL, EACCES, EHOSTUNREACH or ENETUNREACH.
WORDS = {0: "connected", errno.ECONNREFUSED: "refused",
         errno.EINVAL: "unreachable", errno.EACCES: "unreachable",
         errno.EHOSTUNREACH: "unreachable", errno.ENETUNREACH: "unreachable",
         errno.ETIMEDOUT: "timed-out"}


def connect(lab, host, address, port, patience=QUICK):
    """What an application gets, in the words of the report's outcome."""
    with netlink.inside(lab[host].pid):
        client = socket.socket(
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM)
    with client:
        client.setblocking(False)
        code = client.connect_ex((address, port))
        if code == errno.EINPROGRESS:
            if not select.select([], [client], [], patience)[1]:
                return "timed-out"
            code = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return WORDS.get(code, "error")
