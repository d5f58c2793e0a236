"""What every store promises of runs that bind nobody: there when anybody could ask for them."""

from dataclasses import replace

import msgspec

from processor.run import RunId
from tests.store.build import Opens, Store, a_run, a_ticket, claimed, kept

TICKET = a_ticket(step_id=None)


def test_a_run_of_a_step_a_key_a_job_or_a_callback_binds_somebody() -> None:
    bound = [
        a_ticket(),
        replace(TICKET, key="k"),
        replace(TICKET, run_id=RunId("r")),
        replace(TICKET, callback_url="https://a.test/"),
    ]

    assert [ticket.binds_nobody for ticket in (TICKET, *bound)] == [True] + [False] * 4


async def test_it_is_there_for_everybody_once_it_is_registered(store: Store, other: Store) -> None:
    claim = await claimed(store.runs, TICKET)
    before = await other.runs.get(claim.run_id)

    for _ in range(2):
        await store.runs.register(claim)

    run = await kept(other.runs, claim.run_id)
    assert before is None
    assert (run.state, run.attempts, run.trace_id) == ("running", 1, TICKET.trace_id)


async def test_it_is_there_once_it_has_ended_also_where_nobody_registered_it(
    store: Store, other: Store
) -> None:
    claim = await claimed(store.runs, TICKET)

    run = await store.runs.finish(claim, a_run(claim), None)

    assert await other.runs.get(claim.run_id) == run
    assert run.state == "succeeded"


async def test_its_notices_are_those_of_any_run(store: Store) -> None:
    claim = await claimed(store.runs, TICKET)
    await store.runs.finish(claim, a_run(claim), None)

    told = await store.notices.after(claim.run_id, 0, limit=10)

    assert [notice.kind for notice in told] == ["state", "log", "end"]


async def test_to_register_it_after_its_end_changes_nothing(store: Store) -> None:
    claim = await claimed(store.runs, TICKET)
    run = await store.runs.finish(claim, a_run(claim), None)

    await store.runs.register(claim)

    assert await store.runs.get(claim.run_id) == run


async def test_to_finish_it_twice_gives_what_was_kept_the_first_time(store: Store) -> None:
    claim = await claimed(store.runs, TICKET)
    first = await store.runs.finish(claim, a_run(claim), None)

    assert await store.runs.finish(claim, a_run(claim, "failed"), None) == first


async def test_its_chunks_are_kept_whether_it_was_registered_or_not(store: Store) -> None:
    claim = await claimed(store.runs, TICKET)
    await store.runs.add_chunk(claim, 0, b'[{"id":1}]')

    assert await store.runs.chunk(claim.run_id, 0) == b'[{"id":1}]'


async def test_once_registered_it_is_killed_with_its_process(open_store: Opens) -> None:
    async with open_store() as store:
        registered = await claimed(store.runs, TICKET)
        await store.runs.register(registered)
        unknown = await claimed(store.runs, TICKET)

    async with open_store() as store:
        run = await kept(store.runs, registered.run_id)
        assert await store.runs.get(unknown.run_id) is None
    assert (run.state, msgspec.json.decode(run.error)["code"]) == ("failed", "killed")
