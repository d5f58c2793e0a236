"""What was measured, as a table for a terminal and as JSON that a later run is compared with."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from .measure import Measure, Spread

_CHANGED: Final = 1.1
"""A row that differs by less is called the same: machines are shared and noisy."""


PLOT: Final = Path(__file__).parent / "plot.py"


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """How the spread of latencies goes along with something, in milliseconds."""

    name: str
    along: str
    x: Sequence[float]
    spreads: Sequence[Spread]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of one run of the bench, and where it ran."""

    at: str
    machine: str
    version: str
    measures: Sequence[Measure]
    curves: Sequence[Curve] = ()


def machine() -> str:
    """Name this machine by what matters for a measurement."""
    model = next(_models(), platform.machine())
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}"


def now() -> str:
    """Give the instant, as reports tell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def table(report: Report) -> str:
    """Give the rows as text, those that fall short marked."""
    lines = [f"{report.at}  {report.version}  {report.machine}", ""]
    lines += [_line(measure) for measure in sorted(report.measures, key=lambda each: each.row)]
    short = sum(not measure.meets for measure in report.measures)
    lines += ["", f"{len(report.measures) - short} of {len(report.measures)} reach their bound"]
    return "\n".join(lines)


def plot(report: Report, file: Path, python: Path) -> None:
    """Draw the curves with the matplotlib of a statement environment."""
    command = [str(python), "-I", str(PLOT), str(file)]
    subprocess.run(command, input=msgspec.json.encode(report), check=True)  # noqa: S603


def compared(old: Report, new: Report) -> str:
    """Give how each row of a new report stands to the same row of an old one."""
    before = {(each.row, each.what): each for each in old.measures}
    pairs = [(before.get((each.row, each.what)), each) for each in new.measures]
    return "\n".join(_compared(was, each) for was, each in pairs if was is not None)


def _line(measure: Measure) -> str:
    mark = "ok   " if measure.meets else "SHORT"
    value, bound = f"{measure.value:,.2f}", f"{measure.bound:,.2f} {measure.unit}"
    line = f"{mark} {measure.row:>2}  {measure.what:<46} {value:>12} {bound:>18}  {measure.reach}"
    if measure.spread is None:
        return line
    spread = measure.spread
    return f"{line}  (p95 {spread.p95:.2f}, p99 {spread.p99:.2f}, n {spread.count})"


def _compared(was: Measure, measure: Measure) -> str:
    """Ratios to the bound, so that two machines can be compared too."""
    ratio = (measure.value / measure.bound) / (was.value / was.bound)
    if measure.better == "higher":
        ratio = 1 / ratio
    verdict = "worse" if ratio > _CHANGED else "better" if ratio < 1 / _CHANGED else "same"
    return f"{verdict:<6} {measure.row:>2}  {measure.what:<46} {ratio:.2f} of before"


def _models() -> Iterator[str]:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            yield line.partition(":")[2].strip()
