"""What hostile nodes try: each ends as said, and the keeper goes on as if nothing had been."""

import json
from datetime import timedelta
from typing import Any

import pytest

from processor.errors import StatementRaised
from processor.runtime.contract import Died, Exceeded, Refused, Returned
from processor.step import NodeOptions

from .host import NODE, Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT = timedelta(milliseconds=300)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while True:\n    pass", id="spins"),
        pytest.param("import time\ntime.sleep(100)", id="sleeps"),
        pytest.param("import asyncio\nasyncio.run(asyncio.sleep(100))", id="awaits"),
        pytest.param(
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            id="catches everything",
        ),
        pytest.param("return 3 ** 10 ** 9", id="computes without a bytecode"),
        pytest.param("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", id="matches for ever"),
        pytest.param("import sys\nwhile True: print('x' * 1000)", id="prints for ever"),
    ],
)
async def test_a_run_ends_at_its_time_limit(host: Host, body: str) -> None:
    execution = await host.body(body, wall=SHORT)

    assert execution.report == Exceeded(limit="wall_seconds")
    assert await host.value("return 1") == 1


@pytest.mark.parametrize(
    "body",
    [
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        "return len(bytearray(65 << 20))",
        "x = 'a'\nwhile True: x += x",
    ],
)
async def test_a_run_ends_at_its_memory_limit(host: Host, body: str) -> None:
    execution = await host.body(body)

    assert execution.report == Exceeded(limit="memory_bytes")


async def test_memory_counts_above_what_the_interpreter_takes(host: Host) -> None:
    assert await host.value("return len(bytearray(14 << 20))", memory_bytes=16 << 20) == 14 << 20


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x = []\nfor _ in range(10 ** 5): x = [x]\nreturn repr(x)", id="repr"),
        pytest.param("import json\nreturn json.loads('[' * 10 ** 6)", id="JSON"),
        pytest.param("def f(): return f()\nreturn f()", id="calls"),
        pytest.param(
            "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return f()\nreturn f()",
            id="calls without Python's limit",
        ),
        pytest.param("return eval('(' * 10 ** 5)", id="source"),
        pytest.param("return eval('-' * 10 ** 5 + '1')", id="a tree"),
    ],
)
async def test_what_nests_too_deeply_is_an_error_of_the_node(host: Host, body: str) -> None:
    report = (await host.body(body)).report

    out_of_parser = Exceeded(limit="memory_bytes")  # which is what Python's parser calls it
    if report != out_of_parser:
        assert isinstance(report, Refused), report
        assert report.error.type_name in {"RecursionError", "SyntaxError"}


TELL = "import wit_world\n"


@pytest.mark.parametrize(
    "body", ["while True: wit_world.tell('l', 'x' * 100_000)", "return 'a' * 17_000_000"]
)
async def test_what_is_told_is_bounded(host: Host, body: str) -> None:
    report = (await host.body(TELL + body, memory_bytes=256 << 20)).report

    assert report == Exceeded(limit="output_bytes") or isinstance(report, Died)
    assert await host.value("return 1") == 1


async def test_a_flood_of_events_is_cut_off(host: Host) -> None:
    body = 'for i in range(30_000): wit_world.tell("m", \'{"type": "t", "data": %d}\' % i)'

    execution = await host.body(TELL + body)

    assert len(execution.streams) == 10_000


async def test_the_host_is_asked_so_often_and_no_more(host: Host) -> None:
    error = await host.error("import wit_world\nwhile True: wit_world.ask('x', 'null')")

    assert "more than 1,000 times" in error.message


async def test_a_question_that_is_too_long_is_not_asked(host: Host) -> None:
    error = await host.error("import wit_world\nwit_world.ask('x', 'a' * 6_000_000)")

    assert "a question of more than 5,242,880 characters" in error.message


async def test_questions_to_the_host_count_as_output(host: Host) -> None:
    body = "import wit_world\nwhile True: wit_world.ask('x', 'a' * 4_000_000)"

    report = (await host.body(body, memory_bytes=256 << 20)).report

    assert report == Exceeded(limit="output_bytes")


async def test_a_kind_of_frame_that_there_is_not_ends_the_instance(host: Host) -> None:
    error = await host.error("import wit_world\nwit_world.tell('z', '{}')")

    assert "'z' is nothing that a guest tells" in error.message


@pytest.mark.parametrize(
    "body",
    [
        "import os\nos.abort()",
        "import faulthandler\nfaulthandler._sigsegv()",
        "import types\nf = (lambda: 0).__code__.replace(co_code=b'\\x64\\xff' * 100)\n"
        "return types.FunctionType(f, {})()",
    ],
)
async def test_a_crash_ends_the_instance_and_nothing_else(host: Host, body: str) -> None:
    (before,) = host.idle

    report = (await host.body(body)).report

    assert isinstance(report, Died | Refused), report
    assert host.idle == [before]
    assert await host.value("return 1") == 1


@pytest.mark.parametrize(
    "body",
    [
        "open('/etc/passwd')",
        "import os\nos.listdir('/')",
        "import os\nos.stat('/')",
        "open('x', 'w')",
        "import posix\nposix.open('/etc/passwd', 0)",
        "import pathlib\npathlib.Path('/proc/self/environ').read_text()",
    ],
)
async def test_there_is_no_file(host: Host, body: str) -> None:
    error = await host.error(body)

    assert error.type_name in {"FileNotFoundError", "OSError", "PermissionError"}


@pytest.mark.parametrize(
    "body", ["import socket\nsocket.socket()", "import socket\nsocket.getaddrinfo('a.test', 80)"]
)
async def test_there_is_no_socket(host: Host, body: str) -> None:
    error = await host.error(body)

    assert isinstance(error, StatementRaised)


@pytest.mark.parametrize("name", ["fork", "execv", "system", "popen", "kill", "posix_spawn"])
async def test_there_is_no_other_process(host: Host, name: str) -> None:
    assert await host.value(f"import posix\nreturn hasattr(posix, {name!r})") is False


async def test_there_are_no_threads(host: Host) -> None:
    error = await host.error("import threading\nthreading.Thread(target=print).start()")

    assert error.type_name == "RuntimeError"


async def test_the_environment_is_empty(host: Host) -> None:
    assert await host.value("import os, sys\nreturn [dict(os.environ), sys.argv[1:]]") == [{}, []]


async def test_no_descriptor_is_open(host: Host) -> None:
    body = """
    import os
    found = []
    for number in range(3, 30):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
    return found
    """

    assert await host.value(body) == []


async def test_runs_share_nothing(host: Host) -> None:
    await host.value("import json, builtins\njson.mine = builtins.mine = 1\nreturn 1")

    body = "import json, builtins\nreturn hasattr(json, 'mine') or hasattr(builtins, 'mine')"
    assert await host.value(body) is False


@pytest.mark.parametrize(
    "drawn",
    [
        "import random\nreturn random.random()",
        "import os\nreturn os.urandom(8).hex()",
        "import uuid\nreturn str(uuid.uuid4())",
        "import secrets\nreturn secrets.token_hex()",
    ],
)
async def test_random_numbers_are_drawn_afresh(host: Host, drawn: str) -> None:
    assert await host.value(drawn) != await host.value(drawn)


async def test_an_answer_that_was_told_before_the_limit_does_not_count(host: Host) -> None:
    body = "import wit_world\nwit_world.tell('o', '{}')\nwhile True: pass"

    assert (await host.body(body, wall=SHORT)).report == Exceeded(limit="wall_seconds")


async def test_a_forged_answer_is_the_nodes_own(host: Host) -> None:
    forged: dict[str, Any] = {
        "outputs": {"a": 1}, "error": None, "activate_exec": [], "pending": None
    }  # fmt: skip
    text = json.dumps(json.dumps(forged))

    report = (
        await host.run(f"{NODE}import wit_world\nwit_world.tell('o', {text})\nrun = 1")
    ).report

    assert isinstance(report, Returned)
    assert json.loads(report.content) == forged


FUEL = 3_000_000


async def test_a_run_ends_when_its_instructions_are_used_up(host: Host) -> None:
    node = NodeOptions(fuel=FUEL)
    counts = f"{NODE}def run(context):\n    return {{'outputs': {{'out': sum(range(COUNT))}}}}\n"

    little = await host.run(counts.replace("COUNT", "10"), node=NodeOptions(fuel=FUEL * 10))
    much = await host.run(counts.replace("COUNT", "10**9"), node=node)

    assert isinstance(little.report, Returned), little.report
    assert much.report == Exceeded(limit="fuel")
    assert await host.value("return 1") == 1
