"""`processor check`."""

import json
import stat
from pathlib import Path

import pytest

from tests.cli.command import Desk
from tests.sarif import assert_sarif

BAD = "x: int = 1\nimport os\nreturn []\n"


@pytest.fixture(autouse=True)
def _built(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the checkout's own environments."""
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PROCESSOR_ENVIRONMENTS_DIR", str(root / ".environments"))


def test_a_statement_without_fault_ends_well(desk: Desk) -> None:
    desk.write("s.py", "return []")

    done = desk.call("check", "s.py")

    assert (done.code, done.out, done.err) == (0, "", "no findings\n")


def test_every_finding_is_shown_with_a_caret(desk: Desk) -> None:
    desk.write("s.py", BAD)

    done = desk.call("check", "s.py")

    assert done.code == 10
    assert done.err == "2 errors\n"
    assert done.out.startswith(
        "error[type_hint]\n"
        "  --> s.py:1:4: type hint on `x` is not allowed\n"
        "    1 | x: int = 1\n"
        "      |    ^^^\n"
        "      = remove the type hint"
    )
    assert "s.py:2:8: import of `os` is not allowed" in done.out


def test_warnings_are_shown_and_stop_nothing(desk: Desk) -> None:
    desk.write("s.py", "\ufeffsleep(1)\r\nreturn []".encode())

    done = desk.call("check", "s.py")

    assert (done.code, done.err) == (0, "1 warning\n")
    assert "    1 | sleep(1)\n      | ^^^^^^^^\n" in done.out


def test_of_a_long_line_the_part_around_the_place_is_shown(desk: Desk) -> None:
    desk.write("s.py", f"a = '{'x' * 5000}'; b: int = 1; c = '{'x' * 5000}'\nreturn []")

    shown = desk.call("check", "s.py").out.splitlines()

    assert max(map(len, shown)) < 300
    line, caret = shown[2], shown[3]
    assert line[caret.index("^") : caret.rindex("^") + 1] == "int"


def test_a_profile_can_be_chosen(desk: Desk) -> None:
    desk.write("s.py", BAD)

    unknown = desk.call("check", "s.py", "--profile", "x")

    assert (unknown.code, "'x' is no profile" in unknown.err) == (2, True)


def test_variables_are_judged_where_they_are_named(desk: Desk) -> None:
    desk.write("s.py", "return [${LocalVariable.A}]")

    assert desk.call("check", "s.py").code == 0
    assert desk.call("check", "s.py", "--var", "A").code == 0
    assert desk.call("check", "s.py", "--var", "A=1", "--var", "B").code == 0
    assert desk.call("check", "s.py", "--var", "B").code == 10


def test_json_is_what_the_service_answers(desk: Desk) -> None:
    desk.write("s.py", BAD)

    done = desk.call("check", "s.py", "--format", "json")

    first, second = json.loads(done.out)["findings"]
    assert (done.code, first["code"], second["code"]) == (10, "type_hint", "import_not_allowed")
    assert first["edits"] == [{"line": 1, "column": 1, "end_line": 1, "end_column": 6, "text": ""}]


def test_sarif_names_the_file(desk: Desk) -> None:
    desk.write("a b.py", BAD)

    log = json.loads(desk.call("check", "a b.py", "--format", "sarif").out)

    assert_sarif(log)
    fixed, unfixed = log["runs"][0]["results"]
    assert fixed["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a%20b.py"}
    assert (len(fixed["fixes"]), "fixes" in unfixed) == (1, False)


def test_sarif_names_a_file_whose_name_is_no_text(desk: Desk) -> None:
    desk.write("a\udcff.py", BAD)

    log = json.loads(desk.call("check", "a\udcff.py", "--format", "sarif").out)

    assert_sarif(log)
    result = log["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a%FF.py"}


def test_fix_mends_the_file_in_place_and_says_so(desk: Desk) -> None:
    file = desk.folder / "s.py"
    desk.write("s.py", "\ufeffé: int = 1\r\nsleep(1)\r\nimport os\r\nreturn []".encode())
    file.chmod(0o640)

    done = desk.call("check", "s.py", "--fix")

    after = "\ufeffé = 1\r\nawait sleep(1)\r\nimport os\r\nreturn []"
    assert file.read_bytes().decode() == after
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert done.code == 10
    assert done.err.splitlines() == [
        "fixed: s.py:1:4: type hint on `é` is not allowed",
        "fixed: s.py:2:1: `sleep(…)` is never awaited, so nothing of it happens",
        "1 error",
    ]
    assert [path.name for path in desk.folder.iterdir() if path.is_file()] == ["s.py"]


def test_fix_leaves_a_link_a_link(desk: Desk) -> None:
    desk.write("real.py", "x: int = 1\nreturn []")
    (desk.folder / "s.py").symlink_to("real.py")

    assert desk.call("check", "s.py", "--fix").code == 0

    assert (desk.folder / "s.py").is_symlink()
    assert (desk.folder / "real.py").read_text() == "x = 1\nreturn []"


def test_fix_mends_more_than_one_answer_can_list(desk: Desk) -> None:
    desk.write("s.py", "x: int = 1\n" * 1500 + "return []")

    assert desk.call("check", "s.py", "--fix").code == 0
    assert ":" not in (desk.folder / "s.py").read_text()


def test_fix_writes_nothing_where_nothing_can_be_mended(desk: Desk) -> None:
    desk.write("s.py", "import os\nreturn []")
    before = (desk.folder / "s.py").stat().st_ino

    assert desk.call("check", "s.py", "--fix").code == 10
    assert (desk.folder / "s.py").stat().st_ino == before


def test_a_file_that_is_no_text_is_a_mistake_in_the_usage(desk: Desk) -> None:
    desk.write("s.py", b"\xff")

    done = desk.call("check", "s.py")

    assert (done.code, "cannot be read" in done.err) == (2, True)


def test_an_environment_that_is_not_built_is_our_fault(desk: Desk) -> None:
    desk.write("s.py", "return []")

    done = desk.call("check", "s.py", environ={"PROCESSOR_ENVIRONMENTS_DIR": str(desk.folder)})

    assert done.code == 20
    assert "environment_not_ready" in done.err


def test_an_environment_tells_which_rules_differ_from_the_default_ones(desk: Desk) -> None:
    desk.write("s.py", "import re\nx: int = 1\nreturn []")

    done = desk.call("check", "s.py", "--env", "current")

    lines = [line.split("  ") for line in done.out.splitlines() if line]
    table = {line[0]: [cell.strip() for cell in line[1:] if cell] for line in lines}
    assert (done.code, done.err) == (0, "no findings\n")
    assert table["rule"] == ["default", "there"]
    assert table["type_hints"] == ["every type hint is refused", "type hints are allowed"]
    assert table["import re"] == ["refused", "allowed"]
    assert table["import pandas.*"] == ["refused", "allowed"]
    assert table["package pandas"][0] == "2.0.3"
    assert "import json" not in table


def test_the_rules_that_differ_are_told_as_json_too(desk: Desk) -> None:
    desk.write("s.py", "return []")

    done = desk.call("check", "s.py", "--env", "current", "--format", "json")
    plain = desk.call("check", "s.py", "--format", "json")

    rules = json.loads(done.out)["rules"]
    assert {"rule": "import re", "default": "refused", "there": "allowed"} in rules
    assert "rules" not in json.loads(plain.out)


def test_the_default_environment_differs_in_nothing(desk: Desk) -> None:
    desk.write("s.py", "return []")

    assert desk.call("check", "s.py", "--env", "processor-3.2").out == ""


def test_a_profile_that_is_named_too_is_the_one_that_holds(desk: Desk) -> None:
    desk.write("s.py", "import re\nx: int = 1\nreturn []")

    done = desk.call("check", "s.py", "--env", "current", "--profile", "processor")

    assert (done.code, "type_hint" in done.out, "import of `re`" in done.out) == (10, True, False)


def test_an_environment_that_nobody_knows_is_a_wrong_use(desk: Desk) -> None:
    desk.write("s.py", "return []")

    done = desk.call("check", "s.py", "--env", "nope")

    assert (done.code, "'nope' is no environment; known are: current" in done.err) == (2, True)
