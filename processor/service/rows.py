"""Rows in other spellings than JSON: what runs are sent, and what is answered of them."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from aiohttp import web

from processor.arrow import MEDIA_TYPE as ARROW
from processor.arrow import Arrow
from processor.assignment import LARGE_BYTES
from processor.errors import (
    Detail,
    InputMismatch,
    NoRows,
    NotAcceptable,
    OutputLimit,
    RefusedRows,
    UnsupportedMediaType,
)
from processor.formats import MEDIA_TYPES, negotiate
from processor.run import Run, RunId, Runs
from processor.schema import Schema, SchemaDocuments, read_schema, usable
from processor.step import SchemaName, decoded, refused

from .bodies import FORM, Part, read_form, read_json
from .parts import Parts, parts_of

T = TypeVar("T")

JSON: Final = "application/json"
CSV: Final = "text/csv"
PRIMARY: Final = "INPUT_DATA"
_ROWS: Final = re.compile(PRIMARY + r"[0-9]*")
_MEMBERS: Final = ("step", "inputs", "commit")


class Sent(NamedTuple):
    """An order as it was sent: as one JSON object, and what tells it from another."""

    body: bytes
    digest: bytes


async def read_order(request: web.Request) -> Sent:
    """
    Read the body of a request to run a step: JSON, or a form that is made into the same JSON.

    A form's digest is that of its parts: who repeats a request may choose another boundary.
    """
    if request.content_type != FORM:
        body = await read_json(request)
        return Sent(body, await aside(_digest_of, body))
    form = await read_form(request)
    return Sent(await _as_json(form, parts_of(request)), _digest(form))


async def _as_json(form: list[Part], service: Parts) -> bytes:
    """Give a form as the JSON object that says the same; raises a Refusal with a pointer."""
    parts: dict[str, Part] = {}
    for part in form:
        if part.name in parts:
            raise refused(_pointer(part.name), "this part stands twice")
        parts[part.name] = part
    # Unknown parts go along without their content, so that the one decoder refuses them.
    members: dict[str, msgspec.Raw | dict[str, msgspec.Raw] | None] = dict.fromkeys(parts)
    members |= {name: _json(parts[name]) for name in _MEMBERS if name in parts}
    rows = {name: members.pop(name) for name in parts if _ROWS.fullmatch(name)}
    if rows:
        others = _other_inputs(parts.get("inputs"))
        schema = await _schema_for(parts, service.schemas)
        for name in rows:
            if name in others:
                raise refused(_pointer(name), "it stands in `inputs` and in a part of its own")
            given = schema if name == PRIMARY else None
            others[name] = await _read_rows(parts[name], given, service.arrow)
        members["inputs"] = others
    return msgspec.json.encode(members)


def _pointer(name: str) -> str:
    """Give the place in the JSON object that a part is made into."""
    return f"/inputs/{name}" if _ROWS.fullmatch(name) else f"/{name}"


def _json(part: Part) -> msgspec.Raw:
    if part.media_type not in (None, JSON):
        raise _unread(part, f"this part is {JSON}")
    return _one_value(part.content, _pointer(part.name))


def _one_value(content: bytes, pointer: str) -> msgspec.Raw:
    """Hold some text to be one JSON value, so that it cannot say more than its own place."""
    value: msgspec.Raw = decoded(content, msgspec.Raw, below=pointer)
    return value


def _other_inputs(part: Part | None) -> dict[str, msgspec.Raw]:
    if part is None:
        return {}
    inputs: dict[str, msgspec.Raw] = decoded(
        part.content, dict[str, msgspec.Raw], below=_pointer(part.name)
    )
    return inputs


class _Shaped(msgspec.Struct):
    """The one member of a step that its rows cannot be read without."""

    input_schema: str | dict[str, Any] | None = None


async def _schema_for(parts: Mapping[str, Part], schemas: SchemaDocuments) -> Schema | None:
    """Give the input schema where there is CSV to read by it; raises UnknownSchema."""
    primary, step = parts.get(PRIMARY), parts.get("step")
    if primary is None or primary.media_type != CSV or step is None:
        return None
    source = decoded(step.content, _Shaped, below=_pointer("step")).input_schema
    if isinstance(source, str):
        source = SchemaName(source)
    return await usable(source, schemas, "/step/input_schema")


async def _read_rows(part: Part, schema: Schema | None, arrow: Arrow) -> msgspec.Raw:
    pointer = _pointer(part.name)
    if part.media_type == JSON:
        return _one_value(part.content, pointer)
    if part.media_type not in MEDIA_TYPES and not (part.media_type == ARROW and arrow.ready):
        raise _unread(part, f"rows are {_known(arrow)}")
    try:
        if part.media_type == ARROW:
            return _one_value(await arrow.read(part.content), pointer)
        spelling = MEDIA_TYPES[str(part.media_type)]
        return msgspec.Raw(await aside(spelling.read, part.content, schema))
    except InputMismatch as error:
        details = tuple(Detail(pointer + at.pointer, at.message) for at in error.mismatches)
        raise RefusedRows(f"{pointer}: {error.message}", details=details) from None


def _unread(part: Part, message: str) -> UnsupportedMediaType:
    told = f"{message}, and this is {part.media_type or 'of a type that it does not tell'}"
    pointer = _pointer(part.name)
    return UnsupportedMediaType(f"{pointer}: {told}", details=(Detail(pointer, told),))


def _digest(form: list[Part]) -> bytes:
    whole = hashlib.sha256()
    for part in form:
        for piece in (part.name.encode(), (part.media_type or "").encode(), part.content):
            whole.update(len(piece).to_bytes(8))
            whole.update(piece)
    return whole.digest()


def asked_for(request: web.Request) -> str | None:
    """Give the media type of rows that a caller likes best, or None where it takes none."""
    accept = ",".join(request.headers.getall("Accept", ()))
    if ARROW not in accept.lower():  # nobody gets it by a wildcard: the others come first
        return negotiate(accept)
    return negotiate(accept, _offered(parts_of(request).arrow))


async def answer_rows(run: Run, media_type: str | None, service: Parts) -> web.Response:
    """
    Answer with the rows of a run alone; as CSV and Arrow by the schema that they had.

    Raises NoRows where the run has none, NotAcceptable where they cannot be had in that form.
    """
    if media_type is None:
        raise NotAcceptable(f"rows are {_known(service.arrow)}; `Accept` takes none of them")
    if run.status is None or run.row_count is None:
        waiting = run.state in ("queued", "running")
        raise NoRows(f"the run is {run.state}: it has no rows", retry_after=1 if waiting else None)
    schema = await _schema_of(run, service.runs) if media_type in (CSV, ARROW) else None
    try:
        if media_type == ARROW:
            content = await service.arrow.write(bytes(run.rows), schema)
        else:
            content = await aside(MEDIA_TYPES[media_type].write, bytes(run.rows), schema)
    except OutputLimit as error:
        raise NotAcceptable(error.message) from None
    headers = {
        "Processor-Run-Id": run.id,
        "Processor-Status": str(run.status.code),
        "Vary": "Accept",
    }
    charset = "utf-8" if media_type == CSV else None
    return web.Response(body=content, content_type=media_type, charset=charset, headers=headers)


async def _schema_of(run: Run, runs: Runs) -> Schema | None:
    document = await runs.output_schema(RunId(run.id))
    return None if document is None else read_schema(msgspec.json.decode(document))


def _offered(arrow: Arrow) -> tuple[str, ...]:
    """Give the media types of rows that this deployment has, the preferred one first."""
    return (*MEDIA_TYPES, ARROW) if arrow.ready else (*MEDIA_TYPES,)


def _known(arrow: Arrow) -> str:
    *others, last = _offered(arrow)
    return f"{', '.join(others)} or {last}"


def _digest_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


async def aside(work: Callable[..., T], content: bytes, *more: object) -> T:
    """Work on some bytes, many of them away from the event loop, so that nobody waits for them."""
    if len(content) > LARGE_BYTES:
        return await asyncio.to_thread(work, content, *more)
    return work(content, *more)
