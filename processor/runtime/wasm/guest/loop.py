"""An event loop for a place without sockets: it can wait for time, and for nothing else."""

import asyncio
import asyncio.selector_events
import selectors
import time
import warnings
from collections.abc import Callable
from typing import Any


class _NothingButTime(selectors.BaseSelector):
    """Waits for no file, since there is none."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """See BaseSelector: refuse."""
        raise OSError("there are no sockets here")

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """See BaseSelector: refuse."""
        raise KeyError(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Sleep; without a timeout nothing could ever wake it."""
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is left that could wake it")
        if timeout > 0:
            time.sleep(timeout)
        return []

    def get_map(self) -> dict[Any, Any]:
        """See BaseSelector."""
        return {}


class Loop(asyncio.selector_events.BaseSelectorEventLoop):
    """Runs coroutines and timers; what would go to a thread runs at once."""

    def __init__(self) -> None:
        super().__init__(_NothingButTime())

    def _make_self_pipe(self) -> None:
        """Do without the pipe by which other threads wake a loop: there are no other threads."""
        self._ssock = self._csock = None
        self._internal_fds = 0

    def _close_self_pipe(self) -> None:
        return

    def _write_to_self(self) -> None:
        return

    def _process_events(self, event_list: list[Any]) -> None:
        return

    def run_in_executor(  # type: ignore[override] # a future of whatever it gives
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Call it now: there are no threads."""
        called = self.create_future()
        try:
            called.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 (told to who awaits it)
            called.set_exception(error)
        return called


def install() -> None:
    """Let `asyncio.run` and `asyncio.new_event_loop` make such loops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies leave with Python 3.16

        class Policy(asyncio.DefaultEventLoopPolicy):
            _loop_factory = Loop

        asyncio.set_event_loop_policy(Policy())  # type: ignore[deprecated] # asyncio.run asks it
