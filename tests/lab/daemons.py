"""The programs under test: a controller on ctl, an agent on every host."""
import json
import os
import signal

from host import CommandFailed
from process import arguments, descendants
from topology import HOSTS, Topology
from wait import PATIENCE, wait_until

CONTROLLER = "203.0.113.130:7443"
CONTROLLER_STATE = "/var/lib/probe-controller"
AGENT_STATE = "/var/lib/probe-agent"
PROGRAMS = ("probe-controller", "probe-agent", "probectl")
# A leak found at exit must not pass for a verdict; the log has the report.
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def missing_programs(build_dir):
    folder = os.path.join(build_dir, "bin")
    return [name for name in PROGRAMS
            if not os.access(os.path.join(folder, name), os.X_OK)]


class Lab(Topology):
    """A topology with a controller that runs and agents that are connected."""

    def __init__(self, build_dir, agents=HOSTS):
        super().__init__(os.path.join(os.path.abspath(build_dir), "bin"))
        self.agents = {}
        self.controller = None
        try:
            self.start_controller(init=True)
            token = self.token(max(1, len(agents)))
            list(self.pool.map(lambda name: self.join(name, token), agents))
            for name in agents:
                self.start_agent(name)
            self.wait_connected(agents)
        except BaseException:
            self.close()
            raise

    def start_controller(self, init=False):
        ctl = self["ctl"]
        if init:
            ctl.run(["probe-controller", "init", "--state-dir",
                     CONTROLLER_STATE, "--san", "203.0.113.130",
                     "--san", "ctl"], env=SANITIZERS)
        self.controller = ctl.start(
            ["probe-controller", "run", "--state-dir", CONTROLLER_STATE],
            "controller", SANITIZERS)
        wait_until(lambda: ctl.listens(7443)
                   or not self.controller.running(),
                   "the controller's port", PATIENCE)
        if not self.controller.running():
            raise CommandFailed(f"controller: {self.controller.text()}")

    def stop_controller(self, number=signal.SIGTERM):
        self.controller.kill(number)

    def probectl(self, *argv, host="ctl", timeout=30):
        """Runs probectl as it stands: no profile, no address."""
        return self[host].run(["probectl", *argv], check=False,
                              timeout=timeout, env=SANITIZERS)

    def token(self, uses=1, *more):
        result = self.probectl("token", "create", "--uses", str(uses), *more)
        if result.returncode != 0:
            raise CommandFailed(f"token create: {result.stderr.strip()}")
        return result.stdout.strip()

    def join(self, name, token, state=AGENT_STATE, agent=None):
        return self[name].run(
            ["probe-agent", "join", CONTROLLER, "--token", token, "--name",
             agent or name, "--state-dir", state], env=SANITIZERS)

    def start_agent(self, name, state=AGENT_STATE, log="agent", prefix=()):
        """prefix: the words of a program that execs the agent in another
        state of the world (fewer capabilities, another clock)."""
        self.agents[name] = self[name].start(
            [*prefix, "probe-agent", "run", "--state-dir", state], log,
            SANITIZERS)

    def change_agent(self, name, prefix):
        """The agent again, in another state of the world."""
        self.stop_agent(name)
        self.wait_gone(name)
        self.start_agent(name, log="agent-changed", prefix=prefix)
        self.wait_connected([name])

    def stop_agent(self, name, number=signal.SIGTERM):
        self.agents[name].kill(number)

    def agents_told(self):
        """{name: what the controller says of the agent}, those connected."""
        result = self.probectl("agents", "-o", "json")
        if result.returncode != 0:
            return {}
        return {agent["name"]: agent
                for agent in json.loads(result.stdout)["agents"]
                if agent["connected"]}

    def connected(self):
        """The names of the agents that the controller sees."""
        return set(self.agents_told())

    def programs(self):
        return {**self.agents, "controller": self.controller}

    def told(self):
        """The addresses that the controller knows of each agent."""
        return {name: sorted(agent["addresses"])
                for name, agent in self.agents_told().items()}

    def wait_told(self, conditions):
        """The controller knows that an agent has an address, or has lost it."""
        for name, address, is_there in conditions:
            wait_until(
                lambda: (address in self.told().get(name, ())) == is_there,
                f"word of {name} about {address}", interval=0.05)

    def loading(self, names):
        """Does an agent still load what watches drops?"""
        return any("probe-agent-bpf" in arguments(pid)
                   for name in names if name in self.agents
                   for pid in descendants(self.agents[name].find()))

    def wait_connected(self, names, timeout=PATIENCE):
        try:
            wait_until(lambda: self.connected() >= set(names),
                       f"agents {', '.join(names)}", timeout, 0.05)
            wait_until(lambda: not self.loading(names),
                       "the end of those that load the BPF program", timeout)
        except Exception as error:
            texts = [f"{name}: {agent.text()[-400:]}"
                     for name, agent in self.agents.items()]
            raise CommandFailed(f"{error}\n" + "\n".join(texts)) from error

    def wait_gone(self, name):
        wait_until(lambda: name not in self.connected(),
                   f"the end of agent {name}", PATIENCE, 0.05)

    def trace(self, argv, timeout=30):
        """(exit status, report or None, text)"""
        result = self.probectl("trace", *argv, "-o", "json", timeout=timeout)
        try:
            answer = json.loads(result.stdout)
        except ValueError:
            answer = {}
        report = answer if answer.get("schema") == "probectl.report/1" \
            else None  # an error has JSON of its own
        return result.returncode, report, result.stdout + result.stderr

    def logs(self):
        """What the programs said, for a scenario that went wrong."""
        return {name: program.text()
                for name, program in self.programs().items()
                if program is not None}
