"""The rules of a statement (docs/statements), each through everything but HTTP, by its number."""

import asyncio
import json
from typing import Any

import pytest

from processor.errors import MissingSchema, TooLarge
from processor.statement import Edit, applied
from processor.step import StepId, decode_order
from tests.build import a_ticket
from tests.fakes import Noting

from .house import ANY_ROWS, House, columns

pytestmark = pytest.mark.asyncio(loop_scope="session")


def messages(run: Any, *sources: str) -> list[str]:
    return [entry["message"] for entry in run["logs"] if not sources or entry["source"] in sources]


# Compiling


async def test_rule_01_the_statement_is_the_body_of_an_async_function(house: House) -> None:
    assert await house.rows("await sleep(0)\nreturn [{'a': 1}]") == [{"a": 1}]


async def test_rule_01_strings_of_several_lines_are_not_indented(house: House) -> None:
    statement = "if True:\n    text = '''a\n  b\nc'''\nreturn [{'text': text}]"

    assert await house.rows(statement) == [{"text": "a\n  b\nc"}]


@pytest.mark.parametrize("statement", ["", "# nothing", "\ufeff# nothing"])
async def test_rule_01_a_body_without_a_statement_is_pass(house: House, statement: str) -> None:
    assert (await house.error(statement))["code"] == "not_a_list"


async def test_rule_01_a_byte_order_mark_is_skipped(house: House) -> None:
    assert await house.rows("\ufeffreturn [{'a': 1}]") == [{"a": 1}]


@pytest.mark.parametrize("nested", ["(" * 900_000, "x = " + "-" * 900_000 + "1", "[" * 100_000])
async def test_rule_01_a_megabyte_of_nesting_fails_and_the_next_run_does_not(
    house: House, nested: str
) -> None:
    error = await house.error(nested)

    assert error["code"] in {"syntax_error", "bad_result", "killed", "memory_limit"}
    assert await house.rows("return [{'a': 1}]") == [{"a": 1}]


async def test_rule_02_yielded_rows_are_the_run_s_rows(house: House) -> None:
    run = await house.run(
        "for n in range(2500): yield {'n': n}",
        id="rule-02",
        checkpoint_column="n",
        output_schema=columns(n="Integer"),
    )

    assert run["rows"] == [{"n": n} for n in range(2500)]
    assert await house.checkpoint("rule-02") == (2499, 1)


async def test_rule_02_yielded_rows_are_kept_as_they_come_and_count_once_the_run_succeeds(
    house: House,
) -> None:
    statement = (
        "for n in range(3):\n    yield {'n': n}\n    await sleep(0.2)\nraise ValueError('late')"
    )
    body = json.dumps({"step": {"statement": statement, "output_schema": ANY_ROWS}})
    order = decode_order(body.encode(), house.manifest.profiles)
    noting = Noting()
    claimed = noting.ids
    running = asyncio.create_task(house.pipeline.run(order, a_ticket(None), noting))
    while not (claimed and await house.store.runs.chunk(claimed[0], 0)):
        await asyncio.sleep(0.01)
    early, unfinished = await house.store.runs.chunk(claimed[0], 0), not running.done()
    run = await running

    assert early is not None
    assert (early.startswith(b'[{"n":0}'), unfinished) == (True, True)
    assert (run.state, bytes(run.rows)) == ("failed", b"null")
    assert await house.store.runs.chunk(claimed[0], 0) is None


async def test_rule_02_the_first_yielded_rows_that_do_not_match_end_the_run(house: House) -> None:
    error = await house.error(  # were it heard out, it would pass a limit first
        "for n in range(10**9): yield {'n': n if n < 1500 else 'x'}",
        output_schema=columns(n="Integer"),
    )

    assert error["mismatches"][0]["pointer"] == "/1500/n"


async def test_rule_02_yield_beside_a_returned_value_is_a_syntax_error(house: House) -> None:
    error = await house.error("yield {'a': 1}\nreturn [{'a': 2}]")

    assert (error["code"], error["line"]) == ("syntax_error", 2)


async def test_rule_03_every_type_hint_is_told_before_anything_runs(house: House) -> None:
    run = await house.run("log.info('ran')\nn: int = 1\ndef f(a: int) -> int:\n    return a")

    assert (run["error"]["code"], run["status"]["code"]) == ("type_hint", 300)
    places = [(finding["line"], finding["column"]) for finding in run["error"]["findings"]]
    assert places == [(2, 3), (3, 9), (3, 17)]
    assert run["logs"] == []


async def test_rule_03_findings_of_a_run_say_how_they_are_mended_as_those_of_a_check_do(
    house: House,
) -> None:
    statement = "n: int = 1\nimport passlib.hash as h\nimport os\nreturn []"
    error = await house.error(statement)

    edits = [Edit(**edit) for finding in error["findings"] for edit in finding["edits"]]
    assert applied(statement, edits) == statement.replace(": int", "")
    assert [len(finding["edits"]) for finding in error["findings"]] == [1, 0]


async def test_rule_04_nothing_else_of_the_language_is_refused(house: House) -> None:
    statement = """
    class _Point:
        def __init__(self, x):
            self._x = x
        async def __aenter__(self):
            return self
        async def __aexit__(self, *error):
            return None
    totals = {"a": 0}
    totals["a"] += 1
    async with _Point(5) as point:
        match point._x:
            case int(x) if (y := x + 1):
                pass
    async def one():
        return [i async for i in numbers()]
    async def numbers():
        yield 1
    _ = await one()
    return [{"a": totals["a"], "y": y, "_": _, "f": f"{x!r:>3}", "l": [*map(lambda z: z, [1])]}]
    """
    assert await house.rows(statement) == [{"a": 1, "y": 6, "_": [1], "f": "  5", "l": [1]}]


@pytest.mark.parametrize("statement", ["x = 1", "return None", "return"])
async def test_rule_05_falling_off_the_end_is_not_a_list(house: House, statement: str) -> None:
    error = await house.error(statement)

    assert error["code"] == "not_a_list"
    assert error["message"] == "the statement returned None; end it with `return <list>`"


async def test_rule_05_one_object_is_refused_with_a_hint_and_never_wrapped(house: House) -> None:
    error = await house.error("return {'a': 1}")

    assert error["code"] == "not_a_list"
    assert "return [row]" in error["hint"]


# Names


async def test_rule_06_a_statement_may_assign_to_each_of_its_names(house: House) -> None:
    statement = """
    if not DATA_CHECKPOINT: DATA_CHECKPOINT = 0
    if not INPUT_DATA: INPUT_DATA = []
    log, sleep = log, sleep
    return [{"a": DATA_CHECKPOINT, "b": INPUT_DATA}]
    """
    assert await house.rows(statement) == [{"a": 0, "b": []}]


async def test_rule_07_sleep_is_a_coroutine_that_waits_for_seconds(house: House) -> None:
    run = await house.run("c = sleep(0.2)\nn = type(c).__name__\nawait c\nreturn [{'n': n}]")

    assert run["rows"] == [{"n": "coroutine"}]
    assert 200 <= run["usage"]["wall_ms"] < 5000


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [("-1", "ValueError"), ("float('nan')", "ValueError"), ("'1'", "TypeError")],
)
async def test_rule_07_sleep_takes_nothing_else(house: House, seconds: str, kind: str) -> None:
    assert (await house.error(f"await sleep({seconds})"))["type"] == kind


async def test_rule_07_a_coroutine_that_is_never_awaited_is_a_warning_with_its_line(
    house: House,
) -> None:
    run = await house.run("a = 1\nsleep(1)\nreturn []")

    assert run["status"]["code"] == 201
    (entry,) = run["logs"]
    assert (entry["level"], entry["source"], entry["line"]) == ("warn", "warning", 2)
    assert "never awaited" in entry["message"]


async def test_rule_08_work_that_is_left_behind_is_cancelled_and_named(house: House) -> None:
    statement = """
    import json
    asyncio = json.codecs.builtins.__import__("asyncio")
    async def left():
        try:
            await sleep(60)
        finally:
            log.info("cancelled")
    task = asyncio.ensure_future(left())
    await sleep(0)
    return []
    """
    run = await house.run(statement)

    assert messages(run) == ["cancelled", "not awaited, and cancelled at the end: left"]
    assert run["logs"][1]["level"] == "warn"


async def test_rule_09_each_level_logs_anything_as_text_with_its_line(house: House) -> None:
    levels = ["trace", "debug", "info", "warn", "error"]
    statement = "\n".join(f"log.{level}({{'n': {n}}})" for n, level in enumerate(levels))

    run = await house.run(f"{statement}\nreturn [{{'a': 1}}]")

    assert [(e["level"], e["message"], e["line"], e["source"]) for e in run["logs"]] == [
        (level, f"{{'n': {n}}}", n + 1, "log") for n, level in enumerate(levels)
    ]
    assert all(entry["time"].endswith("Z") for entry in run["logs"])


async def test_rule_09_print_stderr_and_warnings_are_captured(house: House) -> None:
    statement = """
    import warnings
    print("out")
    print("err", file=warnings.sys.stderr)
    warnings.warn("careful")
    return []
    """
    run = await house.run(statement)

    assert [(entry["level"], entry["source"], entry["message"]) for entry in run["logs"]] == [
        ("info", "print", "out"),
        ("info", "stderr", "err"),
        ("warn", "warning", "UserWarning: careful"),
    ]


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("for n in range(10_500): log.info(n)\nreturn []", 10_000),
        ("for n in range(40): log.info('x' * 60_000)\nreturn []", 17),
    ],
)
async def test_rule_09_the_log_is_cut_and_says_so_once(
    house: House, statement: str, kept: int
) -> None:
    run = await house.run(statement)

    assert (len(run["logs"]), run["logs_truncated"]) == (kept + 1, True)
    assert [m for m in messages(run) if m.startswith("the log is full")] == messages(run)[-1:]


async def test_rule_09_a_logged_error_ends_finished_with_errors_and_has_its_rows(
    house: House,
) -> None:
    run = await house.run("log.error('odd')\nreturn [{'a': 1}]")

    assert run["status"] == {"code": 202, "name": "finished_with_errors"}
    assert run["rows"] == [{"a": 1}]


async def test_rule_09_a_logged_error_fails_the_run_where_the_step_says_so(house: House) -> None:
    run = await house.run(
        "log.error('odd')\nreturn [{'a': 1}]",
        id="rule-09",
        output_schema=columns(a="Integer"),
        checkpoint_column="a",
        options={"log_error": "fail"},
    )

    assert (run["status"]["code"], run["error"]["code"]) == (300, "error_logged")
    assert "odd" in run["error"]["message"]
    assert run["rows"] is None
    assert run["checkpoint"]["committed"] is False


VARIABLES = {"Int": 999, "IntegerNull": None, "Text": 'it\'s "{x}" \\n\n', "List": [1, None]}


async def test_rule_10_a_variable_is_typed_in_code_and_text_in_strings(house: House) -> None:
    statement = """
    return [{
        "sum": ${LocalVariable.Int} + 1,
        "same": [LocalVariable.Int, LocalVariable["Int"], ${LocalVariable.List}],
        "none": ${LocalVariable.IntegerNull},
        "f": f"n: ${LocalVariable.IntegerNull} ",
        "plain": "n: ${LocalVariable.Int} ${LocalVariable.IntegerNull}",
        "exact": ["${LocalVariable.Text}", f"${LocalVariable.Text}"],
    }]
    """
    assert await house.rows(statement, {"variables": VARIABLES}) == [
        {
            "sum": 1000,
            "same": [999, 999, [1, None]],
            "none": None,
            "f": "n: null ",
            "plain": "n: 999 null",
            "exact": [VARIABLES["Text"]] * 2,
        }
    ]


async def test_rule_10_a_variable_stands_in_bytes_and_may_be_named_as_a_keyword(
    house: House,
) -> None:
    statement = """
    return [{
        "bytes": b"<${LocalVariable.Text}>".decode(),
        "keyword": [${LocalVariable.class}, "${LocalVariable.class}", f"${LocalVariable.class:>3}"],
        "glued": "${LocalVariable.class} " f"${{LocalVariable.class}}",
    }]
    """
    assert await house.rows(statement, {"variables": {"Text": "é'", "class": 7}}) == [
        {
            "bytes": "<é'>",
            "keyword": [7, "7", "  7"],
            "glued": "7 ${LocalVariable.class}",
        }
    ]


async def test_rule_10_an_unknown_variable_is_told_before_anything_runs(house: House) -> None:
    run = await house.run(
        "log.info('ran')\nreturn ['${LocalVariable.Nope}']", {"variables": {"A": 1, "B": 2}}
    )

    assert (run["error"]["code"], run["error"]["line"]) == ("unknown_variable", 2)
    assert run["error"]["hint"] == "the step has: A, B"
    assert run["logs"] == []


async def test_rule_10_variables_are_read_only_and_a_run_s_own(house: House) -> None:
    inputs: dict[str, Any] = {"variables": {"L": []}}
    change = "LocalVariable.L.append(1)\nLocalVariable.L = 5\nreturn []"

    assert (await house.error(change, inputs))["type"] == "AttributeError"
    assert await house.rows("return [{'l': LocalVariable.L}]", inputs) == [{"l": []}]


async def test_rule_10_columns_of_errors_stay_the_author_s(house: House) -> None:
    line = "return ${LocalVariable.N} + {}['k']"

    error = await house.error(line, {"variables": {"N": 1}})

    assert (error["column"], error["end_column"]) == (28, 35)
    assert error["source_line"] == line


async def test_rule_11_secondary_inputs_have_numbers_aliases_and_branch_names(
    house: House,
) -> None:
    statement = """
    return [{
        "two": INPUT_DATA2, "alias": INPUT_DATA_2, "three": INPUT_DATA3, "four": INPUT_DATA4,
        "primary": INPUT_DATA, "by": INPUTS,
    }]
    """
    inputs = {"INPUT_DATA2": [{"a": 1}], "INPUT_DATA3": []}

    assert await house.rows(statement, inputs, branches=["orders", "none", "missing"]) == [
        {
            "two": [{"a": 1}],
            "alias": [{"a": 1}],
            "three": [],
            "four": None,
            "primary": None,
            "by": {"orders": [{"a": 1}], "none": [], "missing": None},
        }
    ]


# Imports


async def test_rule_12_exactly_the_25_names_of_the_page(house: House) -> None:
    names = [
        *("string", "math", "itertools", "random", "warnings", "base64", "io", "json", "xml"),
        *("ssl", "time", "datetime", "yaml", "httpx", "pandas", "numpy", "deepdiff"),
        *("passlib.hash", "jose", "jose.backends", "jose.constants", "jose.utils", "openai"),
        *("matplotlib", "matplotlib.pyplot"),
    ]
    assert len(names) == 25

    assert await house.rows("".join(f"import {name}\n" for name in names) + "return []") == []
    assert sorted(house.manifest.allowed_imports["processor-3.2"]) == sorted(names)


@pytest.mark.parametrize(
    ("line", "module", "hint"),
    [
        ("import os", "os", "allowed are: base64, datetime, "),
        ("import sys", "sys", "allowed are: base64, datetime, "),
        ("from xml.etree import ElementTree", "xml.etree", "write `from xml import etree`"),
        ("import jose.jwt", "jose.jwt", "write `from jose import jwt`"),
        ("import passlib", "passlib", "allowed are: base64, datetime, "),
    ],
)
async def test_rule_12_any_other_name_is_refused_by_name_and_line(
    house: House, line: str, module: str, hint: str
) -> None:
    error = await house.error(f"a = 1\n{line}\nreturn []")

    assert (error["code"], error["line"]) == ("import_not_allowed", 2)
    assert error["message"] == f"import of `{module}` is not allowed"
    assert hint in error["hint"]


async def test_rule_12_the_page_s_own_spelling_works(house: House) -> None:
    assert await house.rows("from xml import etree\nreturn [{'n': etree.__name__}]") == [
        {"n": "xml.etree"}
    ]


async def test_rule_13_all_findings_come_at_once_before_the_run(house: House) -> None:
    run = await house.run("log.info('ran')\nimport os, json, sys\nfrom re import match")

    assert [finding["message"] for finding in run["error"]["findings"]] == [
        "import of `os` is not allowed",
        "import of `sys` is not allowed",
        "import of `re` is not allowed",
    ]
    assert run["logs"] == []


@pytest.mark.parametrize(
    "line", ["__import__('os')", "exec('import os')", "eval('__import__(\"os\")')"]
)
async def test_rule_13_the_hook_judges_what_only_the_run_sees(house: House, line: str) -> None:
    error = await house.error(f"{line}\nreturn []")

    assert (error["code"], error["line"]) == ("import_not_allowed", 1)


async def test_rule_13_imports_inside_an_allowed_library_pass(house: House) -> None:
    statement = "import pandas as pd\nreturn pd.read_csv(pd.io.common.StringIO('a,b\\n1,2'))"

    assert await house.rows(statement) == [{"a": 1, "b": 2}]


@pytest.mark.parametrize("line", ["from matplotlib import subprocess", "from openai import os"])
async def test_rule_14_a_stranger_inside_a_listed_module_is_refused(
    house: House, line: str
) -> None:
    assert (await house.error(f"{line}\nreturn []"))["code"] == "import_not_allowed"


async def test_rule_14_a_submodule_of_a_listed_module_is_none_and_element_tree_is_there(
    house: House,
) -> None:
    statement = """
    from xml import etree
    from numpy import linalg
    return [{"t": etree.ElementTree.fromstring("<a>x</a>").text, "n": linalg.__name__}]
    """
    assert await house.rows(statement) == [{"t": "x", "n": "numpy.linalg"}]


async def test_rule_15_the_allowlist_is_no_filter_of_attributes(house: House) -> None:
    assert await house.rows("import random\nreturn [{'n': random._os.__name__}]") == [{"n": "os"}]


# Input


async def test_rule_17_without_input_it_is_none_and_one_row_is_a_list(house: House) -> None:
    statement = "return [{'i': INPUT_DATA}]"

    assert await house.rows(statement) == [{"i": None}]
    assert await house.rows(statement, {"INPUT_DATA": [{"a": 1}]}) == [{"i": [{"a": 1}]}]


async def test_rule_17_values_of_json_only_and_exact(house: House) -> None:
    row = {
        "int": 10**4299,
        "big": -(2**70),
        "float": 0.1,
        "text": "\u200e\u202a\u00a0\u202c😀\0\x7f",
        "list": [None, True, {"a": []}],
    }
    statement = "import json\njson.dumps(INPUT_DATA)\nreturn INPUT_DATA"

    assert await house.rows(statement, {"INPUT_DATA": [row]}) == [row]


@pytest.mark.parametrize("name", ["INPUT_DATA", "INPUT_DATA2"])
async def test_rule_17_what_is_no_object_is_no_row(house: House, name: str) -> None:
    run = await house.run("log.info('ran')\nreturn []", {name: [{"a": 1}, 5]})

    assert (run["status"]["code"], run["error"]["code"]) == (307, "input_mismatch")
    assert run["error"]["message"] == f"{name}: row 1 is no object"
    assert run["logs"] == []


async def test_rule_18_rows_are_checked_against_the_input_schema(house: House) -> None:
    run = await house.run(
        "log.info('ran')\nreturn []",
        {"INPUT_DATA": [{"x": 1}, {"x": "one"}]},
        input_schema=columns(x="Integer"),
    )

    assert (run["status"]["code"], run["error"]["code"]) == (307, "input_mismatch")
    (mismatch,) = run["error"]["mismatches"]
    assert (mismatch["row"], mismatch["column"], mismatch["expected"]) == (
        1,
        "x",
        "Integer, not null",
    )
    assert "one" in mismatch["actual"]
    assert run["logs"] == []


async def test_rule_18_absent_nullable_columns_arrive_as_none(house: House) -> None:
    schema = columns(x="Integer", y="Text?")

    rows = await house.rows("return INPUT_DATA", {"INPUT_DATA": [{"x": 1}]}, input_schema=schema)

    assert rows == [{"x": 1, "y": None}]


BY_ROW: dict[str, Any] = {"processing": "row", "output_schema": columns(x="Integer")}


async def test_rule_19_row_by_row_appends_what_each_row_gives(house: House) -> None:
    statement = """
    (row,) = INPUT_DATA
    return [{"x": n} for n in range(row["n"])]
    """
    rows = [{"n": 1, "t": "a"}, {"n": 0, "t": None}, {"n": 2, "t": 5}]

    assert await house.rows(statement, {"INPUT_DATA": rows}, **BY_ROW) == [
        {"n": 1, "t": "a", "x": 0},
        {"n": 2, "t": 5, "x": 0},
        {"n": 2, "t": 5, "x": 1},
    ]


async def test_rule_19_bulk_is_the_request_s_default_and_runs_once_over_all(house: House) -> None:
    rows = [{"n": 1}, {"n": 2}]

    assert await house.rows("return [{'x': len(INPUT_DATA)}]", {"INPUT_DATA": rows}) == [{"x": 2}]


async def test_rule_19_on_a_name_clash_the_output_wins_with_one_warning(house: House) -> None:
    run = await house.run("return [{'x': 5}]", {"INPUT_DATA": [{"x": 1}, {"x": 2}]}, **BY_ROW)

    assert run["rows"] == [{"x": 5}, {"x": 5}]
    assert [entry["level"] for entry in run["logs"]] == ["warn"]


async def test_rule_19_no_rows_run_nothing_and_no_input_runs_once(house: House) -> None:
    statement = "log.info('ran')\nreturn [{'x': 1}]"

    none = await house.run(statement, {"INPUT_DATA": []}, **BY_ROW)
    absent = await house.run(statement, **BY_ROW)

    assert (none["status"]["code"], none["rows"], none["logs"]) == (201, [], [])
    assert (absent["rows"], messages(absent)) == ([{"x": 1}], ["ran"])


async def test_rule_19_the_checkpoint_is_the_same_for_each_row_and_moves_once(
    house: House,
) -> None:
    statement = "log.info(DATA_CHECKPOINT)\nDATA_CHECKPOINT = 7\nreturn [{'x': INPUT_DATA[0]['n']}]"
    step: dict[str, Any] = {**BY_ROW, "id": "rule-19", "checkpoint_column": "x"}
    inputs = {"INPUT_DATA": [{"n": 8}, {"n": 3}]}

    first = await house.run(statement, inputs, **step)
    second = await house.run(statement, inputs, **step)

    assert (messages(first), messages(second)) == (["None", "None"], ["3", "3"])
    assert await house.checkpoint("rule-19") == (3, 2)


FAILING_ROW = "if INPUT_DATA[0]['n'] == 2: 1 / 0\nreturn [{'x': 1}]"
THREE = {"INPUT_DATA": [{"n": 1}, {"n": 2}, {"n": 3}]}


async def test_rule_19_a_failed_row_stops_the_run(house: House) -> None:
    error = await house.error(FAILING_ROW, THREE, **BY_ROW)

    assert (error["code"], error["type"]) == ("statement_raised", "ZeroDivisionError")
    assert error["message"].startswith("row 1: ")


async def test_rule_19_or_the_others_go_on_and_the_failed_ones_are_listed(house: House) -> None:
    run = await house.run(FAILING_ROW, THREE, **BY_ROW, options={"on_row_error": "continue"})

    assert run["status"]["code"] == 202
    assert run["rows"] == [{"n": 1, "x": 1}, {"n": 3, "x": 1}]
    assert messages(run) == ["row 1: ZeroDivisionError: division by zero"]


# Output


async def test_rule_20_the_output_schema_is_mandatory(house: House) -> None:
    with pytest.raises(MissingSchema):
        await house.run("return []", output_schema=None)


@pytest.mark.parametrize(
    "returned",
    ["[{'x': 1}]", "({'x': 1},)", "pd.DataFrame({'x': [1]})", "[dict(x=1)]"],
)
async def test_rule_20_lists_tuples_and_frames_are_rows(house: House, returned: str) -> None:
    schema = columns(x="Integer")

    assert await house.rows(f"import pandas as pd\nreturn {returned}", output_schema=schema) == [
        {"x": 1}
    ]


async def test_rule_20_a_generator_is_refused_with_a_hint(house: House) -> None:
    error = await house.error("return (row for row in [])")

    assert (error["code"], error["hint"]) == ("not_a_list", "make it a list: `return list(rows)`")


async def test_rule_20_rows_that_do_not_match_are_an_output_mismatch(house: House) -> None:
    run = await house.run("return [{'x': 'one'}]", output_schema=columns(x="Integer"))

    assert (run["status"]["code"], run["error"]["code"]) == (306, "output_mismatch")


async def test_rule_21_values_are_normalised(house: House) -> None:
    statement = """
    import numpy as np, pandas as pd, datetime as dt
    return [{
        "np": [np.int64(1), np.float32(0.5), np.bool_(True)],
        "time": [dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 1), dt.time(1, 2), pd.Timestamp(0)],
        "null": [pd.NaT, pd.NA],
        "bytes": b"\\xff",
        "tuple": (1, (2,)),
        "exact": 10**4299,
    }]
    """
    assert await house.rows(statement) == [
        {
            "np": [1, 0.5, True],
            "time": ["2024-02-29", "2024-02-29T01:00:00", "01:02:00", "1970-01-01T00:00:00"],
            "null": [None, None],
            "bytes": "/w==",
            "tuple": [1, [2]],
            "exact": 10**4299,
        }
    ]


async def test_rule_21_nan_is_null_with_one_warning_a_column_or_an_error(house: House) -> None:
    statement = "return [{'x': float('nan')}, {'x': float('inf')}]"

    run = await house.run(statement, output_schema=columns(x="Double?"))
    error = await house.error(statement, output_schema=columns(x="Double"))

    assert (run["rows"], len(run["logs"])) == ([{"x": None}] * 2, 1)
    assert (error["code"], "rows[0].x" in error["message"]) == ("not_serialisable", True)


@pytest.mark.parametrize(
    "value",
    ["{1}", "'\\ud800'", "{1: 2}", "10**4300", "object()", "loop", "deep", "1j"],
)
async def test_rule_21_anything_else_is_told_by_its_path(house: House, value: str) -> None:
    statement = f"""
    loop = []
    loop.append(loop)
    deep = []
    for _ in range(101): deep = [deep]
    return [{{"price": 1}}] * 17 + [{{"price": {value}}}]
    """
    error = await house.error(statement)

    assert error["code"] == "not_serialisable"
    assert error["message"].startswith("rows[17].price")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("Integer", ["1", "2.0"], ["True", "1.5", "'1'", "None"]),
        ("Double", ["1", "1.5"], ["True", "'1'", "None"]),
        ("Boolean", ["True"], ["1", "'true'", "None"]),
        ("Text", ["''", "'é'"], ["1", "None"]),
        ("Date", ["'2024-02-29'", "'02/29/2024 01:02:03'"], ["'29.02.2024'", "1", "None"]),
        ("Base64", ["'!'"], ["1", "None"]),
        ("JSON", ["'{}'", "{'a': [1]}", "1"], ["None"]),
    ],
)
async def test_rule_22_column_types(
    house: House, kind: str, good: list[str], bad: list[str]
) -> None:
    schema = columns(x=kind)

    for value in good:
        await house.rows(f"return [{{'x': {value}}}]", output_schema=schema)
    for value in bad:
        error = await house.error(f"return [{{'x': {value}}}]", output_schema=schema)
        assert error["code"] == "output_mismatch", value


async def test_rule_22_dates_are_written_as_iso_and_tables_nest(house: House) -> None:
    schema = columns(at="Date", lines="Table")
    schema["columns"][1]["columns"] = columns(n="Integer")["columns"]
    statement = "return [{'at': '02/29/2024 01:02:03', 'lines': [{'n': 1}]}]"

    assert await house.rows(statement, output_schema=schema) == [
        {"at": "2024-02-29T01:02:03", "lines": [{"n": 1}]}
    ]
    bad = statement.replace("'n': 1", "'n': 'x'")
    error = await house.error(bad, output_schema=schema)
    assert error["mismatches"][0]["pointer"] == "/0/lines/0/n"


async def test_rule_22_unknown_columns_are_mismatches_and_null_only_where_allowed(
    house: House,
) -> None:
    schema = columns(x="Integer?")

    assert await house.rows("return [{'x': None}, {}]", output_schema=schema) == [{"x": None}] * 2
    error = await house.error("return [{'x': 1, 'y': 2}]", output_schema=schema)
    assert (error["code"], error["mismatches"][0]["column"]) == ("output_mismatch", "y")


async def test_rule_22_json_schema_is_the_second_spelling(house: House) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer", "minimum": 1}}}

    assert await house.rows("return [{'x': 1}]", output_schema=schema) == [{"x": 1}]
    assert (await house.error("return [{'x': 0}]", output_schema=schema))["mismatch_count"] == 1


async def test_rule_23_mismatches_are_located_the_first_20_listed_all_counted(
    house: House,
) -> None:
    error = await house.error("return [{'x': 'bad'}] * 30", output_schema=columns(x="Integer"))

    assert (len(error["mismatches"]), error["mismatch_count"]) == (20, 30)
    assert [mismatch["row"] for mismatch in error["mismatches"]] == list(range(20))
    first = error["mismatches"][0]
    assert (first["column"], first["pointer"], first["expected"]) == (
        "x",
        "/0/x",
        "Integer, not null",
    )
    assert "bad" in first["actual"]


@pytest.mark.parametrize(
    ("on_mismatch", "rows", "told"),
    [
        ("coerce", [{"x": 1}, {"x": 2}], "1 value was coerced"),
        ("discard_value", [{"x": 1}, {"x": None}], "1 value was discarded"),
        ("discard_row", [{"x": 1}], "1 row was discarded"),
    ],
)
async def test_rule_23_on_mismatch_mends_and_tells(
    house: House, on_mismatch: str, rows: Any, told: str
) -> None:
    run = await house.run(
        "return [{'x': 1}, {'x': '2'}]",
        output_schema=columns(x="Integer?"),
        on_mismatch=on_mismatch,
    )

    assert run["rows"] == rows
    assert messages(run)[0].startswith(told)


async def test_rule_23_a_discarded_row_is_not_joined(house: House) -> None:
    rows = await house.rows(
        "return [{'x': INPUT_DATA[0]['n']}, {'x': 'bad'}]",
        {"INPUT_DATA": [{"n": 1}, {"n": 2}]},
        **BY_ROW,
        on_mismatch="discard_row",
    )

    assert rows == [{"n": 1, "x": 1}, {"n": 2, "x": 2}]


async def test_rule_24_an_empty_list_is_no_data_produced(house: House) -> None:
    run = await house.run("return []")

    assert (run["state"], run["status"]) == (
        "succeeded",
        {"code": 201, "name": "no_data_produced"},
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"x": {"$ref": "http://127.0.0.1:1/x.json"}}},
        {"type": "object", "properties": {"x": {"$ref": "file:///etc/passwd"}}},
    ],
)
async def test_rule_25_remote_references_are_refused(house: House, schema: Any) -> None:
    assert (await house.error("return []", output_schema=schema))["code"] == "invalid_schema"


async def test_rule_25_patterns_run_in_linear_time(house: House) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}}

    async with asyncio.timeout(5):
        error = await house.error("return [{'x': 'a' * 5000 + '!'}]", output_schema=schema)

    assert error["code"] == "output_mismatch"


async def test_rule_25_schemas_have_caps(house: House) -> None:
    deep: Any = {"type": "object"}
    for _ in range(300):
        deep = {"type": "object", "properties": {"x": deep}}

    assert (await house.error("return []", output_schema=deep))["code"] == "invalid_schema"


# Checkpoint

X: dict[str, Any] = {"output_schema": columns(x="Integer?"), "checkpoint_column": "x"}


async def test_rule_26_the_checkpoint_is_the_last_row_s_value_and_not_the_largest(
    house: House,
) -> None:
    statement = "log.info(DATA_CHECKPOINT)\nreturn [{'x': 9}, {'x': 4}]"

    first = await house.run(statement, id="rule-26", **X)
    second = await house.run(statement, id="rule-26", **X)

    assert (messages(first), messages(second)) == (["None"], ["4"])
    assert second["checkpoint"] == {"before": 4, "after": 4, "committed": True, "version": 2}


async def test_rule_26_its_column_must_be_one_of_the_output_schema(house: House) -> None:
    run = await house.run(
        "log.info('ran')\nreturn []", output_schema=columns(x="Integer"), checkpoint_column="y"
    )

    assert (run["error"]["code"], run["logs"]) == ("invalid_schema", [])


@pytest.mark.parametrize(
    "statement",
    [
        "return []",
        "return [{'x': 2}, {'x': None}]",
        "raise ValueError",
        "return [{'x': 'bad'}]",
        "await sleep(60)",
        "import json\njson.codecs.builtins.__import__('os')._exit(0)",
    ],
)
async def test_rule_27_what_gives_no_value_leaves_the_checkpoint(
    house: House, statement: str
) -> None:
    step: dict[str, Any] = {"id": f"rule-27 {statement!r}", **X, "limits": {"wall_seconds": 0.5}}
    await house.run("return [{'x': 1}]", **step)

    run = await house.run(statement, **step)

    assert run["checkpoint"]["committed"] is False
    assert await house.checkpoint(step["id"]) == (1, 1)


async def test_rule_27_a_null_in_the_last_row_is_a_warning(house: House) -> None:
    run = await house.run("return [{'x': 2}, {'x': None}]", id="rule-27 null", **X)

    assert [entry["level"] for entry in run["logs"]] == ["warn"]


async def test_rule_27_a_dry_run_leaves_the_checkpoint_and_has_its_rows(house: House) -> None:
    run = await house.run("return [{'x': 2}]", id="rule-27 dry", commit=False, **X)

    assert run["rows"] == [{"x": 2}]
    assert await house.checkpoint("rule-27 dry") in (None, (None, 0))


@pytest.mark.parametrize("value", ["'2024'", "1", "1.5", "True", "{'a': [1]}", "10**40"])
async def test_rule_27_the_checkpoint_is_typed(house: House, value: str) -> None:
    step: dict[str, Any] = {
        "id": f"rule-27 {value}",
        "output_schema": columns(x="JSON"),
        "checkpoint_column": "x",
    }
    await house.run(f"return [{{'x': {value}}}]", **step)

    run = await house.run("return [{'x': [repr(DATA_CHECKPOINT)]}]", **step)

    assert run["rows"] == [{"x": [value.replace("10**40", str(10**40))]}]


async def test_rule_27_runs_of_one_step_wait_for_each_other(house: House) -> None:
    statement = "await sleep(0.1)\nreturn [{'x': (DATA_CHECKPOINT or 0) + 1}]"

    runs = await asyncio.gather(*(house.run(statement, id="rule-27 lease", **X) for _ in range(3)))

    assert sorted(run["rows"][0]["x"] for run in runs) == [1, 2, 3]


async def test_rule_27_a_checkpoint_that_was_set_meanwhile_is_not_overwritten(
    house: House,
) -> None:
    step_id = StepId("rule-27 stale")
    running = asyncio.ensure_future(
        house.run("await sleep(0.5)\nreturn [{'x': 1}]", id=step_id, **X)
    )
    await asyncio.sleep(0.2)
    await house.store.checkpoints.set(step_id, b"100", expected_version=None)

    run = await running

    assert (run["error"]["code"], run["rows"]) == ("stale_checkpoint", None)
    assert (await house.checkpoint(step_id))[0] == 100


async def test_rule_28_an_answer_is_kept_with_its_checkpoint(house: House) -> None:
    run = await house.run("return [{'x': 1}]", id="rule-28", **X)

    assert await house.kept(run) == run
    assert (await house.checkpoint("rule-28"))[0] == 1


# Errors and limits


async def test_rule_29_a_syntax_error_has_its_place(house: House) -> None:
    error = await house.error("a = 1\nb = (1,, 2)\nreturn []")

    assert (error["code"], error["line"], error["column"]) == ("syntax_error", 2, 7)
    assert error["source_line"] == "b = (1,, 2)"


async def test_rule_29_an_exception_has_the_author_s_frames_only_and_a_caret(house: House) -> None:
    statement = "import json\ndef parse(text):\n    return json.loads(text)\nreturn [parse('{')]"

    error = await house.error(statement)

    assert (error["type"], error["line"], error["column"]) == ("JSONDecodeError", 3, 11)
    assert error["source_line"] == "    return json.loads(text)"
    frames = [line for line in error["traceback"].splitlines() if line.startswith("  File")]
    assert frames == [
        '  File "<statement>", line 4, in statement',
        '  File "<statement>", line 3, in parse',
    ]
    assert "^^^^^^" in error["traceback"]


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("raise ValueError('${LocalVariable.Key}')", "message"),
        ("x = {}\nreturn x['${LocalVariable.Key}']", "traceback"),
        ("return [{'x': LocalVariable.Key}]", "mismatches"),
        ("print(LocalVariable.Key)\nreturn []", "logs"),
        ("for line in LocalVariable.Key.split('-'): log.error(line)\nreturn []", "none"),
        ("log.info([LocalVariable.Key, 4711123])\nreturn []", "logs"),
        ("import warnings\nwarnings.warn(LocalVariable.Key)\nreturn []", "logs"),
    ],
)
async def test_rule_29_secrets_are_masked_in_errors_and_logs(
    house: House, statement: str, place: str
) -> None:
    run = await house.run(
        statement,
        {"variables": {"Key": "s3cr3t-'k\\ey", "Number": 4711123}},
        output_schema=columns(x="Integer"),
        options={"sensitive": ["Key", "Number"]},
    )

    told = json.dumps([run["error"], run["logs"]])
    assert "s3cr3t-" not in told
    assert "4711123" not in told
    assert ("***" in told) == (place != "none")


STARTS = """
import json, time
threading = json.codecs.builtins.__import__("threading")
def start():
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
STUBBORN = "while True:\n    try:\n        await sleep(60)\n    except BaseException: pass"


@pytest.mark.parametrize(
    ("statement", "limits", "code", "status"),
    [
        ("await sleep(60)", {"wall_seconds": 0.5}, "wall_limit", 302),
        ("while True: pass", {"cpu_seconds": 0.5}, "cpu_limit", 302),
        (
            STUBBORN,
            {"wall_seconds": 0.5},
            "wall_limit",
            302,
        ),
        ("x = bytearray(1 << 30)", {"memory_bytes": 100 << 20}, "memory_limit", 304),
        ("return [{'x': 'x' * 100_000}]", {"output_bytes": 10_000}, "output_limit", 306),
        ("return [{'x': 1}] * 11", {"rows": 10}, "output_limit", 306),
        (f"{STARTS}for each in range(9): start()", {"threads": 4}, "thread_limit", 304),
        ("kept = [open('/dev/null') for each in range(99)]", {"open_files": 20}, "file_limit", 304),
        ("open('/tmp/a', 'wb').write(bytes(99_999))", {"tmp_bytes": 10_000}, "tmp_limit", 304),
    ],
)
async def test_rule_30_a_passed_limit_is_named_with_its_value_and_where_to_change_it(
    house: House, statement: str, limits: dict[str, Any], code: str, status: int
) -> None:
    run = await house.run(statement, limits=limits)

    assert (run["error"]["code"], run["status"]["code"]) == (code, status)
    ((name, value),) = limits.items()
    told = f"{run['error']['message']} {run['error']['hint']}"
    assert name in told
    assert f"limits.{name}" in told
    assert str(value) in told.replace(",", "")


async def test_rule_30_a_statement_has_at_most_a_megabyte(house: House) -> None:
    with pytest.raises(TooLarge):
        await house.run("#" * (1 << 20) + "##")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("raise MemoryError", "memory_limit"),
        ("ctypes.string_at(0)", "killed"),
        ("os._exit(0)", "bad_result"),
    ],
)
async def test_rule_30_out_of_memory_killed_and_died_are_told_apart(
    house: House, end: str, code: str
) -> None:
    reach = "reach = json.codecs.builtins.__import__\nos, ctypes = reach('os'), reach('ctypes')"

    assert (await house.error(f"import json\n{reach}\n{end}"))["code"] == code


async def test_rule_31_figures_are_kept_beside_the_rows(house: House) -> None:
    statement = """
    import matplotlib
    import matplotlib.pyplot as plt
    plt.plot([1, 2])
    plt.show()
    plt.figure()
    return [{"backend": matplotlib.get_backend().lower()}]
    """
    run = await house.run(statement)

    assert run["rows"] == [{"backend": "agg"}]
    assert [figure["index"] for figure in run["figures"]] == [0, 1]
    for index in (0, 1):
        figure = await house.store.runs.figure(run["id"], index)
        assert figure is not None
        assert figure.png.startswith(b"\x89PNG")
        assert figure.svg.startswith(b"<?xml")
    assert await house.store.runs.figure(run["id"], 2) is None


async def test_rule_31_figures_are_kept_also_when_the_statement_failed(house: House) -> None:
    run = await house.run("import matplotlib.pyplot as plt\nplt.figure()\n1 / 0")

    assert (run["error"]["code"], len(run["figures"])) == ("statement_raised", 1)
    assert await house.store.runs.figure(run["id"], 0) is not None


async def test_rule_31_at_most_ten_are_kept(house: House) -> None:
    statement = "import matplotlib.pyplot as plt\nfor _ in range(12): plt.figure(figsize=(1, 1))"

    run = await house.run(f"{statement}\nreturn []")

    assert len(run["figures"]) == 10
    assert messages(run) == ["only the first 10 figures are kept"]


# Environments


async def test_rule_32_the_page_s_pins_on_python_3_11(house: House) -> None:
    statement = """
    import pandas, numpy, yaml, openai, deepdiff, jose, httpx, matplotlib, passlib.hash
    version = matplotlib.sys.version_info
    return [{"v": [
        pandas.__version__, numpy.__version__, yaml.__version__, openai.version.VERSION,
        deepdiff.__version__, jose.__version__, passlib.__version__, httpx.__version__,
        matplotlib.__version__, f"{version[0]}.{version[1]}",
    ]}]
    """
    (row,) = await house.rows(statement)

    assert row["v"] == [
        *("2.0.3", "1.25.2", "6.0.1", "0.28.0", "6.3.1", "3.3.0", "1.7.4", "0.25.0", "3.8.2"),
        "3.11",
    ]


async def test_rule_32_encryption_of_tokens_works(house: House) -> None:
    statement = """
    import jose.backends
    return [{"n": len(jose.backends.get_random_bytes(4))}]
    """
    assert await house.rows(statement) == [{"n": 4}]


async def test_rule_34_a_statement_never_sees_what_the_service_is_made_of(house: House) -> None:
    statement = """
    import json
    load = json.codecs.builtins.__import__
    found = {}
    for name in ["aiohttp", "msgspec", "structlog", "alembic", "jsonschema_rs"]:
        try:
            found[name] = load(name).__file__
        except ImportError:
            pass
    return [found]
    """
    (found,) = await house.rows(statement)

    assert [*found] == ["aiohttp"]  # openai 0.28 has its own
    assert "/.environments/processor-3.2-" in found["aiohttp"]
