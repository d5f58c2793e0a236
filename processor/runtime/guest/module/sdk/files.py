"""A file or folder of a run, by its path."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from .context import Context


@dataclass
class FlowPath:
    """A path in one of a run's folders."""

    path: str
    store_ref: str
    cache_store_ref: str | None = None

    def read(self, ctx: "Context") -> bytes | None:
        """Give the file's content, or None."""
        return ctx.storage_read(self._whole())

    def write(self, ctx: "Context", data: bytes) -> bool:
        """Keep the file."""
        return ctx.storage_write(self._whole(), data)

    get = read
    put = write

    def list(self, ctx: "Context") -> "list[FlowPath] | None":  # the SDK's own name
        """List the files below."""
        found = ctx.storage_list(self._whole())
        return None if found is None else [FlowPath.from_dict(each) for each in found]

    def exists(self, ctx: "Context") -> bool:
        """Tell whether there is such a file."""
        return self.read(ctx) is not None

    def get_string(self, ctx: "Context", encoding: str = "utf-8") -> str | None:
        """Give the file's text."""
        content = self.read(ctx)
        return None if content is None else content.decode(encoding)

    def put_string(self, ctx: "Context", text: str, encoding: str = "utf-8") -> bool:
        """Keep a text."""
        return self.write(ctx, text.encode(encoding))

    def get_json(self, ctx: "Context") -> Any:
        """Give what the file's JSON means."""
        text = self.get_string(ctx)
        return None if text is None else json.loads(text)

    def put_json(self, ctx: "Context", obj: Any) -> bool:
        """Keep a value as JSON."""
        return self.put_string(ctx, json.dumps(obj))

    def child(self, name: str) -> Self:
        """Give what is below under that name."""
        return self._at(f"{self.path.rstrip('/')}/{name}" if self.path else name)

    def join(self, *segments: str) -> "FlowPath":
        """Give what is below under several names."""
        joined: FlowPath = self
        for segment in segments:
            joined = joined.child(segment)
        return joined

    def parent(self) -> "FlowPath | None":
        """Give the folder above, or None at the top."""
        above, slash, _ = self.path.rstrip("/").rpartition("/")
        return self._at(above) if slash else None

    def file_name(self) -> str | None:
        """Give the last part of the path."""
        return self.path.rstrip("/").rpartition("/")[2] or None

    def extension(self) -> str | None:
        """Give what is behind the name's last point."""
        _, point, extension = (self.file_name() or "").rpartition(".")
        return extension if point else None

    def with_extension(self, ext: str) -> Self:
        """Give the path with another extension."""
        extension = self.extension()
        stem = self.path if extension is None else self.path[: -len(extension) - 1]
        return self._at(f"{stem}.{ext.lstrip('.')}")

    def to_dict(self) -> dict[str, Any]:
        """Give the path as JSON, without what is not set."""
        return {name: value for name, value in self._whole().items() if value is not None}

    def to_json(self) -> str:
        """Give the path as JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read a path."""
        return cls(data["path"], data["store_ref"], data.get("cache_store_ref"))

    @classmethod
    def from_json(cls, s: str) -> Self:
        """Read a path's JSON text."""
        return cls.from_dict(json.loads(s))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Give the schema of a path."""
        text, maybe = {"type": "string"}, {"type": ["string", "null"]}
        properties = {"path": text, "store_ref": text, "cache_store_ref": maybe}
        return {"type": "object", "properties": properties, "required": ["path", "store_ref"]}

    def _whole(self) -> dict[str, Any]:
        return dict(vars(self))

    def _at(self, path: str) -> Self:
        return type(self)(path, self.store_ref, self.cache_store_ref)
