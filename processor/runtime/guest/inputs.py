"""An input's JSON to what a statement sees (rule 17)."""

import gc
import json
import math
import re
from typing import Any, Final

_MAY_OVERFLOW: Final = re.compile(r"[0-9][eE]\+?[0-9]{3}|[0-9]{309}")
"""What a text has that holds a number beyond double precision, and seldom otherwise."""


class BadInput(Exception):
    """An input is not what a statement may see; the message says which and why."""


def read_input(name: str, content: bytes) -> Any:
    """Give rows, a list of objects or None, or a checkpoint; raises BadInput."""
    value = _decoded(name, content)
    if name != "DATA_CHECKPOINT":
        _require_rows(name, value)
    return value


def _decoded(name: str, content: bytes) -> Any:
    gc.disable()  # decoding makes no cycles, and collecting costs more than a third of it
    try:
        text = content.decode()
        if _MAY_OVERFLOW.search(text):  # each float by a function of ours takes twice as long
            return json.loads(text, parse_float=_finite)
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not JSON in UTF-8: {error}") from None
    finally:
        gc.enable()


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
