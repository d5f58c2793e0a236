"""How a run ends: every kind of report, on the real environment."""

import asyncio
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from processor.errors import (
    ImportNotAllowed,
    InputMismatch,
    NotAList,
    NotSerialisable,
    Place,
    StatementRaised,
    SyntaxProblem,
    TypeHint,
)
from processor.runtime.contract import Died, Exceeded, Returned
from processor.runtime.forked import conversation

from .host import REACH_CTYPES, REACH_OS, Host, descriptors, left_since

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_statement_returns_its_rows(host: Host) -> None:
    execution = await host.run("return [{'a': 1, 'b': 'é'}]")

    assert execution.report == Returned(content='[{"a":1,"b":"é"}]'.encode())


async def test_a_statement_sees_its_inputs_by_name(host: Host) -> None:
    inputs = {"INPUT_DATA": b'[{"a": 1}]', "DATA_CHECKPOINT": b'"x"', "INPUT_DATA2": b"[]"}

    rows = await host.rows(
        "return INPUT_DATA + [{'b': DATA_CHECKPOINT, 'c': INPUT_DATA2}]", inputs=inputs
    )

    assert rows == [{"a": 1}, {"b": "x", "c": []}]


async def test_an_input_keeps_every_code_point_and_every_digit(host: Host) -> None:
    given = [{"a": "\u200e\u202a\u00a0\u202c\0😀", "b": 10**4299, "c": 0.1, "d": [None, True]}]

    rows = await host.rows("return INPUT_DATA", inputs={"INPUT_DATA": json.dumps(given).encode()})

    assert rows == given


async def test_a_checkpoint_may_be_assigned_to(host: Host) -> None:
    statement = "if not DATA_CHECKPOINT: DATA_CHECKPOINT = 0\nreturn [{'a': DATA_CHECKPOINT}]"

    assert await host.rows(statement) == [{"a": 0}]


async def test_a_large_input_and_output_pass(host: Host) -> None:
    given = json.dumps([{"a": "x" * 1000}] * 5000).encode()

    rows = await host.rows("return INPUT_DATA", inputs={"INPUT_DATA": given})

    assert len(rows) == 5000


async def test_what_a_statement_does_not_read_does_not_hold_up_its_end(host: Host) -> None:
    given = {f"INPUT_DATA{number}": b" " * (4 << 20) + b"[]" for number in range(2, 5)}
    statement = f"{REACH_OS}os._exit(3)"

    report = (await host.run(statement, inputs=given)).report

    assert isinstance(report, Died)


@pytest.mark.parametrize("content", [b"no json", b'"\xff"', b"", b"[" * 100_000])
async def test_an_input_that_is_no_json_is_a_mismatch(host: Host, content: bytes) -> None:
    error = await host.error("return []", inputs={"INPUT_DATA": content})

    assert isinstance(error, InputMismatch)
    assert error.message.startswith("INPUT_DATA is not JSON")


async def test_a_syntax_error_is_refused_with_its_place(host: Host) -> None:
    error = await host.error("x = 1\né = 1; a b")

    assert isinstance(error, SyntaxProblem)
    assert error.place == Place(
        line=2, column=9, end_line=2, end_column=10, source_line="é = 1; a b"
    )


async def test_every_finding_is_told(host: Host) -> None:
    error = await host.error("import os\nx: int = 1")

    assert isinstance(error, ImportNotAllowed)
    codes = [finding["code"] for finding in error.findings if isinstance(finding, dict)]
    assert codes == ["import_not_allowed", "type_hint"]


async def test_of_very_many_findings_the_first_are_told(host: Host) -> None:
    error = await host.error("\n".join(["x: int = 1"] * 20_000))

    assert isinstance(error, TypeHint)
    assert len(error.findings) == 100


async def test_a_hundred_findings_with_long_names_are_told(host: Host) -> None:
    error = await host.error("\n".join([f"import {'é' * 5_000}{n}" for n in range(100)]))

    assert isinstance(error, ImportNotAllowed)
    assert len(error.findings) == 100


async def test_a_hundred_findings_with_long_edits_are_told_without_those(host: Host) -> None:
    long = "\U0001d4b6" * 980
    statement = "\n".join([f"import json.{long}{n} as {long}{n}" for n in range(100)])

    error = await host.error(statement)

    assert [finding["edits"] for finding in error.findings if isinstance(finding, dict)] == [
        []
    ] * 100


async def test_nothing_that_is_refused_runs(host: Host) -> None:
    execution = await host.run("print(1)\nimport os")

    assert execution.entries == ()


async def test_an_exception_is_told_in_the_authors_lines(host: Host) -> None:
    error = await host.error("import json\né = 'é'; json.loads('{')")

    assert isinstance(error, StatementRaised)
    assert error.type_name == "JSONDecodeError"
    assert error.place == Place(
        line=2, column=9, end_line=2, end_column=24, source_line="é = 'é'; json.loads('{')"
    )
    assert error.traceback is not None
    assert error.traceback.count("File ") == 1


@pytest.mark.parametrize(
    "raised",
    [
        "ValueError('\\ud800')",
        "type('\\ud800' * 3, (Exception,), {})",
        "type('X' * 10**6, (Exception,), {})('😀' * 10**6)",
        "ValueError('\\0' * 10**6)",
        "SystemExit(0)",
        "KeyboardInterrupt()",
    ],
)
async def test_whatever_is_raised_is_told(host: Host, raised: str) -> None:
    assert isinstance(await host.error(f"raise {raised}"), StatementRaised)


async def test_a_result_with_a_very_long_path_is_told(host: Host) -> None:
    error = await host.error("return [{'\\0' * 10**6: {1}}]")

    assert isinstance(error, NotSerialisable)


async def test_an_import_that_only_the_run_sees_is_refused(host: Host) -> None:
    error = await host.error("\n__import__('os')")

    assert isinstance(error, ImportNotAllowed)
    assert error.place is not None
    assert (error.place.line, error.type_name) == (2, "ImportNotAllowed")
    assert error.hint is not None
    assert error.hint.startswith("allowed are: base64, ")


@pytest.mark.parametrize("module", ["subprocess", "os"])
async def test_a_stranger_inside_a_listed_module_is_refused(host: Host, module: str) -> None:
    holder = {"subprocess": "matplotlib", "os": "openai"}[module]
    error = await host.error(f"from {holder} import {module}")

    assert isinstance(error, ImportNotAllowed)


@pytest.mark.parametrize("statement", ["", "return {'a': 1}", "return 1", "yield 1"])
async def test_what_is_no_list_is_refused(host: Host, statement: str) -> None:
    assert isinstance(await host.error(statement), NotAList)


async def test_a_run_that_takes_too_long_has_exceeded_its_wall(host: Host) -> None:
    execution = await host.run("await sleep(60)", wall=timedelta(seconds=0.2))

    assert execution.report == Exceeded(limit="wall_seconds")
    assert timedelta(seconds=0.2) <= execution.usage.wall < timedelta(seconds=5)


async def test_a_run_whose_process_is_gone_has_used_what_was_seen_of_it(host: Host) -> None:
    at_once = await host.run(f"{REACH_OS}os._exit(1)")
    later = await host.run(
        f"{REACH_OS}import time\nwhile time.process_time() < 0.2: pass\nos._exit(1)"
    )

    assert at_once.usage.cpu >= timedelta()
    assert later.usage.cpu > timedelta()


async def test_a_run_that_computes_too_long_has_exceeded_its_cpu(host: Host) -> None:
    execution = await host.run("while True: pass", cpu=timedelta(seconds=0.2))

    assert execution.report == Exceeded(limit="cpu_seconds")
    assert execution.usage.cpu >= timedelta(seconds=0.2)


async def test_a_run_that_catches_all_is_ended_all_the_same(host: Host) -> None:
    statement = """
        while True:
            try:
                await sleep(60)
            except BaseException:
                pass
    """

    report = (await host.run(statement, wall=timedelta(seconds=0.2))).report

    assert report == Exceeded(limit="wall_seconds")


async def test_a_run_that_asks_for_too_much_at_once_has_exceeded_its_memory(host: Host) -> None:
    execution = await host.run("x = bytearray(1 << 40)")

    assert execution.report == Exceeded(limit="memory_bytes")


async def test_a_run_that_catches_its_memory_error_goes_on(host: Host) -> None:
    statement = """
        try:
            x = bytearray(1 << 40)
        except MemoryError:
            return [{"a": "caught"}]
    """

    assert await host.rows(statement) == [{"a": "caught"}]


async def test_a_run_that_grows_has_exceeded_its_memory(host: Host) -> None:
    statement = "kept = []\nwhile True: kept.append(b'x' * len(kept) * 1000)"

    execution = await host.run(statement, memory_bytes=64 << 20)

    assert execution.report == Exceeded(limit="memory_bytes")
    assert execution.usage.peak_memory_bytes < 192 << 20


async def test_growth_that_the_kernel_does_not_limit_is_seen_from_outside(host: Host) -> None:
    """Reading libraries page by page: their addresses are in use already, their memory is not."""
    statement = """
        import json
        ctypes = json.codecs.builtins.__import__("ctypes")
        struct = json.codecs.builtins.__import__("struct")
        place = ctypes.CDLL(None)._handle  # where the loader's list of libraries begins
        while place:
            base, name, _, place = struct.unpack("=QQQQ", ctypes.string_at(place, 32))
            path = ctypes.string_at(name).decode()
            if not path.startswith("/"):
                continue
            with open(path, "rb") as library:
                header = library.read(64)
                library.seek(struct.unpack_from("=Q", header, 32)[0])
                segments = library.read(56 * struct.unpack_from("=H", header, 56)[0])
            for kind, rights, _, start, _, size, _, _ in struct.iter_unpack("=IIQQQQQQ", segments):
                if kind == 1 and rights & 4:  # loaded, to be read
                    for page in range(base + start, base + start + size, 4096):
                        ctypes.string_at(page, 1)
        await sleep(60)
    """

    execution = await host.run(statement, memory_bytes=16 << 20)

    assert execution.report == Exceeded(limit="memory_bytes")


async def test_a_run_that_returns_too_much_has_exceeded_its_output(host: Host) -> None:
    report = (await host.run("return [{'a': 'x' * 2000}]", output_bytes=2000)).report

    assert report == Exceeded(limit="output_bytes")


async def test_a_run_may_return_as_much_as_its_limit_says(host: Host) -> None:
    rows = await host.rows("return [{'a': 'x' * 1990}]", output_bytes=2000)

    assert len(rows[0]["a"]) == 1990


@pytest.mark.parametrize(
    ("end", "reason", "killed", "retryable"),
    [
        ("os._exit(3)", "the statement ended its own process (status 3)", False, False),
        ("os._exit(0)", "the statement ended its own process (status 0)", False, False),
        ("ctypes.string_at(0)", "signal SIGSEGV", True, False),
    ],
)
async def test_a_process_that_ends_without_a_result_has_died(
    host: Host, end: str, reason: str, killed: bool, retryable: bool
) -> None:
    report = (await host.run(f"{REACH_OS}{REACH_CTYPES}{end}")).report

    assert isinstance(report, Died)
    assert report.reason.startswith(reason)
    assert (report.killed, report.retryable) == (killed, retryable)


async def test_a_process_that_is_killed_from_outside_has_died_and_may_run_again(
    host: Host,
) -> None:
    async with host.running() as running:
        os.kill(running.process, signal.SIGKILL)
        report = (await running.run).report

    assert report == Died(reason="signal SIGKILL", killed=True, retryable=True)


async def test_a_process_that_hangs_up_and_goes_on_has_died(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LONGEST_END_SECONDS", 0.1)

    report = (await host.run(f"{REACH_OS}os.close(frames)\nawait sleep(60)")).report

    assert isinstance(report, Died)
    assert report.reason == "the statement closed its side of the conversation and went on"


async def test_a_zygote_that_ends_takes_its_runs_along_and_is_replaced(
    host: Host,
) -> None:
    async with host.running() as running:
        before = host.zygote
        before._process.send_signal(signal.SIGKILL)
        report = (await running.run).report

    assert isinstance(report, Died)
    assert (report.killed, report.retryable) == (True, True)
    assert await host.rows("return [{'a': 1}]") == [{"a": 1}]
    assert host.zygote is not before


async def test_a_zygote_that_ends_right_after_a_fork_holds_nobody_up(host: Host) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(host.run("await sleep(0.1)\nreturn []"))
        while not host.zygote._running:
            await asyncio.sleep(0)
        host.zygote._process.send_signal(signal.SIGKILL)

    # the child's walls were up, or they were not: then another zygote's child has run it
    report = running.result().report
    assert isinstance(report, Died | Returned)
    assert isinstance(report, Returned) or report.retryable


async def test_twenty_runs_at_once_do_not_meet(host: Host) -> None:
    statement = "await sleep(0.05)\nreturn INPUT_DATA"

    async with asyncio.TaskGroup() as tasks:
        runs = [
            tasks.create_task(host.rows(statement, inputs={"INPUT_DATA": b'[{"a":%d}]' % number}))
            for number in range(20)
        ]

    assert [run.result() for run in runs] == [[{"a": number}] for number in range(20)]


ENDS: list[tuple[str, dict[str, Any]]] = [
    ("return []", {}),
    ("raise ValueError", {}),
    ("import os", {}),
    ("await sleep(60)", {"wall": timedelta(seconds=0.01)}),
    (f"{REACH_OS}os._exit(1)", {}),
    (f"{REACH_OS}os.write(frames, b'zzzzz')", {}),
    ("return [{'a': 'x' * 5000}]", {"output_bytes": 10}),
]


async def no_child_is_left(host: Host) -> bool:
    """Whether the zygote's children end; what a run leaves behind never would."""
    async with asyncio.timeout(10):
        while host.children() or host.zygote._running:
            await asyncio.sleep(0)
    return True


async def test_no_descriptor_and_no_process_is_left_after_fifty_runs(host: Host) -> None:
    await host.run("return []")
    assert await no_child_is_left(host)
    before = descriptors()

    for number in range(50):
        statement, limits = ENDS[number % len(ENDS)]
        await host.run(statement, **limits)

    assert await no_child_is_left(host)
    assert not await left_since(before)


@pytest.mark.parametrize("steps", range(12))
async def test_a_run_that_is_cancelled_right_after_its_fork_leaves_nothing(
    host: Host, steps: int
) -> None:
    await host.run("return []")
    assert await no_child_is_left(host)
    before = descriptors()

    task = asyncio.get_running_loop().create_task(host.run("await sleep(60)"))
    while not host.zygote._running:
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await no_child_is_left(host)
    assert not await left_since(before)


@pytest.mark.parametrize("steps", range(4))
async def test_a_run_that_is_cancelled_before_its_fork_leaves_nothing(
    host: Host, steps: int
) -> None:
    await host.run("return []")
    assert await no_child_is_left(host)
    before = descriptors()

    task = asyncio.get_running_loop().create_task(host.run("await sleep(60)"))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await host.run("return []")  # the zygote has answered what came before

    assert await no_child_is_left(host)
    assert not await left_since(before)


async def test_entries_come_in_order_with_the_hosts_time(host: Host) -> None:
    before = datetime.now(UTC)

    entries = await host.entries("log.info('é')\nprint('b')\nlog.error(1)\nreturn []")

    told = [(entry.level, entry.message, entry.line, entry.source) for entry in entries]
    assert told == [
        ("info", "é", 1, "log"),
        ("info", "b", 2, "print"),
        ("error", "1", 3, "log"),
    ]
    assert all(before <= entry.time <= datetime.now(UTC) for entry in entries)


async def test_entries_of_a_run_that_is_ended_are_kept(host: Host) -> None:
    execution = await host.run("log.info('a')\nwhile True: pass", cpu=timedelta(seconds=0.1))

    assert [entry.message for entry in execution.entries] == ["a"]


async def test_entries_beyond_the_budget_are_told_as_cut(host: Host) -> None:
    execution = await host.run("for n in range(10_050): log.info(n)\nreturn []")

    assert execution.entries_truncated
    assert len(execution.entries) == 10_001
    assert execution.entries[-1].source == "service"
    assert not (await host.run("log.info(1)\nreturn []")).entries_truncated


@pytest.mark.parametrize("text", ["é", "日", "😀", '"'])
async def test_a_full_log_in_any_script_ends_with_the_entry_that_says_so(
    host: Host, text: str
) -> None:
    execution = await host.run(f"for n in range(30): log.info({text!r} * 60_000)\nreturn []")

    assert isinstance(execution.report, Returned)
    assert execution.entries[-1].message.startswith("the log is full")


async def test_a_lone_surrogate_in_the_log_is_replaced(host: Host) -> None:
    entries = await host.entries("log.info('\\ud800')\nprint('\\udfff')\nreturn []")

    assert [entry.message for entry in entries] == ["?", "?"]


async def test_nulled_numbers_are_a_warning_of_the_service(host: Host) -> None:
    entries = await host.entries("return [{'a': float('nan')}]", nullable=("a",))

    assert [(entry.level, entry.source) for entry in entries] == [("warn", "service")]


async def test_sleep_that_is_not_awaited_warns_with_its_line(host: Host) -> None:
    entries = await host.entries("\nsleep(1)\nreturn []")

    assert [(entry.message, entry.line, entry.source) for entry in entries] == [
        ("RuntimeWarning: coroutine 'sleep' was never awaited", 2, "warning")
    ]


async def test_a_task_that_is_not_awaited_is_cancelled_and_named(host: Host) -> None:
    statement = """
        import asyncio
        async def left_behind():
            try:
                await sleep(60)
            finally:
                log.info("cancelled")
        task = asyncio.get_running_loop().create_task(left_behind())
        await sleep(0)
        return []
    """

    entries = await host.entries(statement, more_imports=("asyncio",))

    assert [entry.message for entry in entries] == [
        "cancelled",
        "not awaited, and cancelled at the end: left_behind",
    ]


async def test_a_task_that_will_not_be_cancelled_is_left(host: Host) -> None:
    statement = """
        import asyncio
        async def stubborn():
            while True:
                try:
                    await sleep(60)
                except asyncio.CancelledError:
                    pass
        task = asyncio.get_running_loop().create_task(stubborn())
        await sleep(0)
        return [{"a": 1}]
    """

    execution = await host.run(statement, more_imports=("asyncio",))

    assert isinstance(execution.report, Returned)
    assert execution.execute < timedelta(seconds=5)


async def test_usage_is_what_the_run_used(host: Host) -> None:
    statement = """
        import time
        start = time.process_time()
        x = b"x" * (64 << 20)
        while time.process_time() - start < 0.1: pass
        return []
    """

    usage = (await host.run(statement)).usage

    assert usage.cpu >= timedelta(seconds=0.1)
    assert usage.wall >= timedelta(seconds=0.1)
    assert 64 << 20 <= usage.peak_memory_bytes < 200 << 20


async def test_the_walls_that_went_up_are_told(host: Host) -> None:
    isolation = (await host.run("return []")).isolation

    restrictions = isolation["restrictions"]
    assert isinstance(restrictions, list)
    assert isolation["level"] == 3
    assert isolation["egress"] == "none"
    assert "warning" not in isolation
    assert {"no new privileges", "at most 64 open files", "killed when the zygote ends"} <= {
        str(restriction) for restriction in restrictions
    }
