"""BPF programs and links of the agent that nobody holds any more.

The kernel counts them for the whole machine, and other labs and agents may be
at work on it.  So what is looked for is the agent's by its name, is younger than
the lab, and is held by no process that lives: an agent that went away left it.
"""
import ctypes
import os
import struct

# bpf(2)
NUMBER = {"x86_64": 321, "aarch64": 280}
PROGRAM = {"next": 11, "open": 13}
LINK = {"next": 31, "open": 30}
INFO = 15
# agent/bpf/drop_events.bpf.c
OURS = (b"drop_events",)
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    """(result, what the kernel wrote), the result negative on failure."""
    buffer = ctypes.create_string_buffer(attributes, 128)
    number = NUMBER.get(os.uname().machine)
    result = -1 if number is None else libc.syscall(number, command, buffer,
                                                    128)
    return result, buffer.raw


def identifiers(kind):
    """The kernel's numbers of all programs or links of the machine."""
    found, last = set(), 0
    while True:
        result, answer = bpf(kind["next"], struct.pack("<I", last))
        if result < 0:
            return found
        last = struct.unpack_from("<I", answer, 4)[0]
        found.add(last)


def info(kind, number):
    """struct bpf_prog_info or bpf_link_info; None if it has gone."""
    fd, _ = bpf(kind["open"], struct.pack("<I", number))
    if fd < 0:
        return None
    try:
        room = ctypes.create_string_buffer(256)
        result, _ = bpf(INFO, struct.pack("<IIQ", fd, len(room),
                                          ctypes.addressof(room)))
        return room.raw if result == 0 else None
    finally:
        os.close(fd)


def is_ours(program):
    found = info(PROGRAM, program)
    return found is not None and found[64:80].rstrip(b"\0") in OURS


def program_of(link):
    found = info(LINK, link)
    return None if found is None else struct.unpack_from("<I", found, 8)[0]


def held():
    """The numbers that some process has a descriptor of: {"prog_id": {...},
    "link_id": {...}}."""
    found = {"prog_id": set(), "link_id": set()}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        folder = f"/proc/{entry}/fd"
        try:
            names = [name for name in os.listdir(folder)
                     if "bpf" in os.readlink(f"{folder}/{name}")]
            for name in names:
                with open(f"/proc/{entry}/fdinfo/{name}",
                          encoding="ascii") as file:
                    note(file, found)
        except OSError:
            continue  # it has ended meanwhile
    return found


def note(lines, found):
    for line in lines:
        name, _, value = line.partition(":")
        if name in found:
            found[name].add(int(value))


class Before:
    """What there was when the lab began."""

    def __init__(self):
        self.programs = identifiers(PROGRAM)
        self.links = identifiers(LINK)

    def programs_since(self):
        return {number for number in identifiers(PROGRAM) - self.programs
                if is_ours(number)}

    def orphans(self):
        """Sentences about what has no holder since."""
        programs = self.programs_since()
        links = {number for number in identifiers(LINK) - self.links
                 if is_ours(program_of(number) or 0)}
        if not programs and not links:
            return []
        holders = held()
        left = [("program", programs - holders["prog_id"]),
                ("link", links - holders["link_id"])]
        return [f"BPF {what} {number} of an agent that has ended is left"
                for what, numbers in left for number in sorted(numbers)]
