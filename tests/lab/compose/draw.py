"""Draws a composition: faults and decoys that leave each other alone."""
from dataclasses import dataclass

from . import decoys, filters, firewalls, fronts, listeners, network, path
from .fault import Decoy
from .hand import Hand

GROUPS = ((firewalls.KINDS, 30), (fronts.KINDS, 4), (network.KINDS, 32),
          (path.KINDS, 15), (filters.KINDS, 8), (listeners.KINDS, 20))
DECOYS = decoys.KINDS + filters.DECOYS
COUNTS = (0, 1, 1, 1, 2, 2, 2, 3, 3)  # of faults: no fault in one of nine
TRIES = 40


@dataclass
class Composition:
    number: int
    family: int
    faults: list
    decoys: list
    target: str  # the destination as it is asked for
    good: str  # the service, where no fault is about it
    mode: str  # "fix": by what the reports offer; "hand": one by one
    disturbed: bool  # an agent is killed or stopped during one trace
    hand: Hand

    def hosts(self):
        return {"hostA", "hostB"}.union(*(
            part.hosts() for part in self.faults + self.decoys))

    def legacy(self):
        return any(part.legacy for part in self.faults + self.decoys)

    def lines(self):
        """For people: all that was injected."""
        yield (f"to {self.target}, IPv{self.family}, {self.mode}"
               + (", an agent is disturbed" if self.disturbed else ""))
        if not any(fault.service is not None for fault in self.faults):
            yield f"service: {self.good}"
        for fault in self.faults:
            yield f"fault: {fault.kind} at '{fault.at}', " \
                f"{fault.priority}: {' or '.join(fault.causes)}"
            for host, words in fault.service or ():
                yield f"    service of {host}: {words}"
            for host, command in fault.make:
                yield f"    {host}: {command}"
        for decoy in self.decoys:
            yield f"decoy: {decoy.kind}"
            for host, command in decoy.make + decoy.service \
                    + decoy.background:
                yield f"    {host}: {command}"


def weighted(hand, kinds):
    return hand.random.choices([kind for kind, _ in kinds],
                               [weight for _, weight in kinds])[0]


def gather(hand, choose, count, taken):
    """So many parts of which no two touch the same thing."""
    found = []
    for _ in range(TRIES):
        if len(found) == count:
            break
        part = choose()(hand)
        if part is not None and not part.uses & taken:
            taken |= part.uses
            found.append(part)
    return found


def draw(seed, number, filtered=False):
    """filtered: with one at least of what stands in filters.py."""
    hand = Hand(f"{seed}/{number}")
    taken = set()
    parts = gather(hand, lambda: weighted(hand, filters.KINDS
                                          + filters.DECOYS), 1, taken) \
        if filtered else []
    beside = [part for part in parts if isinstance(part, Decoy)]
    faults = [part for part in parts if not isinstance(part, Decoy)]
    faults += gather(hand, lambda: weighted(hand, weighted(hand, GROUPS)),
                     max(0, hand.pick(*COUNTS) - len(faults)), taken)
    beside += gather(hand, lambda: weighted(hand, DECOYS),
                     max(0, hand.between(0, 3) - len(beside)), taken)
    target = hand.pick("hostB:8080", "hostB:8080", "@B:8080")
    # An address that nobody holds any more cannot be known to be hostB's.
    if {"name", "address of B"} & taken:
        target = "hostB:8080"
    elif hand.family == 6 and "@" in target:
        target = "[@B]:8080"
    choice = listeners.BUSY if "clients" in taken else listeners.GOOD
    if "address of B" in taken:  # nothing can be bound to it
        choice = [words for words in choice if "@B" not in words]
    good = hand.pick(*choice)
    return Composition(number, hand.family, faults, beside, hand.text(target),
                       hand.text(good),
                       hand.pick("fix", "fix", "hand"), hand.chance(0.1),
                       hand)


def alone(seed, number):
    """One fault and nothing beside it: each kind in turn, by IPv4 and IPv6;
    None where the kind does not exist there."""
    every = [kind for group, _ in GROUPS for kind, _ in group]
    hand = Hand(f"{seed}/alone/{number}", 4 + number % 2 * 2)
    fault = every[number // 2](hand)
    return None if fault is None else Composition(
        number, hand.family, [fault], [], "hostB:8080",
        hand.text(listeners.GOOD[0]),
        hand.pick("fix", "hand"), False, hand)


def kinds():
    """How many kinds of faults and of decoys there are."""
    return sum(len(group) for group, _ in GROUPS), len(DECOYS)
