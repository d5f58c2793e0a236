"""What a JSON Schema may say here: nothing that reaches outside it or costs without bound."""

from collections.abc import Iterator
from typing import Final, TypeAlias
from urllib.parse import unquote

from processor.values import Json

from .columns import DIALECT, MOST_COLUMNS
from .wording import pointer_of, quoted, refused

MOST_NODES: Final = 20_000
"""The most subschemas, each counted as often as it is referred to: what a row may cost."""
LONGEST_PATTERN: Final = 2_000
MOST_PATTERNS: Final = 200

Path: TypeAlias = tuple[str | int, ...]

_ONE: Final = (
    "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
_MANY: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED: Final = ("properties", "patternProperties", "dependentSchemas")
_REFUSED: Final = {
    "$dynamicRef": "use `$ref` to `#/$defs/…`",
    "$dynamicAnchor": "name the schema in `$defs`",
    "$recursiveRef": "use `$ref` to `#/$defs/…`",
    "$recursiveAnchor": "name the schema in `$defs`",
    "$anchor": "name the schema in `$defs`",
    "$vocabulary": "only the standard vocabularies are known",
    "dependencies": "it is older than 2020-12: use `dependentRequired` or `dependentSchemas`",
}


def check_keywords(source: dict[str, Json]) -> None:
    """
    Refuse what makes a schema reach outside itself, or cost more than its size tells.

    A `$ref` may name `#/$defs/NAME` only, and none may lead back to itself; so the schema is a
    tree of known size once its references are followed. Raises InvalidSchema with a pointer.
    """
    if source.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        raise refused("/$schema", f"only JSON Schema 2020-12 is read: {DIALECT}")
    patterns: list[str] = []
    for path, schema in _walk(source, ()):
        _check_node(path, schema)
        patterns += _patterns(path, schema)
    if len(patterns) > MOST_PATTERNS:
        raise refused("", f"{len(patterns)} patterns are more than {MOST_PATTERNS}")
    if (nodes := _nodes(source, definitions(source), {}, ())) > MOST_NODES:
        raise refused("", f"it unfolds to {nodes} schemas, more than {MOST_NODES}; say less")


def _walk(schema: Json, path: Path) -> Iterator[tuple[Path, dict[str, Json]]]:
    if not isinstance(schema, dict):
        return
    yield path, schema
    for part, child in _children(schema, (*_NAMED, "$defs")):
        yield from _walk(child, (*path, *part))


def _children(
    schema: dict[str, Json], named: tuple[str, ...] = _NAMED
) -> Iterator[tuple[Path, Json]]:
    # Ill-formed members are passed over: the meta-schema finds those.
    for keyword in _ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in _MANY:
        if isinstance(many := schema.get(keyword), list):
            yield from (((keyword, i), child) for i, child in enumerate(many))
    for keyword in named:
        if isinstance(children := schema.get(keyword), dict):
            yield from (((keyword, name), child) for name, child in children.items())


def _check_node(path: Path, schema: dict[str, Json]) -> None:
    for keyword in schema.keys() & _REFUSED.keys():
        raise refused(pointer_of((*path, keyword)), _REFUSED[keyword])
    for keyword in schema.keys() & ({"$id", "$schema"} if path else set()):
        raise refused(pointer_of((*path, keyword)), "only the top of a schema may have it")
    if "$ref" in schema and target(schema["$ref"]) is None:
        raise refused(
            pointer_of((*path, "$ref")),
            "only `#/$defs/NAME` may be referred to: nothing is fetched from a network or file",
        )
    if isinstance(properties := schema.get("properties"), dict):
        if "" in properties:
            raise refused(pointer_of((*path, "properties")), "a column's name is empty")
        if len(properties) > MOST_COLUMNS:
            raise refused(pointer_of((*path, "properties")), f"more than {MOST_COLUMNS} columns")


def _patterns(path: Path, schema: dict[str, Json]) -> Iterator[str]:
    named = schema.get("patternProperties")
    for pattern in (schema.get("pattern"), *(named if isinstance(named, dict) else ())):
        if isinstance(pattern, str):
            if len(pattern) > LONGEST_PATTERN:
                raise refused(pointer_of(path), f"a pattern has over {LONGEST_PATTERN} characters")
            yield pattern


def target(ref: Json) -> str | None:
    """Give the name in `$defs` that a `$ref` refers to, or None where it is another kind."""
    if not isinstance(ref, str) or not ref.startswith("#/$defs/"):
        return None
    name = unquote(ref.removeprefix("#/$defs/"))
    return None if "/" in name else name.replace("~1", "/").replace("~0", "~")


def definitions(source: dict[str, Json]) -> dict[str, Json]:
    """Give the `$defs` of a schema, which may have none."""
    defs = source.get("$defs")
    return defs if isinstance(defs, dict) else {}


def _nodes(
    schema: Json, defs: dict[str, Json], known: dict[str, int], trail: tuple[str, ...]
) -> int:
    if not isinstance(schema, dict):
        return 1
    count = 1 + sum(_nodes(child, defs, known, trail) for _, child in _children(schema))
    name = target(schema.get("$ref"))
    if name is None:
        return count
    if name in trail or name not in defs:
        why = "refers to itself; use {} for its inside" if name in trail else "is not there"
        raise refused("/$defs", f"{quoted(name)} {why}")
    if name not in known:
        known[name] = _nodes(defs[name], defs, known, (*trail, name))
    return count + known[name]
