"""
A module's text to its nodes: which of the five ways to write one it is, told by what it defines.

`get_node()` and `run(context)` with dictionaries; `get_definition()` and `run(ctx)`;
`get_definitions()` and `run(node_name, ctx)`; classes derived from WasmNode that declare their
pins, or that have a `get_node` of their own.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from processor.runtime.guest.wrong import InvalidDefinition
from processor.statement import compile_module

from . import sdk
from .defined import node_of

NAME: Final = "node"
"""What a module is called while it runs: not `__main__`, whose code it keeps from running."""
ALIASES: Final = ("flow_like_wasm_sdk", "sdk")
"""The names by which modules import the SDK: the package's, and a template's own file."""
PARTS: Final = ("types", "context", "host", "interop", "helpers")
"""The package's own modules: each has some of its names, and here all of them."""
MOST_NODES: Final = 200
_DEFINERS: Final = ("get_node", "get_nodes", "get_definition", "get_definitions")

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A module that was executed: its nodes, and how one of them is run."""

    nodes: tuple[Json, ...]
    """Definitions as JSON objects, valid, in the author's own spelling."""
    run: Callable[..., Any]
    with_name: bool
    """Whether `run` takes the node's name before its context."""
    with_dictionary: bool
    """Whether `run` takes its context as a dictionary, and may leave `activate_exec` out."""

    def node(self, name: str) -> Json | None:
        """Give the definition of that name; of a module with one node, that one's."""
        if len(self.nodes) == 1:
            return self.nodes[0]
        return next((node for node in self.nodes if node["name"] == name), None)


def load(source: str, host: sdk.HostBridge) -> Loaded:
    """Execute a module; raises RejectedStatement, InvalidDefinition, and what its code raises."""
    code = compile_module(source)
    for alias in ALIASES:
        sys.modules[alias] = sdk
        sys.modules.update({f"{alias}.{part}": sdk for part in PARTS})
    sdk.set_host(host)
    module = ModuleType(NAME)
    sys.modules[NAME] = module  # dataclasses and type hints look their module up there
    exec(code, module.__dict__)  # noqa: S102 (this is what the process is for)
    return _loaded(vars(module))


def _loaded(names: Mapping[str, Any]) -> Loaded:
    definer = next((name for name in _DEFINERS if callable(names.get(name))), None)
    if definer is None and sdk.get_registered_nodes():
        return Loaded(
            nodes=_nodes(sdk.get_all_definitions),
            run=sdk.run_node,
            with_name=True,
            with_dictionary=False,
        )
    run = names.get("run")
    if definer is None or not callable(run):
        lacking = "`get_node()`" if definer is None else "`run(context)`"
        raise InvalidDefinition(f"the module defines no node: it has no {lacking}")
    given = _called(names[definer])
    return Loaded(
        nodes=_nodes(lambda: given),
        run=run,
        with_name=_positional(run) > 1,
        with_dictionary=isinstance(given, Mapping),
    )


def _nodes(define: Callable[[], Any]) -> tuple[Json, ...]:
    given = _called(define)
    if isinstance(given, sdk.PackageNodes):
        given = given.nodes
    listed = list(given) if isinstance(given, list | tuple) else [given]
    if not 0 < len(listed) <= MOST_NODES:
        message = f"a module defines 1 to {MOST_NODES} nodes, not {len(listed)}"
        raise InvalidDefinition(message)
    nodes = tuple(node_of(each, number) for number, each in enumerate(listed))
    names = [node["name"] for node in nodes]
    for name in names:
        if names.count(name) > 1:
            raise InvalidDefinition(f"Invalid node definition: two nodes are called {name!r}")
    return nodes


def _called(define: Callable[[], Any]) -> Any:
    try:
        return define()
    except Exception as error:
        raise InvalidDefinition(f"{type(error).__name__}: {error}") from error


def _positional(run: Callable[..., Any]) -> int:
    """Count what a function has to be given by position."""
    return sum(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
        for parameter in inspect.signature(run).parameters.values()
    )
