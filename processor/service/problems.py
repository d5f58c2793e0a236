"""Errors to problem documents (RFC 9457), for everything that is not a run."""

import secrets
from typing import Any, Final

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from processor.errors import (
    InvalidRequest,
    ProcessorFault,
    Refusal,
    StoreUnavailable,
    TooLarge,
    UnknownAddress,
    UnknownMethod,
)

from .traces import TRACE_ID

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
_BY_STATUS: Final[dict[int, type[Refusal]]] = {
    kind.http_status: kind for kind in (UnknownAddress, UnknownMethod, TooLarge)
}


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
        return problem(request, 413, TooLarge.code, detail)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        return of_http(request, error)
    except StoreUnavailable as error:
        return unreachable(request, error)
    except Exception:
        log.exception("request_failed")
        return fault(request)


def of_http(request: web.BaseRequest, error: web.HTTPException) -> web.Response:
    """Give the problem of an error in the words of aiohttp."""
    allow = error.headers.get("Allow")
    code = _BY_STATUS.get(error.status, InvalidRequest).code
    headers = {"Allow": allow} if allow else {}
    return problem(request, error.status, code, error.text or error.reason, headers=headers)


def unreachable(request: web.BaseRequest, error: StoreUnavailable) -> web.Response:
    """Give the problem of a store whose database is away; it tells nothing of the address."""
    log.warning("store_unavailable", reason=str(error))
    detail = "the store cannot be reached at the moment; the request may or may not be kept"
    headers = {"Retry-After": str(error.retry_after)}
    return problem(request, error.http_status, error.code, detail, headers=headers, retryable=True)


def fault(request: web.BaseRequest) -> web.Response:
    """Give the problem of what is our own fault; it tells nothing of the reason."""
    detail = "the service failed; its log has the reason under the trace_id"
    return problem(request, 500, ProcessorFault.code, detail)


def problem(
    request: web.BaseRequest,
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> web.Response:
    """Give one problem document."""
    members = {"instance": request.path, "trace_id": request.get(TRACE_ID), **members}
    body = document(status, code, detail, **members)
    return web.Response(body=body, status=status, content_type=MEDIA_TYPE, headers=headers)


def document(status: int, code: str, detail: str, **members: Any) -> bytes:
    """Give a problem as JSON; where the request has no trace, it has one of its own."""
    body = {
        "type": f"urn:python-processor:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": None,
        "code": code,
        "errors": [],
        "run_id": None,
        "retryable": False,
        **members,
    }
    return msgspec.json.encode(body | {"trace_id": body.get("trace_id") or secrets.token_hex(16)})


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
