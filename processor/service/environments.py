"""Environments with a name: requirements put there, built in the background, looked at."""

import re
from dataclasses import asdict
from typing import Any, Final

import msgspec
from aiohttp import web

from processor.environment import State
from processor.environment.custom import Description
from processor.step import decoded, refused

from .bodies import answer_json, read_json
from .parts import parts_of

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class _Put(msgspec.Struct, forbid_unknown_fields=True):
    requirements: str


async def show_all(request: web.Request) -> web.Response:
    """GET /v1/environments: every environment that has a name."""
    environments = parts_of(request).environments
    items = [_body(environments.describe(name)) for name in environments.names()]
    return answer_json({"items": items, "next": None})


async def show(request: web.Request) -> web.Response:
    """GET /v1/environments/ID: how far it is, and what serves; `none` where nothing was put."""
    return answer_json(_body(parts_of(request).environments.describe(_name(request))))


async def put(request: web.Request) -> web.Response:
    """PUT /v1/environments/ID: give the name to requirements; 202 while they are built."""
    given: _Put = decoded(await read_json(request), _Put)
    environments = parts_of(request).environments
    return _answer(await environments.put(_name(request), given.requirements))


async def rebuild(request: web.Request) -> web.Response:
    """POST /v1/environments/ID/rebuild: resolve and build anew; what serves, serves on."""
    return _answer(await parts_of(request).environments.rebuild(_name(request)))


async def drop(request: web.Request) -> web.Response:
    """DELETE /v1/environments/ID: forget the name; what it led to is collected later."""
    await parts_of(request).environments.drop(_name(request))
    return web.Response(status=web.HTTPNoContent.status_code)


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if _NAME.fullmatch(name) is None:
        raise refused("/id", "a name has 1 to 128 letters, digits, dots, - and _")
    return name


def _answer(description: Description) -> web.Response:
    building = description.state is State.BUILDING
    headers = {"Retry-After": "2"} if building else None
    return answer_json(_body(description), status=202 if building else 200, headers=headers)


def _body(description: Description) -> dict[str, Any]:
    failure, serving = description.failure, description.serving
    told = asdict(description)
    del told["failure"], told["serving"]
    return {
        **told,
        "state": description.state.value,
        "error": failure and failure.reason,
        "broken": list(failure.broken) if failure else [],
        "digest": serving and f"sha256:{serving.digest}",
        "size_bytes": serving and serving.size_bytes,
        "packages": {pin.name: pin.version for pin in serving.pins} if serving else {},
    }
