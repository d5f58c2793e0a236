"""
The operator's settings, read once: defaults < `processor.toml` < environment < flags.

The only reader of the environment. An unknown key is an error that names it.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

import processor

PREFIX: Final = "PROCESSOR_"
CHECKOUT: Final = Path(processor.__file__).parent.parent
"""Where the manifest, the locks and the shipped schemas lie, beside the package."""

_Some = Annotated[int, msgspec.Meta(ge=1)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the service takes on."""

    body_bytes: _Some = 128 << 20
    """The largest request, decompressed."""
    bodies_bytes: _Some = 512 << 20
    """All requests that are under way together; who finds no room waits, and is then refused."""
    connections: _Some = 500
    """Connections that are open at a time."""
    slots: _Some = 2 * (os.cpu_count() or 1)
    """Statements that run at a time."""
    keepers: _Some = os.cpu_count() or 1
    """WebAssembly statements that run at a time; each has a process of its own."""
    ready: Annotated[int, msgspec.Meta(ge=0, le=400)] = 4 * (os.cpu_count() or 1)
    """Processes that wait for statements at most, some 10 MB each; 0 makes each when it is due."""
    queue: Annotated[int, msgspec.Meta(ge=0)] = 1000
    """Runs that may wait for a slot, or for their step's earlier runs."""
    zygotes: _Some = 8
    """Warm interpreters that are kept, the least used of them not; each takes some 15 to 150 MB."""
    jobs: _Some = 10_000
    """Deferred runs that may wait in the store."""
    store_connections: _Some = 8
    """Connections to PostgreSQL; an embedded store has none."""
    lease_seconds: Annotated[float, msgspec.Meta(ge=3, le=3600)] = 10.0
    """A process that gives no sign of life for so long loses the runs that it has under way."""
    drain_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 30.0
    """How long runs may go on after the service was told to stop."""


class Egress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What statements may reach, at most, and how."""

    most: Literal["none", "allowlist", "open"] = "open"
    """The widest network that a step may have."""
    private_ranges: str = ""
    """Networks that are not public and that statements may reach, separated by commas."""
    ca_bundle: str = ""
    """A file of certificates that statements trust instead of the public ones, as PEM."""
    run_bytes: Annotated[int, msgspec.Meta(ge=1)] = 1 << 30
    """As many bytes as the connections of one run may carry."""

    def __post_init__(self) -> None:
        if self.private_ranges:
            from processor.egress import read_ranges  # most commands need no network

            read_ranges(self.private_ranges)
        if self.ca_bundle and not Path(self.ca_bundle).is_file():
            raise ValueError(f"ca_bundle: {self.ca_bundle} is no file")


class Custom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Environments that are built from requirements."""

    dir: str = ""
    """Where environments from requirements lie; empty is `environments` in the data folder."""
    index: str = ""
    """The address of the package index; empty is the one that uv is set to, `none` is none."""
    wheels_dir: str = ""
    """A folder of wheels to take from, beside the index or, with `none`, in its place."""
    build_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 900.0
    """How long one build of an environment may take."""
    build_bytes: _Some = 2 << 30
    """How much disk one build of an environment may take."""
    keep_days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 30.0
    """After its last use, until an environment that no name leads to is removed."""
    trusted: str = ""
    """Packages, with commas, that may be imported ahead of the walls; those that ship may."""


class Callbacks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may be told of a run's end, and how that is signed."""

    secret: str = ""
    """What callbacks are signed with, as Standard Webhooks writes it; without it none are sent."""
    private_addresses: Literal["refuse", "allow"] = "refuse"
    """Whether callbacks go to addresses that are not public ones: loopback, private networks."""


class Remote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What commands show to the service that `--url` names."""

    token: str = ""
    """The key, or the JWT, that shows the service who asks."""


class Jwt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The issuer whose tokens callers may show beside API keys, and what is read out of them."""

    issuer: str = ""
    """Who must have made a token, its `iss`; empty takes no tokens."""
    audience: str = ""
    """Whom a token must be for, its `aud`."""
    algorithms: str = "RS256"
    """What tokens may be signed by, separated by commas."""
    jwks_url: str = ""
    """Where the issuer's keys are: https, or http on a loopback address."""
    keys: str = ""
    """The issuer's keys themselves, as a JWK Set, in place of `jwt.jwks_url`."""
    private_addresses: Literal["refuse", "allow"] = "refuse"
    """Whether `jwt.jwks_url` may lead to an address that is not public, as loopback is."""
    scope_claim: str = "scope"
    """The claim that has a caller's scopes, as a list or with spaces between them."""
    tenant_claim: str = ""
    """The claim that has a caller's tenant; empty takes all for tenant `default`."""


class Tenants(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one tenant may ask of one process, and keep waiting; 0 is no limit."""

    requests_per_minute: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests of a tenant in a minute; as many may come at once after a quiet minute."""
    requests_at_once: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests of a tenant that are under way at a time; who waits for a run is one."""
    jobs: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Deferred runs of a tenant that may wait in the store."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8080
    """The port to listen on; 0 picks a free one."""
    health_port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    """The port on which `processor work` tells of its health and metrics; 0 is none."""
    role: Literal["all", "api"] = "all"
    """Whether the service performs deferred runs as well, or leaves them to `processor work`."""
    unauthenticated: Literal["loopback", "allow", "never"] = "loopback"
    """Where callers need not show who they are: on a loopback address, anywhere, or nowhere."""
    traces_to: str = ""
    """Where spans go by OTLP, as `http://collector:4318/v1/traces`; needs the extra `otel`."""
    log_format: Literal["console", "json"] = "console"
    """How the service's own log is written."""
    data_dir: str = str(CHECKOUT / ".data")
    """The folder of the embedded store; on a local disk."""
    store: Annotated[str, msgspec.Meta(pattern=r"^(sqlite:|postgres(ql)?://)")] = "sqlite:"
    """Where all is kept: `sqlite:` is the data folder, `sqlite:FOLDER`, or `postgresql://…`."""
    environments_dir: str = str(CHECKOUT / ".environments")
    """The folder of the statement environments."""
    least_isolation: Literal["auto", "L0", "L1", "L2", "L3"] = "auto"
    """The level below which nothing is run; `auto` is L2, or L0 on a loopback address."""
    retention_days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 30.0
    """How long a run can be looked at after its end; its checkpoint's history stays."""
    limits: Limits = Limits()
    egress: Egress = Egress()
    custom: Custom = Custom()
    callbacks: Callbacks = Callbacks()
    remote: Remote = Remote()
    jwt: Jwt = Jwt()
    tenants: Tenants = Tenants()


class BadSettings(Exception):
    """The settings cannot be used; the message names the key and where it came from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """The settings, and where each came from."""

    settings: Settings
    sources: Mapping[str, str]
    """By dotted key: `default`, a file, a variable, or `flag`."""


def read_configuration(file: Path | None, flags: Mapping[str, Any]) -> Configuration:
    """Read every source; `flags` by dotted key, None where not given. Raises BadSettings."""
    values: dict[str, tuple[Any, str]] = {key: (v, "default") for key, v in _flat(Settings())}
    given = [*_from_file(file), *_from_environment(os.environ)]
    given += [(key, value, "flag") for key, value in flags.items() if value is not None]
    for key, value, source in given:
        if key not in values:
            raise BadSettings(f"{source}: {key!r} is no setting; known are {', '.join(values)}")
        values[key] = (_read(key, value, source), source)
    settings = _whole(values)
    return Configuration(
        settings=settings, sources={key: source for key, (_, source) in values.items()}
    )


def flat_settings(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Give every setting by its dotted key."""
    return _flat(settings)


def environment_for_tools() -> Mapping[str, str]:
    """Give the service's own environment, for what is passed on of it to tools that it starts."""
    return dict(os.environ)


def _flat(settings: msgspec.Struct, above: str = "") -> Iterator[tuple[str, Any]]:
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, msgspec.Struct):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _from_file(file: Path | None) -> Iterator[tuple[str, Any, str]]:
    chosen = file or Path("processor.toml")
    if not chosen.exists():
        if file is not None:
            raise BadSettings(f"{file} is not there")
        return
    try:
        content = tomllib.loads(chosen.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"{chosen} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadSettings(f"{chosen} is not TOML: {error}") from None
    for key, value in content.items():
        is_section = isinstance(getattr(Settings(), key, None), msgspec.Struct)
        if isinstance(value, dict) and (value or is_section):
            yield from ((f"{key}.{name}", each, str(chosen)) for name, each in value.items())
        else:
            yield key, value, str(chosen)


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    for variable, value in environment.items():
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if key.endswith("_file"):  # a secret that an orchestrator mounts
            yield key.removesuffix("_file"), _content(Path(value), variable), variable
        else:
            yield key, value, variable


def _content(file: Path, variable: str) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise BadSettings(f"{variable}: {file} cannot be read: {error}") from None


def _read(key: str, value: Any, source: str) -> Any:
    kind: Any = Settings
    for name in key.split("."):
        kind = next(f.type for f in msgspec.structs.fields(kind) if f.name == name)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{source}: {key} = {value!r}: {error}") from None


def _whole(values: Mapping[str, tuple[Any, str]]) -> Settings:
    try:
        return msgspec.convert(_nested(values), Settings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        section = where.rstrip("`")
        given = {source for key, (_, source) in values.items() if key.startswith(f"{section}.")}
        sources = ", ".join(sorted(given - {"default"}))
        raise BadSettings(f"{sources}: {section}: {message}") from None


def _nested(values: Mapping[str, tuple[Any, str]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, (value, _) in values.items():
        *above, name = key.split(".")
        inner = nested
        for part in above:
            inner = inner.setdefault(part, {})
        inner[name] = value
    return nested
