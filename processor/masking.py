"""
Secrets out of what is told of a run (rules 10 and 29).

All places of all secrets are found in one pass over a text (Aho and Corasick, 1975): a search for
each secret in each line of the log took half a minute where a step had thousands of either.
"""

from collections.abc import Iterable
from typing import Any, Final

MASK: Final = "***"


class Masker:
    """Masks each stretch of a text that secrets cover, also where they overlap."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A tree of the secrets' letters: its nodes are numbers, and the root is 0.
        self._next: list[dict[str, int]] = [{}]
        self._longest: list[int] = [0]
        """By node: how long the longest secret is that ends there."""
        for secret in secrets:
            self._add(secret)
        self._shorter = self._suffixes()

    def masked(self, told: Any) -> Any:
        """Give what is told of the run with all of its texts masked."""
        match told:
            case str():
                return self.text(told)
            case dict():
                return {name: self.masked(value) for name, value in told.items()}
            case list():
                return [self.masked(value) for value in told]
            case _:
                return told

    def text(self, text: str) -> str:
        """
        Give a text masked.

        >>> Masker(["abc", "bcd"]).text("key abcd")
        'key ***'
        """
        kept, end = [], 0
        for start, following in self._covered(text):
            kept.append(text[end:start])
            end = following
        return MASK.join([*kept, text[end:]])

    def _add(self, secret: str) -> None:
        node = 0
        for letter in secret:
            if letter not in self._next[node]:
                self._next[node][letter] = len(self._next)
                self._next.append({})
                self._longest.append(0)
            node = self._next[node][letter]
        self._longest[node] = len(secret)

    def _suffixes(self) -> list[int]:
        """Give, by node, the node of the longest other beginning of a secret that ends there."""
        shorter = [0] * len(self._next)
        nodes = list(self._next[0].values())
        for node in nodes:  # grows: the nearest to the root come first
            for letter, inner in self._next[node].items():
                shorter[inner] = self._step(shorter, shorter[node], letter)
                self._longest[inner] = self._longest[inner] or self._longest[shorter[inner]]
                nodes.append(inner)
        return shorter

    def _step(self, shorter: list[int], node: int, letter: str) -> int:
        while node and letter not in self._next[node]:
            node = shorter[node]
        return self._next[node].get(letter, 0)

    def _covered(self, text: str) -> list[tuple[int, int]]:
        covered: list[tuple[int, int]] = []
        if len(self._next) == 1:
            return covered
        node = 0
        for end, letter in enumerate(text, start=1):
            node = self._step(self._shorter, node, letter)
            if length := self._longest[node]:
                start = end - length
                while covered and start <= covered[-1][1]:
                    start = min(start, covered.pop()[0])
                covered.append((start, end))
        return covered
