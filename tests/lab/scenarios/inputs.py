"""Hostile or mistaken input: an exit status, a sentence, nothing half-made."""
import hashlib
import signal
import time

from daemons import CONTROLLER, CONTROLLER_STATE
from scenario import Expect, Scenario
from wait import wait_until

ADMIN = CONTROLLER_STATE + "/operators/admin"


def refused(result, statuses, *words):
    """Problems, unless it ended with one of these and said one of the words."""
    text = (result.stdout + result.stderr).strip()
    problems = []
    if result.returncode not in statuses:
        problems.append(f"{' '.join(result.args[-8:])}: exit "
                        f"{result.returncode}, not {statuses}: {text[:300]}")
    if words and not any(word.lower() in text.lower() for word in words):
        problems.append(f"{' '.join(result.args[-8:])}: says "
                        f"{text[:300]!r}, none of {words}")
    return problems


def bad_addresses(lab):
    problems = []
    for target in ("hostB", "hostB:0", "hostB:65536", "hostB:http:80",
                   "hostB:-1", "[2001:db8:b::10:8080", ":8080", "",
                   "hostB:8080x", "300.1.1.1.:8080/tcpx", "a" * 300 + ":80"):
        result = lab.probectl("trace", "hostA", target)
        problems += refused(result, (2,))
    problems += refused(lab.probectl("trace", "hostA"), (2,))
    problems += refused(lab.probectl("nonsense"), (2,), "nonsense")
    problems += refused(lab.probectl(
        "trace", "hostA", "hostB:8080", "--timeout", "x"), (2,), "timeout")
    problems += refused(lab.probectl(
        "trace", "hostA", "hostB:8080", "--count", "0"), (2,), "count")
    return problems


def unknown_host(lab):
    return refused(lab.probectl("trace", "nosuch", "hostB:8080"), (2, 3),
                   "nosuch")


def agent_offline(lab):
    lab.stop_agent("hostA")
    lab.wait_gone("hostA")
    return refused(lab.probectl("trace", "hostA", "hostB:8080"), (3,),
                   "hostA")


def controller_unreachable(lab):
    started = time.monotonic()
    problems = refused(lab.probectl(
        "--controller", "203.0.113.130:9", "trace", "hostA", "hostB:8080"),
        (3,), "203.0.113.130")
    lab.stop_controller(signal.SIGKILL)
    problems += refused(lab.probectl("agents"), (3,), "203.0.113.130", "ctl")
    if time.monotonic() - started > 15:
        problems.append("an unreachable controller takes too long")
    return problems


def wrong_authority(lab):
    lab["ctl"].run(["probe-controller", "init", "--state-dir",
                    "/var/lib/other", "--san", "203.0.113.130"])
    return refused(lab.probectl(
        "--profile", "/var/lib/other/operators/admin", "--controller",
        CONTROLLER, "agents"), (2, 3), "certificate", "authority", "trust")


PEM_SWAP = """
import glob, os, shutil, sys
shutil.copytree(sys.argv[1], '/run/fake')
def pem(folder, kind):
    return sorted(path for path in glob.glob(folder + '/**', recursive=True)
                  if os.path.isfile(path) and kind in open(path, 'rb').read())
agent = sys.argv[2]
keys = pem(agent, b'PRIVATE KEY-----')
assert keys, 'the agent keeps no key'
for path in pem('/run/fake', b'PRIVATE KEY-----'):
    shutil.copyfile(keys[0], path)
def leaf(paths):
    import subprocess
    for path in paths:
        words = open(path, 'rb').read()
        if b'PRIVATE KEY' in words:
            continue
        if not any(part in os.path.basename(path) for part in ('ca', 'auth')):
            return path
mine, theirs = leaf(pem('/run/fake', b'CERTIFICATE-----')), \\
    leaf(pem(agent, b'CERTIFICATE-----'))
assert mine and theirs, (mine, theirs)
shutil.copyfile(theirs, mine)
"""


def wrong_role(lab):
    """An agent's key and certificate in an operator's profile."""
    token = lab.token(1, "--agent", "mole")
    lab.join("ctl", token, "/var/lib/mole", "mole")
    lab["ctl"].run(["python3", "-c", PEM_SWAP, ADMIN, "/var/lib/mole"])
    problems = []
    for argv in (("agents",), ("trace", "hostA", "hostB:8080"),
                 ("token", "create")):
        problems += refused(lab.probectl("--profile", "/run/fake", *argv),
                            (2, 3), "role", "operator", "certificate",
                            "allowed", "refus")
    return problems


def join_fails(lab, token, *words):
    result = lab["ctl"].run(
        ["probe-agent", "join", CONTROLLER, "--token", token, "--name",
         "late", "--state-dir", "/var/lib/late"], check=False)
    problems = refused(result, (1, 2, 3), *words)
    left = lab["ctl"].shell("find /var/lib/late -type f 2>/dev/null || :")
    if left.stdout.strip():
        problems.append(f"a failed join leaves {left.stdout.split()}")
    return problems


def expired_token(lab):
    token = lab.token(1, "--ttl", "1s")
    made = time.monotonic()
    wait_until(lambda: time.monotonic() - made > 2.1, "the token's end")
    return join_fails(lab, token, "token", "expired")


def spent_token(lab):
    token = lab.token(1)
    lab.join("ctl", token, "/var/lib/first", "first")
    return join_fails(lab, token, "token", "spent", "used")


def forged_token(lab):
    token = lab.token(1)
    problems = []
    for at in range(0, len(token), max(1, len(token) // 8)):
        other = "0" if token[at] != "0" else "1"
        problems += join_fails(lab, token[:at] + other + token[at + 1:])
    for forged in ("", "x", token[:-5], token + "0", "A" * 5000):
        problems += join_fails(lab, forged, "token")
    # None of those may have spent the true one.
    lab.join("ctl", token, "/var/lib/late", "late")
    return problems


def bound_token(lab):
    token = lab.token(1, "--agent", "somebody")
    return join_fails(lab, token, "somebody", "name", "token")


def unreadable_state(lab):
    problems = []
    ctl = lab["ctl"]
    for argv in (["probe-controller", "run", "--state-dir", "/nowhere"],
                 ["probe-agent", "run", "--state-dir", "/nowhere"]):
        problems += refused(ctl.run(argv, check=False), (1, 2, 3), "/nowhere")
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534",
                 "--clear-groups"]
    problems += refused(
        ctl.run([*as_nobody, "probe-controller", "run", "--state-dir",
                 CONTROLLER_STATE, "--listen", "[::]:7444"], check=False),
        (1, 2, 3), CONTROLLER_STATE)
    problems += refused(
        ctl.run([*as_nobody, "probectl", "--profile", ADMIN, "agents"],
                check=False), (2,), ADMIN)
    problems += refused(lab.probectl("--profile", "/nowhere", "agents"),
                        (2,), "/nowhere")
    return problems


def fingerprint(lab):
    listing = lab["ctl"].shell(
        f"find {ADMIN} -type f | sort | xargs sha256sum")
    return hashlib.sha256(listing.stdout.encode()).hexdigest()


def second_init(lab):
    before = fingerprint(lab)
    problems = refused(lab["ctl"].run(
        ["probe-controller", "init", "--state-dir", CONTROLLER_STATE,
         "--san", "203.0.113.130"], check=False), (1, 2), CONTROLLER_STATE)
    if fingerprint(lab) != before:
        problems.append("a refused init changed the profile")
    return problems


def full_disk(lab):
    ctl = lab["ctl"]
    ctl.shell("mkdir /run/small && mount -t tmpfs -o size=64k tmpfs "
              "/run/small && cat /dev/zero > /run/small/filler || :")
    init = ["probe-controller", "init", "--state-dir", "/run/small/state",
            "--san", "203.0.113.130"]
    problems = refused(ctl.run(init, check=False), (1, 2), "space",
                       "/run/small")
    ctl.shell("rm /run/small/filler && mount -o remount,size=4m /run/small")
    again = ctl.run(init, check=False)
    if again.returncode != 0:
        problems.append("after a full disk init cannot be run again: "
                        + again.stderr.strip()[:300])
    return problems


def no_san(lab):
    return refused(lab["ctl"].run(
        ["probe-controller", "init", "--state-dir", "/run/nosan", "--san",
         "bad name!"], check=False), (1, 2), "bad name!")


def scenario(name, run):
    return Scenario(f"input-{name}", Expect("-"), run=run, families=())


SCENARIOS = [
    scenario("bad-addresses", bad_addresses),
    scenario("unknown-host", unknown_host),
    scenario("agent-offline", agent_offline),
    scenario("controller-unreachable", controller_unreachable),
    scenario("wrong-authority", wrong_authority),
    scenario("wrong-role", wrong_role),
    scenario("expired-token", expired_token),
    scenario("spent-token", spent_token),
    scenario("forged-token", forged_token),
    scenario("bound-token", bound_token),
    scenario("unreadable-state", unreadable_state),
    scenario("second-init", second_init),
    scenario("full-disk", full_disk),
    scenario("bad-san", no_san),
]
