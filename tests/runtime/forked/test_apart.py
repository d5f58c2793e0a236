"""Runs have nothing of each other, nor of the service."""

import os

import pytest

from processor.runtime.contract import Died

from .host import REACH_LIBC, REACH_OS, Host

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
    rows = await host.rows(
        f"""{REACH_OS}
found = []
for number in range(256):
    try: found.append({{"number": number, "to": os.readlink(f"/proc/self/fd/{{number}}")}})
    except OSError: pass
return found
"""
    )

    kinds = sorted(row["to"].partition(":")[0] for row in rows if row["number"] < 3)
    assert kinds == ["/dev/null"] * 3
    own = [row["to"].partition(":")[0] for row in rows if row["number"] >= 3]
    # its payload, its frames, and what its event loop wakes itself with
    assert own.count("pipe") == 2
    assert set(own) <= {"pipe", "socket", "anon_inode"}
    assert len(own) <= 5


async def test_a_run_has_a_session_of_its_own(host: Host) -> None:
    session = "open('/proc/self/stat').read().rpartition(')')[2].split()[3]"
    rows = await host.rows(
        f"{REACH_OS}return [{{'ppid': os.getppid(), 'sid': int({session}), 'pid': os.getpid()}}]"
    )

    assert rows[0]["ppid"] == host.zygote._process.pid
    assert rows[0]["sid"] == rows[0]["pid"]


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


async def test_a_run_starts_where_it_may_write(host: Host) -> None:
    assert await host.rows(f"{REACH_OS}return [{{'a': os.getcwd()}}]") == [{"a": "/tmp"}]


async def test_a_run_has_one_thread(host: Host) -> None:
    rows = await host.rows(f"{REACH_OS}return [{{'a': len(os.listdir('/proc/self/task'))}}]")

    assert rows == [{"a": 1}]


async def test_standard_input_is_empty(host: Host) -> None:
    error = await host.error("return [{'a': input()}]")

    assert error.type_name == "EOFError"


async def test_the_clock_of_a_run_is_utc(host: Host) -> None:
    rows = await host.rows("import time\nreturn [{'a': time.tzname[0], 'b': time.timezone}]")

    assert rows == [{"a": "UTC", "b": 0}]
