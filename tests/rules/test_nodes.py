"""Profile `node`: what the node of a workflow relies on, through everything but HTTP."""

import json
from typing import Any

import pytest

from processor.errors import InvalidRequest, TooLarge

from .house import House, columns

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def run(house: House, statement: str, state: object = None, **step: Any) -> Any:
    inputs = {"globals": state or {}}
    return await house.run(statement, inputs, **{"profile": "node", "output_schema": None, **step})


async def result(house: House, statement: str, state: object = None, **step: Any) -> Any:
    ended = await run(house, statement, state, **step)
    assert ended["state"] == "succeeded", ended["error"]
    assert (ended["rows"], ended["row_count"]) == (None, None)
    return ended["result"]


async def error(house: House, statement: str, state: object = None, **step: Any) -> Any:
    ended = await run(house, statement, state, **step)
    assert (ended["state"], ended["result"]) == ("failed", None), ended["result"]
    return ended["error"]


def warnings(ended: Any) -> list[str]:
    return [entry["message"] for entry in ended["logs"] if entry["level"] == "warn"]


# Names


async def test_earlier_nodes_and_parameters_are_global_names(house: House) -> None:
    state = {"params": {"userId": 7}, "getOrders": {"status": "ok", "data": [1, 2]}}

    assert await result(house, "[params['userId'], *getOrders['data']]", state) == [7, 1, 2]


async def test_the_whole_state_is_a_name_of_its_own(house: House) -> None:
    assert await result(house, "sorted(state)", {"b": 1, "a": 2}) == ["a", "b"]


async def test_a_node_called_state_is_that_node(house: House) -> None:
    assert await result(house, "state", {"state": {"status": "ok"}}) == {"status": "ok"}


async def test_parameters_are_there_where_the_workflow_has_none(house: House) -> None:
    assert await result(house, "[params, startTrigger['params']]") == [{}, {}]


async def test_the_trigger_has_the_parameters_as_javascript_reads_them(house: House) -> None:
    assert await result(house, "startTrigger['params']['a']", {"params": {"a": 1}}) == 1


async def test_functions_see_names_that_are_given(house: House) -> None:
    statement = "def double():\n    return [n * factor for n in numbers]\ndouble()"

    assert await result(house, statement, {"factor": 2, "numbers": [1, 2]}) == [2, 4]


@pytest.mark.parametrize("name", ["open", "json", "compile", "print", "exec", "len", "dict", "str"])
async def test_a_name_may_shadow_a_builtin(house: House, name: str) -> None:
    assert await result(house, f"result = {name}", {name: [1]}) == [1]


@pytest.mark.parametrize("name", ["__builtins__", "__name__", "__import__", "__build_class__"])
async def test_a_name_that_the_interpreter_needs_breaks_nothing(house: House, name: str) -> None:
    statement = "class A: pass\nresult = [len([1]), A().__class__.__name__]"

    assert await result(house, statement, {name: 1}) == [1, "A"]


async def test_a_statement_that_breaks_the_builtins_harms_no_other_run(house: House) -> None:
    await run(house, "import builtins\nbuiltins.isinstance = builtins.print = None\n[1]")

    assert await result(house, "print('x')\nisinstance(1, int)") is True


async def test_dataclasses_and_type_hints_work_as_in_a_file(house: House) -> None:
    statement = """
    from dataclasses import dataclass, asdict
    from typing import get_type_hints

    @dataclass
    class Row:
        id: "int"
        other: "Row | None" = None

    result = [asdict(Row(1)), sorted(get_type_hints(Row)), Row.__module__]
    """

    assert await result(house, statement) == [
        {"id": 1, "other": None}, ["id", "other"], "__main__",
    ]  # fmt: skip


async def test_every_module_of_the_standard_library_may_be_imported(house: House) -> None:
    assert await result(house, "import ctypes, socket, os, sys, subprocess\nos.sep") == "/"


async def test_coroutines_run_where_the_author_runs_them(house: House) -> None:
    statement = "import asyncio\nasync def go():\n    return 5\nasyncio.run(go())"

    assert await result(house, statement) == 5


async def test_nothing_survives_a_run(house: House) -> None:
    statement = "import math\nold = getattr(math, 'kept', None)\nmath.kept = 1\nresult = old"

    assert [await result(house, statement) for _ in range(2)] == [None, None]


# Setup


async def test_the_setup_script_runs_first_in_the_same_namespace(house: House) -> None:
    setup = "import math\nUNIT = 2\ndef area(r):\n    return round(math.pi * r * factor)"

    assert await result(house, "area(UNIT)", {"factor": 10}, setup=setup) == 63


async def test_a_setup_script_that_raises_says_that_it_is_the_setup(house: House) -> None:
    found = await error(house, "1", setup="a = 1\nb = a / 0")

    assert found["message"] == "in the setup script: division by zero"
    assert (found["line"], found["column"], found["source_line"]) == (2, 4, "b = a / 0")
    assert '"<setup>", line 2' in found["traceback"]


async def test_a_setup_script_that_does_not_compile_says_so_too(house: House) -> None:
    found = await error(house, "1", setup="x = (")

    assert found["message"] == "in the setup script: '(' was never closed"
    assert (found["code"], found["source_line"]) == ("syntax_error", "x = (")


async def test_an_error_below_the_statement_is_at_the_statement_s_line(house: House) -> None:
    found = await error(house, "x = 1\nfails()", setup="\n\ndef fails():\n    return {}['k']")

    assert (found["message"], found["line"]) == ("'k'", 2)
    assert '"<setup>", line 4' in found["traceback"]


# The result


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("result = 1\nprint('x')", 1),
        ("result = [2, 1]\nresult.sort()", [1, 2]),
        ("x = 1\nx + 1", 2),
        ("result = None", None),
        ("for n in []: pass", None),
        ("result = 1\nif True:\n    5", 1),
        ("result = 0\n''", ""),
    ],
)
async def test_the_result_is_the_last_expression_or_what_is_called_so(
    house: House, statement: str, expected: object
) -> None:
    assert await result(house, statement) == expected


@pytest.mark.parametrize(
    ("rule", "expected", "taken"),
    [
        ("expression_first", 2, "the last expression is the result; `result` has another value"),
        ("variable_first", 1, "`result` is the result; the last expression has another value"),
    ],
)
async def test_which_of_two_results_is_taken_is_the_step_s_to_say(
    house: House, rule: str, expected: int, taken: str
) -> None:
    ended = await run(house, "result = 1\n2", options={"result": rule})

    assert ended["result"] == expected
    assert warnings(ended) == [f"{taken}, which is not used"]


@pytest.mark.parametrize(
    "statement", ["result = [1]\nresult", "result = [1]\n[1]", "result = 1\n1"]
)
async def test_two_results_that_agree_are_no_warning(house: House, statement: str) -> None:
    assert warnings(await run(house, statement)) == []


async def test_a_result_that_is_not_taken_need_have_no_json_form(house: House) -> None:
    ended = await run(house, "result = {1, 2}\n5")

    assert (ended["result"], len(warnings(ended))) == (5, 1)


async def test_a_result_without_json_form_is_told_with_path_and_advice(house: House) -> None:
    found = await error(house, "from datetime import date\nresult = {'a': [date(2026, 1, 2)]}")

    assert found["code"] == "not_serialisable"
    assert found["message"].startswith("result.a[0]: Object of type date")
    assert "isoformat" in found["hint"]


async def test_an_empty_result_is_a_run_that_finished_successfully(house: House) -> None:
    assert (await run(house, ""))["status"]["code"] == 200


async def test_with_a_schema_the_result_is_held_to_it(house: House) -> None:
    schema = columns(x="Integer")

    assert await result(house, "[{'x': 1.0}]", output_schema=schema) == [{"x": 1}]
    assert (await error(house, "[{'x': 'a'}]", output_schema=schema))["code"] == "output_mismatch"
    assert (await error(house, "{'x': 1}", output_schema=schema))["code"] == "output_mismatch"


# Errors


async def test_an_error_is_at_the_author_s_own_line_with_its_trace(house: House) -> None:
    found = await error(house, "a = 1\nb = 2\nresult = a + missing")

    assert (found["type"], found["line"], found["column"]) == ("NameError", 3, 13)
    assert found["source_line"] == "result = a + missing"
    assert "line 3" in found["traceback"]
    assert "processor" not in found["traceback"]


async def test_text_that_is_no_python_has_a_trace_as_any_error(house: House) -> None:
    found = await error(house, "total = (1 +\nresult = total")

    assert (found["code"], found["type"]) == ("syntax_error", "SyntaxError")
    assert "SyntaxError: '(' was never closed" in found["traceback"]


async def test_a_name_of_app_level_python_has_a_hint(house: House) -> None:
    found = await error(house, "rows = queries.getOrders.getData()")

    assert 'getOrders["data"]' in found["hint"]


async def test_what_is_printed_is_logged_and_no_result(house: House) -> None:
    ended = await run(house, "import sys\nprint('a\\nb')\nprint('c', file=sys.stderr)\nresult = 1")

    assert [(e["source"], e["message"], e["line"]) for e in ended["logs"]] == [
        ("print", "a", 2), ("print", "b", 2), ("stderr", "c", 3),
    ]  # fmt: skip
    assert ended["result"] == 1


async def test_a_statement_that_leaves_has_no_result(house: House) -> None:
    assert (await error(house, "raise SystemExit(3)"))["type"] == "SystemExit"


async def test_the_time_limit_is_the_wall_s_and_the_processor_s_too(house: House) -> None:
    found = await error(house, "while True: pass", limits={"wall_seconds": 0.5})

    assert found["code"] in ("wall_limit", "cpu_limit")
    assert "timed out" in found["message"]


async def test_a_node_that_grows_beyond_its_memory_fails(house: House) -> None:
    found = await error(house, "x = [bytearray(1 << 20) for _ in range(2000)]")

    assert found["code"] == "memory_limit"


async def test_state_that_is_sensitive_is_masked(house: House) -> None:
    ended = await run(
        house, "print(token)\nraise ValueError(token)", {"token": "hunter2"},
        options={"sensitive": ["token"]},
    )  # fmt: skip

    assert "hunter2" not in json.dumps(ended)


# Requests


@pytest.mark.parametrize(
    ("step", "inputs", "pointer"),
    [
        ({"processing": "row"}, {}, "/step/processing"),
        ({"input_schema": columns(x="Integer")}, {}, "/step/input_schema"),
        ({"checkpoint_column": "x"}, {}, "/step/checkpoint_column"),
        ({"branches": ["a"]}, {}, "/step/branches"),
        ({}, {"INPUT_DATA": [{"x": 1}]}, "/inputs/INPUT_DATA"),
        ({}, {"INPUT_DATA2": [{"x": 1}]}, "/inputs/INPUT_DATA2"),
        ({}, {"variables": {"a": 1}}, "/inputs/variables"),
        ({}, {"DATA_CHECKPOINT": 5}, "/inputs/DATA_CHECKPOINT"),
        ({}, {"globals": [1]}, "/inputs/globals"),
        ({}, {"unknown": 1}, "/inputs/unknown"),
        ({"options": {"sensitive": ["a"]}}, {"globals": {}}, "/step/options/sensitive/0"),
        ({"limits": {"wall_seconds": 3601}}, {}, "/step/limits/wall_seconds"),
    ],
)
async def test_what_a_node_has_not_is_refused_by_its_pointer(
    house: House, step: dict[str, Any], inputs: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        await house.run("1", inputs, profile="node", output_schema=None, **step)

    assert raised.value.details[0].pointer == pointer


@pytest.mark.parametrize(
    ("step", "inputs", "pointer"),
    [
        ({"setup": "import math"}, {}, "/step/setup"),
        ({"options": {"result": "variable_first"}}, {}, "/step/options/result"),
        ({}, {"globals": {"a": 1}}, "/inputs/globals"),
    ],
)
async def test_what_only_a_node_has_is_refused_elsewhere(
    house: House, step: dict[str, Any], inputs: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        await house.run("return []", inputs, **step)

    assert raised.value.details[0].pointer == pointer


async def test_inputs_that_say_nothing_are_none_to_refuse(house: House) -> None:
    inputs: dict[str, Any] = {"INPUT_DATA": None, "variables": {}, "globals": {}, "context": {}}

    ended = await house.run("1", inputs, profile="node", output_schema=None)

    assert ended["result"] == 1


async def test_a_setup_script_is_as_long_as_a_statement_at_most(house: House) -> None:
    with pytest.raises(TooLarge):
        await run(house, "1", setup="#" * (1 << 20) + "\n")
