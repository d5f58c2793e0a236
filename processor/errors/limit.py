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


class ThreadLimit(LimitExceeded):
    """The run had more threads at a time than `limits.threads`; its own counts."""

    code = "thread_limit"
    advice = "Use a smaller pool of threads, join those that are done, or raise `limits.threads`."
    status = 304


class FileLimit(LimitExceeded):
    """The run had more files and connections open at a time than `limits.open_files`."""

    code = "file_limit"
    advice = (
        "Close what is done with: open files and clients by `with`. Or raise `limits.open_files`."
    )
    status = 304


class TmpLimit(LimitExceeded):
    """The run wrote more to `/tmp` than `limits.tmp_bytes`, or more files than it has room for."""

    code = "tmp_limit"
    advice = (
        "Keep less in `/tmp` at a time: remove what is done with, hold small things in an "
        "`io.BytesIO`, or raise `limits.tmp_bytes`."
    )
    status = 304
