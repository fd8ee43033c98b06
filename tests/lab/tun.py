"""A tunnel for a helper of the lab that is its other end."""
import fcntl
import os
import struct
import subprocess

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def run(command):
    subprocess.run(command.split(), check=True)


def open_tun(name):
    """Makes the device.  What is read from the descriptor left by it; what is
    written comes in."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF,
                struct.pack("16sH14x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd
