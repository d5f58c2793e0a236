"""Findings as a SARIF 2.1.0 log, which editors and code hosts show beside the text."""

from collections.abc import Sequence
from typing import Final

from processor.statement import Edit, Finding
from processor.values import Json

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES: Final = {
    "syntax_error": "The statement is not Python that this interpreter can compile.",
    "type_hint": "The statement has a type hint, which its profile refuses.",
    "import_not_allowed": "The statement imports a module that is not listed.",
    "unknown_variable": "The statement names a local variable that the step does not have.",
    "except_star": "The statement has `except*`, in which this interpreter can crash.",
    "missing_return": "The statement can end without returning a list.",
    "never_awaited": "The call of a coroutine function is never awaited.",
    "too_many_findings": "More findings than are listed.",
}


def sarif_log(findings: Sequence[Finding], uri: str) -> Json:
    """
    Give the log of one check; `uri` names the statement's file.

    Lines and columns count from 1 there, an end column is the one behind the last character, and a
    byte-order mark is no character.
    """
    codes = list(dict.fromkeys(finding.code for finding in findings))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Python Processor",
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes, uri) for finding in findings],
            }
        ],
    }


def _rule(code: str) -> Json:
    return {"id": code, "shortDescription": {"text": _RULES.get(code, code)}}


def _result(finding: Finding, codes: list[str], uri: str) -> Json:
    hint = f"\n{finding.hint}" if finding.hint else ""
    location: Json = {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": _region(finding)}
    }
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": finding.message + hint},
        "locations": [location],
    }
    if finding.edits:
        result["fixes"] = [_fix(finding, uri)]
    return result


def _fix(finding: Finding, uri: str) -> Json:
    replacements: list[Json] = [
        {"deletedRegion": _region(edit), "insertedContent": {"text": edit.text}}
        for edit in finding.edits
    ]
    change: Json = {"artifactLocation": {"uri": uri}, "replacements": replacements}
    return {"description": {"text": finding.hint or finding.message}, "artifactChanges": [change]}


def _region(place: Finding | Edit) -> Json:
    return {
        "startLine": place.line,
        "startColumn": place.column + 1,
        "endLine": place.end_line,
        "endColumn": place.end_column + 1,
    }
