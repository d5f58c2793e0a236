"""What a module defines: its code is run to tell, so it runs where statements run."""

import hashlib
from collections import OrderedDict
from datetime import timedelta
from typing import Final

import msgspec

from processor.environment import Environments
from processor.errors import BadResult, LimitExceeded, StepError, UndefinedNode
from processor.gate import Gate
from processor.identity import Tenant
from processor.result import returned_content
from processor.runtime.contract import Assignment, Runtime
from processor.step import DefinitionOrder, NodePackage

MOST_KEPT_BYTES: Final = 16 << 20


class Definer:
    """Tells what modules define, a few at a time, and remembers it by their text."""

    def __init__(
        self, environments: Environments, runtime: Runtime, *, slots: int, most_waiting: int
    ) -> None:
        self._environments = environments
        self._runtime = runtime
        self._gate = Gate("definitions", slots=slots, most_waiting=most_waiting)
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._kept_bytes = 0

    async def define(self, order: DefinitionOrder, tenant: Tenant) -> bytes:
        """
        Give the definitions of a module's nodes as one JSON object.

        Raises UndefinedNode where it defines none, EnvironmentNotReady, and Busy where too many
        wait.
        """
        environments = self._environments.of(tenant)
        await environments.prepare(order.environment, timedelta())
        environment = environments.get(order.environment)
        key = (environment.digest, hashlib.sha256(order.statement.encode()).hexdigest())
        if key in self._kept:
            self._kept.move_to_end(key)
            return _with_package(self._kept[key], order.package)
        assignment = Assignment(
            statement=order.statement,
            inputs={},
            nullable=frozenset(),
            environment=environment,
            limits=order.limits,
            dialect="module",
            define=True,
        )
        async with self._gate.passed():
            execution = await self._runtime.execute(assignment, _no_rows)
        try:
            content = returned_content(execution.report, order.limits)
        except StepError as error:
            raise UndefinedNode(_words(error)) from None
        self._keep(key, content)
        return _with_package(content, order.package)

    def _keep(self, key: tuple[str, str], content: bytes) -> None:
        self._kept_bytes += len(content) - len(self._kept.get(key, b""))
        self._kept[key] = content
        while self._kept_bytes > MOST_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])


class _Named(msgspec.Struct):
    name: str


class _Defined(msgspec.Struct):
    nodes: list[_Named]


def _with_package(content: bytes, package: NodePackage | None) -> bytes:
    """Give definitions with what their package says; raises UndefinedNode where it says wrong."""
    if package is None:
        return content
    defined = [node.name for node in msgspec.json.decode(content, type=_Defined).nodes]
    for name in package.nodes:
        if name not in defined:
            raise UndefinedNode(
                f"the manifest lists node {name!r:.140}, which the module does not define; it "
                f"defines: {', '.join(defined)[:1000]}"
            )
    told = {
        "package": {
            "id": package.id,
            "name": package.name,
            "version": package.version,
            "description": package.description,
            "unlisted": [name for name in defined if name not in package.nodes],
        },
        "step": package.step(),
        "nodes": msgspec.Raw(msgspec.json.encode(msgspec.json.decode(content)["nodes"])),
    }
    return msgspec.json.encode(told)


async def _no_rows(_content: bytes, *, returned: bool = False) -> None:
    del returned
    raise BadResult("a definition has no rows")


def _words(error: StepError) -> str:
    """Say why a module cannot be defined: in its own words, and where."""
    if isinstance(error, LimitExceeded):
        return f"the module was ended while it told what it defines: {error.message}"
    kind = f"{error.type_name}: " if error.type_name else ""
    said = error.message if error.message.startswith(kind) else f"{kind}{error.message}"
    return f"{said} (line {error.place.line})" if error.place else said
