"""Checkpoints under any order of claims, finishes, sets and resets, against a dictionary."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from processor.errors import StaleCheckpoint, VersionMoved
from processor.run import Claim
from processor.step import StepId
from processor.store.kept import Store
from processor.store.opening import Place, opened
from tests.database import Server
from tests.store.build import a_run, a_ticket, claimed, kept

steps = st.sampled_from([StepId("a"), StepId("b"), StepId("c")])
values = st.integers(0, 99).map(lambda number: b"%d" % number)
stores = st.integers(0, 1)


@dataclass
class Step:
    """What the model knows of a step."""

    moves: list[tuple[bytes, str, str | None]] = field(default_factory=list)
    fence: int = 0
    open: tuple[int, Claim, int] | None = None
    """The store that has the step claimed, the claim, and the version at that time."""
    ended: list[Claim] = field(default_factory=list)

    @property
    def value(self) -> bytes:
        return self.moves[-1][0] if self.moves else b"null"


class Checkpoints(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model: dict[StepId, Step] = {}
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.place = self.place_in(Path(self.folder.name))
        self.stack = AsyncExitStack()
        self.stores: list[Store] = []

    @initialize()
    def open(self) -> None:
        async def open_both() -> None:
            for _ in range(2):
                store = opened(self.place)
                self.stores.append(await self.stack.enter_async_context(store))

        self.runner.run(open_both())

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def place_in(self, folder: Path) -> Place:
        """Give where the store of an example is."""
        return Place("sqlite:", folder)

    def step(self, step_id: StepId) -> Step:
        return self.model.setdefault(step_id, Step())

    @rule(step_id=steps, store=stores)
    def claim(self, step_id: StepId, store: int) -> None:
        step = self.step(step_id)
        if step.open is not None:
            return  # it would wait

        claim = self.runner.run(claimed(self.stores[store].runs, a_ticket(step_id)))

        assert claim.checkpoint is not None
        assert (claim.checkpoint.value, claim.checkpoint.version) == (step.value, len(step.moves))
        assert claim.fence > step.fence
        step.fence, step.open = claim.fence, (store, claim, len(step.moves))

    @rule(step_id=steps, move=st.none() | values)
    def succeed(self, step_id: StepId, move: bytes | None) -> None:
        step = self.step(step_id)
        if step.open is None:
            return
        store, claim, version = step.open
        finishing = self.stores[store].runs.finish(claim, a_run(claim), move)
        if move is not None and version != len(step.moves):
            with pytest.raises(StaleCheckpoint):
                self.runner.run(finishing)
            return  # still open, and to be failed

        run = self.runner.run(finishing)

        if move is not None:
            step.moves.append((move, "run", claim.run_id))
        assert run.checkpoint is not None
        assert (run.checkpoint.version, run.checkpoint.committed) == (
            len(step.moves),
            move is not None,
        )
        step.open = None
        step.ended.append(claim)

    @rule(step_id=steps)
    def fail(self, step_id: StepId) -> None:
        step = self.step(step_id)
        if step.open is None:
            return
        store, claim, _ = step.open

        run = self.runner.run(self.stores[store].runs.finish(claim, a_run(claim, "failed"), None))

        assert run.checkpoint is not None
        assert (run.checkpoint.version, run.checkpoint.after) == (
            len(step.moves),
            msgspec.Raw(step.value),
        )
        step.open = None
        step.ended.append(claim)

    @precondition(lambda self: any(step.ended for step in self.model.values()))
    @rule(data=st.data(), store=stores, value=values)
    def finish_again(self, data: st.DataObject, store: int, value: bytes) -> None:
        ended = [claim for step in self.model.values() for claim in step.ended]
        claim = data.draw(st.sampled_from(ended))
        before = self.runner.run(kept(self.stores[store].runs, claim.run_id))

        again = self.runner.run(self.stores[store].runs.finish(claim, a_run(claim), value))

        assert again == before

    @rule(step_id=steps, value=values, off=st.none() | st.integers(-1, 1), store=stores)
    def put(self, step_id: StepId, value: bytes, off: int | None, store: int) -> None:
        step = self.step(step_id)
        expected = None if off is None else len(step.moves) + off
        setting = self.stores[store].checkpoints.set(step_id, value, expected_version=expected)
        if off:
            with pytest.raises(VersionMoved):
                self.runner.run(setting)
            return

        self.runner.run(setting)

        step.moves.append((value, "manual", None))

    @rule(step_id=steps, store=stores)
    def reset(self, step_id: StepId, store: int) -> None:
        self.runner.run(self.stores[store].checkpoints.reset(step_id, expected_version=None))

        self.step(step_id).moves.append((b"null", "reset", None))

    @rule(store=stores)
    def leave_and_return(self, store: int) -> None:
        """End a process with all that it has under way, and start another in its place."""
        late = self.stores[store]

        async def taken_for_dead() -> Store:
            # Its claims stay in hand, to be finished late.
            successor = await self.stack.enter_async_context(opened(self.place))
            reap = successor.executors.reap
            await successor.runs._database.write(lambda dying: reap(dying, late.executors.id))
            return successor

        self.stores[store] = self.runner.run(taken_for_dead())
        for step in self.model.values():
            if step.open is not None and step.open[0] == store:
                _, claim, _ = step.open
                with pytest.raises(StaleCheckpoint):
                    self.runner.run(late.runs.finish(claim, a_run(claim), b"-1"))
                step.open = None

    @rule(store=stores)
    def beat(self, store: int) -> None:
        """Give a sign of life, which also comes back where the process was taken for dead."""
        beating = self.stores[store]
        self.runner.run(beating.executors.beat(beating.runs._database))

    @invariant()
    def the_history_is_the_models(self) -> None:
        for step_id, step in self.model.items():
            history = self.runner.run(
                self.stores[0].checkpoints.history(step_id, below_version=None, limit=1000)
            )
            assert [
                (move.version, move.value, move.source, move.run_id) for move in reversed(history)
            ] == [(version, *move) for version, move in enumerate(step.moves, 1)]


def some_examples(number: int) -> settings:
    return settings(
        max_examples=number,
        stateful_step_count=30,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def test_a_file_keeps_checkpoints_as_the_model_does_in_any_order() -> None:
    run_state_machine_as_test(Checkpoints, settings=some_examples(40))


def test_a_server_keeps_checkpoints_as_the_model_does_in_any_order(
    database_server: Server,
) -> None:
    class OnAServer(Checkpoints):
        def place_in(self, folder: Path) -> Place:
            return Place(database_server.emptied(), folder)

    run_state_machine_as_test(OnAServer, settings=some_examples(8))
