"""Running a script: a fresh `__main__` with the workflow's names, the setup script, the result."""

import builtins
import sys
from types import ModuleType
from typing import Any, Final

from processor.statement import FILENAME, SETUP_FILENAME, Script, compile_script

from .encode import NotSerialisable
from .inputs import read_globals
from .journal import Journal
from .strict import encode_result

_UNBOUND: Final = object()


class SetupFailed(Exception):
    """The setup script raised; the cause says what."""


def run_script(header: dict[str, Any], content: bytes, journal: Journal) -> bytes:
    """Run a script over the workflow's names, and give its result as JSON."""
    names = _fresh_main(read_globals(content))
    setup = compile_script(header["setup"], SETUP_FILENAME)
    script = compile_script(header["statement"], FILENAME)
    try:
        _value_of(setup, names)
    except MemoryError:
        raise
    except BaseException as error:
        raise SetupFailed from error
    value = _value_of(script, names)
    variable = names.get("result", _UNBOUND)
    return _chosen(value, variable, header["result_rule"] == "variable_first", journal)


def _fresh_main(given: dict[str, Any]) -> dict[str, Any]:
    """
    Give the namespace of a new module `__main__`, with what the workflow tells as global names.

    What the interpreter needs itself is not theirs to replace; any other name is, builtins too.
    """
    module = sys.modules["__main__"] = ModuleType("__main__")
    own = {**vars(module), "__builtins__": builtins}
    params = given.get("params", {})
    names = vars(module)
    names |= {"state": given, "params": params, "startTrigger": {"params": params}, **given, **own}
    return names


def _value_of(script: Script, names: dict[str, Any]) -> Any:
    """Run a script in one namespace for all, and give the value of its last expression, if any."""
    exec(script.body, names)  # noqa: S102 (this is what the process is for)
    return None if script.last is None else eval(script.last, names)  # noqa: S307 (the same)


def _chosen(value: Any, variable: Any, variable_first: bool, journal: Journal) -> bytes:
    """
    Encode the result: the last expression's value, or what is called `result`.

    None is no value of an expression: it is what `print(…)` and `rows.sort()` give.
    """
    bound = variable is not _UNBOUND
    by_name = bound and (variable_first or value is None)
    taken, left = (variable, value) if by_name else (value, variable)
    content = encode_result(taken)
    if bound and value is not None and value is not variable and _differs(left, content):
        this, other = ("`result`", "the last expression")[:: 1 if by_name else -1]
        message = f"{this} is the result; {other} has another value, which is not used"
        journal.write("warn", message, "service")
    return content


def _differs(left: Any, content: bytes) -> bool:
    """Tell whether a value would be another result; how its type compares is not asked."""
    try:
        return encode_result(left) != content
    except NotSerialisable:
        return True
