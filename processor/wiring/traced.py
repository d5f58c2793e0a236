"""Spans, where the operator wants them: OpenTelemetry is imported for nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from processor.config import Settings
from processor.errors import ProcessorFault
from processor.tally import Tally


@asynccontextmanager
async def some_spans(settings: Settings) -> AsyncIterator[tuple[Tally, ...]]:
    """Give who traces, or nobody; raises ProcessorFault where the extra is not installed."""
    if not settings.traces_to:
        yield ()
        return
    try:
        from processor.spans import Spans, sent_to  # an extra
    except ImportError as error:
        raise ProcessorFault(
            f"`traces_to` is set, and {error.name} is not installed: install what `locks/otel.txt` "
            "holds beside the service, or unset it"
        ) from None
    spans = Spans(sent_to(settings.traces_to), version("python-processor"))
    try:
        yield (spans,)
    finally:
        await asyncio.to_thread(spans.close)
