"""Nodes as classes: pins are declared by annotations, and read and written as attributes."""

import inspect
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from .context import Context, to_bytes
from .definition import NodeDefinition, PinDefinition, humanize, schema_of
from .execution import ExecutionResult
from .kinds import NodeScores, PinType, ValueType
from .markers import Exec, ExecInput, ExecOutput, Input, Output

_SCALARS: Final[dict[Any, str]] = {
    int: PinType.I64,
    float: PinType.F64,
    str: PinType.STRING,
    bool: PinType.BOOL,
    bytes: PinType.BYTES,
}
_COLLECTIONS: Final[dict[Any, str]] = {
    list: ValueType.ARRAY,
    tuple: ValueType.ARRAY,
    dict: ValueType.HASH_MAP,
    set: ValueType.HASH_SET,
}


@dataclass(frozen=True)
class Declared:
    """One declared pin: its attribute, its name, what it carries."""

    attribute: str
    pin_name: str
    marker: Input | Output | ExecInput | ExecOutput
    data_type: str
    value_type: str | None
    inner: Any
    """The type of a value, or of each value in a collection."""


class WasmNode:
    """A node. A class derived from it is one more node of its module."""

    permissions: ClassVar[list[str]] = []
    long_running: ClassVar[bool | None] = None
    docs: ClassVar[str | None] = None
    scores: ClassVar[NodeScores | None] = None
    _words: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        title: str | None = None,
        category: str | None = None,
        icon: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls._words = {"name": name, "title": title, "category": category, "icon": icon}
        if "run" in vars(cls) and not inspect.isabstract(cls):
            _registered.append(cls())

    def get_node(self) -> NodeDefinition:
        """Give the definition that the class declares."""
        words, kind = self._words, type(self)
        name = words["name"] or _snake_case(kind.__name__)
        definition = NodeDefinition(
            name,
            words["title"] or humanize(name),
            _own_docstring(kind) or f"Node: {name}",
            words["category"] or "Custom",
            icon=words["icon"],
            scores=self.scores,
            long_running=self.long_running,
            docs=self.docs,
        )
        for permission in self.permissions:
            definition.add_permission(permission)
        for pin in _pins(declared_pins(kind)):
            definition.add_pin(pin)
        return definition

    def run(self, ctx: Any) -> ExecutionResult:
        """Do what the node does."""
        raise NotImplementedError


class TypedContext:
    """A context whose pins are attributes; whatever else it is asked for is the context's own."""

    def __init__(self, raw_ctx: Context, pins: tuple[Declared, ...]) -> None:
        vars(self).update(_context=raw_ctx, _inputs={}, _outputs={})
        for pin in pins:
            kept = {Input: self._inputs, Output: self._outputs}.get(type(pin.marker))
            if kept is not None:
                kept[pin.attribute] = pin

    def __getattr__(self, name: str) -> Any:
        pin = vars(self)["_inputs"].get(name)
        if pin is None:
            return getattr(vars(self)["_context"], name)
        context = self._context
        value = context.get_input(pin.pin_name)
        if value is None and pin.pin_name != name:
            value = context.get_input(name)
        return pin.marker.initial() if value is None else _coerced(value, pin)

    def __setattr__(self, name: str, value: Any) -> None:
        pin = self._outputs.get(name)
        self._context.set_output(pin.pin_name if pin else name, _told(value))


_registered: Final[list[WasmNode]] = []


def get_registered_nodes() -> list[WasmNode]:
    """Give every node of the module that is a class."""
    return list(_registered)


def get_all_definitions() -> list[NodeDefinition]:
    """Give the definitions of the nodes that are classes."""
    return [each.get_node() for each in _registered]


def run_node(node_name: str, ctx: Context) -> ExecutionResult:
    """Run the node of that name; an unknown name is a failed answer."""
    for each in _registered:
        if each.get_node().name == node_name:
            pins = declared_pins(type(each))
            given: Any = TypedContext(ctx, pins) if pins else ctx
            return each.run(given)
    return ctx.fail(f"Unknown node: {node_name}")


def declared_pins(kind: type) -> tuple[Declared, ...]:
    """Give what a class declares, those of its bases first."""
    found: dict[str, Declared] = {}
    for base in reversed(kind.__mro__):
        hints = _hints(base)
        for attribute, marker in vars(base).items():
            if isinstance(marker, Input | Output | ExecInput | ExecOutput):
                found[attribute] = _declared(attribute, marker, hints.get(attribute, Any))
    return tuple(found.values())


def _declared(attribute: str, marker: Any, hint: Any) -> Declared:
    name = marker.pin_name or attribute
    if isinstance(marker, ExecInput | ExecOutput):
        return Declared(attribute, name, marker, PinType.EXEC, None, Exec)
    inner, value_type = _taken_apart(hint)
    data_type = _SCALARS.get(inner, PinType.GENERIC)
    if isinstance(inner, type) and inner not in _SCALARS and schema_of(inner) is not None:
        data_type = PinType.STRUCT
    return Declared(attribute, name, marker, data_type, marker.value_type or value_type, inner)


def _taken_apart(hint: Any) -> tuple[Any, str | None]:
    """Give what a hint says of each value, and of how many there are."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        some = [each for each in arguments if each is not type(None)]
        return _taken_apart(some[0]) if len(some) == 1 else (Any, None)
    if origin in _COLLECTIONS:
        place = 1 if origin is dict else 0
        return arguments[place] if len(arguments) > place else Any, _COLLECTIONS[origin]
    if hint in _COLLECTIONS:
        return Any, _COLLECTIONS[hint]
    return hint, None


def _pins(declared: tuple[Declared, ...]) -> Iterator[PinDefinition]:
    """Give a node's pins: those that start it, its inputs, where it continues, its outputs."""
    starts = [pin for pin in declared if isinstance(pin.marker, ExecInput)]
    ends = [pin for pin in declared if isinstance(pin.marker, ExecOutput)]
    words = [(pin.pin_name, pin.marker.description or "") for pin in starts] or [("exec", "")]
    yield from (PinDefinition.input_exec(name, description=text) for name, text in words)
    yield from (_pin(pin) for pin in declared if isinstance(pin.marker, Input))
    words = [(pin.pin_name, pin.marker.description or "") for pin in ends] or [("exec_out", "")]
    yield from (PinDefinition.output_exec(name, description=text) for name, text in words)
    yield from (_pin(pin) for pin in declared if isinstance(pin.marker, Output))


def _pin(declared: Declared) -> PinDefinition:
    marker = declared.marker
    assert isinstance(marker, Input | Output), "exec pins are made by their own"
    make = PinDefinition.input_pin if isinstance(marker, Input) else PinDefinition.output_pin
    pin = make(
        declared.pin_name,
        declared.data_type,
        description=marker.description or "",
        friendly_name=marker.title or humanize(declared.attribute),
    )
    pin.value_type = declared.value_type
    has_schema = declared.data_type == PinType.STRUCT
    pin.schema = marker.schema or (schema_of(declared.inner) if has_schema else None)
    if isinstance(marker, Input):
        _say_more(pin, marker)
    return pin


def _say_more(pin: PinDefinition, marker: Input) -> None:
    pin.default_value = _told(marker.initial())
    least = marker.ge if marker.ge is not None else marker.gt
    most = marker.le if marker.le is not None else marker.lt
    if least is not None and most is not None:
        pin.range = (least, most)
    pin.valid_values = marker.options
    pin.sensitive = marker.sensitive or None
    pin.enforce_schema = True if pin.schema is not None else None


def _coerced(value: Any, pin: Declared) -> Any:
    if pin.value_type is not None and pin.value_type != ValueType.NORMAL:
        return set(value) if pin.value_type == ValueType.HASH_SET else value
    if pin.inner is bytes:
        return to_bytes(value)
    if pin.inner in _SCALARS:
        return pin.inner(value)
    read = getattr(pin.inner, "model_validate", None) or getattr(pin.inner, "from_dict", None)
    return read(value) if callable(read) and isinstance(value, dict) else value


def _told(value: Any) -> Any:
    """Give a value as JSON has it: a model as its members, a set as a list."""
    for name in ("model_dump", "to_dict"):
        make = getattr(value, name, None)
        if callable(make) and not isinstance(value, type):
            return make()
    match value:
        case set() | frozenset():
            return sorted((_told(each) for each in value), key=repr)
        case list() | tuple():
            return [_told(each) for each in value]
        case dict():
            return {key: _told(each) for key, each in value.items()}
        case _:
            return value


def _hints(kind: type) -> dict[str, Any]:
    """Give a class's own annotations; one that cannot be resolved says nothing."""
    try:
        return typing.get_type_hints(kind)
    except Exception:
        return dict(getattr(kind, "__annotations__", {}))


def _own_docstring(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "") if "__doc__" in vars(kind) else ""


def _snake_case(name: str) -> str:
    """
    Give a class's name as a node's.

    >>> _snake_case("BlendPrices"), _snake_case("HTTPGet2")
    ('blend_prices', 'http_get2')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
