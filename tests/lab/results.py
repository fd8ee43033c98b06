#!/usr/bin/python3
"""What a run of the lab found: as a table for people, as JSON, and compared
with an older run.

    results.py OLD.json NEW.json

prints which scenarios changed their verdict, place or confidence.  Exit status:
0 if none is worse than before, 1 if one is.
"""
import json
import statistics
import sys

import catalogue

PLACE = ("cause", "role", "stage", "packet")
SURENESS = ("-", "possible", "likely", "proven")


def expected(scenario):
    cause = scenario.expect.cause
    return cause if isinstance(cause, str) else " or ".join(cause)


def summary(results):
    """{cause: (confidences, scenarios, right ones)}, by the verdicts given."""
    found = {}
    for result in results:
        if result.report is not None and not result.scenario.run:
            confidences, total, right = found.get(result.got, (set(), 0, 0))
            found[result.got] = (confidences | {result.confidence}, total + 1,
                                 right + (not result.problems))
    return found


def write_table(path, results):
    right = sum(not result.problems for result in results)
    with open(path, "w", encoding="utf-8") as table:
        table.write("# Scenarios\n\nMade by `python3 tests/lab/run.py --table "
                    f"FILE`: {right} of {len(results)} right, "
                    f"{sum(result.wrong_and_proven for result in results)} "
                    "wrong and proven.\n\n"
                    "| verdict given | confidence | scenarios | right |\n"
                    "|---|---|---:|---:|\n")
        for cause, (confidences, total, right) in sorted(
                summary(results).items()):
            table.write(f"| {cause} | {', '.join(sorted(confidences))} | "
                        f"{total} | {right} |\n")
        table.write("\n## Rows of the catalogue\n\n"
                    + catalogue.table(results))
        table.write("\n## All scenarios\n"
                    "\n| scenario | right answer | verdict | confidence | ms | "
                    "result |\n|---|---|---|---|---:|---|\n")
        for result in results:
            table.write(f"| {result.scenario.name} | "
                        f"{expected(result.scenario)} | {result.got} | "
                        f"{result.confidence} | {result.time_ms} | "
                        f"{result.word()} |\n")


def as_json(result):
    verdict = (result.report or {}).get("verdict", {})
    if result.scenario.run:
        verdict = {}
    return {"scenario": result.scenario.name,
            "cause": result.got, "role": verdict.get("role", "-"),
            "stage": verdict.get("stage", "-"),
            "packet": verdict.get("packet", "-"),
            "confidence": result.confidence, "ms": result.time_ms,
            "result": result.word(), "seconds": result.seconds}


def write_json(path, results):
    """One scenario a line, so that a difference can be read."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(as_json(result))
                                      for result in results) + "\n]\n")


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return {item["scenario"]: item for item in json.load(file)}


def words(item):
    place = " ".join(item[name] for name in PLACE if item[name] != "-")
    return f"{place} ({item['confidence']}) {item['result']}"


def is_worse(old, new):
    """A right answer that became wrong, or a surer one that is less sure now.
    Another verdict that is right all the same is for people to judge."""
    if new["result"] != "OK":
        return old["result"] == "OK" or new["result"] != old["result"]
    return old["result"] == "OK" and \
        SURENESS.index(new["confidence"]) < SURENESS.index(old["confidence"])


def changes(old, new):
    """(name, before, after, worse) of each scenario that differs."""
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield name, words(old[name]), "not run", False
        elif name not in old:
            yield name, "not run", words(new[name]), \
                new[name]["result"] != "OK"
        elif words(old[name]) != words(new[name]):
            yield (name, words(old[name]), words(new[name]),
                   is_worse(old[name], new[name]))


def compare(old, new):
    """Prints what changed; the number of scenarios that are worse."""
    found = list(changes(old, new))
    worse = sum(item[3] for item in found)
    print("| scenario | before | after | |\n|---|---|---|---|")
    for name, before, after, is_bad in found:
        print(f"| {name} | {before} | {after} | {'worse' if is_bad else ''} |")
    both = [name for name in old if name in new]
    medians = [statistics.median(run[name]["ms"] for name in both)
               if both else 0 for run in (old, new)]
    print(f"{len(both)} in both, {len(found)} changed, {worse} worse; "
          f"median {medians[0]:g} ms before, {medians[1]:g} ms after")
    return worse


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(1 if compare(read_json(sys.argv[1]), read_json(sys.argv[2]))
             else 0)
