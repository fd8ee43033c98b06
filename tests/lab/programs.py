"""Services and clients that run in a lab's hosts."""
import os
import subprocess

from host import HERE, CommandFailed, LabFault
from wait import PATIENCE, TimedOut, wait_until

SERVICE = ["python3", "-S", os.path.join(HERE, "service.py")]
OTHERS = {name: ["python3", "-S", os.path.join(HERE, f"{name}.py")]
          for name in ("stuck", "closing", "takes")}


def start_service(lab, index, host, words):
    """Starts a service or client and waits until it says that it stands."""
    if words.startswith("sh:"):
        return lab[host].start(["sh", "-c", words[3:]], f"background-{index}")
    argv = words.split()
    if argv[0].startswith("held:"):  # a program that says "ready" as well
        argv[0] = argv[0][5:]
        return wait_ready(lab[host].start(argv, f"background-{index}"), words)
    prefix = []
    if argv[0].startswith("netns:"):
        prefix = ["ip", "netns", "exec", argv[0][6:]]
        argv = argv[1:]
    program = SERVICE
    if argv[0] in OTHERS:
        program = OTHERS[argv[0]]
        argv = argv[1:]
    return wait_ready(
        lab[host].start(prefix + program + argv, f"service-{index}"), words)


def wait_ready(program, words):
    """Until it says that it stands, or ends in good order."""
    what = f"{program.host.name}: {words}"
    try:
        wait_until(lambda: "ready" in program.text() or not program.running(),
                   what, PATIENCE)
    except TimedOut as error:
        raise LabFault(f"{error}: {program.text()}") from error
    if "ready" not in program.text() or program.entry.poll():
        raise LabFault(f"{what}: {program.text()}")
    return program


def do(lab, host, command):
    """A command that makes the fault."""
    try:
        lab[host].shell(command, timeout=PATIENCE)
    except (CommandFailed, subprocess.TimeoutExpired) as error:
        raise LabFault(f"the fault cannot be made: {error}") from error


def inject(lab, scenario):
    """The fault, and the services: those that need what the fault makes
    (after:, netns:) once it stands, the others before, so that the fault finds
    them at work."""
    services = list(enumerate(scenario.service))
    late = [item for item in services
            if item[1][1].startswith(("netns:", "after:"))]
    for index, (host, words) in services:
        if (index, (host, words)) not in late:
            start_service(lab, index, host, words)
    for host, text in scenario.hosts_files:
        lab[host].write_file("hosts", text)
    for host, command in scenario.faults:
        do(lab, host, command)
    for index, (host, words) in late:
        start_service(lab, index, host, words.removeprefix("after:"))
    for index, (host, words) in enumerate(scenario.background):
        start_service(lab, 100 + index, host, words)
