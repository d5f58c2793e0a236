"""With any one wall taken away another one holds: the threat model's table, as it is measured."""

import os
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from processor.runtime.jail import landlock
from tests.runtime.jail.jails import ROOT as ROOT_USER
from tests.runtime.jail.jails import need, unable
from tests.test_docs import table

from .ablation import SMALLER, THROUGH, WITHOUT, Aims, outcomes

PAGE = Path(__file__).parents[2] / "docs" / "threat-model.md"
TOLD = {row[0]: [cell.strip("*`") for cell in row[1:]] for row in table(PAGE, "attempt", *WITHOUT)}
ALONE = {"Limited": "take memory without end", "CloseDescriptors": "find a folder left open"}
"""What each of the smaller walls alone stops; the page says so."""


@pytest.fixture(scope="module")
def aims() -> Iterator[Aims]:
    need(ROOT_USER)
    if landlock.abi() < landlock.LEAST_ABI:
        unable("there is no Landlock here")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield from _set_out(Path(folder, "canary"))


def _set_out(file: Path) -> Iterator[Aims]:
    file.write_text("got through")
    file.chmod(0o666)
    name = f"canary-{os.urandom(8).hex()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as named,
    ):
        named.bind(f"\0{name}")
        named.listen()
        yield Aims(file=str(file), port=port.getsockname()[1], name=name, process=os.getpid())


@cache
def measured(aims: Aims, without: frozenset[str]) -> dict[str, str]:
    return outcomes(aims, without)


@pytest.mark.parametrize(("column", "without"), list(enumerate(WITHOUT)))
def test_what_stops_an_attempt_is_what_the_threat_model_says(
    aims: Aims, column: int, without: str
) -> None:
    found = measured(aims, WITHOUT[without])

    assert found == {attempt: stops[column] for attempt, stops in TOLD.items()}


@pytest.mark.parametrize("wall", SMALLER)
def test_a_smaller_wall_is_missed_by_what_it_alone_stops(aims: Aims, wall: str) -> None:
    whole, found = measured(aims, frozenset()), measured(aims, frozenset({wall}))
    changed = {attempt: stop for attempt, stop in found.items() if stop != whole[attempt]}

    assert changed == ({ALONE[wall]: THROUGH} if wall in ALONE else {})


def test_without_the_promise_of_no_new_privileges_there_is_no_run(aims: Aims) -> None:
    found = measured(aims, frozenset({"NoNewPrivileges"}))

    assert {stop.partition(":")[0] for stop in found.values()} == {"no walls"}


def test_only_processes_get_through_where_the_filter_is_missing() -> None:
    """They are as few as a run's threads, and end with its namespace."""
    single = {attempt: stops[: len(WITHOUT) - 1] for attempt, stops in TOLD.items()}

    assert [attempt for attempt, stops in single.items() if THROUGH in stops] == ["start a process"]
