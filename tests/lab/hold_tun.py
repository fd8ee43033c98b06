"""A tunnel whose program has stopped reading: hold_tun.py DEVICE [ROUTE ...]

Makes the device with a ring of two packets, adds the route (words as for ip
route add) by it, fills the ring, and keeps the device.
"""
import socket
import subprocess
import sys
import time

from tun import open_tun

SO_BINDTODEVICE = 25


def fill(device):
    """Packets that nobody takes out again."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode())
    for _ in range(8):
        try:
            client.sendto(b"x", ("192.0.2.129", 9))
        except OSError:
            pass  # dropped already


def main():
    device, route = sys.argv[1], sys.argv[2:]
    open_tun(device)  # open until we end
    subprocess.run(["ip", "link", "set", device, "txqueuelen", "2", "up"],
                   check=True)
    if route:
        subprocess.run(["ip", "-6" if ":" in route[0] else "-4", "route",
                        "add", *route, "dev", device], check=True)
    fill(device)
    print("ready", flush=True)
    time.sleep(3600)


main()
