"""Names that lead to requirements, each in a file of its own."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from processor.environment.files import read_record, write_whole
from processor.errors import Detail, InvalidRequest, UnknownEnvironment
from processor.step import Requirements, read_requirements

from .places import Named, Places

OF: Final = "~"
"""Between a tenant and a name of its own; it is in neither."""
_NAME: Final = re.compile(rf"(?:[A-Za-z0-9._-]{{1,64}}{OF})?[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}")


class Names:
    """The names that are not those of environments that ship; those are never given away."""

    def __init__(self, places: Places, ships: Callable[[str], bool]) -> None:
        self._places = places
        self.ships = ships

    def find(self, name: str) -> Named | None:
        """Give what a name leads to, or None where it leads nowhere."""
        if self.ships(name) or _NAME.fullmatch(name) is None:
            return None
        return read_record(self._places.named(name), Named)

    def existing(self, name: str) -> Named:
        """Give what a name leads to; raises UnknownEnvironment."""
        named = self.find(name)
        if named is None:
            raise UnknownEnvironment(f"no requirements have the name {name!r:.140}")
        return named

    def all(self) -> Iterator[Named]:
        """Give every name."""
        for file in sorted((self._places.folder / "named").glob("*.json")):
            if (named := read_record(file, Named)) is not None:
                yield named

    def require_free(self, name: str) -> None:
        """Hold a name to be one that can be given; raises InvalidRequest."""
        if self.ships(name):
            raise _refused(f"{name} ships with this service; take another name")
        if _NAME.fullmatch(name) is None:
            raise _refused("an environment's name has 1 to 128 letters, digits, dots, - and _")

    def write(self, named: Named) -> None:
        """Let a name lead to requirements from now on."""
        write_whole(self._places.named(named.id), named)

    def drop(self, name: str) -> None:
        """Let a name lead nowhere."""
        self._places.named(name).unlink(missing_ok=True)


def requirements_of(named: Named) -> Requirements:
    """Read requirements that were read before they were kept."""
    return _read(named.requirements)


@lru_cache(maxsize=256)
def _read(text: str) -> Requirements:
    """Read a text once, not with every run of its environment."""
    return read_requirements(text, "/requirements")


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, details=(Detail("/id", message),))
