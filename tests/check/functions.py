#!/usr/bin/env python3
"""No function is longer than 80 lines, no source file longer than 500.

A function is what clang-format leaves between a `{` and a `}` in column 0.
"""
import pathlib
import sys

FUNCTION_MAX = 80
FILE_MAX = 500
FOLDERS = ("agent", "common", "controller", "proto")


def long_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start + 1 > FUNCTION_MAX:
                yield f"{path}:{start}: function of {number - start + 1} lines"
            start = None


def main(source):
    faults = []
    for folder in FOLDERS:
        for path in sorted((source / folder).rglob("*.[ch]")):
            lines = path.read_text().splitlines()
            faults += long_functions(path.relative_to(source), lines)
            if len(lines) > FILE_MAX:
                faults.append(
                    f"{path.relative_to(source)}: {len(lines)} lines")
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
