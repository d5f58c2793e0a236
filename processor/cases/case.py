"""
Where the cases of a step are: a case is a folder with its inputs and `expected.json`.

The step's own folder may be one, and so may each folder in its `tests`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

EXPECTED: Final = "expected.json"
INPUTS: Final = ("input.json", "input.csv", "input.ndjson")
"""The inputs by name as a JSON object, or the rows of INPUT_DATA alone."""
MEMBERS: Final = (
    "status", "rows", "row_count", "first", "last", "checkpoint", "logs", "figures", "error",
)  # fmt: skip


class BrokenCase(Exception):
    """A case cannot be read; the message names the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One case: whose step, which inputs, and what its cycles must give."""

    name: str
    step: Path
    """The folder of the step."""
    folder: Path
    cycles: Sequence[Mapping[str, Any]]


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    cycles: list[dict[str, Any]]


def cases_of(step: Path) -> Iterator[Case]:
    """Give the cases of a step's folder, by name; raises BrokenCase."""
    folders = sorted(file.parent for file in (step / "tests").glob(f"*/{EXPECTED}"))
    for folder in [step, *folders]:
        file = folder / EXPECTED
        if file.exists():
            name = step.name if folder == step else f"{step.name}/{folder.name}"
            yield Case(name=name, step=step, folder=folder, cycles=_cycles(file))


def input_of(folder: Path) -> Path | None:
    """Give the file with the inputs of a folder, None where it has none."""
    return next((folder / name for name in INPUTS if (folder / name).is_file()), None)


def _cycles(file: Path) -> list[dict[str, Any]]:
    try:
        cycles = msgspec.json.decode(file.read_bytes(), type=_Expected).cycles
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        raise BrokenCase(f"{file}: {error}") from None
    if not cycles:
        raise BrokenCase(f"{file}: give at least one cycle")
    for number, cycle in enumerate(cycles):
        for member in cycle:
            if member not in MEMBERS:
                known = ", ".join(MEMBERS)
                raise BrokenCase(f"{file}: /cycles/{number}/{member}: known are {known}")
    return cycles


def written_case(cycles: Sequence[Mapping[str, Any]]) -> bytes:
    """Write down what cycles gave, so that it is expected from then on."""
    return msgspec.json.format(msgspec.json.encode({"cycles": cycles}), indent=2) + b"\n"
