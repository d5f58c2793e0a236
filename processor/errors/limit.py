"""A run used more than it may; each class is one limit."""

from .step import StepError


class LimitExceeded(StepError):
    """The run used more than its limits allow; the message names the limit and its value."""

    exit_code = 17


class WallLimit(LimitExceeded):
    """The run took longer than `limits.wall_seconds`."""

    code = "wall_limit"
    advice = (
        "Do less in one run, for instance by a data checkpoint, or raise `limits.wall_seconds`."
    )
    status = 302
    exit_code = 13


class CpuLimit(LimitExceeded):
    """The run used more processor time than `limits.cpu_seconds`."""

    code = "cpu_limit"
    advice = "Do less in one run, or raise `limits.cpu_seconds`."
    status = 302
    exit_code = 13


class MemoryLimit(LimitExceeded):
    """The run needed more memory than `limits.memory_bytes` above the warm baseline."""

    code = "memory_limit"
    advice = (
        "Hold fewer rows at a time: `yield` them, or run in slices by a data checkpoint. Or "
        "raise `limits.memory_bytes`."
    )
    status = 304
    exit_code = 14


class OutputLimit(LimitExceeded):
    """The run returned more than `limits.output_bytes` or `limits.rows`."""

    code = "output_limit"
    advice = (
        "Return fewer or smaller rows in one run, or raise `limits.output_bytes` or `limits.rows`."
    )
    status = 306
