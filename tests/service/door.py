"""The real application over loopback, on the real store, with a runtime that does as it is told."""

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDictProxy
from yarl import URL

from processor.arrow import Arrow
from processor.check import Checker
from processor.config import CHECKOUT
from processor.definition import Definer
from processor.engine import InlineEngine, Queue, Worker
from processor.environment import custom
from processor.gate import Gate
from processor.identity import DEFAULT_TENANT, Callers, Tenant
from processor.interface import read_interface
from processor.quota import UNLIMITED, Quota
from processor.schema import FolderSchemas, Repository
from processor.service import Offices, Parts, Readiness, create_app
from processor.simulation import Simulator
from processor.store import sqlite
from processor.store.kept import Store
from processor.values import Json
from tests.build import COLUMN_X, a_profile
from tests.fakes import FakeEnvironments, FakeRuntime, a_pipeline, as_every

BODY_BYTES = 100_000
MANIFEST = b'{\n  "name":  "as it lies there"\n}\n'
JSON = {"Content-Type": "application/json"}


PROFILES = {
    "processor": a_profile(),
    "script": a_profile(name="script", dialect="script"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


@dataclass(kw_only=True)
class Weather:
    """Whether the service takes runs; raises `fault` when it is asked."""

    ready: bool = True
    details: dict[str, Json] = field(default_factory=dict)
    fault: Exception | None = None

    def look(self) -> Readiness:
        if self.fault is not None:
            raise self.fault
        return Readiness(ready=self.ready, details=self.details)


@dataclass(frozen=True, kw_only=True)
class Door:
    client: TestClient[web.Request, web.Application]
    store: Store
    runtime: FakeRuntime
    weather: Weather
    drain: Callable[[], Awaitable[None]]
    shipped: Path
    """The folder of the schemas that ship with the service."""

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send JSON, or bytes as they are; the path is sent as it is written."""
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        url = URL(path, encoded=True)
        all_headers = (JSON if body is not None else {}) | (headers or {})
        async with self.client.request(method, url, data=sent, headers=all_headers) as response:
            content = await response.read()
            return Answer(status=response.status, headers=response.headers, content=content)

    async def run(
        self, body: object = None, headers: dict[str, str] | None = None, **step: Any
    ) -> Answer:
        """Run a step whose rows have one Integer, `x`."""
        return await self.ask("POST", "/v1/runs", body or a_body(**step), headers)


def a_body(**step: Any) -> dict[str, Any]:
    return {"step": {"statement": "return []", "output_schema": COLUMN_X, **step}}


@asynccontextmanager
async def opened(
    folder: Path, *, unauthenticated: bool = True, quota: Quota = UNLIMITED
) -> AsyncIterator[Door]:
    runtime, weather = FakeRuntime(), Weather()
    async with sqlite.opened(folder / "data") as store:
        schemas = Repository(kept=store.schemas, shipped=FolderSchemas(folder / "schemas"))
        pipeline, profiles = a_pipeline(store, runtime, folder), PROFILES
        engine = InlineEngine(
            pipeline, jobs=store.jobs, notices=store.notices, most_jobs=10, drain=timedelta()
        )
        async with (
            engine,
            custom.opened(*some_environments(folder)) as known,
            Worker(
                store.jobs,
                engine,
                custom.TenantEnvironments(known, DEFAULT_TENANT),
                profiles,
                slots=2,
            ) as worker,
        ):
            checker = Checker(FakeEnvironments(), as_every(runtime), slots=1, most_waiting=1)
            definer = Definer(FakeEnvironments(), runtime, slots=1, most_waiting=1)
            samples, simulations = (
                Gate(what, slots=1, most_waiting=1) for what in ("samples", "simulations")
            )

            def office(tenant: Tenant) -> Parts:
                own = store.of(tenant)
                return Parts(
                    tenant=tenant,
                    engine=engine,
                    environments=custom.TenantEnvironments(known, tenant),
                    queue=Queue(
                        jobs=own.jobs, pipeline=pipeline, wake=worker.wake, end=engine.cancel
                    ),
                    steps=own.steps,
                    notices=own.notices,
                    joins=own.joins,
                    schedules=own.schedules,
                    runs=own.runs,
                    checker=checker,
                    definer=definer,
                    arrow=Arrow(FakeEnvironments(), runtime),
                    simulator=Simulator(pipeline=pipeline, gate=simulations, tenant=tenant),
                    checkpoints=own.checkpoints,
                    schemas=schemas.of(tenant),
                    samples=samples,
                    profiles=profiles,
                    sends_callbacks=True,
                )

            server = TestServer(
                create_app(
                    Offices(
                        of=office,
                        manifest=MANIFEST,
                        interface=read_interface(CHECKOUT / "schemas"),
                        readiness=weather.look,
                        quota=quota,
                        policy=lambda: {"profiles": []},
                    ),
                    Callers(store.keys),
                    body_bytes=BODY_BYTES,
                    bodies_bytes=4 * BODY_BYTES,
                    unauthenticated=unauthenticated,
                )
            )
            async with TestClient(server) as client:
                yield Door(
                    client=client,
                    store=store,
                    runtime=runtime,
                    weather=weather,
                    drain=engine.drain,
                    shipped=folder / "schemas",
                )


def some_environments(
    folder: Path,
) -> tuple[FakeEnvironments, Callable[[str], bool], custom.Workshop, custom.Terms]:
    """Give what environments are opened on: nothing but a folder, and an index that has nothing."""
    (folder / "wheels").mkdir()
    workshop = custom.Workshop(
        places=custom.Places(folder=folder / "environments"),
        index=custom.Index(address="none", wheels_dir=str(folder / "wheels")),
        environ=os.environ,
        within=timedelta(minutes=1),
        most_bytes=1 << 30,
        trusted=frozenset(),
        stop=threading.Event(),
    )
    terms = custom.Terms(keep=timedelta(days=1), allowed_imports=frozenset({"math"}))
    return FakeEnvironments(), {"small"}.__contains__, workshop, terms


def a_gate(door: Door) -> asyncio.Event:
    """Let statements wait until it is opened."""
    gate = asyncio.Event()
    door.runtime.meanwhile = gate.wait
    return gate
