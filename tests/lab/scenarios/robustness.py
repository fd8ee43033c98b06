"""Things die, restart, or talk nonsense; nothing of ours may stay behind."""
import json
import os
import random
import signal
import threading
import time

from daemons import AGENT_STATE, CONTROLLER, SANITIZERS
from leaks import differences, snapshot
from process import descendants, status
from programs import start_service
from scenario import Expect, Scenario
from scenarios.path import HOST_B_DROPS, forward
from wait import TimedOut, wait_until

KILL_ROUNDS = 20
QUESTION = ("hostA", "hostB:8080", "-4")
# Nothing listens, the SYN is dropped: a trace that is still at work a moment
# after it began.
SILENT = HOST_B_DROPS[1]
# On the way: the case that takes longest, both ends capture meanwhile.
LOSSY = forward("R2", "tcp dport 8080 drop")[1]


class Trace(threading.Thread):
    """A trace that runs beside the test."""

    def __init__(self, lab):
        super().__init__()
        self.lab = lab
        self.answer = None
        self.start()

    def run(self):
        self.answer = self.lab.trace(QUESTION, timeout=40)

    def problems(self):
        """It must end by itself, with a report or with words."""
        self.join(45)
        if self.answer is None:
            return ["the trace does not end"]
        code, report, text = self.answer
        if report is None and not text.strip():
            return [f"exit {code} without a word"]
        if report is not None and code not in (0, 1, 4):
            return [f"a report, and exit {code}"]
        if report is None and code not in (2, 3):
            return [f"no report, and exit {code}: {text[:200]}"]
        return []


def must_still_work(lab, hosts=("hostA", "hostB")):
    lab.wait_connected(hosts)
    code, report, text = lab.trace(QUESTION)
    cause = report["verdict"]["cause"] if report else text.strip()[:200]
    return [] if report and code in (0, 1) else \
        [f"afterwards a trace gives {cause}, exit {code}"]


def wait_idle(keeper):
    """Beside the keeper only the link: what loads the BPF program has ended."""
    wait_until(lambda: len(descendants(keeper)) == 1, "an idle agent", 5)


def kill_all(pids):
    """The first must be there; the others may go with it."""
    for position, pid in enumerate(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            if position == 0:
                raise


def kill_during_trace(victims):
    """Kills what victims(lab, host, worker's processes) names, mid-trace."""
    def run(lab, host="hostB"):
        hosts = [lab["hostA"], lab["hostB"]]
        before = snapshot(hosts)
        lab["R2"].shell(LOSSY)
        keeper = lab.agents[host].find()
        wait_idle(keeper)
        idle = descendants(keeper)
        trace = Trace(lab)
        try:
            wait_until(lambda: lab[host].packet_sockets() > 0,
                       "a capture on " + host, 5, 0.002)
            kill_all(victims(keeper, idle, descendants(keeper) - idle))
        except (TimedOut, ProcessLookupError) as error:
            trace.problems()
            return [f"could not kill it mid-trace: {error}"]
        problems = trace.problems()
        problems += must_be_clean(before, hosts)
        if not lab.agents[host].running():
            lab.start_agent(host, log="agent-again")
        return problems + must_still_work(lab)
    return run


def must_be_clean(before, hosts):
    try:
        wait_until(lambda: not differences(before, hosts), "a clean host", 12)
    except TimedOut:
        return differences(before, hosts)
    return []


def kill_some(lab, dice):
    """Kills one, some or all of an agent's processes, whatever they do."""
    host = dice.choice(("hostA", "hostB"))
    keeper = lab.agents[host].find()
    family = sorted({keeper} | descendants(keeper))
    for pid in dice.sample(family, dice.randint(1, len(family))):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kill_at_any_time(lab):
    """From before arming to after disarming, again and again: the kernel takes
    away what the dead had armed.  The dice are the same in every run."""
    dice = random.Random(8080)
    hosts = [lab["hostA"], lab["hostB"]]
    lab["hostB"].shell(SILENT)
    before = snapshot(hosts)
    problems = []
    for _ in range(KILL_ROUNDS):
        trace = Trace(lab)
        time.sleep(dice.uniform(0, 0.12))
        kill_some(lab, dice)
        problems += trace.problems() + must_be_clean(before, hosts)
        for host in ("hostA", "hostB"):
            if not lab.agents[host].running():
                lab.start_agent(host, log="agent-again")
        lab.wait_connected(("hostA", "hostB"))
        if problems:
            break
    return problems + must_still_work(lab)


def restart_controller(lab):
    lab.stop_controller(signal.SIGKILL)
    lab.start_controller()
    problems = must_still_work(lab, ("hostA", "hostB", "hostC"))
    lab.stop_controller(signal.SIGTERM)
    lab.start_controller()
    return problems + must_still_work(lab, ("hostA", "hostB", "hostC"))


GARBAGE = """
import os, socket, ssl, time
def call():
    return socket.create_connection(('203.0.113.130', 7443), 3)
silent = [call() for _ in range(60)]
for size in (1, 5, 300, 70000):
    one = call()
    try:
        one.sendall(os.urandom(size))
        one.settimeout(0.2)
        one.recv(100)
    except OSError:
        pass
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
for name in ('join.probectl', 'x' * 60, None):
    try:
        tls = context.wrap_socket(call(), server_hostname=name)
        tls.sendall(os.urandom(5000))
        tls.settimeout(0.5)
        tls.recv(100)
        tls.sendall(b'\\0\\0\\0\\4abcd' * 100)
    except OSError:
        pass
print('done', flush=True)
time.sleep(60)
"""


def garbage(lab):
    """Silent and shouting clients on the controller's port hurt nobody."""
    client = lab["hostC"].start(["python3", "-c", GARBAGE], "garbage")
    wait_until(lambda: "done" in client.text() or not client.running(),
               "the garbage", 20)
    if "done" not in client.text():
        return [f"the test itself fails: {client.text()[-300:]}"]
    problems = must_still_work(lab)
    if not lab.controller.running():
        problems.append("the controller is gone")
    return problems


def impostor(lab):
    """A token for any name does not give another's: hostB goes on working."""
    result = lab["hostC"].run(
        ["probe-agent", "join", CONTROLLER, "--token", lab.token(), "--name",
         "hostB", "--state-dir", "/run/impostor"], check=False)
    problems = [] if result.returncode == 3 and "already" in result.stderr \
        else [f"exit {result.returncode}: {result.stderr[:200]}"]
    return problems + must_still_work(lab)


SECOND_KEY = "/run/second-key"


def addresses_of(lab, name):
    """What the controller shows of an agent that is connected; else nothing."""
    agents = json.loads(lab.probectl("agents", "-o", "json").stdout)["agents"]
    return next((agent["addresses"] for agent in agents
                 if agent["name"] == name and agent["connected"]), [])


def stolen_key(lab):
    """hostB's key was stolen, and its name is given to a new key: whoever has
    the first is thrown out at once, and stays out."""
    thief = lab.agents["hostB"]
    lab.join("hostC", lab.token(1, "--agent", "hostB"), SECOND_KEY, "hostB")
    wait_until(lambda: "another key was enrolled" in thief.text(),
               "the end of the first key's connection", 5)
    problems = []
    if addresses_of(lab, "hostB"):
        problems.append("the first key is still shown as connected")
    owner = lab["hostC"].start(["probe-agent", "run", "--state-dir",
                                SECOND_KEY], "owner", SANITIZERS)
    wait_until(lambda: "192.0.2.30" in addresses_of(lab, "hostB"),
               "the second key's agent", 20)
    lab.stop_agent("hostB")
    lab.start_agent("hostB", log="thief")  # no ticket: a full handshake
    wait_until(lambda: "refused our certificate: another key was enrolled"
               in lab.agents["hostB"].text(), "a refusal", 20)
    if "192.0.2.30" not in addresses_of(lab, "hostB"):
        problems.append(f"agents shows {addresses_of(lab, 'hostB')}")
    if "taken its place" in lab.controller.text():
        problems.append("they took the name from each other")
    owner.kill(signal.SIGTERM)
    return problems + rejoin(lab, "hostB")


def cloned_host(lab):
    """hostA was copied with its key: it is told, and no trace is made on either
    of the two."""
    copy = lab["hostA"].run(["sh", "-c", f"tar -C {AGENT_STATE} -cf - . | "
                             "base64 -w0"]).stdout
    lab["hostC"].run(["sh", "-c", "mkdir -p /run/clone && base64 -d | "
                      "tar -C /run/clone -xf -"], text=copy)
    clone = lab["hostC"].start(["probe-agent", "run", "--state-dir",
                                "/run/clone"], "clone", SANITIZERS)
    wait_until(lambda: "shared_with" in lab.agents_told().get("hostA", {}),
               "the word of two hosts", 30)
    status, _, text = lab.trace(("hostA", "hostB:8080"))
    shown = lab.probectl("agents").stdout
    clone.kill(signal.SIGTERM)
    problems = []
    if status != 3 or "two hosts hold the identity" not in text:
        problems.append(f"exit {status}: {text[-300:]}")
    if "has its identity too" not in shown:
        problems.append(f"agents shows {shown}")
    wait_until(lambda: "shared_with" not in
               lab.agents_told().get("hostA", {"shared_with": 1}),
               "the end of it", 30)
    return problems + must_still_work(lab)


def rejoin(lab, name):
    """The host takes its name back, and all is as before."""
    lab.stop_agent(name)
    lab[name].run(["rm", AGENT_STATE + "/agent.key"])
    lab.join(name, lab.token(1, "--agent", name))
    lab.start_agent(name, log="agent-again")
    return must_still_work(lab)


def parallel_traces(lab):
    """Two operators at once: each gets the answer to his own question."""
    start_service(lab, 0, "hostB", "0.0.0.0 8080")
    answers = {}

    def ask(source, port):
        answers[source, port] = lab.trace((source, f"hostB:{port}", "-4"))

    threads = [threading.Thread(target=ask, args=pair)
               for pair in (("hostA", 8080), ("hostC", 8081),
                            ("hostA", 8081), ("hostC", 8080))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    wanted = {8080: "connected", 8081: "not-listening"}
    problems = []
    for (source, port), (code, report, text) in answers.items():
        cause = report["verdict"]["cause"] if report else text.strip()[:200]
        if cause != wanted[port] and code != 3:
            problems.append(f"{source} to {port}: {cause}, exit {code}")
    return problems


def many_at_once(lab):
    """Twenty questions in the same moment: all answered, none much later."""
    hosts = ("hostA", "hostB", "hostC")
    for number, name in enumerate(hosts):
        start_service(lab, number, name, "0.0.0.0 8080")
    answers = []

    def ask(number):
        source, to = hosts[number % 3], hosts[(number + 1) % 3]
        answers.append((source, to,
                        lab.trace((source, f"{to}:8080", "-4"))))

    threads = [threading.Thread(target=ask, args=(number,))
               for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    problems = [f"{20 - len(answers)} without an answer"] \
        if len(answers) < 20 else []
    for source, to, (code, report, text) in answers:
        if code != 0 or report is None:
            problems.append(f"{source} to {to}: exit {code}: {text[:200]}")
        elif report["duration_ms"] > 3000:
            problems.append(f"{source} to {to}: {report['duration_ms']} ms")
    return problems


def hundred_attempts(lab):
    """--count 100: exactly so many, and a report that holds them."""
    began = time.monotonic()
    code, report, text = lab.trace((*QUESTION, "--count", "100", "--timeout",
                                    "20"))
    if code != 1 or report is None:
        return [f"exit {code}: {text[:200]}"]
    problems = []
    if report["verdict"]["cause"] != "not-listening":
        problems.append(f"the cause is {report['verdict']['cause']}")
    if len(report["attempts"]) != 100:
        problems.append(f"{len(report['attempts'])} attempts")
    if time.monotonic() - began > 15:
        problems.append(f"{time.monotonic() - began:.1f} s")
    return problems


def idle_means_idle(lab):
    """Between traces: only keeper and link, no capture, no rule, no reader."""
    lab.trace(QUESTION)
    problems = []
    for name in ("hostA", "hostB"):
        keeper = lab.agents[name].find()
        try:
            wait_idle(keeper)
        except TimedOut:
            problems.append(f"{name}: beside the keeper "
                            f"{len(descendants(keeper))} processes, not 1")
        if lab[name].packet_sockets() or lab[name].tables().strip():
            problems.append(f"{name}: a capture or a rule between traces")
        if lab[name].listens(7443):
            problems.append(f"{name}: the agent listens")
    return problems


def link_has_no_privileges(lab):
    keeper = lab.agents["hostB"].find()
    # The helper that loads the drop program has privileges, and goes.
    wait_until(lambda: len(descendants(keeper)) == 1, "the link alone", 10)
    problems = []
    for pid in descendants(keeper):
        words = status(pid)
        if words["CapEff"].strip("0") or words["CapPrm"].strip("0"):
            problems.append(f"the link holds {words['CapEff']}")
        if words["Uid"].split()[1] == "0":
            problems.append("the link runs as root")
    return problems


def text_report(lab):
    """The report for people: no colour off a terminal, the fix's command."""
    lab["hostB"].shell(SILENT)
    result = lab.probectl("trace", *QUESTION)
    problems = []
    if result.returncode != 1:
        problems.append(f"exit {result.returncode}: {result.stderr[:200]}")
    if "\x1b" in result.stdout:
        problems.append("colour in a pipe")
    for word in ("hostB", "firewall", "input"):
        if word not in result.stdout:
            problems.append(f"the report lacks {word!r}: "
                            f"{result.stdout[:400]}")
    return problems


def bundle_judged_again(lab):
    """The bundle holds report and evidence; judging it again needs nobody."""
    lab["hostB"].shell(SILENT)
    traced = lab.probectl("trace", *QUESTION, "-o", "json", "--bundle",
                          "/run/case.bundle")
    lab.stop_controller()
    saved = lab.probectl("report", "-o", "json", "/run/case.bundle")
    judged = lab.probectl("judge", "-o", "json", "/run/case.bundle")
    problems = [f"{word}: exit {result.returncode}: {result.stderr[:200]}"
                for word, result in (("trace", traced), ("report", saved),
                                     ("judge", judged))
                if result.returncode != 1]
    if saved.stdout != traced.stdout:
        problems.append("the saved report is not the one that was printed")
    if not problems and judged.stdout != traced.stdout:
        problems.append("judged again, the report differs")
    return problems


def agents_as_json(lab):
    result = lab.probectl("agents", "-o", "json")
    agents = {agent["name"]: agent
              for agent in json.loads(result.stdout)["agents"]}
    problems = []
    for name, address in (("hostA", "192.0.2.10"), ("hostB", "198.51.100.10")):
        agent = agents.get(name, {})
        if not agent.get("connected") or not agent.get("version"):
            problems.append(f"{name}: {agent}")
        if address not in agent.get("addresses", []):
            problems.append(f"{name}: {address} is not among its addresses: "
                            f"{agent.get('addresses')}")
    return problems


def agents_may_not(lab):
    """What an agent's host does not allow it, the list of agents tells."""
    problems = []
    for prefix, lacks, says in (
            ("setpriv --bounding-set=-net_raw", ["capture"], "CAP_NET_RAW"),
            ("setpriv --bounding-set=-net_admin", ["trace-rules"],
             "CAP_NET_ADMIN"),
            ("env", [], "")):  # the last leaves it as it was
        lab.change_agent("hostB", prefix.split())
        told = wait_until(lambda: lab.agents_told().get("hostB"), "hostB")
        text = lab.probectl("agents").stdout
        if told.get("may_not") != lacks:
            problems.append(f"{prefix}: {told}")
        if says not in text or (not says and "may not" in text):
            problems.append(f"{prefix}: {text}")
    return problems


def scenario(name, run):
    return Scenario(f"robust-{name}", Expect("-"), run=run, families=())


SCENARIOS = [
    scenario("kill-worker", kill_during_trace(
        lambda keeper, idle, workers: workers)),
    scenario("kill-link", kill_during_trace(
        lambda keeper, idle, workers: idle)),
    scenario("kill-keeper", kill_during_trace(
        lambda keeper, idle, workers: {keeper})),
    scenario("kill-all", kill_during_trace(
        lambda keeper, idle, workers: {keeper} | idle | workers)),
    scenario("kill-at-any-time", kill_at_any_time),
    scenario("restart-controller", restart_controller),
    scenario("garbage-clients", garbage),
    scenario("impostor", impostor),
    scenario("stolen-key", stolen_key),
    scenario("cloned-host", cloned_host),
    scenario("parallel-traces", parallel_traces),
    scenario("many-at-once", many_at_once),
    scenario("hundred-attempts", hundred_attempts),
    scenario("idle-means-idle", idle_means_idle),
    scenario("link-has-no-privileges", link_has_no_privileges),
    scenario("text-report", text_report),
    scenario("bundle-judged-again", bundle_judged_again),
    scenario("agents-as-json", agents_as_json),
    scenario("agents-may-not", agents_may_not),
]
