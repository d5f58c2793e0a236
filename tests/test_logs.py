"""Our own log, where standard error does not take it."""

import os
import subprocess
import sys

LOGS = (
    "from processor.logs import set_up_logs\n"
    "import structlog\n"
    "set_up_logs('json')\n"
    "for _ in range(1000): structlog.get_logger().info('event', text='x' * 100)\n"
    "print('went on')\n"
)


def output_of(command: list[str], errors: int) -> str:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=30, check=False
        )
    finally:
        os.close(errors)
    return done.stdout


def test_a_log_whose_disk_is_full_is_lost_and_the_process_goes_on() -> None:
    full = os.open("/dev/full", os.O_WRONLY)

    assert output_of([sys.executable, "-c", LOGS], full) == "went on\n"


def test_a_log_whose_reader_is_gone_is_lost_and_the_process_goes_on() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    assert output_of([sys.executable, "-c", LOGS], writing) == "went on\n"


def test_a_log_without_standard_error_does_not_go_to_standard_output() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    command = ["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, LOGS]

    assert output_of(command, nothing) == "went on\n"
