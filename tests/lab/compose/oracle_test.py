"""Tests of the oracle and of what is drawn: pure, and quick."""
import re
import unittest

from scenario import FAMILIES

from . import oracle, tally
from .draw import alone, draw, kinds
from .fault import CLEARING, LOST, PLACES, WHILE_OPEN, Fault


def fault(at, cause="firewall-drop", **more):
    return Fault("a fault", at, (cause,), **more)


def report(cause, role=None, host=None, packet=None, confidence="likely",
           summary=""):
    verdict = {"cause": cause, "confidence": confidence, "summary": summary}
    verdict.update({name: value for name, value in (
        ("role", role), ("host", host), ("packet", packet)) if value})
    return {"verdict": verdict, "outcome": "timed-out"}


INPUT = fault("syn B input", names=("table7",))
AT_INPUT = ("destination", "hostB", "syn")


class WayTest(unittest.TestCase):
    """Which fault a packet meets first."""

    def test_the_earliest_stops_it(self):
        late, early = fault("syn-ack A input"), fault("syn R1 forward")
        self.assertEqual(oracle.expected([late, INPUT, early]), [early])
        self.assertEqual(oracle.expected([]), [])

    def test_priority_within_a_place(self):
        raw = fault("syn B input", priority=-150)
        self.assertEqual(oracle.expected([INPUT, raw]), [raw])

    def test_two_at_one_priority(self):
        other = fault("syn B input", "firewall-reject")
        self.assertEqual(len(oracle.expected([INPUT, other])), 2)

    def test_a_listener_is_asked_before_the_way_back(self):
        queue = fault("syn B queue", "accept-queue-full")
        route = fault("syn-ack B route", "no-route")
        self.assertEqual(oracle.expected([route, queue]), [queue])

    def test_a_turn_and_what_stands_on_its_way(self):
        turn = fault("syn A route", "route-elsewhere",
                     turn="syn A postrouting")
        here, there = fault("syn A output"), fault("syn A tc-egress")
        self.assertEqual(oracle.expected([turn, here, INPUT]), [turn, here])
        self.assertEqual(oracle.expected([turn, there, INPUT]), [turn])

    def test_what_a_plain_connect_shows(self):
        self.assertTrue(oracle.connects([]))
        self.assertTrue(oracle.connects([fault("ack B input")]))
        self.assertFalse(oracle.connects([fault("syn-ack A input")]))
        self.assertTrue(oracle.connects([fault("syn R2 prerouting",
                                               opens=True)]))


class ClassTest(unittest.TestCase):
    def word(self, faults, *args, **more):
        return oracle.classify(report(*args, **more), faults)[0]

    def test_right(self):
        self.assertEqual(self.word([INPUT], "firewall-drop", *AT_INPUT,
                                   summary="inet table7"), "right")
        self.assertEqual(self.word([], "connected"), "right")

    def test_imprecise(self):
        self.assertEqual(self.word([INPUT], "firewall-drop", *AT_INPUT),
                         "imprecise")
        self.assertEqual(self.word([INPUT], "tc-drop", *AT_INPUT,
                                   summary="table7"), "imprecise")

    def test_undetermined(self):
        self.assertEqual(self.word([INPUT], "undetermined"), "undetermined")
        self.assertEqual(oracle.classify(None, [INPUT])[0], "undetermined")

    def test_wrong(self):
        self.assertEqual(self.word([INPUT], "connected"), "wrong")
        self.assertEqual(self.word([INPUT], "firewall-drop", "source",
                                   "hostA", "syn"), "wrong")
        self.assertEqual(self.word([INPUT], "rp-filter", *AT_INPUT,
                                   confidence="proven"), "wrong and proven")
        # No fault, and one is blamed.
        self.assertEqual(self.word([], "firewall-drop", *AT_INPUT,
                                   confidence="proven"), "wrong and proven")

    def test_the_later_one_is_wrong(self):
        late = fault("syn-ack A input", names=("late",))
        self.assertEqual(self.word([INPUT, late], "firewall-drop", "source",
                                   "hostA", "syn-ack"), "wrong")

    def test_the_other_one_s_name_is_wrong(self):
        late = fault("syn B input", names=("late",), priority=9)
        self.assertEqual(self.word([INPUT, late], "firewall-drop", *AT_INPUT,
                                   summary="late"), "wrong")

    def test_a_router_s_answer_that_is_lost(self):
        spoke = fault("syn R2 forward", "reset-injected", speaks="reset")
        stop = fault("syn-ack R1 forward", "lost-on-path")
        self.assertEqual(self.word([spoke], LOST[0], "path", None, "syn"),
                         "imprecise")
        self.assertEqual(self.word([spoke, stop], LOST[0], "path", None,
                                   "syn"), "right")

    def test_what_is_sent_again_passes(self):
        early = fault("syn R1 forward", "reset-injected", falls_back=True)
        rule = fault("syn-ack A prerouting")
        self.assertEqual(oracle.expected([early, rule]), [early, rule])
        self.assertEqual(oracle.expected([early, INPUT]), [early])
        self.assertEqual(oracle.expected(
            [fault("syn R1 forward"), rule])[1:], [])

    def test_a_filter_is_named_by_what_gets_through(self):
        option = fault("syn R1 forward", LOST[0], tried=True,
                       names=("timestamps",))
        args = LOST[0], "path", None, "syn"
        late = fault("syn R2 route", LOST[0])
        self.assertEqual(self.word([option], *args), "imprecise")
        self.assertEqual(self.word([option, INPUT], *args), "imprecise")
        self.assertEqual(self.word([option, late], *args), "right")
        self.assertEqual(self.word([option, late], LOST[1], *args[1:]),
                         "right")
        self.assertEqual(self.word([option], *args, summary="timestamps"),
                         "right")

    def test_outcome(self):
        self.assertIsNone(oracle.outcome_problem(report("x"), ["timed-out"]))
        self.assertTrue(oracle.outcome_problem(report("x"), ["refused"]))


class DrawTest(unittest.TestCase):
    def parts(self):
        for number in range(400):
            composition = draw("test", number)
            yield composition, composition.faults + composition.decoys

    def test_the_same_seed_draws_the_same(self):
        self.assertEqual(list(draw(8, 3).lines()), list(draw(8, 3).lines()))
        self.assertNotEqual(list(draw(8, 3).lines()),
                            list(draw(9, 3).lines()))

    def test_parts_leave_each_other_alone(self):
        for _, parts in self.parts():
            used = [one for part in parts for one in part.uses]
            self.assertEqual(len(used), len(set(used)))

    def test_no_front_end_clears_what_was_injected_before(self):
        fronts = [fault for composition, _ in self.parts()
                  for fault in composition.faults
                  if "front_ends.py" in repr(fault.make)]
        self.assertTrue(fronts)
        self.assertEqual({fault.made for fault in fronts}, {CLEARING})
        self.assertLess(WHILE_OPEN, CLEARING)

    def test_no_decoy_bans_the_port_that_is_translated_to(self):
        """many_rules() bans 9000 and as many behind it as it has rules."""
        ports = [int(fault.names[0]) for composition, _ in self.parts()
                 for fault in composition.faults
                 if fault.kind == "R2 translates the port"]
        banned = [9000 + int(decoy.kind.split()[0])
                  for composition, _ in self.parts()
                  for decoy in composition.decoys
                  if decoy.kind.endswith("rules for other ports")]
        self.assertGreater(min(ports), max(banned))

    def test_texts_are_complete(self):
        for composition, parts in self.parts():
            for part in parts:
                text = repr((part.make, getattr(part, "undo", ()),
                             getattr(part, "service", ())))
                self.assertFalse(set(re.findall(r"@(\w+)", text))
                                 & set(FAMILIES[4]), text)

    def test_faults_have_a_place_and_can_be_taken_out(self):
        for composition, _ in self.parts():
            for one in composition.faults:
                self.assertIn(one.at, PLACES)
                self.assertTrue(one.turn is None or one.turn in PLACES)
                self.assertTrue(one.service is not None or
                                bool(one.make) and bool(one.undo))

    def test_every_kind_exists_in_one_family_at_least(self):
        count = kinds()[0]
        self.assertGreaterEqual(count, 50)
        for number in range(count):
            self.assertTrue(alone(1, 2 * number) or alone(1, 2 * number + 1))


class TallyTest(unittest.TestCase):
    def items(self, *words, faults=1):
        trace = {"faults": faults, "disturbed": "", "problems": []}
        return [{"problems": [], "lab_faults": [], "traces": [
            dict(trace, result=word) for word in words]}]

    def test_few_misses_are_borne(self):
        self.assertEqual(list(tally.shortcomings(
            self.items("right", "wrong", "imprecise"))), [])
        self.assertTrue(list(tally.shortcomings(
            self.items("wrong", "wrong", "wrong"))))

    def test_none_that_is_proven(self):
        self.assertTrue(list(tally.shortcomings(
            self.items(*["right"] * 500, "wrong and proven"))))

    def test_shares(self):
        many = ["right"] * 970 + ["wrong"] * 30
        self.assertEqual(list(tally.shortcomings(self.items(*many))), [])
        self.assertTrue(list(tally.shortcomings(
            self.items(*many, "wrong"))))
        self.assertEqual(list(tally.shortcomings(
            self.items(*many, "wrong", faults=2))), [])

    def test_only_problems_count_as_a_miss_too(self):
        self.assertTrue(tally.missed({"result": "right", "problems": ["x"]}))
