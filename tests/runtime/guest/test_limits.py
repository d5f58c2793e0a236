"""Which limit an exception comes from."""

import errno

import pytest

from processor.runtime.guest.limits import limit_behind

LIMITS = {"tmp_bytes": 1, "open_files": 2, "threads": 3}


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (OSError(errno.ENOSPC, "full"), "the step's limits.tmp_bytes is 1"),
        (OSError(errno.EFBIG, "too large"), "the step's limits.tmp_bytes is 1"),
        (OSError(errno.EMFILE, "too many"), "the step's limits.open_files is 2"),
        (RuntimeError("can't start new thread"), "the step's limits.threads is 3"),
    ],
)
def test_a_limit_is_named_with_its_value(error: Exception, hint: str) -> None:
    assert limit_behind(error, LIMITS) == hint


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "none"), OSError(), RuntimeError("x"), RuntimeError()]
)
def test_other_exceptions_have_no_limit_behind_them(error: Exception) -> None:
    assert limit_behind(error, LIMITS) is None
