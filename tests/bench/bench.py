#!/usr/bin/python3
"""Prints how long a trace takes and what an idle agent costs.

    python3 tests/bench/bench.py --build-dir build/release [--traces 50]

Times are wall clock of the whole probectl command, in the lab, with nothing
else running.  It prints and judges nothing: figures belong to a machine.
"""
import argparse
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

from daemons import SANITIZERS, Lab  # noqa: E402
from host import CommandFailed  # noqa: E402
from orphans import LINK, PROGRAM, identifiers  # noqa: E402
from loads import print_loads  # noqa: E402
from process import (descendants, end_in_order_on_signals,  # noqa: E402
                     memory_kib)
from programs import inject  # noqa: E402
from run import why_not  # noqa: E402
from scenarios import all_scenarios  # noqa: E402
from wait import wait_until  # noqa: E402

# What is timed: label and the lab's scenario.
TIMED = (("connected", "connected/v4"),
         ("connected, IPv6", "connected/v6"),
         ("refused", "not-listening/v4"),
         ("listening on loopback", "listening-on-loopback/v4"),
         ("nftables drop", "nft-drop-input/v4"),
         ("nftables drop, IPv6", "nft-drop-input/v6"),
         ("nftables reject", "nft-reject-reset-input/v4"),
         ("iptables-nft drop", "iptables-nft-drop/v4"),
         ("iptables-legacy drop", "iptables-legacy-drop/v4"),
         ("accept queue full", "accept-queue-full/v4"),
         ("no route", "no-route-at-source/v4"),
         ("lost on the path", "path-drops-port/v4"))


def options():
    parser = argparse.ArgumentParser(description="print the program's figures")
    parser.add_argument("--build-dir", default="build/release")
    parser.add_argument("--traces", type=int, default=50, help="0: none")
    parser.add_argument("--agents", type=int, default=80)
    parser.add_argument("--pairs", type=int, default=10,
                        help="of loads without and with an armed trace: 2 or "
                        "more, 0: none")
    return parser.parse_args()


def time_traces(build_dir, scenario, count):
    """Milliseconds of each of so many traces, and the causes they gave."""
    lab = Lab(build_dir)
    times, causes = [], set()
    try:
        inject(lab, scenario)
        for _ in range(count):
            started = time.monotonic()
            _, report, _ = lab.trace(scenario.argv)
            times.append((time.monotonic() - started) * 1000)
            causes.add(report["verdict"]["cause"] if report else "no report")
    finally:
        lab.close()
    return times, causes


def print_times(build_dir, count):
    if count == 0:
        return
    scenarios = {item.name: item for item in all_scenarios()}
    print(f"| trace ({count} each) | median ms | 99 % ms | worst ms "
          "| verdicts |\n|---|---:|---:|---:|---|")
    for label, name in TIMED:
        times, causes = time_traces(build_dir, scenarios[name], count)
        times.sort()
        last = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(f"| {label} | {statistics.median(times):.0f} | {last:.0f} | "
              f"{times[-1]:.0f} | {', '.join(sorted(causes))} |", flush=True)


def print_agent(lab, loaded, attached):
    """An agent between traces."""
    keeper = lab.agents["hostB"].find()
    lab.trace(("hostA", "hostB:8080", "-4"))
    # Its worker has ended, and so has the start's loader of drop events.
    wait_until(lambda: len(descendants(keeper)) == 1, "idleness", 30)
    links = list(descendants(keeper))
    everyone = [keeper, *links]
    rows = (
        ("processes", len(everyone)),
        ("keeper: resident KiB", memory_kib(keeper, "Rss")),
        ("keeper: private dirty KiB", memory_kib(keeper, "Private_Dirty")),
        ("link: resident KiB", sum(memory_kib(pid, "Rss") for pid in links)),
        ("link: private dirty KiB",
         sum(memory_kib(pid, "Private_Dirty") for pid in links)),
        ("keeper + link: proportional KiB",
         sum(memory_kib(pid, "Pss") for pid in everyone)),
        ("open packet sockets", lab["hostB"].packet_sockets()),
        ("BPF programs loaded per agent",
         len(identifiers(PROGRAM) - loaded) / max(1, len(lab.agents))),
        ("BPF links attached", len(identifiers(LINK) - attached)),
    )
    print("\n| idle agent | |\n|---|---:|")
    for name, value in rows:
        print(f"| {name} | {value:g} |", flush=True)


def join_patiently(lab, token, name):
    """The controller bounds how many hosts join at once."""
    def joined():
        try:
            lab.join("hostC", token, f"/var/lib/{name}", name)
        except CommandFailed as error:
            if "try again" not in str(error):
                raise
            return False
        return True
    wait_until(joined, f"{name} to join", 60, 1)


def add_agents(lab, first, count):
    """More agents on hostC, each with a state folder and name of its own."""
    names = [f"extra{number}" for number in range(first, first + count)]
    token = lab.token(count)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: join_patiently(lab, token, name), names))
    for name in names:
        lab["hostC"].start(["probe-agent", "run", "--state-dir",
                            f"/var/lib/{name}"], name, SANITIZERS)
    lab.wait_connected(names, 60)


def print_controller(lab, count):
    """The slope alone: the first handshakes leave memory that later ones use
    again."""
    controller = lab.controller.find()
    add_agents(lab, 0, count // 4)
    before = memory_kib(controller, "Rss")
    add_agents(lab, count // 4, count)
    after = memory_kib(controller, "Rss")
    few = len(lab.agents) + count // 4
    print("\n| controller | |\n|---|---:|")
    print(f"| resident KiB with {few} agents | {before} |")
    print(f"| resident KiB with {few + count} agents | {after} |")
    print(f"| KiB for each more agent | {(after - before) / count:.1f} |")


def main():
    args = options()
    reason = why_not(args.build_dir)
    if reason:
        print(reason, file=sys.stderr)
        return 2
    end_in_order_on_signals()
    print_times(args.build_dir, args.traces)
    loaded, attached = identifiers(PROGRAM), identifiers(LINK)
    lab = Lab(args.build_dir)
    try:
        print_agent(lab, loaded, attached)
        if args.pairs:
            print_loads(lab, args.pairs)
        print_controller(lab, args.agents)
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
