#!/usr/bin/python3
"""Runs the lab: every scenario in hosts made of namespaces, with the real
programs.

    python3 tests/lab/run.py --build-dir build/dev [--only PATTERN] [--list]

Exit status: 0 if all passed, 1 if one failed, 3 if only the lab itself did (a
helper did not come up, a fault did not take effect, something was left over
from a scenario before), 77 if it cannot run here.
"""
import argparse
import fnmatch
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from daemons import missing_programs  # noqa: E402
from orphans import Before  # noqa: E402
from process import end_in_order_on_signals  # noqa: E402
from results import (as_json, compare, expected,  # noqa: E402
                     read_json, write_json, write_table)
from runner import run_all  # noqa: E402
from scenarios import all_scenarios  # noqa: E402
from wait import TimedOut, wait_until  # noqa: E402

SKIPPED, LAB_FAULT = 77, 3
# A scenario that fails and then passes in a new lab is told as the lab's fault.
# On a busy machine some do; more than these fail the run, and so does each that
# was wrong and called itself proven.
LAB_FAULTS_BORNE = 0.01
# A build with sanitizers takes several times as long; these stand for all: the
# main way, and one of each observer's.
SAMPLE = ("connected*/v4", "connected/v6", "not-listening/*",
          "listening-*/v6", "accept-queue-full/*", "nft-drop-*/v4",
          "nft-reject-*-input/v6", "nft-policy-input/*", "iptables-*-drop/*",
          "no-route-*/v4", "route-blackhole-*/v6",
          "neighbour-unresolved-gateway/*", "name-*/v4", "path-*/v6",
          "one-ended-*", "container-*", "two-faults-*/v4", "input-*",
          "robust-*", "rules-jump-path/*", "rules-set-of-networks/*",
          "rules-verdict-map/*", "rules-ipset-*/v4", "rules-bridge-input/*",
          "rules-connlimit-nft/v4", "fronts-firewalld-zone/*",
          "fronts-ufw-default/v4", "fronts-fail2ban-*/v4",
          "fronts-docker-user/v4", "service-[ehikn]*/v4",
          "port-held-by-other-unit/*", "tc-ingress*/v4", "xdp-*/v4",
          "cgroup-ingress*/v4", "ipsec-blocks-*/v4", "nfqueue-*/v4",
          "qdisc-*/v4", "bpf-netfilter/v4", "connect-denied-*/v4",
          "inside-*/v4", "owner-rule-*/v6", "redirect-nft-*/v4",
          "old-entry-*/v4", "tracking-full-*/v4", "sequence-rewritten/*",
          "checksum-*", "arp-ignore/*", "route-elsewhere-*/v6",
          "prefix-too-wide-*/v4", "neighbour-wrong-*/v6", "mark-*/v4",
          "stale-connection/*", "listener-stopped/*",
          "reuseport-one-member-full/v4", "process-out-of-files/v4",
          "signature-required/*", "control-without-*")
# What a fault does to a plain connect() is the same in both families.
BARE = ("*/v4",)


def options():
    parser = argparse.ArgumentParser(description="run the lab's scenarios")
    parser.add_argument("--build-dir", help="default: build/dev")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="append", metavar="PATTERN",
                        help="names to run, with * and ?; may be repeated")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--asan", action="store_true",
                        help="build/asan, if no --build-dir is given, and "
                        "the part of the scenarios that stands for all")
    parser.add_argument("--bare", action="store_true",
                        help="only show what each fault does to connect(), by "
                        "IPv4")
    parser.add_argument("--table", metavar="FILE",
                        help="write the results as Markdown")
    parser.add_argument("--results", metavar="FILE",
                        help="write the results as JSON")
    parser.add_argument("--compare", metavar="FILE",
                        help="print what differs from older results (JSON)")
    parser.add_argument("--reports", metavar="FOLDER",
                        help="write the reports of failed scenarios there")
    parser.add_argument("--logs", action="store_true",
                        help="print the programs' logs of failed scenarios")
    return parser.parse_args()


def chosen(args):
    patterns = args.only or (SAMPLE if args.asan else
                             BARE if args.bare else ("*",))
    return [scenario for scenario in all_scenarios()
            if any(fnmatch.fnmatch(scenario.name, pattern)
                   for pattern in patterns)]


def why_not(build_dir):
    """Why the lab cannot run here, or None."""
    if os.geteuid() != 0:
        return "the lab needs root: it makes network namespaces"
    tools = [name for name in ("unshare", "nsenter", "ip", "nft", "sysctl",
                               "iptables-nft", "iptables-legacy")
             if shutil.which(name) is None]
    if tools:
        return f"not installed: {', '.join(tools)}"
    if subprocess.run(["unshare", "--net", "--pid", "--mount", "--fork",
                       "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "this machine allows no namespaces"
    missing = missing_programs(build_dir) if build_dir else []
    if missing:
        return f"not built in {build_dir}/bin: {', '.join(missing)}"
    return None


def show(result, logs):
    print(f"{result.scenario.name:44} {expected(result.scenario):28} "
          f"{result.got:28} {result.confidence:9} {result.time_ms:6} "
          f"{result.word()}", flush=True)
    for fault in result.faults:
        print(f"    the lab's fault: {fault}", flush=True)
    for problem in result.problems:
        print(f"    {problem}", flush=True)
    if logs and result.problems:
        for name, text in result.logs.items():
            print("".join(f"      {name}| {line}\n"
                          for line in text.splitlines()[-20:]), end="")


def write_reports(folder, results):
    os.makedirs(folder, exist_ok=True)
    for result in results:
        if result.problems and result.report is not None:
            name = result.scenario.name.replace("/", "-") + ".json"
            with open(os.path.join(folder, name), "w",
                      encoding="utf-8") as file:
                json.dump(result.report, file, indent=1)


def bpf_left(before):
    """What the agents loaded must be gone with them."""
    try:
        wait_until(lambda: not before.orphans(), "the end of our BPF programs",
                   10)
    except TimedOut:
        return before.orphans()
    return []


def compare_with(args, results):
    """Against all old results if all scenarios ran."""
    new = {item["scenario"]: item for item in map(as_json, results)}
    old = {name: item for name, item in read_json(args.compare).items()
           if name in new or not (args.only or args.asan or args.bare)}
    compare(old, new)


def sum_up(results, left, built):
    """The last lines, and the exit status."""
    lab = sum(1 for result in results if result.faults)
    failed = sum(1 for result in results
                 if result.problems and not result.faults)
    proven = sum(1 for result in results if result.wrong_and_proven)
    print(f"{proven} wrong and proven; {built} labs built")
    print(f"{len(results) - failed - lab} passed, {failed + len(left)} failed"
          + (f", {lab} for faults of the lab itself" if lab else ""))
    if failed or left or proven or not results:
        return 1
    return LAB_FAULT if lab > len(results) * LAB_FAULTS_BORNE else 0


def main():
    args = options()
    if args.bare:
        args.build_dir = None
    elif args.build_dir is None:
        args.build_dir = "build/asan" if args.asan else "build/dev"
    scenarios = chosen(args)
    if args.list:
        print("\n".join(scenario.name for scenario in scenarios))
        return 0
    reason = why_not(args.build_dir)
    if reason:
        print(f"SKIPPED: {reason}")
        return SKIPPED
    end_in_order_on_signals()
    before = Before()
    print(f"{'scenario':44} {'expected':28} {'got':28} {'confid.':9} "
          f"{'ms':>6}")
    results, left, built = run_all(scenarios, args.build_dir, args.jobs,
                                   lambda result: show(result, args.logs))
    left += bpf_left(before)
    for problem in left:
        print(problem)
    if args.reports:
        write_reports(args.reports, results)
    if args.table:
        write_table(args.table, results)
    if args.results:
        write_json(args.results, results)
    if args.compare:
        compare_with(args, results)
    return sum_up(results, left, built)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
