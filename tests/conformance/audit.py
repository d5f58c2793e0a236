"""What must hold of a store after any fault."""

from collections import Counter
from collections.abc import Mapping, Sequence

from processor.run import RunId
from processor.step import StepId
from tests.store.build import Store

ADDED = 10
"""By each run to the checkpoint of its step."""


async def audit(store: Store, submitted: Mapping[StepId, Sequence[RunId]]) -> list[str]:
    """Tell what is wrong: each run is to be recorded once, each move to rest on the one before."""
    found = []
    for step_id, run_ids in submitted.items():
        moves = (await store.checkpoints.history(step_id, below_version=None, limit=1000))[::-1]
        if [move.version for move in moves] != [*range(1, len(run_ids) + 1)]:
            found.append(f"{step_id}: the versions are {[move.version for move in moves]}")
        if Counter(move.run_id for move in moves) != Counter(run_ids):
            found.append(f"{step_id}: {len(moves)} moves of {len(run_ids)} runs")
        if [int(move.value) for move in moves] != [ADDED * move.version for move in moves]:
            found.append(f"{step_id}: the values are {[int(move.value) for move in moves]}")
        found += [
            f"{step_id}: {run_id} has ended as {run and run.state}"
            for run_id in run_ids
            if (run := await store.runs.get(run_id)) is None or run.state != "succeeded"
        ]
    return found
