"""Everything of one process, opened and connected."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from processor import wiring
from processor.config import CHECKOUT, Callbacks, Limits, Settings
from processor.errors import ProcessorFault, UnknownSchema
from processor.run import Run
from processor.step import SchemaName
from tests.build import COLUMN_X, a_step, a_ticket, an_order


def settings_in(folder: Path, **changes: str) -> Settings:
    own = {"data_dir": str(folder / "data"), "environments_dir": str(folder / "environments")}
    return msgspec.structs.replace(
        Settings(limits=Limits(slots=1, drain_seconds=0)), **{**own, **changes}
    )


@pytest.fixture
async def processor(tmp_path: Path) -> AsyncIterator[wiring.Processor]:
    """Give a processor whose environments are not built."""
    async with wiring.opened(settings_in(tmp_path), CHECKOUT) as opened:
        yield opened


async def test_it_is_not_ready_without_its_environments(processor: wiring.Processor) -> None:
    readiness = processor.readiness()

    assert not readiness.ready
    assert "`processor env build processor-3.2` builds it" in str(readiness.details["zygotes"])


async def test_warming_up_without_environments_raises_nothing(processor: wiring.Processor) -> None:
    await processor.warm_up()

    assert not processor.readiness().ready


async def test_schemas_that_ship_are_found_and_others_are_kept(processor: wiring.Processor) -> None:
    await processor.schemas.put(SchemaName("orders"), COLUMN_X)  # type: ignore[arg-type]

    assert await processor.schemas.get(SchemaName("orders")) == COLUMN_X


async def test_what_the_block_raises_is_raised_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UnknownSchema):
        async with wiring.opened(settings_in(tmp_path), CHECKOUT):
            raise UnknownSchema("no group around it")


async def test_a_statement_runs_in_a_built_environment(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, environments_dir=Settings().environments_dir)
    order = an_order(a_step(environment="processor-3.2", statement="return [{'x': 3}]"))
    async with wiring.opened(settings, CHECKOUT, warms=lambda _module: False) as processor:
        run = await processor.engine.run(order, a_ticket(), timedelta(seconds=50))

    assert isinstance(run, Run)
    assert (run.state, bytes(run.rows)) == ("succeeded", b'[{"x":3}]')


async def test_a_checkout_without_manifest_is_our_own_fault(tmp_path: Path) -> None:
    with pytest.raises(ProcessorFault, match="connector_manifest"):
        async with wiring.opened(settings_in(tmp_path), tmp_path):
            pass


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("2130706433", False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(host: str, loopback: bool) -> None:
    assert wiring._is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1%eth0", False),
        ("nonsense", False),
    ],
)
def test_callbacks_go_to_public_addresses_only(address: str, public: bool) -> None:
    assert wiring._may_be_sent_to(Settings())(address) == public


def test_an_operator_may_let_callbacks_go_anywhere() -> None:
    settings = Settings(callbacks=Callbacks(private_addresses="allow"))

    assert wiring._may_be_sent_to(settings)("127.0.0.1")


async def test_a_secret_that_is_none_ends_the_start(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings_in(tmp_path), callbacks=Callbacks(secret="abc"))

    with pytest.raises(ProcessorFault, match=r"`callbacks\.secret`"):
        await wiring.serve(settings, CHECKOUT, ready=print)
