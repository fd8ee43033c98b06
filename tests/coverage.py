#!/usr/bin/python3
"""How much of the production sources do the unit tests run?

    python3 tests/coverage.py [--build-dir build/coverage] [--lines FILE]

Builds for coverage, runs the unit tests, asks gcov, and prints lines run of
lines there are, by folder; --lines lists the lines of one source that no test
runs.
"""
import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PRODUCTION = ("agent", "common", "controller", "proto")
AT_ONCE = 50  # data files for one gcov


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build-dir", default="build/coverage")
    parser.add_argument("--lines", metavar="FILE")
    return parser.parse_args()


def files_of(build_dir, ending):
    return [os.path.join(folder, name)
            for folder, _, names in os.walk(build_dir) for name in names
            if name.endswith(ending)]


def build_and_test(build_dir):
    """True if all tests passed."""
    log = os.path.join(ROOT, "build", "coverage.log")
    with open(log, "w", encoding="utf-8") as out:
        for argv in (["cmake", "--preset", "coverage", "-B", build_dir],
                     ["cmake", "--build", build_dir, "-j2"]):
            if subprocess.run(argv, cwd=ROOT, stdout=out,
                              stderr=out).returncode != 0:
                sys.exit(f"{' '.join(argv)} fails: see {log}")
        for path in files_of(build_dir, ".gcda"):
            os.remove(path)
        passed = subprocess.run(
            ["ctest", "--test-dir", build_dir, "-L", "unit", "-j2"],
            stdout=out, stderr=out).returncode == 0
    if not passed:
        print(f"Not all tests passed, so this is less than it could be: {log}",
              file=sys.stderr)
    return passed


def source_of(path):
    """As seen from the root, or None if it is no source of ours."""
    path = os.path.relpath(os.path.realpath(os.path.join(ROOT, path)), ROOT)
    ours = path.split(os.sep)[0] in PRODUCTION and path.endswith((".c", ".h"))
    return path if ours else None


def lines_run(build_dir):
    """{source: {line: times}}; a source that is in two programs counts once,
    and one that no test is linked with counts as never run."""
    found = defaultdict(lambda: defaultdict(int))
    files = files_of(build_dir, ".gcno")
    for at in range(0, len(files), AT_ONCE):
        told = subprocess.run(
            ["gcov", "--json-format", "--stdout", *files[at:at + AT_ONCE]],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, check=True).stdout
        for document in filter(None, told.splitlines()):
            for item in json.loads(document)["files"]:
                source = source_of(item["file"])
                if source is not None:
                    for line in item["lines"]:
                        found[source][line["line_number"]] += line["count"]
    return found


def print_table(found):
    folders = defaultdict(lambda: [0, 0])
    for source, lines in found.items():
        for name in (os.path.dirname(source), "all"):
            folders[name][0] += sum(1 for count in lines.values() if count)
            folders[name][1] += len(lines)
    print("| folder | lines | run | % |\n|---|---:|---:|---:|")
    for name, (run, total) in sorted(folders.items()):
        print(f"| {name} | {total} | {run} | {100 * run / total:.1f} |")
    run, total = folders["all"]
    print(f"\nUnit tests run {100 * run / total:.1f} % of {total} lines.")


def main():
    args = options()
    build_dir = os.path.join(ROOT, args.build_dir)
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    passed = build_and_test(build_dir)
    found = lines_run(build_dir)
    if args.lines:
        print(*sorted(line for line, count in found[args.lines].items()
                      if not count), sep="\n")
    else:
        print_table(found)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
