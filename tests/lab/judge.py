"""Compares a report with the right answer, and with the contract itself."""
import json

SCHEMA = "probectl.report/1"
OUTCOMES = {"connected", "refused", "timed-out", "unreachable", "reset",
            "error", "mixed"}
ROLES = {"source", "path", "destination"}
STAGES = {"socket", "output", "egress", "path", "ingress", "prerouting",
          "forward", "input"}
PACKETS = {"syn", "syn-ack", "ack", "data"}
STATES = {"passed", "stopped", "not-reached", "not-observed"}
STEPS = ["self-test", "listener", "firewall", "source", "captures"]
STEP_STATES = {"ok", "bad", "unknown"}
DIRECTIONS = {"forward", "reverse", "there-and-back"}
CONFIDENCES = {"proven", "likely", "possible"}
REQUIRED = ("schema", "trace_id", "started_at", "duration_ms", "outcome",
            "source", "destination", "verdict")


def matches(expected, value):
    if expected is None:
        return True
    if isinstance(expected, str):
        return value == expected
    return value in expected


def nulls(value, path="report"):
    """Absent is absent: null stands nowhere."""
    if value is None:
        yield f"{path} is null"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from nulls(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nulls(item, f"{path}[{index}]")


def evidence_problems(report):
    known = {item.get("id") for item in report.get("evidence", [])}
    cited = list(report["verdict"].get("evidence", []))
    for checkpoint in report.get("checkpoints", []):
        cited += checkpoint.get("evidence", [])
        if checkpoint.get("state") not in STATES:
            yield f"checkpoint state {checkpoint.get('state')!r}"
    for step in report.get("steps", []) + report.get("changes", []):
        cited += step.get("evidence", [])
    for name in cited:
        if name not in known:
            yield f"evidence {name} is cited and not in the report"


def step_problems(report):
    """Five answers, and none against the verdict."""
    steps = report.get("steps", [])
    if [step.get("step") for step in steps] != STEPS:
        yield "the five steps are not there, or in another order"
    for step in steps:
        if step.get("state") not in STEP_STATES or not step.get("text"):
            yield f"step {step}"
        if step.get("state") == "bad" and \
                report["verdict"].get("cause") == "connected":
            yield f"connected, and {step['step']} is bad: {step['text']}"


def loss_problems(report):
    """A share lies in its interval, and says what it is of."""
    for item in report.get("loss", []):
        if not (item.get("direction") in DIRECTIONS
                and 0 <= item["lost"] <= item["sent"] != 0
                and 0 <= item["percent_low"] <= item["percent"]
                <= item["percent_high"] <= 100):
            yield f"loss {item}"


def word_problems(verdict):
    for name, words in (("role", ROLES), ("stage", STAGES),
                        ("packet", PACKETS), ("confidence", CONFIDENCES)):
        if name in verdict and verdict[name] not in words:
            yield f"{name} {verdict[name]!r} is no word of the contract"


def contract_problems(report):
    """What every report must hold, whatever the verdict."""
    missing = [name for name in REQUIRED if name not in report]
    if missing:
        return [f"no {', '.join(missing)}"]
    verdict = report["verdict"]
    cause = verdict.get("cause")
    problems = [*nulls(report), *evidence_problems(report),
                *step_problems(report), *loss_problems(report),
                *word_problems(verdict)]
    if report["schema"] != SCHEMA:
        problems.append(f"schema {report['schema']!r}")
    if report["outcome"] not in OUTCOMES:
        problems.append(f"outcome {report['outcome']!r}")
    for name in ("cause", "confidence", "summary"):
        if not verdict.get(name):
            problems.append(f"the verdict has no {name}")
    if cause == "connected" and (report.get("fixes")
                                 or report.get("obstacles")):
        problems.append("connected, yet with fixes or obstacles")
    if cause not in ("connected", "undetermined"):
        problems += [f"the verdict has no {name}"
                     for name in ("role", "stage", "packet")
                     if not verdict.get(name)]
    if cause != "connected" and not (report.get("fixes") or
                                     report.get("advice")):
        problems.append("neither a fix nor an advice")
    if verdict.get("role") == "path" and "host" in verdict:
        problems.append("a verdict on the path names a host")
    return problems


def wanted_problems(expect, report):
    """What it must say beside the verdict."""
    steps = {step["step"]: step for step in report.get("steps", [])}
    for name, state, text in expect.steps:
        step = steps.get(name, {})
        if step.get("state") != state or text not in step.get("text", ""):
            yield (f"step {name}: {step.get('state')}: {step.get('text')}, not "
                   f"{state}: {text}")
    rest = json.dumps({name: value for name, value in report.items()
                       if name != "evidence"}, ensure_ascii=False)
    yield from (f"it does not say {text!r}" for text in expect.says
                if text not in rest)
    yield from (f"it says {text!r}" for text in expect.silent if text in rest)


def ahead_problems(ahead, obstacles):
    """What differs from exactly those obstacles, in that order."""
    found = [" ".join(str(item.get(name)) for name in
                      ("cause", "host", "stage", "packet", "summary"))
             for item in obstacles]
    if ahead is not None and (
            len(found) != len(ahead) or
            any(word not in text for words, text in zip(ahead, found)
                for word in ([words] if isinstance(words, str) else words))):
        yield f"ahead are {found}, not {ahead}"


def answer_problems(expect, status, report):
    """What differs from the right answer."""
    verdict = report["verdict"]
    problems = []
    wanted = expect.status()
    if not (status in wanted if isinstance(wanted, tuple)
            else status == wanted):
        problems.append(f"exit status {status}, not {wanted}")
    for name in ("cause", "role", "host", "stage", "packet", "namespace"):
        expected = getattr(expect, name)
        if not matches(expected, verdict.get(name)):
            problems.append(f"{name} {verdict.get(name)}, not {expected}")
    if expect.cause not in ("connected", "undetermined") and \
            verdict.get("confidence") not in expect.confidence:
        unknown = [f"{item.get('cause', 'any')}: {item['unknown']}"
                   for item in report.get("missing", [])]
        problems.append("; ".join(
            [f"confidence {verdict.get('confidence')}, not "
             f"{' or '.join(expect.confidence)}"] + unknown))
    if not matches(expect.outcome, report["outcome"]):
        problems.append(f"outcome {report['outcome']}, not {expect.outcome}")
    where = json.dumps(verdict.get("detail", {}), ensure_ascii=False)
    where += verdict.get("summary", "")
    problems += [f"detail lacks {text!r}" for text in expect.detail
                 if text not in where]
    fixes = report.get("fixes") or [{}]
    if not matches(expect.fixes, len(report.get("fixes", []))):
        problems.append(f"{len(report.get('fixes', []))} fixes, not "
                        f"{expect.fixes}")
    if expect.command and expect.command not in fixes[0].get("command", ""):
        problems.append(f"the first fix lacks {expect.command!r}")
    problems += [f"a fix holds {text!r}" for text in expect.unoffered
                 if any(text in fix.get("command", "") for fix in fixes)]
    if not matches(expect.opens, fixes[0].get("opens")):
        problems.append(f"the first fix opens {fixes[0].get('opens')}, not "
                        f"{expect.opens}")
    problems += wanted_problems(expect, report)
    problems += ahead_problems(expect.ahead, report.get("obstacles", []))
    causes = {item.get("cause") for item in report.get("obstacles", [])}
    problems += [f"no obstacle {cause}" for cause in expect.obstacles
                 if cause not in causes]
    return problems


def name_problems(expect, report):
    """What became of the name's other addresses, and what is said first."""
    problems = []
    failed = tuple((item.get("address"), item.get("cause"))
                   for item in report.get("addresses", []))
    if expect.addresses is not None and failed != expect.addresses:
        problems.append(f"addresses {failed}, not {expect.addresses}")
    problems += [f"no wait_ms for {item.get('address')}"
                 for item in report.get("addresses", [])
                 if item.get("outcome") in ("refused", "timed-out")
                 and "wait_ms" not in item]
    notes = " ".join(report.get("notes", []))
    problems += [f"the notes lack {text!r}" for text in expect.notes
                 if text not in notes]
    if notes and not expect.notes and expect.cause == "connected":
        problems.append(f"a note: {notes}")
    return problems


def right_place(expect, verdict):
    """Cause, role and packet: what makes a verdict right or wrong."""
    return all(matches(getattr(expect, name), verdict.get(name))
               for name in ("cause", "role", "packet"))


def judge(expect, status, report, text):
    """(problems, wrong and proven)"""
    if report is None:
        if isinstance(expect.exit, tuple) and status in expect.exit \
                and status == 3:
            return [], False
        return [f"exit status {status} and no report: {text.strip()[:300]}"], \
            False
    problems = contract_problems(report)
    if "verdict" not in report:
        return problems, False
    problems += answer_problems(expect, status, report)
    problems += name_problems(expect, report)
    verdict = report["verdict"]
    proven = verdict.get("confidence") == "proven" \
        and not right_place(expect, verdict)
    return problems, proven
