"""Runs a program that may call a few TCP ports only (Landlock):
landlocked.py PORT,... PROGRAM ..."""
import ctypes
import os
import struct
import sys

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # the same on all machines
CONNECT_TCP = 2
RULE_NET_PORT = 2
NO_NEW_PRIVILEGES = 38
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"landlock ({number}): {os.strerror(code)}")
    return result


def main():
    handled = struct.pack("<QQ", 0, CONNECT_TCP)
    rules = call(CREATE, handled, ctypes.c_size_t(len(handled)), 0)
    for port in sys.argv[1].split(","):
        call(ADD_RULE, rules, RULE_NET_PORT,
             struct.pack("<QQ", CONNECT_TCP, int(port)), 0)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    call(RESTRICT, rules, 0)
    os.close(rules)
    os.execvp(sys.argv[2], sys.argv[2:])


main()
