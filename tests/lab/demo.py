#!/usr/bin/python3
"""One fault from end to end: break, trace, mend, trace.  See deploy/demo."""
import argparse
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from daemons import Lab  # noqa: E402
from host import CommandFailed  # noqa: E402
from process import end_in_order_on_signals  # noqa: E402
from programs import start_service  # noqa: E402
from topology import HOSTS, NAMES  # noqa: E402

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
QUESTION = ("hostA", "hostB:8080")
GOOD = ":: 8080"


class Fault:
    """What breaks, and what mends it where no command of the report can."""

    def __init__(self, story, host=None, command=None, service=GOOD,
                 mend=None):
        self.story = story
        self.host = host
        self.command = command
        self.service = service
        self.mend = mend


def chain(hook, rule):
    return (f"nft 'table inet fw {{ chain {hook} {{ type filter hook {hook} "
            f"priority 0; {rule}; }}; }}'")


DROP = "-p tcp --dport 8080 -j DROP"
FAULTS = {
    "drop": Fault("hostB's firewall drops the port", "hostB",
                  chain("input", "tcp dport 8080 drop")),
    "reject": Fault("hostB's firewall refuses the port", "hostB",
                    chain("input", "tcp dport 8080 reject with tcp reset")),
    "answer": Fault("hostB's firewall drops the answer", "hostB",
                    chain("output", "tcp sport 8080 drop")),
    "legacy": Fault("an old iptables rule, unseen by nft, drops the port",
                    "hostB", f"iptables-legacy -A INPUT {DROP}"),
    "not-listening": Fault("the service is not running", service=None),
    "loopback": Fault("the service listens on loopback alone",
                      service="127.0.0.1 8080"),
    "backlog": Fault("the service has stopped accepting; its queue is full",
                     service=":: 8080 --backlog 0 --fill"),
    "no-route": Fault("hostA has no route to hostB", "hostA",
                      "ip route del default",
                      mend=("hostA", "ip route add default via 192.0.2.1")),
    "blackhole": Fault("hostB has banned hostA by a route", "hostB",
                       "ip route add blackhole 192.0.2.10"),
    "path-loss": Fault("a router on the way drops the port", "R2",
                       chain("forward", "tcp dport 8080 drop"),
                       mend=("R2", "nft delete table inet fw")),
    "healthy": Fault("nothing is wrong"),
}


def known_fault(name):
    if name != "list" and name not in FAULTS:
        raise argparse.ArgumentTypeError(
            f"no fault is called '{name}'; there are {', '.join(FAULTS)}")
    return name


def options():
    parser = argparse.ArgumentParser(prog="deploy/demo")
    parser.add_argument("fault", nargs="?",
                        type=known_fault, metavar="FAULT",
                        help="what to break (drop, and nothing with --shell); "
                        "list shows the choice")
    parser.add_argument("--shell", action="store_true",
                        help="break it, and open a shell on the controller's "
                        "host")
    parser.add_argument("--build-dir", default="build/release")
    return parser.parse_args()


def say(text):
    print(f"\n=== {text}", flush=True)


def on_host(lab, host, command):
    print(f"{host}# {command}", flush=True)
    return subprocess.call(lab[host].enter(["sh", "-c", command]),
                           env=lab[host].env)


def trace(lab):
    return on_host(lab, "ctl", "probectl trace " + " ".join(QUESTION))


def first_fix(lab):
    """(host, command) of the report, or None."""
    _, report, _ = lab.trace(QUESTION)
    fixes = report.get("fixes", []) if report else []
    runs = [fix for fix in fixes if fix.get("host") in lab.hosts
            and fix.get("command")]
    return (runs[0]["host"], runs[0]["command"]) if runs else None


def mend(lab, fault, service):
    """By the report's own command if it has one."""
    if fault.service != GOOD:
        say("Mending it: the service, started as it should be")
        if service is not None:
            service.kill()
        start_service(lab, 1, "hostB", GOOD)
        return
    fix = first_fix(lab)
    if fix is not None:
        say("Mending it: the command that the report gives")
    else:
        say("Mending it: by hand, the report has no command for this")
        fix = fault.mend
    if fix is not None:
        on_host(lab, *fix)


def four_only(lab):
    """One family, so that a reader meets one address per host."""
    names = "".join(f"{addresses[0]} {name}\n"
                    for name, addresses in NAMES.items())
    for name in HOSTS:
        lab[name].write_file("hosts", "127.0.0.1 localhost\n" + names)


def break_it(lab, fault):
    """Returns the service, where one runs."""
    service = None
    if fault.service:
        service = start_service(lab, 0, "hostB", fault.service)
    say(f"The fault: {fault.story}")
    if fault.command:
        on_host(lab, fault.host, fault.command)
    return service


def play(lab, fault):
    service = break_it(lab, fault)
    say("The question")
    if trace(lab) != 0:
        mend(lab, fault, service)
        say("The question again")
        return trace(lab)
    return 0


COMPLETION = os.path.join(TREE, "deploy", "completion", "probectl.bash")


def install_pages(ctl):
    """The folder of the manual, as an installed probectl has one."""
    pages = os.path.join(ctl.folder, "man", "man1")
    os.makedirs(pages, exist_ok=True)
    shutil.copy(os.path.join(TREE, "doc", "man", "probectl.1"), pages)
    return os.path.dirname(pages)


def shell(lab, fault):
    break_it(lab, fault)
    ctl = lab["ctl"]
    say("A shell on ctl.  Try: probectl trace hostA hostB:8080")
    print("From another terminal, on the lab's hosts:")
    for name, host in lab.hosts.items():
        if name != "switch":
            print(f"  {name}: nsenter -t {host.pid} -n -p -m -u")
    print("Leave it to take the lab down.", flush=True)
    interactive = ["-i"] if sys.stdin.isatty() else []
    subprocess.call(ctl.enter(["bash", "--rcfile", COMPLETION, *interactive]),
                    env={**ctl.env, "PS1": "ctl# ",
                         "MANPATH": install_pages(ctl) + ":"})
    return 0


def main():
    args = options()
    if args.fault == "list":
        for name, fault in FAULTS.items():
            print(f"{name:14} {fault.story}")
        return 0
    end_in_order_on_signals()
    try:
        lab = Lab(args.build_dir)
    except (CommandFailed, OSError) as error:
        print(f"the lab does not stand: {error}", file=sys.stderr)
        return 2
    try:
        agents = json.loads(lab.probectl("agents", "-o", "json").stdout)
        four_only(lab)
        say("The lab stands: " + ", ".join(
            agent["name"] for agent in agents["agents"]) + " are connected")
        if args.shell:
            return shell(lab, FAULTS[args.fault or "healthy"])
        return play(lab, FAULTS[args.fault or "drop"])
    finally:
        lab.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\ninterrupted; the lab is taken down", file=sys.stderr)
        sys.exit(130)
