"""Where wheels come from: an index, a folder of wheels, or both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NO_INDEX: Final = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """The operator's choice of where wheels come from."""

    address: str = ""
    """Of the index; empty is the one that the tools are set to, `none` is none at all."""
    wheels_dir: str = ""
    """A folder of wheels that are taken too; empty is none."""

    def arguments(self) -> tuple[str, ...]:
        """Give what the resolver and the installer are told."""
        none = ("--no-index",) if self.address == NO_INDEX else ()
        return (*none, *(("--find-links", self.wheels_dir) if self.wheels_dir else ()))

    def environ(self) -> Mapping[str, str]:
        """Give the variables with the address: a list of processes shows arguments to everybody."""
        named = self.address not in ("", NO_INDEX)
        return {"UV_DEFAULT_INDEX": self.address} if named else {}
