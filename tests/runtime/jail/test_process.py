"""What a child gives up as a process."""

import ctypes
import os
import signal
from pathlib import Path

import pytest

from processor.runtime.jail import Restriction
from processor.runtime.jail.process import (
    CloseDescriptors,
    DieWithParent,
    KilledFirst,
    NoNewPrivileges,
    OwnSession,
    SilentStreams,
)
from processor.runtime.jail.syscalls import PR_SET_NO_NEW_PRIVS, prctl
from processor.values import Json

from .forks import in_child

PR_GET_PDEATHSIG = 2


def status(name: str) -> str:
    """Give a line of the calling process's status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return found[name]


def descriptors() -> set[int]:
    return {int(path.name) for path in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize(
    ("restriction", "said"),
    [
        (DieWithParent(1), "killed when the zygote ends"),
        (KilledFirst(0), "killed first when memory runs out"),
        (OwnSession(), "a session of its own, without a terminal"),
        (SilentStreams(), "standard streams lead nowhere"),
        (NoNewPrivileges(), "no new privileges"),
        (CloseDescriptors(frozenset({3})), "no descriptors but the run's own"),
    ],
)
def test_a_restriction_says_what_it_keeps_out(restriction: Restriction, said: str) -> None:
    assert restriction.describe() == said


def test_a_child_is_killed_before_anybody_when_memory_runs_out() -> None:
    def score() -> Json:
        KilledFirst(os.open("/proc", os.O_RDONLY)).apply()
        return Path("/proc/self/oom_score_adj").read_text().strip()

    assert in_child(score) == "1000"


def test_a_child_is_killed_when_its_parent_ends() -> None:
    parent = os.getpid()

    def signal_at_parents_end() -> Json:
        DieWithParent(parent).apply()
        number = ctypes.c_int()
        ctypes.CDLL(None).prctl(PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
        return number.value

    assert in_child(signal_at_parents_end) == signal.SIGKILL


def test_a_child_whose_parent_has_ended_already_does_not_go_on() -> None:
    another = os.getppid()

    def orphaned() -> Json:
        DieWithParent(another).apply()
        return "went on"

    assert in_child(orphaned) == "ProcessLookupError: the zygote has ended"


def test_a_child_has_a_session_of_its_own() -> None:
    def session() -> Json:
        OwnSession().apply()
        return os.getsid(0) == os.getpid()

    assert in_child(session) is True


def test_a_child_ignores_an_interrupt() -> None:
    def interrupted() -> Json:
        OwnSession().apply()
        os.kill(os.getpid(), signal.SIGINT)
        return "went on"

    assert in_child(interrupted) == "went on"


def test_a_child_blocks_no_signal() -> None:
    def blocked() -> Json:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGXCPU})
        OwnSession().apply()
        return [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())]

    assert in_child(blocked) == []


def test_standard_streams_lead_nowhere() -> None:
    def targets() -> Json:
        SilentStreams().apply()
        return [str(Path(f"/proc/self/fd/{stream}").readlink()) for stream in (0, 1, 2)]

    assert in_child(targets) == ["/dev/null"] * 3


def test_standard_streams_leave_no_descriptor_behind() -> None:
    def opened() -> Json:
        before = len(descriptors())
        SilentStreams().apply()
        return len(descriptors()) - before

    assert in_child(opened) == 0


def test_no_new_privileges_can_be_had() -> None:
    def privileges() -> Json:
        NoNewPrivileges().apply()
        return status("NoNewPrivs")

    assert in_child(privileges) == "1"


def test_privileges_are_a_childs_own_affair() -> None:
    def privileges() -> Json:
        return status("NoNewPrivs")

    before = status("NoNewPrivs")
    in_child(lambda: NoNewPrivileges().apply())

    assert in_child(privileges) == before


def test_only_the_named_descriptors_stay_open() -> None:
    def opened() -> Json:
        kept = [os.dup2(0, number) for number in (50, 61)]
        for number in (49, 51, 60, 62, 200):
            os.dup2(0, number)
        # the pipe that tells of it is the lowest of those that were opened last
        pipes = descriptors() & set(range(3, 49))
        CloseDescriptors(frozenset({*kept, *pipes})).apply()
        still = []
        for number in range(256):
            try:
                os.fstat(number)
            except OSError:
                continue
            still.append(number)
        return [number in still for number in (0, 1, 2, 50, 61)] + [
            number for number in still if number > 48 and number not in kept
        ]

    assert in_child(opened) == [True] * 5


def test_a_system_call_that_fails_is_an_error_with_its_reason() -> None:
    with pytest.raises(OSError, match="Invalid argument") as caught:
        prctl(PR_SET_NO_NEW_PRIVS, 2)

    assert caught.value.filename == f"prctl({PR_SET_NO_NEW_PRIVS})"
