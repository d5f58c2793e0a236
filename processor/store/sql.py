"""SQL as files: queries by name, and scripts statement by statement."""

import re
import sqlite3

NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def named(text: str) -> dict[str, str]:
    r"""
    Give each query of a file by its name, without its comments.

    A query begins with a line of its name between dashes, and a line that says what it does.

    >>> named("-- one --\n-- Give one\nSELECT 1;\n")
    {'one': 'SELECT 1;'}
    """
    before, *parts = NAME.split(text)
    names, bodies = parts[0::2], parts[1::2]
    if _without_comments(before):
        raise ValueError("the file has a query without a name")
    if len(set(names)) < len(names):
        raise ValueError("the file has two queries of one name")
    return {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}


def statements(script: str) -> list[str]:
    r"""
    Give the statements of a script one by one; each ends with a semicolon at the end of a line.

    >>> statements("-- why\nSELECT 1;\nSELECT\n2;\n")
    ['SELECT 1;', 'SELECT\n2;']
    """
    found, lines = [], list[str]()
    for line in _without_comments(script).splitlines():
        lines.append(line)
        # The parser knows that a trigger goes on after the semicolons of its body.
        if sqlite3.complete_statement("\n".join(lines)):
            found.append("\n".join(lines).strip())
            lines.clear()
    if "".join(lines).strip():
        raise ValueError(f"the script's last statement does not end: {lines[0]}")
    return found


def _without_comments(text: str) -> str:
    kept = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(kept).strip()
