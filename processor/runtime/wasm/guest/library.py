"""
Modules out of memory: the runner has no file system once it is built.

While it is built, the interpreter's own modules and those of its packages lie in folders. They are
compiled then, and kept beside each other; whatever was not imported ahead is imported from here.
"""

import importlib.abc
import importlib.machinery
import io
import marshal
import os
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable, TraversableResources
from types import CodeType, ModuleType
from typing import Any, Final

LEFT_OUT: Final = frozenset(
    {
        "+packages", "__pycache__", "_pyrepl",
        "config-3.14-wasm32-wasi", "curses", "dbm", "ensurepip",
        "idlelib", "lib2to3", "msilib", "multiprocessing", "pydoc_data", "sqlite3", "test",
        "tests", "tkinter", "turtledemo", "venv", "wsgiref",
    }
)  # fmt: skip
"""Folders that nothing here can use, or that are tests."""
PACKAGES: Final = "+packages"
"""A folder of packages beside what runs them: by this name none of them can be imported."""
_ROOT: Final = "/library"


class Library(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the modules that lay in some folders when it was filled."""

    def __init__(self) -> None:
        self._modules: dict[str, tuple[bool, bytes]] = {}
        self._files: dict[str, bytes] = {}

    def fill(self, folder: str, *, with_data: bool, left_out: frozenset[str] = LEFT_OUT) -> None:
        """
        Take the modules below a folder, and the files beside them where `with_data`.

        A module that is there already stays: none takes the place of an earlier one.
        """
        for path in _files(folder, left_out):
            name = path[len(folder) :].strip("/")
            if name.endswith(".py"):
                self._take(name, path)
            elif with_data and not name.endswith((".pyc", ".so")):
                self._files[name] = zlib.compress(_content(path), 6)

    def _take(self, name: str, path: str) -> None:
        parts = name.removesuffix(".py").split("/")
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        if not module or module in self._modules:
            return
        try:
            code = compile(_content(path), f"{_ROOT}/{name}", "exec", dont_inherit=True, optimize=2)
        except (SyntaxError, ValueError):  # a template, or for another Python
            return
        self._modules[module] = is_package, zlib.compress(marshal.dumps(code), 6)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See MetaPathFinder."""
        found = self._modules.get(name)
        if found is None:
            return None
        is_package, _ = found
        place = f"{_ROOT}/{name.replace('.', '/')}"
        origin = f"{place}/__init__.py" if is_package else f"{place}.py"
        spec = importlib.machinery.ModuleSpec(name, self, origin=origin, is_package=is_package)
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(place)
        return spec

    def get_code(self, fullname: str) -> CodeType | None:
        """See InspectLoader."""
        code: CodeType = marshal.loads(zlib.decompress(self._modules[fullname][1]))  # noqa: S302 (compiled by ourselves when this was built)
        return code

    def get_source(self, fullname: str) -> str | None:
        """See InspectLoader: a module's text is not kept."""
        if fullname in self._modules:
            return None
        raise ImportError(fullname)

    def is_package(self, fullname: str) -> bool:
        """See InspectLoader."""
        return self._modules[fullname][0]

    def get_resource_reader(self, fullname: str) -> "Resources":
        """Give what importlib.resources reads a package's files by."""
        return Resources(Place(self._files, fullname.replace(".", "/")))

    def find_distributions(self, context: Any) -> "Iterator[Any]":
        """Give what is known of packages, by which they ask for their own version."""
        from importlib import metadata  # deferred: few need it, and it is not small

        files = self._files

        class Distribution(metadata.Distribution):
            """One package, by the folder of what it says of itself."""

            def __init__(self, folder: str) -> None:
                self._folder = folder

            def read_text(self, filename: str) -> str | None:
                """See metadata.Distribution."""
                content = files.get(f"{self._folder}/{filename}")
                return None if content is None else zlib.decompress(content).decode()

            def locate_file(self, path: Any) -> Any:
                """See metadata.Distribution."""
                return Place(files, str(path))

        wanted = None if context.name is None else _canonical(context.name)
        for file in list(files):
            folder, _, name = file.partition("/")
            said = _canonical(folder.partition("-")[0])
            if folder.endswith(".dist-info") and name == "METADATA" and wanted in (None, said):
                yield Distribution(folder)

    def get_data(self, path: str) -> bytes:
        """Give a file that a package brought; raises FileNotFoundError."""
        try:
            return zlib.decompress(self._files[path.removeprefix(f"{_ROOT}/")])
        except KeyError:
            raise FileNotFoundError(path) from None


class Resources(TraversableResources):
    """The files of one package."""

    def __init__(self, place: "Place") -> None:
        self._place = place

    def files(self) -> "Place":
        """See TraversableResources."""
        return self._place


class Place(Traversable):
    """A file or a folder in memory."""

    def __init__(self, files: Mapping[str, bytes], path: str) -> None:
        self._files = files
        self._path = path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self._path.rpartition("/")[2]

    def is_file(self) -> bool:
        """See Traversable."""
        return self._path in self._files

    def is_dir(self) -> bool:
        """See Traversable."""
        return any(name.startswith(f"{self._path}/") for name in self._files)

    def iterdir(self) -> "Iterator[Place]":
        """See Traversable."""
        below = f"{self._path}/"
        found = (name.removeprefix(below) for name in self._files if name.startswith(below))
        return (self / name for name in dict.fromkeys(each.partition("/")[0] for each in found))

    def joinpath(self, *descendants: Any) -> "Place":
        """See Traversable."""
        return Place(self._files, "/".join((self._path, *descendants)))

    def __truediv__(self, child: Any) -> "Place":
        return self.joinpath(child)

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """See Traversable."""
        content = io.BytesIO(self.read_bytes())
        return content if "b" in mode else io.TextIOWrapper(content, *args, **kwargs)

    def read_text(self, encoding: str | None = None) -> str:
        """See Traversable; raises FileNotFoundError."""
        return self.read_bytes().decode(encoding or "utf-8")

    def read_bytes(self) -> bytes:
        """See Traversable; raises FileNotFoundError."""
        if self._path not in self._files:
            raise FileNotFoundError(self._path)
        return zlib.decompress(self._files[self._path])


def _files(folder: str, left_out: frozenset[str]) -> Iterator[str]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in left_out)
        yield from (f"{base}/{name}" for name in sorted(names))


def _canonical(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 (no pathlib where the runner starts)
        return file.read()


def install() -> Library:
    """Fill a library from wherever modules are found now, and find them there from now on."""
    library = Library()
    for folder in sys.path:
        library.fill(folder, with_data=folder != "/python")
    for folder in sys.path:  # last, and compiled, not imported: nothing of a package runs here
        library.fill(f"{folder}/{PACKAGES}", with_data=True, left_out=frozenset({"__pycache__"}))
    sys.meta_path.append(library)
    return library
