#!/usr/bin/python3
"""Production sources pass clang-tidy as .clang-tidy has it.

    tidy.py BUILD SOURCE

Two at a time.  What passed is not looked at again until the source, a header of
ours that it includes, its command, the configuration or clang-tidy changes;
stamps are kept in BUILD/tidy.  All takes a minute and a half on two idle cores;
after TIDY_SECONDS (180 if not set) no more is begun, and the next run goes on
from there.  Status 77: clang-tidy is not there, or some are still to be seen.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PRODUCTION = ("agent/", "common/", "controller/", "proto/")
INCLUDE = re.compile(rb'^#include "([^"]+)"', re.M)
AT_ONCE = 2
# Some of gcc's options are not clang's.
MORE = "--extra-arg=-Wno-unknown-warning-option"


def contents(path, roots, seen):
    """Adds path and what it includes of ours to seen: {path: text}."""
    if path in seen:
        return
    with open(path, "rb") as file:
        seen[path] = file.read()
    for name in INCLUDE.findall(seen[path]):
        for root in (os.path.dirname(path), *roots):
            other = os.path.join(root, name.decode())
            if os.path.isfile(other):
                contents(os.path.normpath(other), roots, seen)
                break


def key_of(entry, roots, common):
    """What the outcome depends on."""
    seen = {}
    contents(entry["file"], roots, seen)
    digest = hashlib.sha256(common)
    digest.update(entry["command"].encode())
    for path in sorted(seen):
        digest.update(path.encode() + b"\0" + seen[path])
    return digest.hexdigest()


def entries(build, source):
    """Each of our sources once, though two programs are made of it."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        found = {entry["file"]: entry for entry in json.load(file)}
    return [entry for path, entry in sorted(found.items())
            if os.path.relpath(path, source).startswith(PRODUCTION)
            and path.endswith(".c") and not path.endswith(".bpf.c")]


def look(program, build, path):
    result = subprocess.run([program, "-p", build, "--quiet", MORE, path],
                            capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stdout or result.stderr


def main():
    build, source = (os.path.abspath(path) for path in sys.argv[1:3])
    program = shutil.which("clang-tidy")
    if program is None:
        return 77
    stamps = os.path.join(build, "tidy")
    os.makedirs(stamps, exist_ok=True)
    version = subprocess.run([program, "--version"], capture_output=True,
                             check=True).stdout
    with open(os.path.join(source, ".clang-tidy"), "rb") as file:
        common = version + file.read()

    until = time.monotonic() + int(os.environ.get("TIDY_SECONDS", "180"))
    left = []

    def check(entry):
        stamp = os.path.join(stamps, key_of(entry, (source, build), common))
        if os.path.exists(stamp):
            return ""
        if time.monotonic() > until:
            left.append(entry["file"])
            return ""
        found = look(program, build, entry["file"])
        if not found:
            with open(stamp, "wb"):
                pass
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [text for text in pool.map(check, entries(build, source))
                 if text]
    print("".join(found), end="")
    if left:
        print(f"{len(left)} sources are still to be seen: run it again")
    return 1 if found else 77 if left else 0


if __name__ == "__main__":
    sys.exit(main())
