"""The hand that draws: random choices, and texts for one family."""
import random

from scenario import FAMILIES, expand

SYLLABLES = ("ba", "do", "fe", "gu", "ki", "lo", "mi", "nu", "po", "ra", "si",
             "tu", "va", "we", "zo")


class Hand:
    """One composition's choices; the same seed makes the same ones."""

    def __init__(self, seed, family=None):
        self.random = random.Random(seed)
        self.family = family or self.random.choice((4, 6))
        self.words = FAMILIES[self.family]
        self.given = set()

    def text(self, value):
        """@word is the family's; see scenario.FAMILIES."""
        return expand(value, self.words)

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def between(self, low, high):
        return self.random.randint(low, high)

    def number(self, low, high):
        """One that no other part of the composition has."""
        while True:
            value = self.between(low, high)
            if value not in self.given:
                self.given.add(value)
                return value

    def some(self, choices, most):
        count = min(self.between(0, most), len(choices))
        return self.random.sample(list(choices), count)

    def name(self):
        """One that no other part of the composition bears, nor is part of
        another's."""
        while True:
            name = "".join(self.pick(*SYLLABLES) for _ in range(3)) \
                + str(self.between(10, 99))
            if name not in self.given:
                self.given.add(name)
                return name
