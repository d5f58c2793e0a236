"""The schema repository."""

import re
from typing import Any, Final

import msgspec
from aiohttp import web

from processor.errors import InvalidSchema, RefusedSchema, UnknownSchema
from processor.schema import read_schema
from processor.step import SchemaName, decoded, refused

from .bodies import answer_json, read_json
from .parts import parts_of
from .problems import problem

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class _Put(msgspec.Struct, forbid_unknown_fields=True):
    schema: dict[str, Any]


async def show(request: web.Request) -> web.Response:
    """GET /v1/schemas/NAME: a schema as it was written."""
    name = _name(request)
    document = await parts_of(request).schemas.get(name)
    if document is None:
        detail = f"no schema has the name {name!r}"
        return problem(request, web.HTTPNotFound.status_code, UnknownSchema.code, detail)
    return answer_json({"name": name, "schema": document})


async def put(request: web.Request) -> web.Response:
    """PUT /v1/schemas/NAME: keep a schema that can be used, in place of an earlier one."""
    name = _name(request)
    given: _Put = decoded(await read_json(request), _Put)
    try:
        read_schema(given.schema)
    except InvalidSchema as error:
        raise RefusedSchema(error.message) from None
    await parts_of(request).schemas.put(name, given.schema)
    return answer_json({"name": name, "schema": given.schema})


def _name(request: web.Request) -> SchemaName:
    name = request.match_info["name"]
    if _NAME.fullmatch(name) is None:
        raise refused("/name", "a schema's name has 1 to 128 letters, digits, dots, - and _")
    return SchemaName(name)
