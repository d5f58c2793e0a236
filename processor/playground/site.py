"""What was built of the page: its document, and the files that the document asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parent / "static"
"""Where `make setup` puts what it builds."""
CODINGS: Final = frozenset({".br", ".gz"})
"""What a file's compressed copies end with, which lie beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The page as it was built, by an earlier command."""

    document: str
    """HTML; `%NONCE%` stands where each answer has a nonce of its own."""
    files: Mapping[str, Path]
    """By the name in the address. A name holds its content's digest, so that neither changes."""


def read_site(folder: Path = BUILT) -> Site | None:
    """Read what was built; None where nothing was."""
    document = folder / "index.html"
    if not document.is_file():
        return None
    files = [file for file in (folder / "assets").iterdir() if file.suffix not in CODINGS]
    return Site(document=document.read_text("utf-8"), files={file.name: file for file in files})
