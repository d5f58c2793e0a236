"""Errors to problem documents (RFC 9457), for everything that is not a run."""

from typing import Any, Final

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from processor.errors import ProcessorFault, Refusal

from .traces import TRACE_ID

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
_HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


@web.middleware
async def as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem; what is nobody's known error is our fault, and logged."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _of_refusal(request, refusal)
    except web.HTTPRequestEntityTooLarge:
        most = request.app._client_max_size  # noqa: SLF001 (the limit that was passed, to name it)
        detail = f"the body is longer than {most:,} bytes, the limit `limits.body_bytes`"
        return problem(request, 413, "too_large", detail)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        allow = error.headers.get("Allow")
        headers = {"Allow": allow} if allow else {}
        code = _HTTP_CODES.get(error.status, "invalid_request")
        return problem(request, error.status, code, error.text or error.reason, headers=headers)
    except Exception:
        log.exception("request_failed")
        detail = "the service failed; its log has the reason under the trace_id"
        return problem(request, 500, ProcessorFault.code, detail)


def problem(
    request: web.Request,
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> web.Response:
    """Give one problem document."""
    body = {
        "type": f"urn:python-processor:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "errors": [],
        "run_id": None,
        "trace_id": request[TRACE_ID],
        "retryable": False,
        **members,
    }
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type=MEDIA_TYPE, headers=headers
    )


def _of_refusal(request: web.Request, refusal: Refusal) -> web.Response:
    return problem(
        request,
        refusal.http_status,
        refusal.code,
        refusal.message,
        headers=refusal.headers,
        errors=[{"pointer": at.pointer, "message": at.message} for at in refusal.details],
        retryable=refusal.retryable,
    )
