"""What a report offers is typed, as a person would, and the trace made again."""
from machine import run_fix


def type_fix(lab, scenario, fix):
    """Why it could not be done, as a list; empty if it was."""
    if fix.get("host") not in lab.hosts:
        return [f"the fix names no host of the lab: {fix.get('host')!r}"]
    if scenario.machine:
        result = run_fix(fix["command"])
    else:
        result = lab[fix["host"]].run(["sh", "-c", fix["command"]],
                                      check=False)
    if result.returncode != 0:
        return [f"the fix fails: {fix['command']}: {result.stderr.strip()}"]
    return []


def check_fix(lab, scenario, report):
    """The report's first fix, or the one that is meant, alone must mend it."""
    fixes = report.get("fixes", [])
    if len(fixes) <= scenario.fix_number:
        return ["no fix is offered"]
    fix = fixes[scenario.fix_number]
    return (type_fix(lab, scenario, fix) or must_connect(lab, scenario, fix)
            or must_stay_closed(lab, scenario, fix))


def must_stay_closed(lab, scenario, fix):
    return [f"the fix ({fix['command']}) opens the way on {host} for {command}"
            for host, command in scenario.closed
            if lab[host].run(["sh", "-c", command], check=False).returncode == 0]


def must_connect(lab, scenario, fix):
    status, again, text = lab.trace(scenario.argv)
    cause = again["verdict"]["cause"] if again else text.strip()[:200]
    if status != 0 or cause != "connected":
        return [f"after the fix ({fix['command']}): {cause}, exit {status}"]
    return []


PLACE = ("cause", "host", "stage", "packet")
RULE = ("backend", "family", "table", "chain", "rule", "policy")


def place_of(finding):
    return ({name: finding.get(name) for name in PLACE}
            | {name: finding.get("detail", {}).get(name) for name in RULE})


def check_way(lab, scenario, report):
    """Each obstacle, once all before it are mended, is what the next trace
    meets; what it offers for itself mends it; in the end it connects."""
    fix = (report.get("fixes") or [{}])[0]
    ahead = report["obstacles"]
    for number, obstacle in enumerate(ahead):
        problems = type_fix(lab, scenario, fix)
        if problems:
            return problems
        _, report, text = lab.trace(scenario.argv)
        if report is None:
            return [f"after fix {number}: {text.strip()[:200]}"]
        if place_of(report["verdict"]) != place_of(obstacle):
            return [f"foreseen {place_of(obstacle)}, met "
                    f"{place_of(report['verdict'])}"]
        left = [place_of(one) for one in report["obstacles"]]
        if left != [place_of(one) for one in ahead[number + 1:]]:
            return [f"after fix {number} there are {left}"]
        fix = obstacle.get("fix", {})
    return type_fix(lab, scenario, fix) or must_connect(lab, scenario, fix)
