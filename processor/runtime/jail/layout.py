"""What a root shows: which of the host's paths, and how to reach each. Pure; mounts nothing."""

import os.path
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of the host that is seen inside under its own path, and read only."""

    path: str
    optional: bool = False
    """Whether it may be missing on the host; any other that is missing is an error."""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link of the host that is one inside too."""

    path: str
    to: str


LIBRARIES: Final = (
    Bind("/lib", optional=True),
    Bind("/lib64", optional=True),
    Bind("/usr/lib"),
    Bind("/usr/lib64", optional=True),
    Bind("/etc/ld.so.cache", optional=True),
)
"""What an interpreter loads when it imports an extension module."""
FACTS: Final = (
    Bind("/etc/localtime", optional=True),
    Bind("/etc/ssl/certs", optional=True),
    Bind("/etc/ssl/openssl.cnf", optional=True),
    Bind("/usr/share/ca-certificates", optional=True),
    Bind("/usr/share/zoneinfo", optional=True),
)
"""What programs ask of a system: certificates, time zones."""
PARTS: Final = ("__init__.py", "runtime", "statement")
"""What a child runs of this package."""
DEVICES: Final = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
MOST_LINKS: Final = 40


def shown(
    *, interpreter: str, environment: str, package: str, certificates: str | None = None
) -> tuple[Bind, ...]:
    """
    List what a zygote needs: its interpreter, its environment's folder, its own code.

    `certificates` is the operator's own file of those that statements trust.

    >>> binds = shown(interpreter="/py/bin/python", environment="/env", package="/processor")
    >>> [bind.path for bind in binds[:3]]
    ['/py/bin/python', '/py/lib', '/env']
    """
    prefix = os.path.dirname(os.path.dirname(interpreter))
    needed = [interpreter, f"{prefix}/lib", environment]
    needed += [f"{package}/{part}" for part in PARTS]
    needed += [certificates] if certificates else []
    return (*map(Bind, needed), *LIBRARIES, *FACTS)


def followed(
    binds: Iterable[Bind], readlink: Callable[[str], str | None]
) -> tuple[Bind | Link, ...]:
    """
    Resolve every link on the way, so that no mount point's path leads through one.

    What is below another bind comes with it and is not listed; parents come before what they hold.
    `readlink` gives None for what is not a link.
    """
    real: dict[str, Bind] = {}
    links: dict[str, Link] = {}
    for bind in binds:
        path, on_the_way = _walk(bind.path, readlink)
        links |= {link.path: link for link in on_the_way}
        optional = bind.optional and real.get(path, bind).optional
        real[path] = Bind(path, optional=optional)
    found: list[Bind | Link] = [*real.values(), *links.values()]
    listed = [each for each in found if not _is_below(each.path, real)]
    return tuple(sorted(listed, key=lambda each: each.path.split("/")))


def below(folder: str, layout: Iterable[Bind | Link]) -> tuple[str, ...]:
    """List the binds below a folder."""
    return tuple(
        each.path
        for each in layout
        if isinstance(each, Bind) and each.path.startswith(f"{folder}/")
    )


def _walk(path: str, readlink: Callable[[str], str | None]) -> tuple[str, list[Link]]:
    """Give the path that has no link on its way, and the links that were."""
    real, rest, links = "/", _parts(path), list[Link]()
    while rest:
        here = os.path.normpath(os.path.join(real, rest.pop(0)))
        to = readlink(here)
        if to is None:
            real = here
            continue
        links.append(Link(here, to))
        if len(links) > MOST_LINKS:
            raise RecursionError(f"more than {MOST_LINKS} links on the way to {path}")
        rest = _parts(to) + rest
        real = "/" if to.startswith("/") else real
    return real, links


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)
