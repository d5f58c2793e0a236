"""One service, asked over HTTP: again where that does no harm, and never silently."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import msgspec
from yarl import URL

from .answers import Problem
from .failures import ClientError, RefusedRequest, Unreachable

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 330.0
"""Without a byte: a service answers a run after 300 seconds at the latest, ended or not."""
ATTEMPTS: Final = 4
LONGEST_PAUSE_SECONDS: Final = 30.0
_REDIRECTS: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A request; `again` tells whether asking twice is the same as asking once."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of it, unless it was refused."""

    status: int
    content: bytes


class Connection:
    """Connections to one service, open as long as it is entered."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = _address(url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
        )
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        # It would send PUT and DELETE again by itself, and move a checkpoint twice.
        self._session._retry_connection = False  # noqa: SLF001 (there is no option for it)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._session is not None, "it was entered"
        await self._session.close()

    async def ask(self, question: Question) -> Answer:
        """Give the answer; raises RefusedRequest and Unreachable, after some attempts."""
        pause = 0.1
        for _ in range(ATTEMPTS - 1 if question.again else 0):
            try:
                return await self._ask_once(question)
            except Unreachable:
                await asyncio.sleep(pause)
            except _Later as later:
                await asyncio.sleep(min(later.seconds, LONGEST_PAUSE_SECONDS))
            pause *= 4
        try:
            return await self._ask_once(question)
        except _Later as later:
            raise RefusedRequest(later.problem) from None

    async def _ask_once(self, question: Question) -> Answer:
        assert self._session is not None, "a client is entered before it asks"
        headers = dict(question.headers)
        sent = None
        if question.body is not None:
            sent = msgspec.json.encode(question.body)
            headers["Content-Type"] = "application/json"
        url = URL(str(self._url) + question.path, encoded=True).update_query(question.query)
        try:
            # A redirect could lead the token to somebody else.
            async with self._session.request(
                question.method, url, data=sent, headers=headers, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{self._url}: {str(error) or type(error).__name__}") from error
        if response.ok and response.status < _REDIRECTS:
            return Answer(status=response.status, content=content)
        raise _refusal(response, content, question.again)


class _Later(Exception):
    """The service says when to ask again."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.seconds = seconds


def _refusal(response: aiohttp.ClientResponse, content: bytes, again: bool) -> Exception:
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except msgspec.MsgspecError:
        words = f"{response.url.origin()} answers with {response.status}, which is no problem of"
        return ClientError(f"{words} this service; is the address right?")
    after = response.headers.get("Retry-After", "")
    if again and problem.retryable and after.isdecimal():
        return _Later(problem, float(after))
    return RefusedRequest(problem)


def _address(url: str) -> URL:
    """
    Give a service's address, without a slash behind it; raises ClientError.

    >>> str(_address("https://processor.example/eu/"))
    'https://processor.example/eu'
    """
    try:
        address = URL(url.rstrip("/"))
    except ValueError as error:
        raise ClientError(f"{url!r:.200} is no address: {error}") from None
    if address.scheme not in ("http", "https") or not address.host or address.query:
        raise ClientError(f"{url!r:.200} is no address such as https://processor.example")
    return address
