#!/usr/bin/python3
"""Tests of the lab itself: does it notice what it is there to notice?"""
import copy
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import catalogue  # noqa: E402
import state  # noqa: E402
from compose.oracle_test import (ClassTest, DrawTest,  # noqa: E402,F401
                                 TallyTest, WayTest)
from daemons import Lab  # noqa: E402
from host import HERE, CommandFailed  # noqa: E402
from judge import STEPS, contract_problems, judge  # noqa: E402
from leaks import differences, processes_in, snapshot  # noqa: E402
from orphans import Before  # noqa: E402
from process import arguments, status  # noqa: E402
from reset import Beginning  # noqa: E402
from results import changes, is_worse  # noqa: E402
from runner import play_on, run_scenario  # noqa: E402
from scenario import Expect, Scenario, for_families  # noqa: E402
from scenarios import all_scenarios  # noqa: E402
from stand import Stand  # noqa: E402
from topology import Topology  # noqa: E402
from wait import wait_until  # noqa: E402

SKIPPED = 77
REPORT = {
    "schema": "probectl.report/1", "trace_id": "01", "started_at": "now",
    "duration_ms": 5, "outcome": "refused", "source": {"host": "hostA"},
    "destination": {"host": "hostB"},
    "verdict": {"cause": "not-listening", "role": "destination",
                "host": "hostB", "stage": "socket", "packet": "syn",
                "confidence": "proven", "summary": "nothing listens",
                "evidence": ["e1"]},
    "evidence": [{"id": "e1"}],
    "advice": [{"for": "service", "text": "start it"}],
    "steps": [{"step": name, "state": "unknown", "text": "not asked"}
              for name in STEPS],
}
# Stand-ins for the programs, as bare as the lab allows.
STAND_IN = """#!/usr/bin/python3
import json, signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
name, argv = sys.argv[0].rsplit('/', 1)[1], sys.argv[1:]
if name == 'probe-controller' and argv[0] == 'run':
    port = socket.create_server(('::', 7443), family=socket.AF_INET6)
if argv[0] == 'run':
    time.sleep(1000)
if name == 'probectl' and argv[0] == 'token':
    print('token')
if name == 'probectl' and argv[0] == 'agents':
    print(json.dumps({'agents': [{'name': name, 'connected': True,
                                  'addresses': []}
                                 for name in ('hostA', 'hostB', 'hostC')]}))
if name == 'probectl' and argv[0] == 'trace':
    print(open('REPORT').read())
    sys.exit(1)
"""


class JudgeTest(unittest.TestCase):
    EXPECT = Expect("not-listening", "destination", "hostB", "socket", "syn")

    def changed(self, **verdict):
        report = copy.deepcopy(REPORT)
        report["verdict"].update(verdict)
        return report

    def test_right_answer(self):
        self.assertEqual(judge(self.EXPECT, 1, REPORT, ""), ([], False))

    def test_wrong_and_proven(self):
        problems, proven = judge(self.EXPECT, 1,
                                 self.changed(cause="rp-filter"), "")
        self.assertTrue(problems and proven)

    def test_wrong_and_likely(self):
        report = self.changed(cause="rp-filter", confidence="likely")
        problems, proven = judge(self.EXPECT, 1, report, "")
        self.assertTrue(problems and not proven)

    def test_wrong_packet_is_wrong(self):
        problems, proven = judge(self.EXPECT, 1,
                                 self.changed(packet="syn-ack"), "")
        self.assertTrue(problems and proven)

    def test_exit_status(self):
        self.assertTrue(judge(self.EXPECT, 0, REPORT, "")[0])

    def test_no_report(self):
        self.assertTrue(judge(self.EXPECT, 3, None, "broken")[0])

    def test_cited_evidence_must_be_there(self):
        self.assertTrue(contract_problems(self.changed(evidence=["e9"])))

    def test_null_is_no_value(self):
        self.assertTrue(contract_problems(self.changed(detail={"rule": None})))

    def test_unknown_word(self):
        self.assertTrue(contract_problems(self.changed(stage="postrouting")))

    def test_connected_has_no_fix(self):
        report = self.changed(cause="connected")
        report["fixes"] = [{"host": "hostB", "command": "true"}]
        self.assertTrue(contract_problems(report))

    def test_missing_detail(self):
        expect = Expect("not-listening", detail=("inet fw",))
        self.assertTrue(judge(expect, 1, REPORT, "")[0])


class ScenarioTest(unittest.TestCase):
    def test_rows_are_of_the_catalogue(self):
        for scenario in all_scenarios():
            catalogue.rows_of(f"{scenario.row} {scenario.near}")
        with self.assertRaises(ValueError):
            catalogue.rows_of("I01 Q77")

    def test_every_row_is_shown_or_says_why_not(self):
        proven = " ".join(item.row for item in all_scenarios()).split()
        near = " ".join(item.near for item in all_scenarios()).split()
        for name, (core, _) in catalogue.ROWS.items():
            self.assertNotEqual(name in proven, name in catalogue.OUT, name)
            if core:
                self.assertIn(name, near)

    def test_words_of_a_family(self):
        one = for_families(Scenario("x", Expect("connected"),
                                    faults=(("hostA", "@ip route add @B"),)))
        self.assertEqual([item.faults[0][1] for item in one],
                         ["ip -4 route add 198.51.100.10",
                          "ip -6 route add 2001:db8:b::10"])


class ResultsTest(unittest.TestCase):
    OLD = {"cause": "rp-filter", "role": "destination", "stage": "prerouting",
           "packet": "syn", "confidence": "likely", "result": "OK"}

    def test_what_is_worse(self):
        for change, worse in (({"confidence": "possible"}, True),
                              ({"confidence": "proven"}, False),
                              ({"cause": "no-route"}, False),
                              ({"result": "WRONG"}, True)):
            self.assertEqual(is_worse(self.OLD, {**self.OLD, **change}), worse,
                             change)

    def test_changes_are_named(self):
        old = {"same": self.OLD, "moved": self.OLD, "gone": self.OLD}
        new = {"same": self.OLD, "moved": {**self.OLD, "stage": "input"},
               "new": self.OLD}
        self.assertEqual([item[0] for item in changes(old, new)],
                         ["moved", "gone", "new"])


def in_host(host, code):
    """A program in a host, once it has said that it is ready."""
    program = host.start(["python3", "-S", "-c", code + "\nprint('ready', "
                          "flush=True)\nimport time\ntime.sleep(1000)"], "x")
    wait_until(lambda: "ready" in program.text(), "a program")
    return program


class LabTest(unittest.TestCase):
    def setUp(self):
        self.lab = Topology()
        self.addCleanup(self.lab.close)

    def connect(self, lab, family, target):
        code = (f"import socket; socket.create_connection(('{target}', 8080), "
                "2).close()")
        lab["hostA"].run(["python3", "-S", "-c", code])
        return family

    def listen(self, lab):
        in_host(lab["hostB"], "import socket\ns = socket.create_server("
                "('::', 8080), family=socket.AF_INET6, dualstack_ipv6=True)")

    def test_both_families_and_two_labs(self):
        other = Topology()
        self.addCleanup(other.close)
        for lab in (self.lab, other):
            self.listen(lab)
            self.connect(lab, 4, "198.51.100.10")
            self.connect(lab, 6, "2001:db8:b::10")

    def test_path_has_two_routers(self):
        for router, device in (("R1", "lanA"), ("R1", "link"), ("R2", "lanB")):
            self.lab[router].shell(
                f"nft 'table netdev c{device} {{ chain in {{ type filter hook "
                f"ingress device {device} priority 0; tcp flags syn counter; "
                "}; }'")
        self.listen(self.lab)
        self.connect(self.lab, 4, "198.51.100.10")
        for router, device in (("R1", "lanA"), ("R1", "link"), ("R2", "lanB")):
            text = self.lab[router].net(["nft", "list", "ruleset"])
            self.assertNotIn("packets 0", text, f"{router} {device}")

    def test_finds_capture_and_table(self):
        hosts = [self.lab["hostA"], self.lab["hostB"]]
        before = snapshot(hosts)
        self.assertEqual(differences(before, hosts), [])
        in_host(hosts[0], "import socket\ns = socket.socket(socket.AF_PACKET, "
                "socket.SOCK_RAW, 768)")
        hosts[1].shell("nft add table inet left")
        found = differences(before, hosts)
        self.assertEqual(len(found), 2, found)

    def test_finds_programs_that_nobody_holds(self):
        host, before = self.lab["hostA"], Before()
        host.shell("mkdir /run/bpf && mount -t bpf bpf /run/bpf")
        program = in_host(
            host, f"import sys\nsys.path.insert(0, '{HERE}/bpf')\n"
            "from system_call import load, pin\n"
            "one = load(1, 0, [(0xb7, 0, 0, 0), (0x95, 0, 0, 0)], "
            "b'drop_events')\npin(one, '/run/bpf/one')")
        self.assertTrue(before.programs_since())
        self.assertEqual(before.orphans(), [])
        program.kill()
        self.assertEqual(len(before.orphans()), 1)

    def test_nothing_outlives_a_lab(self):
        lab = Topology()
        namespaces = set().union(*(host.inodes()
                                   for host in lab.hosts.values()))
        in_host(lab["hostA"], "import os\nos.fork()\nos.setsid()")
        self.assertTrue(processes_in(namespaces))
        lab.close()
        wait_until(lambda: not processes_in(namespaces), "an empty lab", 5)
        self.assertFalse(os.path.exists(lab.folder))

    def test_stopped_programs_end_with_the_lab(self):
        lab = Topology()
        namespaces = lab["hostB"].inodes()
        program = lab["hostB"].start(["sleep", "1000"], "sleep")
        os.kill(program.find(), signal.SIGSTOP)
        wait_until(lambda: status(program.entry.pid)["State"].startswith("T"),
                   "a stopped nsenter", 5)
        lab.close()
        wait_until(lambda: not processes_in(namespaces), "an empty host", 5)
        self.assertFalse(os.path.exists(lab.folder))

    def test_nothing_outlives_its_maker(self):
        maker = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.path.insert(0, "
             f"{HERE!r})\nfrom topology import Topology\nlab = Topology()\n"
             "print(*(i for h in lab.hosts.values() for i in h.inodes()), "
             "flush=True)\nprint(lab.folder, flush=True)\n"
             "sys.stdin.read()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        namespaces = set(maker.stdout.readline().split())
        folder = maker.stdout.readline().strip()
        self.assertTrue(processes_in(namespaces))
        maker.send_signal(signal.SIGKILL)
        maker.communicate()
        wait_until(lambda: not processes_in(namespaces), "an empty lab", 5)
        subprocess.run(["rm", "-r", "--", folder], check=True)

    def test_machine_keeps_its_files(self):
        with open("/etc/hosts", encoding="utf-8") as hosts:
            self.assertNotIn("hostB", hosts.read())
        self.assertIn("hostB", self.lab["hostA"].shell("cat /etc/hosts").stdout)

    def test_failed_command_says_why(self):
        with self.assertRaisesRegex(CommandFailed, "hostA.*nonsense"):
            self.lab["hostA"].shell("ip nonsense")


# What a scenario may do to hostB, and what of its state shows it.
CHANGES = {
    "firewall": "nft add table inet fw",
    "routes": "ip route add blackhole 192.0.2.99",
    "routes of a table": "ip -6 route add unreachable default table 70",
    "rules": "ip rule add prohibit from 192.0.2.99",
    "rules (IPv6)": "ip -6 rule add unreachable",
    "addresses": "ip addr add 198.51.100.11/24 dev eth0",
    "addresses gone": "ip addr del 198.51.100.10/24 dev eth0",
    "links": "ip link set eth0 down",
    "links smaller": "ip link set eth0 mtu 1300",
    "links more": "ip link add spare0 type veth peer name spare1",
    "neighbours": "ip neigh add 198.51.100.2 lladdr 02:00:00:00:00:99 "
                  "dev eth0 nud permanent",
    "neighbours for others": "ip neigh add proxy 198.51.100.77 dev eth0",
    "queues": "tc qdisc add dev eth0 root tbf rate 8kbit burst 120 limit 200",
    "queues of clsact": "tc qdisc add dev eth0 clsact",
    "policies": "ip xfrm policy add dir in src 192.0.2.10 action block",
    "sysctls": "sysctl -qw net.ipv4.ip_default_ttl=7",
    "sysctls of others": "sysctl -qw net.ipv4.ip_forward=1",
    "files": "echo x > /run/x; mkdir /var/lib/x; echo y > /var/lib/x/y",
    "mounts": "ip netns add blue && ip -n blue link set lo up",
    "given files": "echo 192.0.2.1 x > /etc/hosts",
    "firewall's sets": "ipset create x hash:ip",
    "connections": "python3 -S -c 'import socket; a = socket.create_server("
                   "(\"127.0.0.1\", 9)); b = socket.create_connection("
                   "(\"127.0.0.1\", 9)); c = a.accept()[0]; b.close(); "
                   "c.close()'",
}
LASTING = {
    "legacy tables": "iptables-legacy -A INPUT -j ACCEPT",
    "links": f"sh {HERE}/bpf/load 8080 && ip link set dev eth0 xdpgeneric "
             "pinned /run/bpf/8080/lab_xdp",
    "offloads": f"python3 -S {HERE}/offload.py eth0",
    "name": "hostname other",
}


class ResetTest(unittest.TestCase):
    """Each change is seen; it is undone, or the host is not used again."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Topology()
        cls.addClassCleanup(cls.lab.close)
        cls.beginning = Beginning(cls.lab)

    def change(self, command):
        host = self.lab["hostB"]
        host.shell(command)
        return state.differences(self.beginning.states["hostB"],
                                 state.of(host))

    def test_changes_are_seen_and_undone(self):
        for what, command in CHANGES.items():
            with self.subTest(what):
                found = self.change(command)
                self.assertIn(what.replace("'s", " ").split(" ")[0],
                              " ".join(found))
                self.assertEqual(self.beginning.reset({"hostB"}), [])

    def test_all_at_once(self):
        self.change("; ".join(CHANGES.values()))
        self.assertEqual(self.beginning.reset({"hostB"}), [])

    def test_programs_and_groups_end(self):
        host = self.lab["hostB"]
        in_host(host, "import os\nos.fork()\nos.setsid()")
        host.start(["sh", "-c", f"python3 -S {HERE}/in_cgroup.py sleep 99"],
                   "group")
        wait_until(lambda: os.path.exists(
            f"/proc/{host.pid}/root/sys/fs/cgroup/{host.env['LAB_CGROUP']}"),
            "the control group")
        self.assertTrue(self.beginning.strangers())
        self.assertEqual(self.beginning.reset({"hostB"}), [])
        self.assertFalse(self.beginning.strangers())
        self.assertEqual(host.background, [])

    def test_visitors_are_left_alone(self):
        """An agent of the machine, say, which looks for listeners."""
        host = self.lab["hostB"]
        network = {os.readlink(f"/proc/{host.pid}/ns/net")}

        def visitors():
            return [pid for pid in processes_in(network, ("net",))
                    if arguments(pid) == ["sleep", "98"]]

        # Its parent ends, so that it is nobody's.
        subprocess.run(["setsid", "-f", "nsenter",
                        f"--net=/proc/{host.pid}/ns/net", "sleep", "98"],
                       check=True)
        wait_until(visitors, "a visitor")
        try:
            in_host(host, "import os\nos.fork()")
            self.assertTrue(self.beginning.strangers())
            self.assertEqual(self.beginning.reset({"hostB"}), [])
            self.assertEqual(len(visitors()), 1)
        finally:
            os.kill(visitors()[0], signal.SIGKILL)

    def test_hosts_without_commands_are_looked_at(self):
        self.lab["R2"].shell("ip route add blackhole 192.0.2.98")
        self.assertTrue(self.beginning.reset({"hostB"}))
        self.assertEqual(self.beginning.reset({"R2"}), [])

    def test_what_cannot_be_undone_is_told(self):
        for what, command in LASTING.items():
            lab = Topology()
            try:
                beginning = Beginning(lab)
                lab["hostB"].shell(command)
                self.assertIn(what, " ".join(beginning.reset({"hostB"})))
            finally:
                lab.close()


class RunnerTest(unittest.TestCase):
    """The runner with stand-ins for the programs."""

    def build_dir(self, report):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        os.mkdir(folder.name + "/bin")
        with open(folder.name + "/report", "w", encoding="utf-8") as file:
            file.write(report)
        for name in ("probe-controller", "probe-agent", "probectl"):
            path = f"{folder.name}/bin/{name}"
            with open(path, "w", encoding="utf-8") as file:
                file.write(STAND_IN.replace("REPORT", folder.name + "/report"))
            os.chmod(path, 0o755)
        return folder.name

    def run_with(self, report, **more):
        scenario = Scenario("x", JudgeTest.EXPECT, service=(), **more)
        return self.play(scenario, self.build_dir(report))

    def play(self, scenario, folder):
        stand = Stand(lambda: Lab(folder))
        result = run_scenario(scenario, stand, play_on)
        result.problems += stand.end()
        return result

    def test_right_report(self):
        self.assertEqual(self.run_with(json.dumps(REPORT)).problems, [])

    def test_no_report(self):
        self.assertEqual(self.run_with("oops").word(), "WRONG")

    def test_bad_end_is_noticed(self):
        folder = self.build_dir(json.dumps(REPORT))
        subprocess.run(["sed", "-i", "s/sys.exit(0)/sys.exit(99)/",
                        folder + "/bin/probe-controller"], check=True)
        result = self.play(Scenario("x", JudgeTest.EXPECT, service=()),
                           folder)
        self.assertEqual(result.problems, ["controller ended with status 99"])

    def test_leftover_is_the_labs_fault(self):
        """Wrong where another scenario was before, right in a new lab."""
        stand = Stand(lambda: Lab(self.build_dir(json.dumps(REPORT))))
        self.addCleanup(stand.end)
        good = Scenario("x", JudgeTest.EXPECT, service=())
        self.assertEqual(run_scenario(good, stand, play_on).word(), "OK")
        lab = stand.lab
        self.assertEqual(run_scenario(good, stand, play_on).word(), "OK")
        self.assertIs(stand.lab, lab, "a new lab, though nothing was left")
        stand.lab.trace = lambda argv: (3, None, "left over")
        result = run_scenario(good, stand, play_on)
        self.assertEqual(result.word(), "LAB")
        self.assertIn("before it ran: x, x", result.faults[0])

    def test_fault_that_does_nothing_is_the_labs(self):
        """The report says what it should not, but so does connect()."""
        result = self.run_with("oops", faults=(("hostB", "true"),))
        self.assertEqual(result.word(), "WRONG")  # refused, as is right
        scenario = Scenario("x", JudgeTest.EXPECT)  # a service listens
        result = self.play(scenario, self.build_dir("oops"))
        self.assertEqual(result.word(), "LAB", result)

    def test_helper_that_does_not_stand_is_the_labs(self):
        scenario = Scenario("x", JudgeTest.EXPECT,
                            service=(("hostB", "192.0.2.99 8080"),))
        result = self.play(scenario, self.build_dir(json.dumps(REPORT)))
        self.assertEqual((result.word(), result.problems), ("LAB", []))

    def test_missing_fix(self):
        result = self.run_with(json.dumps(REPORT), fix=True)
        self.assertEqual(result.problems, ["no fix is offered"])


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: the lab needs root: it makes network namespaces")
        sys.exit(SKIPPED)
    unittest.main()
