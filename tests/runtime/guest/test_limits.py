"""Which limit an exception comes from."""

import errno
import sqlite3
from contextlib import closing

import pytest

from processor.runtime.guest.limits import limit_behind

LIMITS = {"tmp_bytes": 1, "open_files": 2, "threads": 3}


@pytest.mark.parametrize(
    ("error", "code", "name"),
    [
        (OSError(errno.ENOSPC, "full"), "tmp_limit", "tmp_bytes"),
        (OSError(errno.EFBIG, "too large"), "tmp_limit", "tmp_bytes"),
        (OSError(errno.EDQUOT, "quota"), "tmp_limit", "tmp_bytes"),
        (OSError(errno.EMFILE, "too many"), "file_limit", "open_files"),
        (RuntimeError("can't start new thread"), "thread_limit", "threads"),
    ],
)
def test_a_limit_is_named_with_its_value(error: Exception, code: str, name: str) -> None:
    met = limit_behind(error, LIMITS)

    assert met is not None
    assert met.code == code
    assert met.message == f"the run passed its limit {name} of {LIMITS[name]}"
    assert f"`limits.{name}`" in met.hint


def test_a_database_that_is_full_has_met_the_limit_of_tmp() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("pragma max_page_count = 2")
        database.execute("create table t (a)")
        with pytest.raises(sqlite3.OperationalError) as full:
            database.execute("insert into t values (zeroblob(1000000))")

    met = limit_behind(full.value, LIMITS)

    assert met is not None
    assert met.code == "tmp_limit"


def test_where_a_runtime_has_no_such_limit_there_is_none_behind() -> None:
    assert limit_behind(OSError(errno.EMFILE, "too many"), {}) is None


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "none"), OSError(), RuntimeError("x"), RuntimeError()]
)
def test_other_exceptions_have_no_limit_behind_them(error: Exception) -> None:
    assert limit_behind(error, LIMITS) is None
