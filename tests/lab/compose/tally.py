"""What came out: a table, lines of JSON, and whether it suffices."""
import json

from .oracle import CLASSES

# Of the traces with no or one fault, and with more.
ENOUGH = {"0 or 1": 0.97, "2 or 3": 0.90}
SMALL = 2  # so many misses are borne however few traces there are
LAB_FAULTS_BORNE = 0.01


def as_json(played):
    composition = played.composition
    return {
        "composition": composition.number, "family": composition.family,
        "faults": [fault.kind for fault in composition.faults],
        "decoys": [decoy.kind for decoy in composition.decoys],
        "mode": composition.mode, "lab_faults": played.lab_faults,
        "problems": played.problems, "fixes": played.fixes,
        "seconds": played.seconds, "missed": played.missed(),
        "traces": [vars(trace) for trace in played.traces]}


def traces_of(items):
    return [trace for item in items for trace in item["traces"]]


def missed(trace):
    return trace["result"] != "right" or bool(trace["problems"])


def group_of(trace):
    return "0 or 1" if trace["faults"] <= 1 else "2 or 3"


def row(name, traces):
    counts = [sum(trace["result"] == word for trace in traces)
              for word in CLASSES]
    share = f"{100 * counts[0] / len(traces):.1f} %" if traces else "-"
    return f"| {name} | " + " | ".join(map(str, [*counts, len(traces)])) \
        + f" | {share} |"


def table(items):
    traces = traces_of(items)
    calm = [trace for trace in traces if not trace["disturbed"]]
    yield "| faults | " + " | ".join([*CLASSES, "traces", "right"]) + " |"
    yield "|---|" + "---:|" * (len(CLASSES) + 2)
    for count in range(4):
        yield row(str(count), [trace for trace in calm
                               if trace["faults"] == count])
    yield row("all", calm)
    yield row("an agent stopped or killed",
              [trace for trace in traces if trace["disturbed"]])
    yield ""
    fixes = {name: sum(item["fixes"][name] for item in items)
             for name in ("typed", "mended", "none offered")}
    behind = sum(trace["behind"] for trace in calm)
    foretold = sum(trace["foretold"] for trace in calm)
    problems = sum(len(item["problems"]) for item in items) \
        + sum(len(trace["problems"]) for trace in traces)
    yield (f"{len(items)} compositions, {len(traces)} traces; "
           f"{fixes['typed']} fixes typed, {fixes['mended']} mended what they "
           f"should, {fixes['none offered']} right answers offered none; "
           f"{foretold} of {behind} later faults were told as the next; "
           f"{problems} other problems; "
           f"{sum(bool(item['lab_faults']) for item in items)} compositions "
           "spoilt by the lab.")


def write_table(path, items):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(table(items)) + "\n")


def shortcomings(items):
    """Why it does not suffice: sentences."""
    traces = traces_of(items)
    worst = [trace for trace in traces if trace["result"] == CLASSES[-1]]
    if worst:
        yield f"{len(worst)} wrong and proven"
    for name, share in ENOUGH.items():
        some = [trace for trace in traces
                if group_of(trace) == name and not trace["disturbed"]]
        bad = sum(missed(trace) for trace in some)
        borne = max(SMALL, int(len(some) * (1 - share)))
        if bad > borne:
            yield f"{bad} of {len(some)} traces with {name} faults missed, " \
                f"{borne} are borne"
    wrong = sum(trace["result"] == "wrong" for trace in traces
                if trace["disturbed"])
    if wrong:
        yield f"{wrong} wrong while an agent was stopped or killed"
    opened = sum(len(item["problems"]) for item in items)
    if opened:
        yield f"{opened} compositions opened or left something"


def lab_is_bad(items):
    spoilt = sum(bool(item["lab_faults"]) for item in items)
    return spoilt > max(1, len(items) * LAB_FAULTS_BORNE)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
