"""The lab's network: two LANs, two routers, three hosts, management apart.

    hostA .10 --+                                        +-- .10 hostB
    hostC .30 --+-- LAN A -- R1 .1 ==link== R2 .2 -- LAN B
                       192.0.2.0/24  203.0.113.0/30  198.51.100.0/24

Both routers have a leg in either LAN; by default packets go A, R1, R2, B and
back the same way.  Management (203.0.113.128/25) joins ctl and the hosts.
"""
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

from host import Host

PORT = 8080
HOSTS = ("hostA", "hostB", "hostC")
ROUTERS = ("R1", "R2")
ALL = HOSTS + ROUTERS + ("ctl",)

# host: device: (bridge, addresses)
DEVICES = {
    "hostA": {"eth0": ("lanA", ("192.0.2.10/24", "2001:db8:a::10/64")),
              "mgmt0": ("mgmt", ("203.0.113.131/25", "2001:db8:f::131/64"))},
    "hostB": {"eth0": ("lanB", ("198.51.100.10/24", "2001:db8:b::10/64")),
              "mgmt0": ("mgmt", ("203.0.113.132/25", "2001:db8:f::132/64"))},
    "hostC": {"eth0": ("lanA", ("192.0.2.30/24", "2001:db8:a::30/64")),
              "mgmt0": ("mgmt", ("203.0.113.133/25", "2001:db8:f::133/64"))},
    "R1": {"lanA": ("lanA", ("192.0.2.1/24", "2001:db8:a::1/64")),
           "lanB": ("lanB", ("198.51.100.1/24 noprefixroute",
                             "2001:db8:b::1/64 noprefixroute")),
           "link": ("link", ("203.0.113.1/30", "2001:db8:c::1/64"))},
    "R2": {"lanA": ("lanA", ("192.0.2.2/24 noprefixroute",
                             "2001:db8:a::2/64 noprefixroute")),
           "lanB": ("lanB", ("198.51.100.2/24", "2001:db8:b::2/64")),
           "link": ("link", ("203.0.113.2/30", "2001:db8:c::2/64"))},
    "ctl": {"mgmt0": ("mgmt", ("203.0.113.130/25", "2001:db8:f::130/64"))},
}
ROUTES = {
    "hostA": ("default via 192.0.2.1", "default via 2001:db8:a::1"),
    "hostC": ("default via 192.0.2.1", "default via 2001:db8:a::1"),
    "hostB": ("default via 198.51.100.2", "default via 2001:db8:b::2"),
    "R1": ("198.51.100.0/24 via 203.0.113.2",
           "2001:db8:b::/64 via 2001:db8:c::2"),
    "R2": ("192.0.2.0/24 via 203.0.113.1",
           "2001:db8:a::/64 via 2001:db8:c::1"),
    "ctl": (),
}
NAMES = {
    "hostA": ("192.0.2.10", "2001:db8:a::10"),
    "hostB": ("198.51.100.10", "2001:db8:b::10"),
    "hostC": ("192.0.2.30", "2001:db8:a::30"),
    "ctl": ("203.0.113.130", "2001:db8:f::130"),
}
SYSCTLS = {
    # Addresses stand at once; nothing but this file configures them.
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.accept_ra": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.ip_forward": "0",
    "net.ipv4.ip_local_port_range": "32768 60999",
}
ROUTER_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
    # Every hop of every trace answers, however many traces run in a row.
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv6.icmp.ratelimit": "0",
}


def hosts_file():
    lines = ["127.0.0.1 localhost", "::1 localhost"]
    for index in (0, 1):
        lines += [f"{addresses[index]} {name}"
                  for name, addresses in NAMES.items()]
    return "\n".join(lines) + "\n"


def sysctl_script(values):
    return "\n".join(f"echo '{value}' > /proc/sys/{name.replace('.', '/')}"
                     for name, value in values.items())


def mac(name, device):
    """The device's link address: the same in every lab."""
    return (f"02:00:00:00:{ALL.index(name):02x}:"
            f"{list(DEVICES[name]).index(device):02x}")


class Topology:
    """The hosts and wires of one lab; several may stand side by side."""

    def __init__(self, programs=""):
        self.folder = tempfile.mkdtemp(prefix="probe-lab-")
        os.chmod(self.folder, 0o755)
        self.hosts = {}
        try:
            for name in ("switch",) + ALL:
                self.hosts[name] = Host(name, self.folder, programs)
            for host in self.hosts.values():
                host.ready()
            self.pool = ThreadPoolExecutor(4)
            self.build()
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name):
        return self.hosts[name]

    def build(self):
        list(self.pool.map(self.prepare, self.hosts))
        self.wire()
        list(self.pool.map(self.address, ALL))

    def prepare(self, name):
        host = self.hosts[name]
        values = dict(SYSCTLS)
        if name in ROUTERS:
            values.update(ROUTER_SYSCTLS)
        if name == "switch":  # bridges need no addresses
            values = {"net.ipv6.conf.all.disable_ipv6": "1",
                      "net.ipv6.conf.default.disable_ipv6": "1"}
        host.write_file("hosts", hosts_file())
        host.shell(sysctl_script(values) + "\nip link set lo up")

    def wire(self):
        """Bridges in the switch, one cable per device of each host."""
        lines = []
        for bridge in self.bridges():
            lines += [f"link add name {bridge} type bridge mcast_snooping 0",
                      f"link set dev {bridge} up"]
        for name, devices in DEVICES.items():
            for device, (bridge, _) in devices.items():
                port = self.port(name, device)
                lines += [f"link add name {port} type veth peer name {device} "
                          f"address {mac(name, device)} "
                          f"netns {self.hosts[name].pid}",
                          f"link set dev {port} master {bridge} up"]
        self.hosts["switch"].net(["ip", "-batch", "-"], "\n".join(lines))

    @staticmethod
    def bridges():
        return sorted({bridge for devices in DEVICES.values()
                       for bridge, _ in devices.values()})

    @staticmethod
    def port(name, device):
        """The switch's end of a host's cable."""
        return f"{name}-{device}"

    def address(self, name):
        """Addresses and routes, from nothing."""
        lines = []
        for device, (_, addresses) in DEVICES[name].items():
            lines.append(f"link set dev {device} up")
            for address in addresses:
                nodad = " nodad" if ":" in address else ""
                lines.append(f"addr add {address} dev {device}{nodad}")
        lines += [f"route add {route}" for route in ROUTES[name]]
        self.hosts[name].net(["ip", "-batch", "-"], "\n".join(lines))

    def programs(self):
        """{name: program} of those that belong to the lab, not to what is
        played in it."""
        return {}

    def logs(self):
        """What they said."""
        return {}

    def told(self):
        """What the programs say of the hosts."""
        return {}

    def close(self):
        for host in self.hosts.values():
            host.kill()
        for host in self.hosts.values():
            host.close()
        if hasattr(self, "pool"):
            self.pool.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)
