"""Checks, in a process of their own each, and what they found, kept by the text's digest."""

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from processor.environment import Environments
from processor.gate import Gate
from processor.identity import Tenant
from processor.runtime.contract import Died, Draft, Exceeded, Runtime
from processor.statement import Finding, too_large_to_check
from processor.step import CheckOrder, RuntimeName

MOST_KEPT_BYTES: Final = 16 << 20
MOST_KEPT: Final = 4096
_FINDING_BYTES: Final = 600
"""Of a finding and its edits, but for its texts."""


class Checker:
    """Checks statements, a few at a time, and remembers what it found."""

    def __init__(
        self,
        environments: Environments,
        runtimes: Mapping[RuntimeName, Runtime],
        *,
        slots: int,
        most_waiting: int,
    ) -> None:
        self._environments = environments
        self._runtimes = runtimes
        self._gate = Gate("checks", slots=slots, most_waiting=most_waiting)
        self._kept: OrderedDict[Draft, tuple[Finding, ...]] = OrderedDict()
        self._kept_bytes = 0

    async def check(self, order: CheckOrder, tenant: Tenant) -> tuple[Finding, ...]:
        """
        Give all that is wrong with a statement, in the order of its text.

        One whose check had to be ended has a finding that says so, and is checked anew next time:
        the machine may have been busy. Raises EnvironmentNotReady, and Busy where too many wait.
        """
        draft = Draft(
            statement=order.statement,
            environment=self._environments.of(tenant).get(order.environment),
            type_hints=order.type_hints,
            variables=order.variables,
            branches=order.branches,
            dialect=order.dialect,
            setup=order.setup,
        )
        key = replace(draft, statement=_digest(draft.statement), setup=_digest(draft.setup))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        async with self._gate.passed():
            found = await self._runtimes[order.runtime].check(draft)
        if isinstance(found, Exceeded | Died):
            return (too_large_to_check(),)
        self._keep(key, found)
        return found

    def _keep(self, key: Draft, found: tuple[Finding, ...]) -> None:
        if key not in self._kept:  # the same text may have been checked twice at a time
            self._kept[key] = found
            self._kept_bytes += _bytes_of(key, found)
        while self._kept_bytes > MOST_KEPT_BYTES or len(self._kept) > MOST_KEPT:
            self._kept_bytes -= _bytes_of(*self._kept.popitem(last=False))


def _bytes_of(key: Draft, found: tuple[Finding, ...]) -> int:
    """Give about how much memory one entry takes: its texts are what can be large."""
    texts = [name for names in (key.variables or (), key.branches) for name in names]
    for finding in found:
        texts += finding.message, finding.hint or "", *(edit.text for edit in finding.edits)
    return _FINDING_BYTES * (1 + len(found)) + sum(map(sys.getsizeof, texts))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
