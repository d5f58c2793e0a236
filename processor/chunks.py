"""
Rows that come in parts: checked as they come.

Of those that a statement yields the service holds one chunk, whatever their number: they are kept
in chunks until the run has ended, count once it is kept as succeeded, and are forgotten of any
other. Those that it returns are one list that only crosses in parts: all of them are checked, so
that all mismatches are told, and they are delivered together.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeAlias

from processor.assignment import aside
from processor.errors import BadResult, OutputLimit, OutputMismatch
from processor.schema import Checked, Schema, check_rows, joined_mismatches, require_few
from processor.step import Step

CHUNK_BYTES: Final = 256 << 10
"""Rows that are kept together, where they come fast."""
CHUNK_SECONDS: Final = 0.1
"""How long after the last chunk rows wait for others, where they come slowly."""

Keep: TypeAlias = Callable[[int, bytes], Awaitable[None]]
"""Keeps one chunk, a JSON array of rows, under its number; raises the step's error."""


class Chunks:
    """The rows of one run, on their way from its child to the store."""

    def __init__(self, step: Step, output: Schema, keep: Keep) -> None:
        self._step = step
        self._output = output
        self._keep = keep
        self._taken: Checked | None = None
        self._kept = 0
        self._kept_at = time.monotonic()
        self._waiting = bytearray()
        self._returned: _Returned | None = None
        self.checking = timedelta()
        """How long the rows of a list were checked before its last part came."""

    async def take(self, content: bytes, *, returned: bool = False) -> None:
        """
        Check some rows, and keep them as soon as there are enough; of a list, see `end`.

        Raises OutputMismatch for the first rows that do not match: what is behind them is not
        waited for. Raises OutputLimit for more rows than the step's limit, and BadResult.
        """
        if returned:
            await self._take_of_list(content)
            return
        await self._add(content)
        waited = time.monotonic() - self._kept_at
        if self._waiting and (len(self._waiting) > CHUNK_BYTES or waited > CHUNK_SECONDS):
            await self._keep_waiting()

    async def end(self, content: bytes) -> Checked:
        """
        Check the last rows, and give what is known of all.

        Their content is one JSON array where it is short, and null where it is kept in chunks.
        """
        if self._returned is not None:
            await self._returned.add(content)
            return self._returned.whole()
        if self._taken is None:
            return await self._checked(content, longest=self._step.limits.rows)
        taken = await self._add(content)
        if self._kept == 0:
            return replace(taken, content=self._waiting_array())
        if self._waiting:
            await self._keep_waiting()
        return replace(taken, content=b"null")

    @property
    def begun(self) -> bool:
        """Whether rows were taken before the end."""
        return self._taken is not None or self._returned is not None

    async def _take_of_list(self, content: bytes) -> None:
        if self._taken is not None:
            raise BadResult("the run returned a part of a list beside the rows that it yielded")
        if self._returned is None:
            self._returned = _Returned(self._step, self._output)
        started = time.monotonic()
        await self._returned.add(content)
        self.checking += timedelta(seconds=time.monotonic() - started)

    async def _add(self, content: bytes) -> Checked:
        checked = await self._checked(content, longest=None)
        self._taken = checked if self._taken is None else self._taken.then(checked)
        limit = self._step.limits.rows
        if self._taken.count > limit:
            raise OutputLimit(
                f"more rows were yielded than `limits.rows` allows, which is {limit}; "
                "yield fewer rows per run, or raise `limits.rows` of the step or its profile"
            )
        if checked.count:
            self._waiting += b"," if self._waiting else b""
            self._waiting += checked.content[1:-1]
        return self._taken

    async def _checked(self, content: bytes, longest: int | None) -> Checked:
        taken = self._taken
        return await aside(
            check_rows,
            content,
            self._output,
            longest=longest,
            on_mismatch=self._step.on_mismatch,
            first=taken.count + taken.discarded_rows if taken else 0,
        )

    def _waiting_array(self) -> bytes:
        return b"[%b]" % bytes(self._waiting)

    async def _keep_waiting(self) -> None:
        await self._keep(self._kept, self._waiting_array())
        self._kept += 1
        self._waiting.clear()
        self._kept_at = time.monotonic()


class _Returned:
    """The rows of one list, which came in parts; none are kept once one does not match."""

    def __init__(self, step: Step, output: Schema) -> None:
        self._step = step
        self._output = output
        self._taken: Checked | None = None
        self._seen = 0
        self._unmatched: OutputMismatch | None = None
        self._content = bytearray(b"[")

    async def add(self, content: bytes) -> None:
        try:
            checked = await aside(
                check_rows,
                content,
                self._output,
                longest=None,
                on_mismatch=self._step.on_mismatch,
                first=self._seen,
            )
        except OutputMismatch as error:
            self._unmatched = joined_mismatches(self._unmatched, error)
            self._seen += error.row_count
            return
        self._seen += checked.count + checked.discarded_rows
        self._taken = checked if self._taken is None else self._taken.then(checked)
        if checked.count and self._seen <= self._step.limits.rows and self._unmatched is None:
            self._content += b"," if len(self._content) > 1 else b""
            self._content += memoryview(checked.content)[1:-1]

    def whole(self) -> Checked:
        """Give what is known of all rows, and them; raises OutputMismatch and OutputLimit."""
        require_few(self._seen, self._step.limits.rows)
        if self._unmatched is not None:
            raise self._unmatched
        assert self._taken is not None, "a part was added"
        self._content += b"]"
        content, self._content = bytes(self._content), bytearray()
        return replace(self._taken, content=content)
