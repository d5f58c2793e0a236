"""Running against the walls: what is tried gets through where there are none."""

import json
import os
from textwrap import indent
from typing import Any

import pytest

from processor.errors import ProcessorFault
from processor.runtime.contract import Died, Returned
from processor.runtime.forked import forked, ready
from processor.runtime.forked.proof import STATEMENT, Attempt, Proof, attempts_of, canaries
from tests.runtime.jail.forks import in_child
from tests.runtime.jail.jails import ABLE, unable

from .host import Host
from .test_ready import an_isolation


def a_proof(*attempts: Attempt) -> Proof:
    return Proof(machine=ABLE, isolation=an_isolation(), restrictions=(), attempts=attempts)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_walls_hold(host: Host) -> None:
    proof = await host.runtime.prove(host.environment)

    assert proof.got_through == ()
    assert len(proof.attempts) == 11
    assert proof.isolation.level == 3
    assert host.runtime.proof is proof


@pytest.mark.asyncio(loop_scope="session")
async def test_where_the_walls_do_not_hold_nothing_is_run_until_they_do(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = host.runtime
    through = Attempt(what="fly", stopped=None)
    monkeypatch.setattr(runtime, "_least_level", 2)
    with monkeypatch.context() as broken:
        broken.setattr(forked, "attempts_of", lambda _report: (through,))
        with pytest.raises(ProcessorFault, match="a run could fly"):
            await runtime.prove(host.environment)
        assert runtime.unproven == "the walls do not hold: a run could fly"

    with pytest.raises(ProcessorFault, match="do not hold"):
        await host.run("return []")

    await runtime.prove(host.environment)
    assert runtime.unproven == ""
    assert await host.rows("return []") == []


@pytest.mark.asyncio(loop_scope="session")
async def test_below_the_least_level_there_is_no_proof(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = an_isolation(uid="shared", filesystem="landlock")
    monkeypatch.setattr(host.runtime._pool, "_least_level", 2)
    monkeypatch.setattr(ready, "derive", lambda *_, **__: weak)

    with pytest.raises(ProcessorFault, match="level 1, not 2"):
        await host.runtime.prove(host.environment)

    assert "level 1, not 2" in host.runtime.unproven
    monkeypatch.undo()
    await host.runtime.prove(host.environment)


def test_without_walls_everything_that_is_tried_gets_through() -> None:
    if os.getuid() != 0:
        unable("the tests do not run as root")

    def tried() -> Any:
        scope: dict[str, Any] = {}
        exec(f"def attack(INPUT_DATA):\n{indent(STATEMENT, ' ')}", scope)
        with canaries() as set_out:
            return [each["what"] for each in scope["attack"]([set_out]) if each["stopped"]]

    # not every root may look into process 1
    assert in_child(tried) in ([], ["read the first process's environment"])


def test_an_attempt_that_gets_through_takes_the_level_away_and_warns() -> None:
    stopped = Attempt(what="read", stopped="PermissionError")
    told = a_proof(stopped, Attempt(what="fly", stopped=None)).told()

    assert (told["level"], told["warning"]) == (0, "run only trusted statements: they can fly")


def test_where_none_gets_through_the_level_is_what_the_walls_make() -> None:
    told = a_proof(Attempt(what="read", stopped="PermissionError")).told()

    assert told["level"] == 3
    assert "warning" not in told


def test_what_was_tried_is_read_from_the_rows() -> None:
    rows = [{"what": "read", "stopped": None}]

    assert attempts_of(Returned(content=json.dumps(rows).encode())) == (
        Attempt(what="read", stopped=None),
    )


def test_walls_that_could_not_be_tried_are_a_fault() -> None:
    with pytest.raises(ProcessorFault, match="could not be tried"):
        attempts_of(Died(reason="signal", killed=True, retryable=False))
