"""The lab's own test: does each fault do to a plain connect() what it claims?

No program of ours takes part, so a wrong recipe is found before it is blamed on
a verdict.
"""
import time

from host import CommandFailed, LabFault
from programs import inject

CLIENT = """
import errno, socket, sys
host, port, family = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = {4: socket.AF_INET, 6: socket.AF_INET6, 0: 0}[family]
try:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
except OSError:
    print('unresolved'); sys.exit()
client = socket.socket(found[0][0], socket.SOCK_STREAM)
client.settimeout(1.2)
try:
    client.connect(found[0][4])
    print('connected')
except TimeoutError:
    print('timed-out')
except OSError as error:
    print({errno.ECONNREFUSED: 'refused', errno.EHOSTUNREACH: 'unreachable',
           errno.ENETUNREACH: 'unreachable', errno.ECONNRESET: 'reset'}.get(error.errno, 'error'))
"""


# What one connect() by root from the host's own network does not show.
MANNER = {"--count", "--from", "--from-port", "--as-user", "--in", "--device"}


def applies(scenario):
    """Only what a single connect() can show."""
    return scenario.run is None and not scenario.stop_agents \
        and not scenario.agents and not scenario.machine \
        and not MANNER & set(scenario.argv)


def connect(lab, argv):
    """What an application on the source host gets."""
    source, target = argv[:2]
    host, _, port = target.rpartition(":")
    family = next((word[1] for word in argv if word in ("-4", "-6")), "0")
    client = lab[source].run(["python3", "-S", "-c", CLIENT,
                              host.strip("[]"), port, family])
    return client.stdout.strip()


def problems_of(scenario, outcome):
    if isinstance(scenario.expect.outcome, tuple):
        return [] if outcome in scenario.expect.outcome else \
            [f"a plain connect() gives {outcome}"]
    # Some faults leave connect() none the wiser: a lost ACK is one.
    connects = "connected" in (scenario.expect.cause, scenario.expect.outcome) \
        or (scenario.expect.packet == "ack" and not scenario.expect.outcome)
    if connects != (outcome == "connected"):
        return [f"a plain connect() gives {outcome}"]
    wanted = scenario.expect.outcome
    if wanted in ("refused", "connected") and outcome != wanted:
        return [f"a plain connect() gives {outcome}, not {wanted}"]
    return []


def contradiction(lab, scenario):
    """After a wrong answer: the fault is not at work, so says connect()."""
    if not applies(scenario):
        return []
    return [f"the fault does not do what it claims: {problem}"
            for problem in problems_of(scenario, connect(lab, scenario.argv))]


def play_bare(stand, scenario, result):
    """Fills result."""
    try:
        lab = stand.take(scenario.name)
        inject(lab, scenario)
        started = time.monotonic()
        result.got = connect(lab, scenario.argv)
        result.time_ms = int((time.monotonic() - started) * 1000)
        result.problems += problems_of(scenario, result.got)
    except (LabFault, CommandFailed, OSError, ValueError) as error:
        result.faults.append(str(error))
    result.problems += stand.put_back(scenario.hosts())
    return result
