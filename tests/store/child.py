"""
A process that does with a store what it is told, a line at a time, until it is killed.

`claim STEP [KEY]` and `finish VALUE` answer with the run's id once it is done, `chunk N` keeps a
row as the run's chunk of that number, `count N STEP` adds
one to the step's checkpoint N times. Every answer is one line.
"""

import asyncio
import sys
from pathlib import Path

from processor.run import Claim
from processor.store import sqlite
from tests.store.build import Store, a_run, a_ticket, claimed


async def serve(data_dir: Path) -> None:
    async with sqlite.opened(data_dir) as store:
        answer("ready")
        claim: Claim | None = None
        while words := (await asyncio.to_thread(sys.stdin.readline)).split():
            match words:
                case ["claim", step_id, *key]:
                    ticket = a_ticket(step_id, key[0] if key else None)
                    claim = await claimed(store.runs, ticket)
                    answer(claim.run_id)
                case ["finish", value] if claim is not None:
                    answer((await store.runs.finish(claim, a_run(claim), value.encode())).id)
                case ["chunk", position] if claim is not None:
                    await store.runs.add_chunk(claim, int(position), b'[{"id":1}]')
                    answer("kept")
                case ["count", times, step_id]:
                    await count(store, int(times), step_id)
                    answer("counted")
                case other:
                    raise ValueError(other)


async def count(store: Store, times: int, step_id: str) -> None:
    for _ in range(times):
        claim = await claimed(store.runs, a_ticket(step_id))
        assert claim.checkpoint is not None
        seen = 0 if claim.checkpoint.value == b"null" else int(claim.checkpoint.value)
        await store.runs.finish(claim, a_run(claim), b"%d" % (seen + 1))


def answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
