"""Values of the platform that nodes hand on: models, images, databases and queries."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from .messages import ChatMessage
from .plain import Plain

if TYPE_CHECKING:
    from .context import Context

Json = dict[str, Any]


@dataclass
class Bit(Plain):
    """A model or another part that the platform has."""

    id: str
    bit_type: str = ""
    hub: str = ""
    hash: str | None = None
    parameters: Any = None
    file_name: str | None = None
    version: str | None = None
    license: str | None = None
    extra: Json = field(default_factory=dict)

    def prompt(self, ctx: "Context", messages: list[ChatMessage]) -> str | None:
        """Ask the model."""
        return ctx.llm_prompt(self, messages)

    def prompt_stream(self, ctx: "Context", messages: list[ChatMessage]) -> str | None:
        """Ask the model, and stream what it says."""
        return ctx.llm_prompt(self, messages, stream=True)

    def to_dict(self) -> Json:
        """Give the value as JSON; its type is called `type` there."""
        members = super().to_dict()
        extra, bit_type = members.pop("extra"), members.pop("bit_type")
        return {"id": members.pop("id"), "type": bit_type, **members, **extra}

    @classmethod
    def from_dict(cls, data: Json) -> Self:
        """Read a value; members that it does not know go to `extra`."""
        given = dict(data)
        given.setdefault("bit_type", given.pop("type", ""))
        known = {name: given.pop(name) for name in _BIT if name in given}
        return cls(**known, extra=given)

    @classmethod
    def json_schema(cls) -> Json:
        """Give the schema of a part."""
        text, maybe = {"type": "string"}, {"type": ["string", "null"]}
        properties: Json = dict.fromkeys(("id", "type", "hub", "hash"), text)
        properties["parameters"] = {"type": "object"}
        properties |= dict.fromkeys(("file_name", "version", "license"), maybe)
        return {"type": "object", "properties": properties, "required": ["id"]}


_BIT = ("id", "bit_type", "hub", "hash", "parameters", "file_name", "version", "license")


@dataclass
class FlowImage(Plain):
    """An image that the platform keeps."""

    image_ref: str

    def to_bytes(self, ctx: "Context", fmt: str = "png") -> bytes | None:
        """Give the image's content."""
        return ctx.image_to_bytes(self, fmt)

    @classmethod
    def from_bytes(cls, ctx: "Context", data: bytes, fmt: str = "png") -> Self | None:
        """Keep an image."""
        image: Self | None = ctx.image_from_bytes(data, fmt)
        return image

    @classmethod
    def json_schema(cls) -> Json:
        """Give the schema of an image."""
        return _object("image_ref")


@dataclass
class CachedEmbeddingModel(Plain):
    """A model that the platform has loaded."""

    cache_key: str
    model_type: str = ""

    def embed_query(self, ctx: "Context", texts: list[str]) -> list[list[float]] | None:
        """Embed queries."""
        return ctx.embed_text_query(self, texts)

    def embed_document(self, ctx: "Context", texts: list[str]) -> list[list[float]] | None:
        """Embed documents."""
        return ctx.embed_text_document(self, texts)

    def embed_image(self, ctx: "Context", image: FlowImage) -> list[float] | None:
        """Embed an image."""
        return ctx.embed_image(self, image)

    @classmethod
    def json_schema(cls) -> Json:
        """Give the schema of a model."""
        return _object("cache_key", "model_type")


@dataclass
class VectorSearchQuery(Plain):
    """A search for what is near a vector."""

    vector: list[float]
    limit: int = 10
    offset: int = 0
    filter: str | None = None
    select: list[str] | None = None


@dataclass
class FtsSearchQuery(Plain):
    """A search for words."""

    text: str
    limit: int = 10
    offset: int = 0
    filter: str | None = None
    select: list[str] | None = None
    fields: list[str] | None = None


@dataclass
class HybridSearchQuery(Plain):
    """A search for both."""

    vector: list[float]
    text: str
    limit: int = 10
    offset: int = 0
    rerank: bool = False
    filter: str | None = None
    select: list[str] | None = None
    fields: list[str] | None = None


@dataclass
class NodeDBConnection(Plain):
    """A database of the platform; there is none here, and every answer is None or False."""

    cache_key: str

    def vector_search(self, ctx: "Context", query: VectorSearchQuery) -> list[Any] | None:
        """Search near a vector."""
        self._asked(ctx, query.to_dict())
        return None

    def fts_search(self, ctx: "Context", query: FtsSearchQuery) -> list[Any] | None:
        """Search for words."""
        self._asked(ctx, query.to_dict())
        return None

    def hybrid_search(self, ctx: "Context", query: HybridSearchQuery) -> list[Any] | None:
        """Search for both."""
        self._asked(ctx, query.to_dict())
        return None

    def insert(self, ctx: "Context", items: list[Any]) -> bool:
        """Add items."""
        self._asked(ctx, {"items": items})
        return False

    def upsert(self, ctx: "Context", items: list[Any], id_field: str = "id") -> bool:
        """Add items, or replace them."""
        self._asked(ctx, {"items": items, "id_field": id_field})
        return False

    def delete(self, ctx: "Context", filter_expr: str) -> bool:
        """Remove items."""
        self._asked(ctx, {"filter": filter_expr})
        return False

    def list_rows(
        self, ctx: "Context", select: list[str] | None = None, limit: int = 100, offset: int = 0
    ) -> list[Any] | None:
        """List items."""
        self._asked(ctx, {"select": select, "limit": limit, "offset": offset})
        return None

    def count(self, ctx: "Context", filter_expr: str | None = None) -> int | None:
        """Count items."""
        self._asked(ctx, {"filter": filter_expr})
        return None

    @classmethod
    def json_schema(cls) -> Json:
        """Give the schema of a connection."""
        return _object("cache_key")

    def _asked(self, ctx: "Context", payload: Json) -> None:
        ctx.db_query(0, self, payload)


def _object(*names: str) -> Json:
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, "required": list(names[:1])}
