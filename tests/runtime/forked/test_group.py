"""Control groups as the kernel of this machine has them: what they bound, and what is left."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from processor.runtime.forked.group import PREFIX, Group, made_and_locked, sweep
from processor.runtime.forked.slot import Slot, read
from tests.runtime.jail.forks import in_child
from tests.runtime.jail.jails import unable

MIB = 1 << 20


@pytest.fixture
def group() -> Iterator[Group]:
    try:
        made = Group()
    except OSError as error:
        unable(f"there are no control groups here: {error}")
    with closing(made):
        yield made


@contextmanager
def inside(slot: Slot, function: Callable[[], object]) -> Iterator[int]:
    """Have a process in a slot that calls the function once the block has ended."""
    told, tell = os.pipe()
    entered, enter = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(tell)
            with slot.doors() as doors:
                for door in doors:
                    os.write(door, b"0")
            os.write(enter, b".")
            os.read(told, 1)
            function()
        finally:
            os._exit(0)
    for descriptor in (told, enter):
        os.close(descriptor)
    try:
        os.read(entered, 1)
        yield process
    finally:
        os.close(entered)
        os.close(tell)


def ended(slot: Slot, function: Callable[[], object], most: int) -> int:
    """Give how a process ended that had so many bytes for a function; a signal is negative."""
    with inside(slot, function) as process:
        slot.bound_memory(most)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def use(size: int) -> bytearray:
    return bytearray(b"x") * size


def test_who_uses_more_memory_than_he_may_is_ended(group: Group) -> None:
    with closing(group.slot()) as slot:
        assert ended(slot, lambda: use(64 * MIB), 16 * MIB) == -signal.SIGKILL
        assert slot.overflowed


def test_who_uses_less_goes_on(group: Group) -> None:
    with closing(group.slot()) as slot:
        assert ended(slot, lambda: use(16 * MIB), 64 * MIB) == 0
        assert not slot.overflowed


def test_who_is_killed_by_another_has_not_used_too_much(group: Group) -> None:
    with closing(group.slot()) as slot:
        with inside(slot, lambda: None) as process:
            slot.bound_memory(MIB)
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)

        assert not slot.overflowed


def test_what_was_used_before_the_bound_does_not_count(group: Group) -> None:
    with closing(group.slot()) as slot:
        with inside(slot, lambda: None) as process:
            before = slot.used()
            slot.bound_memory(16 * MIB)
            most = read(slot._memory / slot.version.most)
        os.waitpid(process, 0)

        assert abs(int(most) - before - 16 * MIB) < MIB


def test_a_slot_that_is_used_again_counts_from_the_beginning(group: Group) -> None:
    with closing(group.slot()) as slot:
        ended(slot, lambda: use(64 * MIB), 16 * MIB)
        slot.reset()

        assert not slot.overflowed
        assert ended(slot, lambda: use(16 * MIB), 64 * MIB) == 0


def test_a_slot_holds_who_went_in_and_nobody_else(group: Group) -> None:
    with closing(group.slot()) as slot:
        with inside(slot, lambda: None) as process:
            assert slot.holds(process)
            assert not slot.holds(os.getpid())
            assert slot.inside() == {str(process)}
        os.waitpid(process, 0)

        assert slot.inside() == frozenset()


def test_threads_are_counted_with_the_first(group: Group) -> None:
    told, tell = os.pipe()

    def start_threads() -> None:
        threads = [threading.main_thread()]
        try:
            while len(threads) < 20:
                threads.append(Thread(target=time.sleep, args=(60,), daemon=True))
                threads[-1].start()
        except RuntimeError:
            os.write(tell, str(len(threads) - 1).encode())

    with closing(group.slot()) as slot:
        slot.bound_threads(4)
        ended(slot, start_threads, 64 * MIB)
        os.close(tell)
        with os.fdopen(told, "rb") as said:
            assert said.read() == b"4"


def test_a_slot_with_somebody_inside_is_not_removed(group: Group) -> None:
    slot = group.slot()
    with inside(slot, lambda: None) as process:
        with pytest.raises(OSError, match="busy"):
            slot.close()
        with pytest.raises(OSError, match="busy"):
            group.close()
    os.waitpid(process, 0)

    slot.close()


def test_closing_leaves_nothing(group: Group) -> None:
    folders = group.folders
    group.slot()

    assert all(folder.exists() for folder in folders)
    group.close()
    assert not any(folder.exists() for folder in folders)


def test_what_a_killed_process_left_is_removed_by_the_next(group: Group) -> None:
    def leave() -> list[str]:
        mine = Group()
        mine.slot()
        return [str(folder) for folder in mine.folders]  # and ends without a word

    left = in_child(leave)  # type: ignore[arg-type] # a list of texts is JSON
    assert isinstance(left, list)
    assert all(Path(str(folder), "0").is_dir() for folder in left)

    Group().close()

    assert not any(Path(str(folder)).exists() for folder in left)


def test_what_a_living_process_has_is_left_alone(group: Group) -> None:
    group.slot()

    in_child(lambda: Group().close())

    assert all((folder / "0").is_dir() for folder in group.folders)


def test_of_what_is_not_ours_nothing_is_removed(tmp_path: Path) -> None:
    ours, others = tmp_path / f"{PREFIX}1", tmp_path / "other"
    for folder in (ours, others):
        (folder / "0").mkdir(parents=True)

    sweep(tmp_path)

    assert sorted(tmp_path.rglob("*")) == [others, others / "0"]


def test_who_finds_his_folder_swept_away_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[Path] = []

    def sweep_once(_descriptor: int, _kind: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].rmdir()

    monkeypatch.setattr("fcntl.flock", sweep_once)
    folder, lock = made_and_locked(tmp_path)
    os.close(lock)

    assert [folder] == [*tmp_path.iterdir()]
    assert swept != [folder]


def test_who_finds_it_swept_away_every_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sweep(_descriptor: int, _kind: int) -> None:
        for folder in tmp_path.iterdir():
            folder.rmdir()

    monkeypatch.setattr("fcntl.flock", sweep)

    with pytest.raises(BlockingIOError, match="left behind"):
        made_and_locked(tmp_path)
