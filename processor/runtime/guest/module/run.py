"""One module: defined, or one of its nodes run once."""

import asyncio
import inspect
import json
from typing import Any, Final

from processor.runtime.guest.journal import Journal
from processor.runtime.guest.wrong import InvalidDefinition

from . import sdk
from .answered import answer
from .defined import normalised, permission, reading
from .host import Ask, RunHost, Stream, nobody
from .loaded import Json, Loaded, load

CONTEXT: Final[Json] = {
    "inputs": {}, "node_id": "", "run_id": "", "app_id": "", "board_id": "", "user_id": "",
    "stream_state": False, "log_level": 1, "node_name": "",
}  # fmt: skip
"""A context's members where the caller gives none."""
_NETWORK: Final = "network:"


def definitions_of(source: str, journal: Journal) -> bytes:
    """Give a module's definitions as JSON; raises InvalidDefinition, RejectedStatement."""
    host = RunHost(journal, _no_stream, nobody)
    try:
        nodes = load(source, host).nodes
    except InvalidDefinition:
        raise
    except Exception as error:
        raise InvalidDefinition(f"{type(error).__name__}: {error}") from error
    return json.dumps({"nodes": [normalised(node) for node in nodes]}, ensure_ascii=False).encode()


def answer_of(
    source: str, given: Json, options: Json, journal: Journal, stream: Stream, ask: Ask | None
) -> bytes:
    """
    Run a node once and give its answer as JSON.

    `given` is the run's context, `options` has what is granted (null: what the definition asks
    for), whether the step has a network, and whether pins are strict. Without `ask` the node's
    process does by itself what the service would. Raises what the author's code raises.
    """
    host = RunHost(journal, stream, ask)
    loaded = load(source, host)
    context = {**CONTEXT, **{name: value for name, value in given.items() if value is not None}}
    context["node_name"] = context["node_name"] or options["node_name"] or ""
    node = loaded.node(context["node_name"])
    if node is not None:
        context["node_name"] = context["node_name"] or node["name"]
        context["inputs"] = {**_defaults(node), **context["inputs"]}
    host.has_network = options["network"]
    host.granted = _granted(options, node)
    host.context = context
    returned = _run(loaded, context, host)
    warned = answer(
        returned,
        loaded,
        node,
        warn=lambda problem: journal.write("warn", problem, "service"),
        strict=options["strict_pins"],
    )
    return json.dumps(warned, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _run(loaded: Loaded, context: Json, host: RunHost) -> object:
    if loaded.with_dictionary:
        returned = loaded.run(context)
        return _awaited(returned)
    ctx = sdk.Context(sdk.ExecutionInput.from_dict(context), host)
    arguments = (context["node_name"], ctx) if loaded.with_name else (ctx,)
    returned = _awaited(loaded.run(*arguments))
    return ctx.finish() if returned is None else returned


def _awaited(returned: Any) -> object:
    if not inspect.isawaitable(returned):
        return returned

    async def wait() -> object:
        return await returned

    return asyncio.run(wait())


def _defaults(node: Json) -> Json:
    """Give the values of pins that no wire leads to; a pin without a default is left out."""
    return {
        pin["name"]: pin["default_value"]
        for pin in node["pins"]
        if pin.get("default_value") is not None and _is_input(pin)
    }


def _is_input(pin: Json) -> bool:
    read = reading(pin)
    return read["pin_type"] == "Input" and read["data_type"] != "Execution"


def _granted(options: Json, node: Json | None) -> frozenset[str]:
    """Give what is granted; of what the definition asks for the network only where there is one."""
    if options["permissions"] is not None:
        return frozenset(map(permission, options["permissions"]))
    asked = map(permission, node["permissions"] if node else ())
    return frozenset(name for name in asked if options["network"] or not name.startswith(_NETWORK))


def _no_stream(_kind: str, _data: object) -> None:
    return
