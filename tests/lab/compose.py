#!/usr/bin/python3
"""How often is it right?  Compositions of faults and decoys, drawn at random.

    compose.py --seed S [--count N | --traces N] [--from N] [--jobs N]
    compose.py --seed S --filtered ...
    compose.py --seed S --one N

Each composition has none to three faults and none to three decoys.  Each trace
is judged by an oracle that knows what was injected, in which order a packet
meets it, and what a plain connect() gives (compose/oracle.py).  What is blamed
is mended by the command that the report offers, or taken out by hand, until it
connects.  No seed is left out: what the lab itself spoils is listed.

Exit status: 0 if it is right often enough (compose/tally.py), 1 if not, 3 if
the lab spoilt too many, 77 if it cannot run here.
"""
import argparse
import itertools
import json
import os
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from compose import tally  # noqa: E402
from compose.draw import alone, draw, kinds  # noqa: E402
from compose.play import play_on  # noqa: E402
from daemons import Lab  # noqa: E402
from process import end_in_order_on_signals  # noqa: E402
from run import LAB_FAULT, SKIPPED, why_not  # noqa: E402
from stand import Stand  # noqa: E402


def options():
    parser = argparse.ArgumentParser(
        description="how often is probectl right? (see the file's head)")
    parser.add_argument("--build-dir", default="build/dev")
    parser.add_argument("--seed", default="8")
    parser.add_argument("--count", type=int, help="compositions, default 60")
    parser.add_argument("--traces", type=int,
                        help="instead: until there are so many traces")
    parser.add_argument("--from", type=int, default=0, dest="first",
                        metavar="N", help="go on with composition N; what "
                        "--results holds of those before it counts")
    parser.add_argument("--one", type=int, metavar="N",
                        help="only this composition, and all about it")
    parser.add_argument("--alone", action="store_true",
                        help="instead: each kind of fault once by itself")
    parser.add_argument("--filtered", action="store_true",
                        help="each with a filter of compose/filters.py")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table", metavar="FILE", help="write it as Markdown")
    parser.add_argument("--results", metavar="FILE",
                        help="write a line of JSON for each composition")
    parser.add_argument("--reports", metavar="FOLDER",
                        help="write reports and bundles of what was missed")
    parser.add_argument("--show", action="store_true",
                        help="only print what would be injected")
    return parser.parse_args()


def command(args, number):
    return f"tests/lab/compose.py --seed {args.seed}" \
        + " --alone" * args.alone + " --filtered" * args.filtered \
        + f" --one {number}"


def show(args, item, played):
    """A line for each; all about what was missed."""
    words = [trace["result"] for trace in item["traces"]]
    print(f"{item['composition']:5} {len(item['faults'])} faults "
          f"{len(item['decoys'])} decoys {item['seconds']:6.1f} s  "
          f"{', '.join(words)}{' LAB' * bool(item['lab_faults'])}", flush=True)
    if not item["missed"] and not item["lab_faults"] and args.one is None:
        return
    print("    " + "\n    ".join([command(args, item["composition"]),
                                  *played.composition.lines()]))
    for trace in item["traces"]:
        print(f"    -- {trace['what']}"
              + f" [{trace['disturbed']}]" * bool(trace["disturbed"])
              + "\n       expected "
              f"{'; '.join(trace['expected']) or 'connected'}; connect() "
              f"gives {trace['plain']}\n       said     "
              f"{trace['verdict']} ({trace['confidence']}), {trace['ms']} ms: "
              f"{trace['result'].upper()}")
        for problem in trace["problems"]:
            print(f"       {problem}")
    for problem in item["problems"]:
        print(f"    {problem}")
    for fault in item["lab_faults"]:
        print(f"    the lab's fault: {fault}")
    for path in played.reports:
        print(f"    see {path}.report.json", flush=True)


def drawn(args, number):
    return alone(args.seed, number) if args.alone \
        else draw(args.seed, number, args.filtered)


class Bench:
    """Plays compositions, several labs side by side."""

    def __init__(self, args):
        self.args = args
        self.items = tally.read_lines(args.results)[:args.first] \
            if args.first and args.results else []
        self.lock = threading.Lock()
        self.stopped = False
        self.stands = queue.SimpleQueue()
        self.every = [Stand(lambda: Lab(args.build_dir))
                      for _ in range(args.jobs)]
        for stand in self.every:
            self.stands.put(stand)

    def enough(self):
        return self.stopped or self.args.traces is not None and \
            len(tally.traces_of(self.items)) >= self.args.traces

    def one(self, number):
        if self.enough():
            return
        composition = drawn(self.args, number)
        if composition is None:
            return
        stand = self.stands.get()
        try:
            played = play_on(stand, composition, self.args.reports)
        finally:
            self.stands.put(stand)
        with self.lock:
            item = tally.as_json(played)
            self.items.append(item)
            if self.args.results:
                with open(self.args.results, "a", encoding="utf-8") as file:
                    file.write(json.dumps(item) + "\n")
            show(self.args, item, played)

    def numbers(self):
        if self.args.one is not None:
            return [self.args.one]
        if self.args.traces is not None:
            return itertools.count(self.args.first)
        count = 2 * kinds()[0] if self.args.alone else 60
        return range(self.args.first, self.args.count or count)

    def run(self):
        """Problems at the end of the labs."""
        numbers = iter(self.numbers())

        def work(_):
            while not self.enough():
                with self.lock:
                    number = next(numbers, None)
                if number is None:
                    return
                self.one(number)

        with ThreadPoolExecutor(self.args.jobs) as pool:
            try:
                list(pool.map(work, range(self.args.jobs)))
            finally:
                self.stopped = True
                problems = [problem for found in pool.map(Stand.end,
                                                          self.every)
                            for problem in found]
        return problems


def prepare_files(args):
    if args.reports:
        os.makedirs(args.reports, exist_ok=True)
    if args.results:
        kept = tally.read_lines(args.results)[:args.first] \
            if args.first else []
        with open(args.results, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(item) + "\n" for item in kept)


def main():
    args = options()
    if args.show:
        for number in [args.one] if args.one is not None \
                else range(args.first, args.count or 60):
            print(f"{number}: " + "\n    ".join(draw(
                args.seed, number, args.filtered).lines()))
        return 0
    reason = why_not(args.build_dir)
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    end_in_order_on_signals()
    prepare_files(args)
    began = time.monotonic()
    bench = Bench(args)
    problems = bench.run()
    print("\n".join(tally.table(bench.items)))
    seconds = time.monotonic() - began
    traces = len(tally.traces_of(bench.items))
    print(f"{kinds()[0]} kinds of faults, {kinds()[1]} of decoys; "
          f"{seconds:.0f} s, {traces / seconds:.1f} traces a second")
    if args.table:
        tally.write_table(args.table, bench.items)
    problems += tally.shortcomings(bench.items)
    for problem in problems:
        print(f"NOT ENOUGH: {problem}")
    if problems:
        return 1
    return LAB_FAULT if tally.lab_is_bad(bench.items) else 0


if __name__ == "__main__":
    sys.exit(main())
