"""
The connector's manifest, `connector_manifest.json`: what the platform shows and the service keeps.

The service reads from it what a statement may import and what a profile grants. The rest it only
serves: those members stay JSON here, and `schemas/wire/connector_manifest.schema.json` says what
they hold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from processor.egress import Mode, Policy, read_policy
from processor.errors import ProcessorFault
from processor.step import Dialect, Limits, Profile, RuntimeName, TypeHints

_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(gt=0)]


class BrokenManifest(ProcessorFault):
    """The manifest cannot be read; the message names the file and a JSON pointer into it."""


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package that statements may import from."""

    name: str
    extras: tuple[str, ...] = ()
    version: str
    summary: str


class _AllowedImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    kind: Literal["std", "third_party"]


class _Amounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wall_seconds: _Seconds
    cpu_seconds: _Seconds
    memory_bytes: _Count
    output_bytes: _Count
    rows: _Count
    threads: _Count
    open_files: _Count
    tmp_bytes: _Count

    def limits(self) -> Limits:
        return Limits(
            wall=timedelta(seconds=self.wall_seconds),
            cpu=timedelta(seconds=self.cpu_seconds),
            memory_bytes=self.memory_bytes,
            output_bytes=self.output_bytes,
            rows=self.rows,
            threads=self.threads,
            open_files=self.open_files,
            tmp_bytes=self.tmp_bytes,
        )


class _ProfileLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    statement_bytes: _Count
    defaults: _Amounts
    ceilings: _Amounts

    def __post_init__(self) -> None:
        for name in _Amounts.__struct_fields__:
            if getattr(self.defaults, name) > getattr(self.ceilings, name):
                raise ValueError(f"the default of `{name}` is above its ceiling")


class _Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: Mode
    hosts: tuple[str, ...] | None = None
    ports: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        self.policy()

    def policy(self) -> Policy:
        """Give it as a value; raises BadPolicy, which is a ValueError."""
        return read_policy(self.mode, self.hosts, self.ports)


class _Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    environment: str
    dialect: Dialect
    runtime: RuntimeName = "forked"
    forked_environment: str | None = None
    type_hints: TypeHints
    network: _Network
    limits: _ProfileLimits

    def profile(self) -> Profile:
        return Profile(
            name=self.name,
            environment=self.environment,
            dialect=self.dialect,
            type_hints=self.type_hints,
            network=self.network.policy(),
            defaults=self.limits.defaults.limits(),
            ceilings=self.limits.ceilings.limits(),
            statement_bytes=self.limits.statement_bytes,
            runtime=self.runtime,
            forked_environment=self.forked_environment,
        )


class _Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    description: str
    allowed_imports: tuple[_AllowedImport, ...]
    packages: tuple[Package, ...]


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole manifest, in the order of its file."""

    id: str
    name: str
    vendor: str
    version: str
    description: str
    documentation: str
    release_notes: str
    runtime: msgspec.Raw
    processing: msgspec.Raw
    multi_input: msgspec.Raw
    local_variables: msgspec.Raw
    input_schema: msgspec.Raw
    output_schema: msgspec.Raw
    configuration: msgspec.Raw
    checkpoint: msgspec.Raw
    globals: msgspec.Raw
    allowed_imports: tuple[_AllowedImport, ...]
    packages: tuple[Package, ...]
    other_environments: tuple[_Environment, ...]
    profiles: Annotated[tuple[_Profile, ...], msgspec.Meta(min_length=1)]
    statuses: msgspec.Raw
    error_codes: msgspec.Raw
    endpoints: msgspec.Raw

    def __post_init__(self) -> None:
        described = self.environments()
        for profile in self.profiles:
            for name in filter(None, (profile.environment, profile.forked_environment)):
                if name not in described:
                    raise ValueError(f"nothing describes the environment `{name}`")

    def environments(self) -> dict[str, tuple[tuple[_AllowedImport, ...], tuple[Package, ...]]]:
        """Give what each environment offers; the lists of the whole are the first profile's."""
        others = {
            other.name: (other.allowed_imports, other.packages) for other in self.other_environments
        }
        return {self.profiles[0].environment: (self.allowed_imports, self.packages), **others}


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What the service needs of its manifest, and the file itself as it is served."""

    version: str
    allowed_imports: Mapping[str, tuple[str, ...]]
    """By environment, in the manifest's order: an allowlist's entries, see there."""
    packages: Mapping[str, tuple[Package, ...]]
    """By environment."""
    profiles: Mapping[str, Profile]
    content: bytes

    @property
    def default_profile(self) -> Profile:
        """The first profile: the others are chosen by name."""
        return next(iter(self.profiles.values()))

    def profile(self, name: str) -> Profile:
        """Give the profile of that name; raises KeyError where there is none."""
        return self.profiles[name]


def read_manifest(path: Path) -> Manifest:
    """Read the manifest from its file; raises BrokenManifest where it is not what we expect."""
    try:
        content = path.read_bytes()
        document = msgspec.json.decode(content, type=_Document)
    except OSError as error:
        raise BrokenManifest(f"{path}: {error.strerror}") from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise BrokenManifest(f"{path}: at {_pointer(where)!r}: {message}") from error
    except msgspec.DecodeError as error:
        raise BrokenManifest(f"{path}: at '': {error}") from error
    environments = document.environments()
    return Manifest(
        version=document.version,
        allowed_imports={
            name: tuple(module.name for module in modules)
            for name, (modules, _) in environments.items()
        },
        packages={name: packages for name, (_, packages) in environments.items()},
        profiles={profile.name: profile.profile() for profile in document.profiles},
        content=content,
    )


def _pointer(path: str) -> str:
    """
    Write a place as msgspec tells it, less its `$`, as a JSON pointer (RFC 6901).

    >>> _pointer(".profiles[0].limits`")
    '/profiles/0/limits'
    """
    return "".join(f"/{part}" for part in re.findall(r"\w+", path))
