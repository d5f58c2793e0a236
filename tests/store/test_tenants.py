"""Whose a query is about: a tenant's, said in the query, or everybody's, said here."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from processor.store import postgresql, sqlite
from processor.store.sql import named

TABLES = (
    *("run", "step", "checkpoint", "idempotency", "schema_document", "job", "step_version"),
    *("turn", "step_join", "join_part", "schedule", "figure", "chunk", "notice", "callback"),
)

FOR_ALL = {
    # Whoever comes first takes up what is due, and goes on as the tenant that its row names.
    *("list_runs_of_executor", "list_runs_to_cancel", "list_old_runs", "list_waiting_tenants"),
    *("find_job", "find_tenant", "list_due_joins", "list_due_schedules", "find_due_callback"),
    *("take_callbacks", "settle_callback"),
    # What is over is forgotten, and what waits is counted, for all.
    *("forget_keys", "remove_old_joins", "remove_unused_output_schemas", "end_turns"),
    *("count_waiting", "describe_backlog"),
    # About a run that the same transaction has found as its tenant's, or has just made.
    *("restart_run", "queue_run", "request_cancel", "end_run", "remove_run", "add_chunk"),
    *("add_figure", "remove_figures", "forget_chunks", "find_attempts", "find_cycles"),
    *("add_cycle", "take_job", "put_back_job", "put_off_job", "remove_job", "add_notices"),
    *("count_entries", "add_callback", "find_callback_url"),
}


def queries_of(store: ModuleType) -> dict[str, str]:
    assert store.__file__ is not None
    return named(Path(store.__file__).with_name("queries.sql").read_text())


EVERY = {
    (store.__name__.rpartition(".")[2], name): text
    for store in (sqlite, postgresql)
    for name, text in queries_of(store).items()
}


def is_about_tenants(query: str) -> bool:
    tables = "|".join(TABLES)
    return re.search(rf"\b(FROM|JOIN|INTO|UPDATE)\s+({tables})\b", query) is not None


@pytest.mark.parametrize("which", [key for key, text in EVERY.items() if is_about_tenants(text)])
def test_a_query_names_the_tenant_or_is_one_of_those_for_all(which: tuple[str, str]) -> None:
    assert (":tenant" in EVERY[which]) != (which[1] in FOR_ALL)


def test_every_query_for_all_is_there() -> None:
    assert {name for _, name in EVERY} >= FOR_ALL
