"""bpf(2), for what neither bpftool nor ip can attach."""
import ctypes
import os
import struct

NUMBER = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, OBJ_PIN, OBJ_GET, LINK_CREATE = 5, 6, 7, 28
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 160)
    result = libc.syscall(NUMBER, command, buffer, 160)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"bpf({command}): {os.strerror(code)}")
    return result


def open_pinned(path):
    text = ctypes.create_string_buffer(path.encode())
    return bpf(OBJ_GET, struct.pack("<QII", ctypes.addressof(text), 0, 0))


def pin(descriptor, path):
    text = ctypes.create_string_buffer(path.encode())
    bpf(OBJ_PIN, struct.pack("<QII", ctypes.addressof(text), descriptor, 0))


def load(program_type, attach_type, instructions, name):
    """instructions: (code, registers, offset, constant) each."""
    raw = b"".join(struct.pack("<BBhi", *one) for one in instructions)
    code = ctypes.create_string_buffer(raw, len(raw))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(8192)
    try:
        return bpf(PROG_LOAD, struct.pack(
            "<IIQQIIQII16sII", program_type, len(instructions),
            ctypes.addressof(code), ctypes.addressof(licence), 1, len(log),
            ctypes.addressof(log), 0, 0, name, 0, attach_type))
    except OSError as error:
        raise OSError(error.errno, f"{error}\n{log.value.decode()}") from None


def link(program, target, attach_type, more=b""):
    return bpf(LINK_CREATE, struct.pack("<IIII", program, target, attach_type,
                                        0) + more)
