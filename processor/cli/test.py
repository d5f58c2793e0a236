"""`processor test`: the cases of steps, as files beside them."""

import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

import click
import msgspec

from processor import wiring
from processor.cases import (
    BrokenCase,
    Case,
    Result,
    Unmet,
    cases_of,
    input_of,
    junit,
    told,
    unmet,
    written_case,
)
from processor.config import CHECKOUT, Settings
from processor.logs import set_up_logs
from processor.run import Run

from .differences import show_columns
from .endings import ends_as_told
from .inputs import as_json, inputs_in, text_of, with_rows
from .main import USAGE_ERROR, Context
from .run import run_once
from .step import named_in, statement_of

UNMET: Final = 1
MOST_ROWS: Final = 50
"""Of a cycle that is written down; of more rows the first, the last and their number."""

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("test")
@click.argument("folders", nargs=-1, type=_folder)
@click.option("--update", is_flag=True, help="Write down what the cases give, as expected.")
@click.option("--junit", "report", type=click.Path(path_type=Path), help="Write JUnit XML there.")
@click.option(
    "--format", "form", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.pass_obj
def test(
    context: Context, folders: tuple[Path, ...], update: bool, report: Path | None, form: str
) -> None:
    """
    Run the cases of the steps in FOLDERS, each with its own checkpoint, and compare cycle by cycle.

    A step's folder has step.py and step.json. Its cases are itself and each folder in its `tests`,
    where they have `expected.json`; their inputs are input.json (by name), input.csv or
    input.ndjson. With --update a step without any case becomes one. Exits with 1 where something
    is not as expected.
    """
    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)
    cases = _cases(folders or (Path(),), update=update)
    if not cases:
        click.echo("processor: there is no case; `--update` writes the first one down", err=True)
        raise SystemExit(USAGE_ERROR)
    with ends_as_told(), tempfile.TemporaryDirectory() as data_dir:
        chosen = msgspec.structs.replace(settings, data_dir=data_dir)
        show = _show if form == "human" else _show_nothing
        results = asyncio.run(_results(chosen, cases, show, update=update))
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(_as_json(results)), indent=2))
    if report is not None:
        _write(report, junit(results))
    failed = sum(1 for result in results if result.unmet)
    click.echo(f"{len(results) - failed} passed, {failed} failed", err=True)
    raise SystemExit(UNMET if failed else 0)


def _cases(folders: Sequence[Path], *, update: bool) -> list[Case]:
    found: list[Case] = []
    for folder in folders:
        statement_of(folder)
        try:
            cases = [*cases_of(folder.resolve())]
        except BrokenCase as error:
            raise click.UsageError(str(error)) from error
        if not cases and update:
            step = folder.resolve()
            cases = [Case(name=step.name, step=step, folder=step, cycles=[{}])]
        found += cases
    return found


def _as_json(results: Sequence[Result]) -> dict[str, Any]:
    failed = sum(1 for result in results if result.unmet)
    cases = [
        {
            "name": result.name,
            "passed": not result.unmet,
            "seconds": result.seconds,
            "unmet": result.unmet,
        }
        for result in results
    ]
    return {"passed": len(results) - failed, "failed": failed, "cases": cases}


async def _results(
    settings: Settings,
    cases: Sequence[Case],
    show: Callable[[Result], None],
    *,
    update: bool,
) -> list[Result]:
    texts = "".join(text_of(case.step / "step.py") for case in cases)
    results: list[Result] = []
    async with wiring.opened(settings, CHECKOUT, warms=named_in(texts)) as processor:
        for number, case in enumerate(cases, start=1):
            if sys.stderr.isatty():
                line = f"\r{number}/{len(cases)} {case.name}\x1b[K"
                click.echo(line, err=True, nl=False)
            results.append(await _result(processor, case, update=update))
            show(results[-1])
    return results


async def _result(processor: wiring.Processor, case: Case, *, update: bool) -> Result:
    started = monotonic()
    cycles = [told(run) async for run in _runs(processor, case)]
    found: list[Unmet] = []
    if update:
        _write(case.folder / "expected.json", written_case([*map(_kept, cycles)]))
    else:
        pairs = zip(case.cycles, cycles, strict=False)
        for number, (expected, given) in enumerate(pairs, start=1):
            found += unmet(number, expected, given)
    return Result(name=case.name, seconds=monotonic() - started, unmet=tuple(found))


async def _runs(processor: wiring.Processor, case: Case) -> AsyncIterator[Run]:
    """Run the cycles of a case, under a step id of its own."""
    step = json.loads(bytes(as_json(text_of(case.step / "step.json"), "step.json")))
    statement = text_of(case.step / "step.py")
    step = {**step, "id": f"test-{secrets.token_hex(8)}", "statement": statement}
    file = input_of(case.folder) or input_of(case.step)
    request = {"step": step, "inputs": inputs_in(file) if file else {}}
    request = await with_rows(request, processor.schemas)
    for _ in case.cycles:
        yield await run_once(processor, request)


def _kept(cycle: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is written down of a cycle: the rows, or of many only what tells them apart."""
    names = ["status", "checkpoint"]
    if cycle["error"]:
        names += ["error"]
    elif (cycle["row_count"] or 0) > MOST_ROWS:
        names += ["row_count", "first", "last"]
    else:
        names += ["rows"]
    return {name: cycle[name] for name in names}


def _show_nothing(_result: Result) -> None:
    """Leave standard output to the JSON of all."""


def _show(result: Result) -> None:
    word = "failed" if result.unmet else "passed"
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    colour = "red" if result.unmet else "green"
    click.echo(f"{click.style(word, fg=colour)} {result.name} ({result.seconds:.2f} s)")
    for each in result.unmet:
        click.echo(f"  cycle {each.cycle}: {each.message}")
        if each.rows is not None:
            show_columns(each.rows, ("expected", "given"))


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error}") from error
    click.echo(f"written: {file}", err=True)
