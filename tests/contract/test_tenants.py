"""One store, two tenants: the same names, and nothing in common but the workers."""

import pytest

from processor.errors import UnknownRun
from processor.identity import Tenant
from processor.run import Claim
from processor.step import SchemaName
from tests.store.build import STEP, Opens, Store, a_job, a_run, a_ticket, claimed, kept

ACME = Tenant("acme")


async def claim_for(store: Store, tenant: Tenant, key: str | None = None) -> Claim:
    claim = await store.runs.claim(a_ticket(key=key, tenant=tenant))
    assert isinstance(claim, Claim)
    return claim


async def test_the_same_step_of_two_tenants_is_two_steps(store: Store) -> None:
    mine, theirs = await claimed(store.runs), await claim_for(store, ACME)

    await store.runs.finish(theirs, a_run(theirs), b"7")

    checkpoint = await store.of(ACME).checkpoints.get(STEP)
    assert checkpoint is not None
    assert (checkpoint.value, await store.checkpoints.get(STEP)) == (b"7", None)
    assert mine.checkpoint is not None
    assert mine.checkpoint.version == 0


async def test_the_same_key_of_two_tenants_is_two_keys(store: Store) -> None:
    mine, theirs = await claim_for(store, Tenant("default"), "k"), await claim_for(store, ACME, "k")

    assert mine.run_id != theirs.run_id


async def test_the_run_of_another_tenant_is_not_there(store: Store) -> None:
    theirs = await claim_for(store, ACME)
    await store.runs.finish(theirs, a_run(theirs), None)

    assert await store.runs.get(theirs.run_id) is None
    assert await store.notices.is_over(theirs.run_id) is None
    assert list(await store.notices.after(theirs.run_id, 0, limit=9)) == []
    assert await store.jobs.cancel(theirs.run_id) is None
    assert list(await store.jobs.list(limit=9)) == []
    with pytest.raises(UnknownRun):
        await store.jobs.redrive(theirs.run_id)
    assert (await kept(store.of(ACME).runs, theirs.run_id)).state == "succeeded"


async def test_steps_and_schemas_are_a_tenant_s_own(store: Store) -> None:
    await store.of(ACME).steps.put(STEP, b"{}", expected_version=None)
    await store.of(ACME).schemas.put(SchemaName("shape"), {"a": 1})

    assert await store.steps.get(STEP) is None
    assert await store.schemas.get(SchemaName("shape")) is None


async def test_workers_take_the_jobs_of_every_tenant_and_know_whose_they_are(store: Store) -> None:
    mine = await store.jobs.submit(a_job())
    theirs = await store.jobs.submit(a_job(ticket=a_ticket(tenant=ACME)))

    ready = await store.jobs.ready(9)

    jobs = {run_id: await store.jobs.get(run_id) for run_id in ready}
    assert {run_id: job and job.ticket.tenant for run_id, job in jobs.items()} == {
        mine.id: "default",
        theirs.id: "acme",
    }


async def test_a_run_of_any_tenant_is_lost_with_its_process(open_store: Opens) -> None:
    async with open_store() as store:
        theirs = await claim_for(store, ACME)

    async with open_store() as store:
        again = await claim_for(store, ACME)
        lost = await kept(store.of(ACME).runs, theirs.run_id)

    assert lost.state == "failed"
    assert again.fence > theirs.fence


async def test_what_is_over_is_forgotten_for_every_tenant(store: Store) -> None:
    theirs = await claim_for(store, ACME)
    await store.runs.finish(theirs, a_run(theirs), None)

    assert await store.jobs.forget(days=-1) == 1
    assert await store.of(ACME).runs.get(theirs.run_id) is None
