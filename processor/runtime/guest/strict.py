"""
The result of a script to JSON, as it is: nothing is converted that JSON does not say itself.

What Python's own `json` writes passes, tuples and keys that are numbers among it; NaN, dates, sets
and tables do not, and are told with their path and how to convert them.
"""

import json
import math
from typing import Any, Final

from .encode import DEEPEST, MOST_DIGITS, NotSerialisable, step_of

_TOO_LARGE: Final = 10**MOST_DIGITS

_HINTS: Final = {
    "set": "make it a list: `sorted(values)`",
    "frozenset": "make it a list: `sorted(values)`",
    "generator": "make it a list: `list(values)`",
    "datetime": "make it text: `moment.isoformat()`",
    "date": "make it text: `day.isoformat()`",
    "time": "make it text: `time.isoformat()`",
    "timedelta": "make it a number: `duration.total_seconds()`",
    "Decimal": "make it a number or text: `float(value)`, `str(value)`",
    "UUID": "make it text: `str(value)`",
    "bytes": "make it text: `base64.b64encode(data).decode()`",
    "DataFrame": 'make it a list: `frame.to_dict("records")`',
    "Series": "make it a list: `series.tolist()`",
    "ndarray": "make it a list: `array.tolist()`",
    "Timestamp": "make it text: `moment.isoformat()`",
    "coroutine": "run it first: `asyncio.run(…)`",
    "function": "call it",
}


class _Unfit(Exception):
    """A value has no JSON form; its path grows on the way out."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.steps: list[str] = []


def encode_result(value: Any) -> bytes:
    """
    Give a result as JSON; raises NotSerialisable with the path of what has no JSON form.

    >>> encode_result({1: (10, 20)})
    b'{"1":[10,20]}'
    """
    try:
        _look_at(value, 1)
    except _Unfit as unfit:
        path = "result" + "".join(reversed(unfit.steps))
        raise NotSerialisable(path, unfit.problem, unfit.hint) from None
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _look_at(value: Any, depth: int) -> None:
    """Look for what JSON cannot say; the path is made only where there is something."""
    match value:
        case str():
            _look_at_text(value)
        case None | bool():
            pass
        case int() | float():
            _look_at_number(value)
        case dict() | list() | tuple():
            if depth > DEEPEST:
                raise _Unfit(f"nested more than {DEEPEST} deep, or in itself")
            _look_inside(value, depth)
        case _:
            raise _no_json_form(value)


def _look_at_number(value: float) -> None:
    if isinstance(value, int):
        if abs(value) >= _TOO_LARGE:
            raise _Unfit(f"the integer has more than {MOST_DIGITS} digits")
    elif not math.isfinite(value):
        raise _Unfit(f"{float(value)} has no JSON form", "replace it, for instance by None")


def _look_inside(value: Any, depth: int) -> None:
    step: Any = None
    items = value.items() if isinstance(value, dict) else enumerate(value)
    try:
        for step, inner in items:
            if isinstance(value, dict) and type(step) is not str:
                _look_at_key(step, value)
            _look_at(inner, depth + 1)
    except _Unfit as unfit:
        unfit.steps.append(step_of(str(step)) if isinstance(value, dict) else f"[{step}]")
        raise


def _look_at_key(key: Any, value: dict[Any, Any]) -> None:
    """Hold a key to what becomes text by itself, and to be the only one of that text."""
    if not isinstance(key, str | int | float | None):
        hint = "name keys by text: `{str(key): value}`"
        raise _Unfit(f"the key {key!r:.60} is of type {type(key).__name__}, not text", hint)
    _look_at(key, 0)
    text = key if isinstance(key, str) else json.dumps(key)
    if not isinstance(key, str) and text in value:
        raise _Unfit(f"two keys become the text {text!r:.60}", "keep one of them")


def _look_at_text(value: str) -> None:
    try:
        value.isascii() or value.encode()
    except UnicodeEncodeError:
        hint = 'drop it with `text.encode("utf-8", "ignore").decode()`'
        raise _Unfit("the text has a lone surrogate, which JSON cannot carry", hint) from None


def _no_json_form(value: object) -> _Unfit:
    kind = type(value)
    if kind.__module__ == "numpy" and kind.__name__ not in _HINTS:
        hint: str | None = "make it a plain number: `value.item()`"
    else:
        hint = _HINTS.get(kind.__name__)
    return _Unfit(f"Object of type {kind.__name__} is not JSON serializable", hint)
