"""Runs have nothing of each other, nor of the service."""

import os
import socket
import sys
from pathlib import Path

import pytest

from processor.runtime.contract import Died
from processor.runtime.jail import own_ids
from tests.processes import zygote_of

from .host import REACH_LIBC, REACH_OS, REACH_SIGNAL, ROOT, Host

SHOWN = (ROOT, Path(sys.executable).resolve())
"""Where the checkout and the interpreter lie is seen by runs, but for what is beside them."""
HIDDEN = [
    path
    for path in ("/proc", "/sys", "/home", "/var", "/etc/shadow", "/bin", "/usr/bin", "/usr/sbin")
    if not any(each.is_relative_to(path) for each in SHOWN)
]
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "draw",
    [
        "import random\nn = random.random()",
        "import random\nn = random.randbytes(8).hex()",
        "import numpy\nn = numpy.random.random()",
        "import numpy\nn = numpy.random.default_rng().random()",
        "import ssl\nn = ssl.RAND_bytes(16).hex()",
        "n = __import__('json').codecs.builtins.__import__('uuid').uuid4().hex",
        "n = __import__('json').codecs.builtins.__import__('secrets').token_hex()",
        (
            "r = __import__('json').codecs.builtins.__import__\n"
            "ec = r('cryptography.hazmat.primitives.asymmetric.ec', fromlist=['ec'])\n"
            "n = str(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value)"
        ),
    ],
    ids=["random", "randbytes", "numpy", "default_rng", "ssl", "uuid", "secrets", "cryptography"],
)
async def test_two_runs_draw_different_numbers(host: Host, draw: str) -> None:
    statement = f"{draw}\nreturn [{{'n': n}}]"

    assert await host.rows(statement) != await host.rows(statement)


async def test_a_run_sees_no_environment_variable_but_the_listed_ones(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_SECRET", "x")
    assert os.environ["PROCESSOR_SECRET"]

    rows = await host.rows(f"{REACH_OS}return [dict(os.environ)]")

    assert set(rows[0]) - {"OPENBLAS_MAIN_FREE", "LC_CTYPE", "KMP_INIT_AT_FORK"} == {
        "HOME",
        "LANG",
        "MALLOC_ARENA_MAX",
        "MPLBACKEND",
        "MPLCONFIGDIR",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TZ",
    }


async def test_what_a_run_changes_in_a_module_the_next_does_not_see(host: Host) -> None:
    await host.rows("import math, json\nmath.pi = 3; json.new = 1\nreturn []")

    rows = await host.rows("import math, json\nreturn [{'a': math.pi, 'b': hasattr(json, 'new')}]")

    assert rows == [{"a": 3.141592653589793, "b": False}]


async def test_a_run_has_no_descriptor_but_its_own(host: Host) -> None:
    async with host.running() as running:
        folder = Path(f"/proc/{running.process}/fd")
        opened = {int(each.name): str(each.readlink()) for each in folder.iterdir()}

    assert [opened.pop(number) for number in range(3)] == ["/dev/null"] * 3
    own = [to.partition(":")[0] for to in opened.values()]
    # its payload, its frames, and what its event loop wakes itself with
    assert own.count("pipe") == 2
    assert set(own) <= {"pipe", "socket", "anon_inode"}
    assert len(own) <= 5


async def test_a_run_has_a_session_of_its_own(host: Host) -> None:
    async with host.running() as running:
        stat = Path(f"/proc/{running.process}/stat").read_text()

    assert int(stat.rpartition(")")[2].split()[3]) == running.process


async def test_a_run_is_the_first_process_of_its_own_and_has_no_parent(host: Host) -> None:
    rows = await host.rows(f"{REACH_OS}return [{{'pid': os.getpid(), 'ppid': os.getppid()}}]")

    assert rows == [{"pid": 1, "ppid": 0}]


async def test_the_zygote_is_not_the_first_process_of_its_own(host: Host) -> None:
    """Else it and its children were all process 1, and OpenSSL would not notice a fork."""
    await host.run("return []")

    status = Path(f"/proc/{zygote_of(host.zygote._process.pid)}/status").read_text()

    numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
    assert numbers[-1] == "2"


@pytest.mark.parametrize("path", HIDDEN)
async def test_a_run_does_not_see_what_the_machine_has(host: Host, path: str) -> None:
    assert await host.rows(f"{REACH_OS}return [{{'a': os.path.lexists({path!r})}}]") == [
        {"a": False}
    ]


async def test_a_run_sees_nothing_of_the_service_but_the_guests_code(host: Host) -> None:
    parts = {str(path): path.name for path in (ROOT / "processor").iterdir()}

    rows = await host.rows(
        f"{REACH_OS}return [{{'a': path}} for path in {list(parts)} if os.path.lexists(path)]"
    )

    assert {parts[row["a"]] for row in rows} == {"__init__.py", "runtime", "statement"}


async def test_above_what_it_is_shown_a_run_finds_nothing_else(host: Host) -> None:
    statement = f"""{REACH_OS}
try:
    return [{{"a": name}} for name in os.listdir({str(ROOT)!r})]
except PermissionError:
    return []
"""

    assert {row["a"] for row in await host.rows(statement)} <= {"processor", ".environments"}


async def test_tmp_is_empty_for_every_run(host: Host) -> None:
    statement = f"{REACH_OS}open('/tmp/a', 'x').close()\nreturn [{{'a': os.listdir('/tmp')}}]"
    shown = [each.parts[2] for each in SHOWN if each.is_relative_to("/tmp")]

    for _ in range(2):
        (row,) = await host.rows(statement)
        assert set(row["a"]) == {"a", *shown}


async def test_tmp_holds_no_more_than_its_limit(host: Host) -> None:
    error = await host.error(
        "for n in range(4):\n with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(400_000))",
        tmp_bytes=1 << 20,
    )

    assert (error.code, error.type_name) == ("tmp_limit", "OSError")
    assert error.message == (
        "the run passed its limit tmp_bytes of 1,048,576: [Errno 28] No space left on device"
    )


async def test_tmp_has_room_for_so_many_files_and_says_so(host: Host) -> None:
    error = await host.error("for n in range(5000): open(f'/tmp/{n}', 'x').close()")

    assert error.code == "tmp_limit"
    assert error.message.startswith("the run's /tmp has room for 4,096 files, however small: ")


async def test_a_run_has_as_many_threads_as_its_limit_says_its_own_among_them(host: Host) -> None:
    statement = """
        import json
        threading = json.codecs.builtins.__import__("threading")
        done = threading.Event()
        started = 1
        try:
            while True:
                threading.Thread(target=done.wait, daemon=True).start()
                started += 1
        except RuntimeError:
            done.set()
        return [{"a": started}]
    """

    assert await host.rows(statement, threads=5) == [{"a": 5}]


async def test_a_run_reaches_nothing_on_the_services_loopback(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        error = await host.error(
            "import json\n"
            "socket = json.codecs.builtins.__import__('socket')\n"
            f"socket.create_connection(('127.0.0.1', {port}), 1)"
        )

    assert error.type_name == "PermissionError"


async def test_runs_at_the_same_time_are_different_users(host: Host) -> None:
    async with host.running() as one, host.running() as other:
        users = {_user(each.process) for each in (one, other)}

    assert len(users) == 2
    ids = own_ids()
    assert all(ids.first < user < ids.first + ids.count for user in users)


def _user(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])


@pytest.mark.parametrize(
    "attempt",
    [
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 9)",
        "os.setuid(0) or os.chroot('/')",
        "os.sched_setaffinity(0, [0])",
    ],
)
async def test_a_run_is_refused_what_it_has_no_use_for(host: Host, attempt: str) -> None:
    error = await host.error(f"{REACH_OS}{attempt}\nreturn []")

    assert error.type_name == "PermissionError"


@pytest.mark.parametrize("call", ["unshare(0x10000000)", "ptrace(0, 0, 0, 0)"])
async def test_a_call_that_only_an_attack_makes_ends_the_run(host: Host, call: str) -> None:
    execution = await host.run(f"{REACH_LIBC}libc.{call}\nreturn []")

    report = execution.report
    assert isinstance(report, Died)
    assert (report.reason, report.killed) == ("signal SIGSYS", True)


async def test_a_run_that_signals_itself_is_not_ended_by_it(host: Host) -> None:
    """The first process of a pid namespace is spared what it would send itself."""
    statement = f"{REACH_OS}{REACH_SIGNAL}signal.raise_signal(9)\nreturn [{{'a': 1}}]"

    assert await host.rows(statement) == [{"a": 1}]


async def test_a_run_starts_where_it_may_write(host: Host) -> None:
    assert await host.rows(f"{REACH_OS}return [{{'a': os.getcwd()}}]") == [{"a": "/tmp"}]


async def test_a_run_has_one_thread(host: Host) -> None:
    async with host.running() as running:
        assert len(list(Path(f"/proc/{running.process}/task").iterdir())) == 1


async def test_standard_input_is_empty(host: Host) -> None:
    error = await host.error("return [{'a': input()}]")

    assert error.type_name == "EOFError"


async def test_the_clock_of_a_run_is_utc(host: Host) -> None:
    rows = await host.rows("import time\nreturn [{'a': time.tzname[0], 'b': time.timezone}]")

    assert rows == [{"a": "UTC", "b": 0}]
