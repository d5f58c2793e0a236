"""Figures that a statement drew with matplotlib: captured beside its rows (rule 31)."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .journal import Journal
from .wire import PNG, SVG, Sink, write_frame

MOST_FIGURES: Final = 10
LARGEST_BYTES: Final = 4 << 20
"""Of each of a figure's two forms."""

_FORMS: Final = ((PNG, "png"), (SVG, "svg"))


class Figures:
    """
    Sends figures to the host: those open when `show` is called, and those open at the end.

    Does nothing, and costs nothing, where the statement has not drawn.
    """

    def __init__(self, frames: Sink, journal: Journal) -> None:
        self._frames = frames
        self._journal = journal
        self._sent = 0
        pyplot = _pyplot()
        if pyplot is not None:
            pyplot.show = self._show

    def capture(self) -> None:
        """Send every open figure, and close it; a figure that cannot be drawn is told of."""
        pyplot = _pyplot()
        if pyplot is None:
            return
        numbers: list[int] = []
        with self._told():
            numbers = list(pyplot.get_fignums())
        for number in numbers:
            with self._told():
                self._send(pyplot.figure(number))
        with self._told():
            pyplot.close("all")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell of what fails: a figure harms neither the rows nor the other figures."""
        try:
            yield
        except _TooLarge:
            self._warn(f"a figure of more than {LARGEST_BYTES} bytes is not kept")
        except Exception as error:
            self._warn(f"a figure could not be drawn: {type(error).__name__}: {error}")

    def _show(self, *_arguments: object, **_options: object) -> None:
        self.capture()

    def _send(self, figure: Any) -> None:
        if self._sent == MOST_FIGURES:
            self._warn(f"only the first {MOST_FIGURES} figures are kept")
        self._sent += 1
        if self._sent > MOST_FIGURES:
            return
        contents = [_drawn(figure, form) for _, form in _FORMS]
        for (kind, _), content in zip(_FORMS, contents, strict=True):
            write_frame(self._frames, kind, content)

    def _warn(self, message: str) -> None:
        self._journal.write("warn", message, "service")


def _pyplot() -> Any:
    return sys.modules.get("matplotlib.pyplot")


class _TooLarge(Exception):
    """A figure passed its limit while it was written."""


class _Bounded(io.BytesIO):
    """Takes as much as a figure may have: a drawing of a million points fills no memory."""

    def write(self, content: Any) -> int:
        written = super().write(content)
        if self.tell() > LARGEST_BYTES:
            raise _TooLarge
        return written


def _drawn(figure: Any, form: str) -> bytes:
    out = _Bounded()
    figure.savefig(out, format=form)
    return out.getvalue()
