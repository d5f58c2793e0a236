"""An input's JSON to what a statement sees (rule 17)."""

import gc
import json
import math
from typing import Any, Final

_SHAPE: Final = bytes(
    ord("0") if chr(code).isdecimal() else ord("e") if chr(code) in "eE" else code
    for code in range(128)
) + bytes(range(128, 256))
"""Makes all digits one and both exponents one, so that what is looked for is a plain text."""
_MAY_OVERFLOW: Final = (b"0e000", b"0e+000", b"0" * 309)
"""What JSON has that holds a number beyond double precision, and seldom otherwise."""


class BadInput(Exception):
    """An input is not what a statement may see; the message says which and why."""


def read_input(name: str, content: bytes) -> Any:
    """Give rows, a list of objects or None, or a checkpoint; raises BadInput."""
    value = _decoded(name, content)
    if name != "DATA_CHECKPOINT":
        _require_rows(name, value)
    return value


def read_globals(content: bytes) -> dict[str, Any]:
    """Give the names that a workflow tells a script; raises BadInput."""
    value = _decoded("globals", content)
    if not isinstance(value, dict):
        raise BadInput("globals is no object")
    return value


def _decoded(name: str, content: bytes) -> Any:
    gc.disable()  # decoding makes no cycles, and collecting costs more than a third of it
    try:
        text = content.decode()
        if _may_overflow(content):  # each float by a function of ours takes twice as long
            return json.loads(text, parse_float=_finite)
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not JSON in UTF-8: {error}") from None
    finally:
        gc.freeze()  # rows live as long as the run; no collection need look at them again
        gc.enable()


def _may_overflow(content: bytes) -> bool:
    shape = content.translate(_SHAPE)
    return any(part in shape for part in _MAY_OVERFLOW)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits:.40} is beyond double precision")
    return value


def _require_rows(name: str, value: Any) -> None:
    """Hold rows to what a statement may rely on: objects in a list, or None (rule 17)."""
    if value is None or (isinstance(value, list) and set(map(type, value)) <= {dict}):
        return
    if not isinstance(value, list):
        raise BadInput(f"{name} is no list of objects")
    number = next(number for number, row in enumerate(value) if type(row) is not dict)
    raise BadInput(f"{name}: row {number} is no object")
