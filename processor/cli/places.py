"""A place in an author's text, shown with a caret."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

WIDEST: Final = 200
"""Of a line as it is shown; of a longer one, the part around the place."""
_BEFORE: Final = 80
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def lines_as_shown(text: str) -> list[str]:
    """Split a text into the lines that findings count."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def heading(severity: str, code: str) -> str:
    """Give what a message begins with: how bad it is, and its code."""
    colour = {"error": "red", "warning": "yellow"}.get(severity, "blue")
    return f"{click.style(severity, fg=colour, bold=True)}[{code}]"


def show_place(place: Mapping[str, Any], file: Path, lines: Sequence[str], *, err: bool) -> None:
    """Print where something is wrong, with what is wrong there, the line, and a caret."""
    number, column = place["line"], place["column"] or 0
    click.echo(f"  --> {file}:{number}:{column + 1}: {place['message']}", err=err)
    if number > len(lines):
        return
    text = lines[number - 1]
    same_line = place["end_line"] in (number, None)
    end = place["end_column"] if same_line and place["end_column"] else len(text)
    if len(text) > WIDEST:
        start = max(column - _BEFORE, 0)
        text, column, end = text[start : start + WIDEST], column - start, end - start
    indent = "".join("\t" if character == "\t" else " " for character in text[:column])
    click.echo(f"{number:>5} | {text}", err=err)
    carets = click.style("^" * max(min(end, len(text)) - column, 1), fg="red", bold=True)
    click.echo(f"      | {indent}{carets}", err=err)
