"""`processor watch`: a real process, whose files change."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.build import COLUMN_X
from tests.cli.command import Desk
from tests.served import COMMAND


@contextmanager
def watching(desk: Desk, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Watch a step that has one row, and give the process after its first run."""
    desk.write("step.py", "return [{'x': 1}]")
    desk.write("step.json", {"output_schema": COLUMN_X})
    process = subprocess.Popen(
        [COMMAND, "watch", "step.py", "--step=step.json", "--format=ndjson", *options],
        cwd=desk.folder,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    """Read what it prints until a line that has these words."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or last not in lines[-1]:
        lines.append(process.stdout.readline().rstrip())
        assert process.poll() is None or lines[-1], lines
    return lines


def test_a_change_runs_the_statement_again_and_tells_what_became_of_its_rows(desk: Desk) -> None:
    with watching(desk) as process:
        assert lines_until(process, "1 row") == ['{"x": 1}', "1 row"]

        desk.write("step.py", "return [{'x': 1}, {'x': 22}]")

        assert "since the last run: 1 added" in lines_until(process, "since")


def test_mistakes_do_not_end_it(desk: Desk) -> None:
    with watching(desk) as process:
        lines_until(process, "1 row")

        desk.write("step.py", "return [")
        broken = lines_until(process, "^")
        desk.write("step.json", "{")
        half = lines_until(process, "step.json")
        desk.write("step.json", {"output_schema": COLUMN_X, "x": 1})
        refused = lines_until(process, "/step/x")
        desk.write("step.json", {"output_schema": COLUMN_X})
        desk.write("step.py", "return [{'x': 7777}]")
        mended = lines_until(process, "since the last run: ")

    assert "error[syntax_error]" in broken[0]
    assert "step.json is not JSON" in half[-1]
    assert "it is no member of this object" in refused[-1]
    assert '{"x": 7777}' in mended


def test_it_ends_when_it_is_told_to(desk: Desk) -> None:
    with watching(desk) as process:
        lines_until(process, "1 row")

        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=30) == 0


def test_it_ends_after_so_many_runs(desk: Desk) -> None:
    with watching(desk, "--runs=1") as process:
        assert process.wait(timeout=30) == 0
