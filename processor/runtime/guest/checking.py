"""A check: a statement is parsed and compiled here, and never run."""

import gc
from dataclasses import asdict, replace
from typing import Any

from processor.statement import Allowlist, Finding, check_module, check_script, check_statement

from .names import names_of
from .wire import encoded

MOST_FINDINGS = 1000
MOST_BYTES = 900_000
"""Of all findings as JSON; they fit into one frame."""
LONGEST_TEXT = 1000
"""Of each text of a finding."""


def checked(header: dict[str, Any]) -> bytes:
    """Give the findings of a statement as a frame's content, as many of them as it holds."""
    gc.disable()  # trees have no cycles, and collecting costs a third of the time
    if header["dialect"] == "script":
        return _bounded(check_script(header["statement"], header["setup"]))
    if header["dialect"] == "module":
        return _bounded(check_module(header["statement"]))
    inputs = dict.fromkeys(header["inputs"])
    return _bounded(
        check_statement(
            header["statement"],
            [*names_of(inputs, header["branches"]), "log"],
            Allowlist(set(header["imports"])),
            header["type_hints"],
            header["variables"],
        )
    )


def _bounded(found: list[Finding]) -> bytes:
    """Cut off what does not fit; the last finding then says so."""
    told: list[bytes] = []
    room = MOST_BYTES
    for number, finding in enumerate(found):
        content = encoded(asdict(_shortened(finding)))
        room -= len(content)
        if number == MOST_FINDINGS or room < 0:
            told.append(encoded(asdict(_too_many(found[number:]))))
            break
        told.append(content)
    return b'{"findings": [' + b", ".join(told) + b"]}"


def _shortened(finding: Finding) -> Finding:
    """Shorten texts; an edit cannot be shortened, and is left out."""
    hint = finding.hint and _cut(finding.hint)
    fits = all(len(edit.text) <= LONGEST_TEXT for edit in finding.edits)
    edits = finding.edits if fits else ()
    return replace(finding, message=_cut(finding.message), hint=hint, edits=edits)


def _too_many(left: list[Finding]) -> Finding:
    severities = {finding.severity for finding in left}
    return replace(
        left[0],
        code="too_many_findings",
        severity="error" if "error" in severities else "warning",
        message=f"from here on there are {len(left):,} more findings, which are not listed",
        hint="mend what is listed, and check again",
        edits=(),
    )


def _cut(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}…" if len(text) > LONGEST_TEXT else text
