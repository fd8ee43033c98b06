"""What a lab's host looks like, all of it that a scenario may have changed: to
prove that a host that is used again is as it was at first.

A state is {what: value}; values are compared, never read for their meaning, but
for what reset.py makes or deletes again.
"""
import array
import fcntl
import os
import socket
import stat
import struct

import netlink
from netlink import Kernel, attributes, encode

AF_INET, AF_INET6, AF_BRIDGE = 2, 10, 7
# Of RTM_NEWxxx; RTM_GETxxx is two more.
NEWLINK, NEWADDR, NEWROUTE, NEWNEIGH, NEWRULE, NEWQDISC = 16, 20, 24, 28, 32, 36
# What stays the same while nobody changes it; a device's LINKINFO by its kind.
LINK_PARTS = {1: "address", 3: "name", 4: "mtu", 6: "qdisc", 10: "master",
              13: "queue", 27: "group", 30: "promiscuity", 43: "xdp"}
LINKINFO, INFO_KIND = 18, 1
CARRIER = 0x30040  # IFF_RUNNING, _LOWER_UP, _DORMANT: they follow by themselves
ADDRESS_CACHE, ROUTE_CACHE, ROUTE_EXPIRES = 6, 12, 23
CLONED = 0x200
PERMANENT, NOARP, PROXY = 0x80, 0x40, 8
GET_SA, GET_POLICY = 0x12, 0x15
GET_TABLE, LIST_SETS = 10 << 8 | 1, 6 << 8 | 7
SIOCETHTOOL = 0x8946
# Checksums, segmentation, and the rest of what a device may do by itself.
OFFLOADS = (0x14, 0x16, 0x18, 0x1e, 0x23, 0x25, 0x2b)
# One of the whole machine, or what counts by itself.
VOLATILE = {"nf_conntrack_max", "nf_conntrack_count", "nf_conntrack_buckets",
            "flush"}
# What the programs under test keep.
OWN_FILES = {"/run/bin", "/var/lib/probe-agent", "/var/lib/probe-controller"}
FOLDERS = ("/run", "/var/lib")
TABLES = ("net/ip_tables_names", "net/ip6_tables_names",
          "net/arp_tables_names")
TCP_SOCKETS = 18


def links(route):
    """{index: {part: value}}"""
    found = {}
    for data in route.dump(NEWLINK + 2, bytes(16)):
        index, flags = struct.unpack_from("<iI", data, 4)
        parts = {"flags": flags & ~CARRIER}
        for kind, value in attributes(data[16:]):
            if kind == LINKINFO:
                parts["kind"] = dict(attributes(value)).get(INFO_KIND)
            elif kind in LINK_PARTS:
                parts[LINK_PARTS[kind]] = value
        found[index] = parts
    return found


def without(data, size, kinds):
    """The message but for attributes of these kinds."""
    return data[:size] + encode(
        [item for item in attributes(data[size:]) if item[0] not in kinds])


def addresses(route):
    return [without(data, 8, {ADDRESS_CACHE})
            for data in route.dump(NEWADDR + 2, bytes(8))]


def routes(route):
    """Of all tables, in no order: that in which the kernel lists them says
    nothing.  Their flags are what it says of the device."""
    found = []
    for family in (AF_INET, AF_INET6):
        for data in route.dump(NEWROUTE + 2, bytes([family]) + bytes(11)):
            if not struct.unpack_from("<I", data, 8)[0] & CLONED:
                data = data[:8] + bytes(4) + data[12:]
                found.append(without(data, 12, {ROUTE_CACHE, ROUTE_EXPIRES}))
    return sorted(found)


def rules(route):
    return [without(data, 12, set()) for family in (AF_INET, AF_INET6)
            for data in route.dump(NEWRULE + 2, bytes([family]) + bytes(11))]


def neighbours(route):
    """(those that somebody entered, those learned)"""
    entered, learned = [], []
    for flags in (0, PROXY):
        for data in route.dump(NEWNEIGH + 2, bytes(10) + bytes([flags, 0])):
            parts = data[:12] + encode([item for item in attributes(data[12:])
                                        if item[0] in (1, 2)])
            state = struct.unpack_from("<H", data, 8)[0]
            if flags or state & PERMANENT:
                entered.append(parts)
            elif not state & NOARP:
                learned.append(parts)
    return entered, learned


def qdiscs(route):
    """Kind and options, not what it counted."""
    return [data[:16] + encode([item for item in attributes(data[20:])
                                if item[0] in (1, 2)])
            for data in route.dump(NEWQDISC + 2, bytes(20))]


def offloads(names):
    """What each device does by itself, as ethtool -k asks for it."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for name in names:
            for command in OFFLOADS:
                value = array.array("B", struct.pack("II", command, 0))
                request = struct.pack("16sP8x", name,
                                      value.buffer_info()[0])
                try:
                    fcntl.ioctl(asking, SIOCETHTOOL, request)
                except OSError:
                    continue
                found[name, command] = value.tobytes()
    return found


def sysctls():
    """{path: text} of the namespace that this thread is in."""
    found = {}
    for folder, _, names in os.walk("/proc/sys/net"):
        for name in names:
            if name not in VOLATILE:
                path = f"{folder}/{name}"
                try:
                    fd = os.open(path, os.O_RDONLY)
                except OSError:
                    continue
                try:
                    found[path] = os.read(fd, 4096)
                except OSError:
                    pass
                finally:
                    os.close(fd)
    return found


def firewall():
    """How many tables and sets there are."""
    with Kernel(netlink.NETFILTER) as kernel:
        tables = len(kernel.dump(GET_TABLE, bytes(4)))
        # Whoever asks for sets loads their module.
        sets = len(kernel.dump(LIST_SETS, bytes(4) + encode([(1, b"\6")]))) \
            if os.path.isdir("/sys/module/ip_set") else 0
    return tables, sets


def policies():
    with Kernel(netlink.XFRM) as kernel:
        return [len(kernel.dump(kind, b"")) for kind in (GET_POLICY, GET_SA)]


def tracked():
    """Entries of connection tracking."""
    try:
        with open("/proc/sys/net/netfilter/nf_conntrack_count",
                  encoding="ascii") as file:
            return int(file.read())
    except FileNotFoundError:
        return 0


def connections():
    """Each TCP socket: (state, family, the kernel's description of it).  Those
    of other protocols go with their processes; these may stay for a minute."""
    found = []
    with Kernel(netlink.SOCK_DIAG) as kernel:
        # The old request, for it lists both families at once.
        for data in kernel.dump(TCP_SOCKETS,
                                bytes(52) + struct.pack("<II", 0xfff, 0)):
            found.append((data[1], data[0], data[4:52]))
    return sorted(found)


def files(host):
    """{path: (kind, size of a file)} of what the host has for itself."""
    found, root = {}, f"/proc/{host.pid}/root"
    for start in FOLDERS:
        for folder, folders, names in os.walk(root + start):
            here = folder[len(root):]
            folders[:] = [name for name in folders
                          if f"{here}/{name}" not in OWN_FILES]
            for name in folders + names:
                status = os.lstat(f"{folder}/{name}")
                is_file = stat.S_ISREG(status.st_mode)
                found[f"{here}/{name}"] = (status.st_mode, status.st_size
                                           if is_file else 0)
    return found


def mounts(host):
    """{number: how and where}"""
    return {line.split()[0]: tuple(line.split()[2:6])
            for line in host.proc("mountinfo").splitlines()}


def given_files(host):
    """What the lab itself put over the machine's files."""
    found = {}
    for name in ("hosts", "nsswitch.conf", "resolv.conf"):
        with open(os.path.join(host.folder, name), encoding="utf-8") as file:
            found[name] = file.read()
    return found


def of(host):
    """All of it; the host's processes are the lab's own affair (reset.py)."""
    state = {"files": files(host), "mounts": mounts(host),
             "given files": given_files(host)}
    state["legacy tables"] = [read(host, path) for path in TABLES]
    with netlink.inside(host.pid):
        state.update(network())
        state["offloads"] = offloads(
            [parts["name"] for parts in state["links"].values()])
        state["tracked"] = tracked()
        state["sysctls"] = sysctls()
        state["connections"] = connections()
        state["name"] = os.uname().nodename
    return state


def network():
    """What is quickly asked for, of the namespace that this thread is in."""
    with Kernel(netlink.ROUTE) as route:
        state = {"links": links(route), "addresses": addresses(route),
                 "rules": rules(route), "routes": routes(route),
                 "queues": qdiscs(route), "neighbours": neighbours(route)[0]}
    return {**state, "firewall": firewall(), "policies": policies()}


def network_of(host):
    """As much of it as nobody changes but by the network."""
    with netlink.inside(host.pid):
        return network()


def read(host, path):
    try:
        return host.proc(path)
    except OSError:
        return ""


def part(value, other):
    """What of a value is not in the other: short, for a person."""
    if isinstance(value, dict) and isinstance(other, dict):
        value = {key: item for key, item in value.items()
                 if other.get(key) != item}
    elif isinstance(value, list) and isinstance(other, list):
        value = [item for item in value if item not in other]
    return repr(value)[:300]


def differences(before, now):
    """Sentences; empty if nothing has changed."""
    return [f"{what} were {part(before[what], now[what])}, are "
            f"{part(now[what], before[what])}"
            for what in now if before[what] != now[what]]
