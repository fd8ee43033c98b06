#!/usr/bin/python3
"""Sets nmap, mtr and tcptraceroute beside probectl, with one agent alone.

    python3 tests/bench/one_end.py --build-dir build/release [--only PATTERN]

Each of the lab's one-end scenarios is played once; every program is asked from
hostA for the same address and port.  What it says is read into claims
(below) and compared with what is true of the scenario and could be known at
hostA: right, all of it; less, a part of it, or several possibilities of which
one is true; wrong, something that is false.  It prints a table and how long a
silent loss takes.

Exit status: 1 if probectl was wrong where one of the others was right.
"""
import argparse
import fnmatch
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

from daemons import Lab  # noqa: E402
from process import end_in_order_on_signals  # noqa: E402
from programs import inject  # noqa: E402
from run import why_not  # noqa: E402
from scenario import FAMILIES, for_families  # noqa: E402
from scenarios.one_end import SCENARIOS  # noqa: E402
from stand import Stand  # noqa: E402

# What may be claimed: open; refused, silent, unreachable; by-host (the called
# host itself answers), by X (that router does), last X (it is the last hop that
# answers), nobody (the address is not in use), own (hostA itself is at fault).
KINDS = {"open", "refused", "silent", "unreachable"}

# scenario: what is true and can be known at hostA; @R1 and so on as there.
TRUE = {
    "connected": {"open"},
    "connected-by-a-shorter-way-back": {"open"},
    "closed": {"refused", "by-host"},
    "rejected-by-host": {"refused", "by-host"},
    "rejected-by-host-with-an-error": {"refused", "by-host"},
    "closed-and-hops-silent": {"refused", "by-host"},
    "closed-on-own-link": {"refused", "by-host"},
    "reset-by-gateway": {"refused", "by @R1"},
    "reset-by-second-router": {"refused", "by @R2link"},
    "closed-and-a-shorter-way-back": {"refused", "by-host"},
    "reset-by-gateway-that-hides": {"refused", "by @R1"},
    "closed-behind-a-router-that-hides": {"refused", "by-host"},
    "redirected-to-gateway": {"refused", "by @R1"},
    "rejected-by-gateway-with-an-error": {"unreachable", "by @R1"},
    "dropped-by-host": {"silent", "last @R2link"},
    "dropped-by-second-router": {"silent", "last @R2link"},
    "dropped-by-gateway": {"silent", "last @R1"},
    "answer-dropped-on-path": {"silent", "last @R2link"},
    "dropped-and-hops-silent": {"silent"},
    "dropped-on-own-link": {"silent"},
    "another-port-dropped": {"open"},
    "unused-behind-router-of-ours": {"unreachable", "by @R2link"},
    "unused-and-little-time": {"unreachable", "by @R2link"},
    "unused-on-own-link": {"own", "nobody"},
    "gateway-passes-nothing-on": {"silent"},
    "gateway-absent": {"own"},
    "no-route": {"own"},
    "no-route-at-gateway": {"unreachable", "by @R1"},
    "dropped-by-source": {"own"},
    "answer-dropped-by-source": {"own", "silent"},
}
# There nothing comes before three seconds are over: who said so listened for
# less, and said nothing false.
LATE = {"unused-behind-router-of-ours", "unused-and-little-time"}
# A silent loss, whose time is printed.
LOSSES = ("dropped-by-host", "dropped-by-second-router", "dropped-by-gateway",
          "answer-dropped-on-path")


class Claims:
    """What a program says without naming another possibility beside it."""

    def __init__(self, sure=()):
        self.sure = set(sure)

    def grade(self, true, late):
        if any(self.is_false(claim, true, late) for claim in self.sure):
            return "wrong"
        return "right" if self.sure >= true else "less"

    @staticmethod
    def is_false(claim, true, late):
        """Something else of the same sort is true."""
        if claim in true or (claim == "silent" and late):
            return False
        if claim in KINDS:
            return bool(KINDS & true)
        if claim.startswith("by"):
            return any(one.startswith("by") for one in true)
        if claim.startswith("last"):
            return any(one.startswith("last") for one in true)
        return True  # nobody, own


def read_probectl(report):
    verdict, outcome = report["verdict"], report["outcome"]
    detail, cause = verdict.get("detail", {}), verdict["cause"]
    if cause == "connected":
        return Claims({"open"})
    word = {"timed-out": "silent"}.get(outcome, outcome)
    if "unanswered" in detail:
        return Claims({"own", "nobody"})
    if verdict["role"] == "source":
        return Claims({"own", word})
    place = detail.get("place", "")
    if "last_hop" in detail:
        return Claims({word, f"last {detail['last_hop']}"})
    if "suspect" in detail:
        return Claims({word})
    if word == "refused" and place.startswith("at the gateway"):
        return Claims({word, f"by {detail['gateway']}"})
    if word == "silent":
        return Claims({word})
    if cause == "firewall-reject" or place == report["destination"]["address"]:
        return Claims({word, "by-host"})
    return Claims({word} | ({f"by {detail['hop']}"} if "hop" in detail
                            else set()))


def read_nmap(text, called):
    """closed: the host answers and nothing listens; so says its manual."""
    state = re.search(r"^\d+/tcp +(\S+) +\S+ +(.*)$", text, re.M)
    if state is None:
        return Claims()
    word, reason = state[1], state[2]
    by = re.search(r"from (\S+)", reason)
    by = {f"by {by[1]}" if by[1] != called else "by-host"} if by else set()
    if word == "open":
        return Claims({"open"})
    if word == "closed":
        return Claims({"refused", "by-host"})
    if "no-response" in reason:
        return Claims({"silent"})
    if "port-unreach" in reason:
        return Claims({"refused"} | (by or {"by-host"}))
    return Claims({"unreachable"} | by)


def read_mtr(text, called):
    """It tells who answered, not what."""
    hubs = [hub["host"] for hub in json.loads(text)["report"]["hubs"]
            if hub["host"] != "???"]
    if called in hubs:
        return Claims({"by-host"})
    if not hubs:
        return Claims()
    return Claims({"own" if hubs[-1] in OWN else f"last {hubs[-1]}"})


def read_tcptraceroute(text, called):
    hops = re.findall(r"^ *\d+ +(\S+)(?:.*?(\[\w+\]|![A-Za-z]+))?", text, re.M)
    hops = [(host, mark) for host, mark in hops if host != "*"]
    if not hops:
        return Claims({"silent"} if "not reached" in text else ())
    host, mark = hops[-1]
    if mark == "[open]":
        return Claims({"open"})
    if mark == "[closed]":
        return Claims({"refused", "by-host"})
    if mark.startswith("!"):
        if host == called:
            return Claims({"refused", "by-host"})
        return Claims({"unreachable", f"by {host}"})
    return Claims({"silent", f"last {host}"})


# In their words: this host itself did not send it.
NOT_SENT = ("Network is unreachable", "failed to determine route",
            "Operation not permitted", "libnet_write failed")
OWN = {words["A"] for words in FAMILIES.values()}

OTHERS = (
    ("nmap", read_nmap,
     lambda six, host, port: ["nmap", "-Pn", "-n", "--reason",
                              *(["-6"] if six else []), "-p", port, host]),
    ("mtr", read_mtr,
     lambda six, host, port: ["mtr", "-n", "-r", "-j", "-c", "1", "--tcp", "-P",
                              port, *(["-6"] if six else []), host]),
    # It knows no IPv6.
    ("tcptraceroute", read_tcptraceroute,
     lambda six, host, port: None if six else
     ["tcptraceroute", "-n", "-q", "1", "-w", "1", "-m", "6", host, port]),
)


def ask_other(lab, other, host, port):
    """(claims, seconds); None where it cannot be asked."""
    _, read, command = other
    argv = command(":" in host, host, port)
    if argv is None or shutil.which(argv[0]) is None:
        return None, 0
    started = time.monotonic()
    try:
        done = lab["hostA"].run(argv, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return Claims(), 60
    took = time.monotonic() - started
    if any(words in done.stdout + done.stderr for words in NOT_SENT):
        return Claims({"own"}), took
    try:
        return read(done.stdout + done.stderr if other[0] != "mtr"
                    else done.stdout, host), took
    except (ValueError, KeyError):
        return Claims(), took


def expanded(true, family):
    return {re.sub(r"@(\w+)", lambda m: FAMILIES[family][m[1]], claim)
            for claim in true}


def play(lab, scenario):
    """[(grade, seconds)] of each program, probectl first."""
    inject(lab, scenario)
    name, family = scenario.name.removeprefix("one-end-").split("/v")
    true, late = expanded(TRUE[name], int(family)), name in LATE
    host, _, port = scenario.argv[1].rpartition(":")
    started = time.monotonic()
    _, report, _ = lab.trace(scenario.argv)
    took = time.monotonic() - started
    claims = read_probectl(report) if report else Claims()
    row = [(claims.grade(true, late), took)]
    for other in OTHERS:
        claims, took = ask_other(lab, other, host.strip("[]"), port)
        row.append((claims.grade(true, late) if claims else "-", took))
    return row


def chosen(pattern):
    return [one for item in SCENARIOS for one in for_families(item)
            if one.name.split("/")[0].removeprefix("one-end-") in TRUE
            and fnmatch.fnmatch(one.name, pattern)]


def print_table(rows):
    names = ["probectl", *(other[0] for other in OTHERS)]
    print("| one agent alone | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(names))
    for name, row in rows.items():
        print(f"| {name.removeprefix('one-end-')} | " + " | ".join(
            grade if grade == "-" else f"{grade}, {took:.1f} s"
            for grade, took in row) + " |")
    for grade in ("right", "less", "wrong"):
        print(f"| **{grade}** | " + " | ".join(
            str(sum(row[i][0] == grade for row in rows.values()))
            for i in range(len(names))) + " |")


def main():
    parser = argparse.ArgumentParser(description="compare with other programs")
    parser.add_argument("--build-dir", default="build/release")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    args = parser.parse_args()
    reason = why_not(args.build_dir)
    if reason:
        print(reason, file=sys.stderr)
        return 2
    absent = [name for name, _, _ in OTHERS if shutil.which(name) is None]
    if absent:
        print(f"not installed, and left out: {', '.join(absent)}; "
              "deploy/install-dependencies bench", file=sys.stderr)
    end_in_order_on_signals()
    stand = Stand(lambda: Lab(args.build_dir))
    rows = {}
    for scenario in chosen(args.only):
        rows[scenario.name] = play(stand.take(scenario.name), scenario)
        for problem in stand.put_back(scenario.hosts()):
            print(problem, file=sys.stderr)
    stand.end()
    print_table(rows)
    times = [row[0][1] for name, row in rows.items()
             if name.split("/")[0].removeprefix("one-end-") in LOSSES]
    if times:
        print(f"\nsilent loss, one end: median {statistics.median(times):.2f} "
              f"s, worst {max(times):.2f} s of {len(times)}")
    beaten = [name for name, row in rows.items() if row[0][0] == "wrong"
              and any(grade == "right" for grade, _ in row[1:])]
    for name in beaten:
        print(f"wrong where another is right: {name}", file=sys.stderr)
    return 1 if beaten else 0


if __name__ == "__main__":
    sys.exit(main())
