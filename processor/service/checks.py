"""Check a statement without running it."""

from dataclasses import asdict
from typing import Final

import msgspec
from aiohttp import web

from processor.check import sarif_log
from processor.errors import InvalidRequest, TooLarge
from processor.step import decode_check

from .bodies import answer_json, read_json
from .parts import parts_of

SARIF: Final = "application/sarif+json"
MOST_BYTES: Final = 16 << 20
"""Of a request: a statement of a profile's size, however its JSON is escaped."""
_FORMS: Final = ("json", "sarif")
_NAMED: Final = "statement.py"
"""What SARIF calls the statement, which has no file here."""


async def check(request: web.Request) -> web.Response:
    """POST /v1/check: all findings of a statement, as JSON or as SARIF."""
    parts = parts_of(request)
    as_sarif = _is_sarif(request)
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    body = await read_json(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    findings = await parts.checker.check(decode_check(body, parts.profiles), parts.tenant)
    if as_sarif:
        log = sarif_log(findings, _NAMED)
        return web.Response(body=msgspec.json.encode(log), content_type=SARIF)
    return answer_json({"findings": [asdict(finding) for finding in findings]})


def _is_sarif(request: web.Request) -> bool:
    form = request.query.get("format")
    if form is not None and form not in _FORMS:
        raise InvalidRequest(f"format is one of {', '.join(_FORMS)}, not {form!r:.80}")
    accepted = ",".join(request.headers.getall("Accept", ())).split(",")
    asked = SARIF in (media_type.partition(";")[0].strip().lower() for media_type in accepted)
    return form == "sarif" or (form is None and asked)


def _too_large() -> TooLarge:
    return TooLarge(f"the body of a check is longer than {MOST_BYTES:,} bytes")
