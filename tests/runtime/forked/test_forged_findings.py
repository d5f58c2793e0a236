"""A frame of findings, which a process that parses a hostile text may forge."""

import pytest

from processor.runtime.contract import Died
from processor.runtime.findings import read_findings

FINDING = (
    '{"code": "x", "severity": "error", "message": "m", "line": 1, "column": 0,'
    ' "end_line": 1, "end_column": 1, "hint": null, "edits": []}'
)


def test_a_frame_of_findings_is_read() -> None:
    read = read_findings(f'{{"findings": [{FINDING}]}}'.encode())

    assert isinstance(read, tuple)
    assert read[0].message == "m"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "\x80",
        "[" * 100_000,
        '{"findings": 1}',
        f'{{"findings": [{FINDING}], "more": 1}}',
        f'{{"findings": [{", ".join([FINDING] * 1002)}]}}',
        f'{{"findings": [{FINDING.replace(chr(34) + "x" + chr(34), chr(34) + "X!" + chr(34))}]}}',
        f'{{"findings": [{FINDING.replace("1, ", "-1, ", 1)}]}}',
        f'{{"findings": [{FINDING.replace("1, ", "1" + "0" * 400 + ", ", 1)}]}}',
        f'{{"findings": [{FINDING.replace(chr(34) + "m", chr(34) + "m" * 1002)}]}}',
    ],
)
def test_a_forged_frame_of_findings_is_refused(content: str) -> None:
    assert isinstance(read_findings(content.encode("latin-1")), Died)
