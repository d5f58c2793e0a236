"""What is behind the door: for each tenant its own, on the parts that all share."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from processor.config import Settings
from processor.engine import Queue, Worker
from processor.identity import Tenant
from processor.quota import Quota
from processor.service import Offices, Parts

from .observed import page
from .policy import policy
from .processor import Processor


def offices(
    processor: Processor, worker: Worker, settings: Settings, sources: Mapping[str, str]
) -> Offices:
    """Give what is behind the door, by tenant."""
    sends_callbacks = bool(settings.callbacks.secret)
    return Offices(
        of=partial(_office, processor, worker, sends_callbacks),
        manifest=processor.manifest.content,
        interface=processor.interface,
        readiness=processor.readiness,
        quota=Quota(
            per_minute=settings.tenants.requests_per_minute,
            at_once=settings.tenants.requests_at_once,
        ),
        policy=partial(policy, processor, settings, sources),
        tally=processor.tally,
        metrics=partial(page, processor, settings),
    )


def _office(processor: Processor, worker: Worker, sends_callbacks: bool, tenant: Tenant) -> Parts:
    store = processor.store.of(tenant)
    return Parts(
        tenant=tenant,
        engine=processor.engine,
        environments=processor.environments.of(tenant),
        queue=Queue(
            jobs=store.jobs,
            pipeline=processor.pipeline,
            wake=worker.wake,
            end=processor.engine.cancel,
        ),
        steps=store.steps,
        notices=store.notices,
        joins=store.joins,
        schedules=store.schedules,
        runs=store.runs,
        checker=processor.checker,
        definer=processor.definer,
        arrow=processor.arrow,
        simulator=replace(processor.simulator, tenant=tenant),
        checkpoints=store.checkpoints,
        schemas=processor.schemas.of(tenant),
        samples=processor.samples,
        profiles=processor.profiles,
        sends_callbacks=sends_callbacks,
    )
