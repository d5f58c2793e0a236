"""Everything of one process, opened and connected."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from processor import wiring
from processor.config import CHECKOUT, Callbacks, Egress, Jwt, Limits, Settings
from processor.egress import NO_NETWORK
from processor.errors import ProcessorFault, Unauthenticated, UnknownSchema
from processor.run import Run
from processor.step import SchemaName
from processor.wiring.duties import may_be_sent_to
from processor.wiring.settled import is_loopback
from processor.wiring.tokens import known_callers
from tests.build import COLUMN_X, a_step, a_ticket, an_order
from tests.fakes import NoKeys


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


async def test_the_operator_s_word_on_the_network_reaches_profiles_and_proxy(
    tmp_path: Path,
) -> None:
    egress = Egress(most="none", private_ranges="10.1.0.0/16", run_bytes=5)
    settings = msgspec.structs.replace(settings_in(tmp_path), egress=egress)

    async with wiring.opened(settings, CHECKOUT) as opened:
        assert {profile.network for profile in opened.profiles.values()} == {NO_NETWORK}
        assert {profile.widest_network for profile in opened.profiles.values()} == {"none"}
        outside = opened.runtime._outside

    assert [*map(str, outside.allowed)] == ["10.1.0.0/16"]
    assert outside.budget.bytes_moved == 5


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
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, 0),
        ({"host": "::1"}, 0),
        ({"host": "0.0.0.0"}, 2),
        ({"least_isolation": "L3"}, 3),
        ({"host": "0.0.0.0", "least_isolation": "L0"}, 0),
    ],
)
def test_nothing_runs_below_l2_but_on_loopback_or_where_the_operator_says_so(
    changes: dict[str, str], level: int, tmp_path: Path
) -> None:
    assert wiring.least_level(settings_in(tmp_path, **changes)) == level


async def test_walls_are_not_proven_without_an_environment_and_nothing_is_told(
    processor: wiring.Processor,
) -> None:
    await processor.prove()

    assert processor.readiness().details["isolation"] is None


async def test_what_is_proven_is_part_of_readiness(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, environments_dir=Settings().environments_dir)
    async with wiring.opened(settings, CHECKOUT, warms=lambda _module: False) as processor:
        await processor.prove()

        isolation = processor.readiness().details["isolation"]

    assert isinstance(isolation, dict)
    assert isolation["level"] == 3


async def test_walls_that_could_not_be_proven_make_it_unready_and_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path, environments_dir=Settings().environments_dir)
    async with wiring.opened(settings, CHECKOUT, warms=lambda _module: False) as processor:
        assert processor.readiness().ready
        monkeypatch.setattr(processor.runtime, "unproven", "the walls do not hold")

        readiness = processor.readiness()

    assert not readiness.ready
    assert readiness.details["isolation_unproven"] == "the walls do not hold"


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
    assert may_be_sent_to(Settings())(address) == public


def test_an_operator_may_let_callbacks_go_anywhere() -> None:
    settings = Settings(callbacks=Callbacks(private_addresses="allow"))

    assert may_be_sent_to(settings)("127.0.0.1")


async def test_a_secret_that_is_none_ends_the_start(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings_in(tmp_path), callbacks=Callbacks(secret="abc"))

    with pytest.raises(ProcessorFault, match=r"`callbacks\.secret`"):
        await wiring.serve(settings, CHECKOUT, ready=print)


JWT = Jwt(issuer="https://i.example", audience="us", jwks_url="https://i.example/keys")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": ""}, "without `jwt.issuer`"),
        ({"audience": ""}, "`jwt.audience` is not set"),
        ({"algorithms": ""}, "`jwt.algorithms`"),
        ({"algorithms": "RS256,none"}, "`jwt.algorithms`"),
        ({"algorithms": "HS256"}, "`jwt.algorithms`"),
        ({"jwks_url": ""}, "one of `jwt.jwks_url` and `jwt.keys`"),
        ({"keys": "{}"}, "one of `jwt.jwks_url` and `jwt.keys`"),
        ({"jwks_url": "http://i.example/keys"}, "https, or http on a loopback"),
        ({"jwks_url": "file:///etc/passwd"}, "https, or http on a loopback"),
        ({"jwks_url": "", "keys": "{}"}, "`jwt.keys` cannot be used"),
    ],
    ids=str,
)
async def test_an_issuer_that_is_half_set_is_refused(changes: dict[str, str], reason: str) -> None:
    settings = Settings(jwt=msgspec.structs.replace(JWT, **changes))

    with pytest.raises(ProcessorFault, match=reason):
        async with known_callers(settings, NoKeys()):
            pass


async def test_tokens_are_taken_by_the_keys_that_are_set() -> None:
    key = OctKey.generate_key(256, {"kid": "k"})
    keys, now = json.dumps({"keys": [key.as_dict()]}), int(datetime.now(UTC).timestamp())
    changes = {"jwks_url": "", "keys": keys, "algorithms": "HS256"}
    claims = {"iss": "https://i.example", "aud": "us", "exp": now + 60, "scope": "run"}
    token = jwt.encode({"alg": "HS256", "kid": "k"}, claims, key)

    async with known_callers(
        Settings(jwt=msgspec.structs.replace(JWT, **changes)), NoKeys()
    ) as callers:
        assert (await callers.of(token)).scopes == {"run"}


async def test_without_an_issuer_no_token_is_taken() -> None:
    async with known_callers(Settings(), NoKeys()) as callers:
        with pytest.raises(Unauthenticated):
            await callers.of("a.b.c")
