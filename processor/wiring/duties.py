"""What is done beside requests and runs: what is due, told of, or to be forgotten."""

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Literal

from processor.callback import read_secret
from processor.config import Settings
from processor.egress import why_refused
from processor.engine import Duty, Worker
from processor.errors import ProcessorFault
from processor.service import Sender

from .processor import Processor


def duties(
    processor: Processor, worker: Worker, sender: Sender | None, settings: Settings
) -> list[Duty]:
    """Give what is done beside the runs, in every process; it does no harm to do it twice."""
    store, days = processor.store, settings.retention_days
    often, seldom = timedelta(seconds=0.5), timedelta(minutes=10)
    sending = [Duty("callbacks_sent", often, sender.send)] if sender else []
    return [
        Duty("joins_expired", often, store.joins.expire, worker.wake),
        Duty("schedules_fired", often, store.schedules.fire, worker.wake),
        Duty("runs_forgotten", seldom, partial(store.jobs.forget, days=days)),
        Duty("joins_forgotten", seldom, partial(store.joins.forget, days=days)),
        *sending,
    ]


def callback_key(settings: Settings) -> bytes:
    """Give what callbacks are signed with; where nothing is set, none are put out."""
    secret = settings.callbacks.secret
    try:
        return read_secret(secret) if secret else b""
    except ValueError as error:
        raise ProcessorFault(f"`callbacks.secret` cannot be used: {error}") from None


def may_be_sent_to(settings: Settings) -> Callable[[str], bool]:
    """Give what tells whether a callback may go to an address."""
    return public_unless(settings.callbacks.private_addresses)


def public_unless(private_addresses: Literal["refuse", "allow"]) -> Callable[[str], bool]:
    """Give what tells whether an address is public, or lets all pass where that is allowed."""
    if private_addresses == "allow":
        return lambda _address: True
    return _is_public


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return why_refused(found) is None
