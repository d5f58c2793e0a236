"""Results as JUnit XML, which build servers read."""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from .unmet import Result

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[Result]) -> bytes:
    """Give one test suite with a test case for each result."""
    suite = ElementTree.Element(
        "testsuite",
        name="processor test",
        tests=str(len(results)),
        failures=str(sum(1 for result in results if result.unmet)),
        errors="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        step, _, name = result.name.partition("/")
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_clean(step),
            name=_clean(name or step),
            time=f"{result.seconds:.3f}",
        )
        if result.unmet:
            lines = [f"cycle {each.cycle}: {each.message}" for each in result.unmet]
            failure = ElementTree.SubElement(case, "failure", message=_clean(lines[0]))
            failure.text = _clean("\n".join(lines))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _clean(text: str) -> str:
    """Give a text without the characters that no XML can hold."""
    return _NOT_XML.sub("\ufffd", text)
