"""The `callback` of a step: who is told of the end of its runs."""

import re
from typing import Final

import msgspec

from .pointers import refused

LONGEST_URL: Final = 2048
_URL: Final = re.compile(r"https?://[!-~]+")


class WireCallback(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A step's `callback` as callers write it."""

    url: str


class _Step(msgspec.Struct):
    callback: WireCallback | None = None


def read_callback(callback: WireCallback | None) -> str | None:
    """Read who is told of a run's end; raises InvalidRequest with a pointer."""
    if callback is None:
        return None
    if len(callback.url) > LONGEST_URL or _URL.fullmatch(callback.url) is None:
        message = f"give an http or https address of at most {LONGEST_URL:,} characters"
        raise refused("/step/callback/url", message)
    return callback.url


def callback_of(document: bytes) -> str | None:
    """
    Read who is told of the end of a stored step's runs, from the document that was checked.

    >>> callback_of(b'{"callback": {"url": "https://example.com/"}}')
    'https://example.com/'
    """
    step = msgspec.json.decode(document, type=_Step)
    return None if step.callback is None else step.callback.url
