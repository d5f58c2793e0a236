"""What the platform has and this service has not: models, images, databases."""

from typing import Any

from .hosts import HostBridge

Json = dict[str, Any]


class Elsewhere:
    """The part of a context that answers None, and has the host say why."""

    _host: HostBridge

    def llm_prompt(
        self, bit: Any, messages: Any, stream: bool = False, tools: Any = None
    ) -> str | None:
        """Ask a model; there is none here."""
        self._unserved("llm_prompt")
        return None

    def embed_text(self, bit: Any, texts: list[str]) -> list[list[float]] | None:
        """Embed texts; there is no model here."""
        self._unserved("embed_text")
        return None

    def embed_text_query(self, model: Any, texts: list[str]) -> list[list[float]] | None:
        """Embed queries; there is no model here."""
        self._unserved("embed_text_query")
        return None

    def embed_text_document(self, model: Any, texts: list[str]) -> list[list[float]] | None:
        """Embed documents; there is no model here."""
        self._unserved("embed_text_document")
        return None

    def embed_image(self, model: Any, image: Any) -> list[float] | None:
        """Embed an image; there is no model here."""
        self._unserved("embed_image")
        return None

    def image_from_bytes(self, data: bytes, fmt: str = "png") -> Any:
        """Read an image; there is nothing here that does."""
        self._unserved("image_from_bytes")
        return None

    def image_to_bytes(self, image: Any, fmt: str = "png") -> bytes | None:
        """Write an image; there is nothing here that does."""
        self._unserved("image_to_bytes")
        return None

    def db_query(self, op: int, connection: Any, payload: Json) -> Any:
        """Ask a database; there is none here."""
        self._unserved("db_query")
        return None

    def _unserved(self, name: str) -> None:
        self._host.unserved(name)
