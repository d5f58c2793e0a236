"""The lines at steps, in which processes that share the store wait for each other."""

from processor.step import StepId

from .executors import Executors
from .transaction import Transaction

TURN = "-2 seconds"
"""A process that does not renew its place in a step's line for so long has given it up."""


def wait(transaction: Transaction, step_id: StepId | None, executors: Executors) -> None:
    """Put this process into a step's line, or keep its place there."""
    if step_id is not None:
        transaction.change("take_turn", step_id=step_id, executor_id=executors.id)


def others_are_first(
    transaction: Transaction, step_id: StepId | None, executors: Executors
) -> bool:
    """Tell whether another process waited for a step first; where none did, leave the line."""
    if step_id is None:
        return False
    turn = transaction.one("find_turn", step_id=step_id, age=TURN)
    if turn is not None and turn["executor_id"] != executors.id:
        if executors.lives(transaction, turn["executor_id"]):
            return True
        transaction.change("end_turns", executor_id=turn["executor_id"])
    transaction.change("end_turn", step_id=step_id, executor_id=executors.id)
    return False
