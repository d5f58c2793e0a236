"""Everything of one process, opened in order and connected."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog

from processor.arrow import Arrow
from processor.check import Checker
from processor.config import Settings
from processor.definition import Definer
from processor.egress import Outside
from processor.engine import InlineEngine, Worker
from processor.environment import State, custom, state
from processor.errors import EnvironmentNotReady, ProcessorFault
from processor.gate import Gate, Slots
from processor.interface import read_interface
from processor.manifest import Manifest, read_manifest
from processor.metrics import Metrics
from processor.pipeline import Pipeline
from processor.runtime.contract import Runtime
from processor.runtime.forked import ForkedRuntime, Proof, terms_of
from processor.runtime.wasm import NAME as RUNNER
from processor.runtime.wasm import Runner, WasmRuntime, remove_older
from processor.schema import FolderSchemas, Repository
from processor.service import Readiness
from processor.simulation import Simulator
from processor.step import Profile, RuntimeName
from processor.store.kept import Store
from processor.tally import Tallies, Tally
from processor.values import Json

from .disk import why_no_room
from .environments import opened_environments
from .runner import built_apart
from .settled import (
    a_runtime,
    a_store,
    a_wasm_runtime,
    an_outside,
    installed_environments,
)
from .traced import some_spans

log = structlog.get_logger()

SAMPLES: Final = 2
"""Lists of rows worked on at a time for authors: they take the runs' processors."""
LEAST_CHECKS: Final = 2
"""Checks at a time, however few the slots: one that grinds must not hold up the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """Everything of one process, opened and connected."""

    manifest: Manifest
    interface: bytes
    data_dir: Path
    profiles: Mapping[str, Profile]
    """The manifest's, within what the operator allows."""
    environments: custom.TenantEnvironments
    runner: Runner
    bakeries: Path
    """Where runners with packages lie, in a folder for each release's runner."""
    runtime: ForkedRuntime
    wasm: WasmRuntime
    store: Store
    schemas: Repository
    checker: Checker
    definer: Definer
    arrow: Arrow
    simulator: Simulator
    samples: Gate
    pipeline: Pipeline
    engine: InlineEngine
    metrics: Metrics
    tally: Tally
    outside: Outside

    def readiness(self) -> Readiness:
        """Tell whether runs are taken: with an environment, walls, and room for what they leave."""
        profiles = self.manifest.profiles.values()
        names = dict.fromkeys(each.environment for each in profiles if each.runtime == "forked")
        zygotes = {name: self._zygote(name) for name in names}
        built = "missing" not in zygotes[self.manifest.default_profile.environment]
        no_room, trouble = why_no_room(self.data_dir), self.store.trouble
        hindered = self.engine.draining or self.runtime.unproven or no_room or trouble
        ready = built and not hindered
        isolation = dict(self.runtime.proof.told()) if self.runtime.proof else None
        details: dict[str, Json] = {
            "zygotes": [*zygotes.values()],
            "ready": [*self.runtime.waiting()],
            "wasm": self._runner(),
            "isolation": isolation,
        }
        if trouble:
            details["store"] = "cannot be reached"  # the log has the reason: anybody may ask
        if self.runtime.unproven:
            details["isolation_unproven"] = self.runtime.unproven
        if no_room:
            details["data_folder"] = no_room
        return Readiness(ready=ready, details=details)

    def _zygote(self, name: str) -> dict[str, Json]:
        try:
            return {"environment": name, "warm": self.runtime.warm(self.environments.get(name))}
        except EnvironmentNotReady as error:
            return {"environment": name, "missing": error.message}

    async def prove(self) -> None:
        """Run against the walls; raises ProcessorFault where they are too few, or do not hold."""
        name = self.manifest.default_profile.environment
        try:
            proof = await self.runtime.prove(self.environments.get(name))
        except EnvironmentNotReady as error:  # no run comes to pass either
            log.warning("isolation_not_proven", reason=error.message)
            return
        told = proof.told()
        (log.warning if "warning" in told else log.info)("isolation", **told)

    def worker(self, settings: Settings) -> Worker:
        """Give a worker of this process; it works while it is entered."""
        return Worker(
            self.store.jobs,
            self.engine,
            self.environments,
            self.profiles,
            slots=settings.limits.slots,
        )

    def _runner(self) -> dict[str, Json]:
        how_far, reason = state(self.runner)
        return {"runner": how_far.value, "reason": reason, "warm": self.wasm.warm}

    async def warm_up(self) -> None:
        """Warm the default profile's environment; what cannot be is logged, and tried by runs."""
        profile = self.profiles[self.manifest.default_profile.name]
        name = profile.environment
        try:
            environment = self.environments.get(name)
            await self.runtime.warm_up(environment, terms_of(profile.defaults, profile.network))
        except (EnvironmentNotReady, ProcessorFault, TimeoutError) as error:
            log.warning("environment_not_warm", name=name, reason=str(error))

    async def prepare_wasm(self) -> None:
        """Build the runner where it is not, apart from us, and start a keeper; or log why not."""
        try:
            if state(self.runner)[0] is not State.READY:
                log.info("runner_building")
                await built_apart()
            await self.wasm.warm_up(self.environments.get(RUNNER))
            await asyncio.to_thread(remove_older, self.bakeries, self.runner.folder.name)
        except (EnvironmentNotReady, ProcessorFault) as error:
            log.warning("runner_not_ready", reason=str(error))


@asynccontextmanager
async def opened(
    settings: Settings,
    checkout: Path,
    *,
    warms: Callable[[str], bool] = lambda _module: True,
    outside: Outside | None = None,
) -> AsyncIterator[Processor]:
    """
    Open everything that runs steps; `warms` tells which modules are imported ahead of runs.

    What is outside is the network of this machine, where nobody hands another one in.
    """
    manifest = read_manifest(checkout / "connector_manifest.json")
    limits = settings.limits
    async with AsyncExitStack() as stack:
        environments = await stack.enter_async_context(
            opened_environments(settings, checkout, manifest, warms)
        )
        store = await stack.enter_async_context(a_store(settings))
        schemas = Repository(
            kept=store.schemas, shipped=FolderSchemas(checkout / "schemas" / "data")
        )
        outside = outside or an_outside(settings, stack)
        runtime = await stack.enter_async_context(a_runtime(settings, outside))
        wasm = await stack.enter_async_context(a_wasm_runtime(settings, outside))
        metrics = Metrics(version("python-processor"))
        tally = Tallies((metrics, *await stack.enter_async_context(some_spans(settings))))
        runtimes: dict[RuntimeName, Runtime] = {
            "forked": metrics.counted("forked", runtime),
            "wasm": metrics.counted("wasm", wasm),
        }
        pipeline = Pipeline(
            environments=environments.all,
            schemas=schemas,
            runs=store.runs,
            runtimes=runtimes,
            slots=Slots(limits.slots),
            tally=tally,
        )
        engine = InlineEngine(
            pipeline,
            jobs=store.jobs,
            notices=store.notices,
            most_jobs=limits.slots + limits.queue,
            drain=timedelta(seconds=limits.drain_seconds),
        )
        simulations = Gate("simulations", slots=limits.slots, most_waiting=limits.queue)
        checker = Checker(
            environments.all,
            runtimes,
            slots=max(limits.slots, LEAST_CHECKS),
            most_waiting=limits.queue,
        )
        yield Processor(
            manifest=manifest,
            interface=read_interface(checkout / "schemas"),
            data_dir=Path(settings.data_dir),
            profiles={
                name: profile.with_network_up_to(settings.egress.most)
                for name, profile in manifest.profiles.items()
            },
            environments=environments.all,
            runner=environments.runner,
            bakeries=environments.bakeries,
            runtime=runtime,
            wasm=wasm,
            store=store,
            schemas=schemas,
            checker=checker,
            definer=Definer(
                environments.all, wasm, slots=limits.keepers, most_waiting=limits.queue
            ),
            arrow=Arrow(environments.all, runtime),
            simulator=Simulator(pipeline=pipeline, gate=simulations),
            samples=Gate("samples", slots=SAMPLES, most_waiting=limits.queue),
            pipeline=pipeline,
            engine=await stack.enter_async_context(engine),
            metrics=metrics,
            tally=tally,
            outside=outside,
        )


async def proof(settings: Settings, checkout: Path) -> Proof:
    """Run against the walls that this machine gives, however few; raises EnvironmentNotReady."""
    manifest = read_manifest(checkout / "connector_manifest.json")
    environments = installed_environments(settings, checkout, manifest, lambda _module: False)
    async with ForkedRuntime() as runtime:
        return await runtime.prove(environments.get(manifest.default_profile.environment))
