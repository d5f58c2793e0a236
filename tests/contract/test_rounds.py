"""What every store promises to tenants who share it: room for each one's jobs, and turns."""

import pytest

from processor.errors import Busy
from processor.identity import Tenant
from processor.job import Job
from processor.run import RunId
from processor.step import Queueing
from processor.store.kept import Keeping, Room
from tests.store.build import Store, a_job, a_ticket, submitted

LOUD, QUIET, OTHER = Tenant("loud"), Tenant("quiet"), Tenant("other")


@pytest.fixture
def keeping() -> Keeping:
    return Keeping(room=Room(in_all=9, of_tenant=4))


def job_of(tenant: Tenant, key: str | None = None, priority: int = 0) -> Job:
    ticket = a_ticket(None, key=key, tenant=tenant)
    return a_job(ticket=ticket, queueing=Queueing(priority=priority))


async def waiting(store: Store, *tenants: Tenant) -> list[RunId]:
    return [await submitted(store, job_of(tenant)) for tenant in tenants]


async def test_a_tenant_s_backlog_stands_before_no_run_of_another(store: Store) -> None:
    loud = await waiting(store, LOUD, LOUD, LOUD)
    other, quiet, again = await waiting(store, OTHER, QUIET, QUIET)

    ready = await store.jobs.ready(9)

    assert [*ready] == [loud[0], other, quiet, loud[1], again, loud[2]]


@pytest.mark.parametrize(
    ("after", "first"), [(LOUD, OTHER), (OTHER, QUIET), (QUIET, LOUD), (Tenant("m"), OTHER)]
)
async def test_the_next_turn_is_the_next_tenant_s(
    store: Store, after: Tenant, first: Tenant
) -> None:
    await waiting(store, LOUD, LOUD, OTHER, QUIET)

    ready = await store.jobs.ready(1, after=after)

    assert [*ready.values()] == [first]


async def test_priority_counts_within_a_tenant_only(store: Store) -> None:
    low, high = [await submitted(store, job_of(QUIET, priority=each)) for each in (-5, -1)]
    loud = await submitted(store, job_of(LOUD, priority=9))

    assert [*await store.jobs.ready(9, after=LOUD)] == [high, loud, low]


@pytest.mark.parametrize("key", [None, "another"])
async def test_no_more_runs_of_a_tenant_wait_than_it_may_have(
    store: Store, key: str | None
) -> None:
    await waiting(store, *[LOUD] * 4)

    with pytest.raises(Busy, match=r"4 runs wait of tenant loud, its limit `tenants.jobs`"):
        await store.jobs.submit(job_of(LOUD, key))

    await waiting(store, QUIET)


@pytest.mark.parametrize("key", [None, "another"])
async def test_all_tenants_together_have_a_limit(store: Store, key: str | None) -> None:
    await waiting(store, *[LOUD] * 4, *[QUIET] * 4, OTHER)

    with pytest.raises(Busy, match=r"9 runs wait in all, the limit `limits.jobs`"):
        await store.jobs.submit(job_of(OTHER, key))


async def test_a_run_that_waits_under_its_key_is_given_also_where_no_more_may_wait(
    store: Store,
) -> None:
    run_id = await submitted(store, job_of(LOUD, "mine"))
    await waiting(store, *[LOUD] * 3)

    assert (await store.jobs.submit(job_of(LOUD, "mine"))).id == run_id
