"""What is said to a model, and by it."""

from dataclasses import dataclass, field
from typing import Any, Self

from .plain import Plain

Json = dict[str, Any]


@dataclass
class ToolCallData(Plain):
    """A tool that a model wants called."""

    id: str
    name: str
    arguments: Any = field(default_factory=dict)


@dataclass
class ContentPart:
    """One part of a message: what it is, and its data."""

    type: str
    data: Json = field(default_factory=dict)

    def to_dict(self) -> Json:
        """Give the part as JSON."""
        return {"type": self.type, **self.data}

    @classmethod
    def text(cls, text: str) -> Self:
        """Make a part of text."""
        return cls("text", {"text": text})

    @classmethod
    def image_url(cls, url: str, detail: str | None = None) -> Self:
        """Make a part of an image elsewhere."""
        return cls("image", {"image": _set(url=url, detail=detail)})

    @classmethod
    def image(cls, url: str, media_type: str, detail: str | None = None) -> Self:
        """Make a part of an image."""
        return cls("image", {"image": _set(url=url, media_type=media_type, detail=detail)})

    @classmethod
    def audio_url(cls, url: str) -> Self:
        """Make a part of a sound elsewhere."""
        return cls("audio", {"audio": {"url": url}})

    @classmethod
    def audio(cls, url: str, media_type: str) -> Self:
        """Make a part of a sound."""
        return cls("audio", {"audio": {"url": url, "media_type": media_type}})

    @classmethod
    def video_url(cls, url: str) -> Self:
        """Make a part of a film elsewhere."""
        return cls("video", {"video": {"url": url}})

    @classmethod
    def video(cls, url: str, media_type: str) -> Self:
        """Make a part of a film."""
        return cls("video", {"video": {"url": url, "media_type": media_type}})

    @classmethod
    def document_url(cls, url: str) -> Self:
        """Make a part of a document elsewhere."""
        return cls("document", {"document": {"url": url}})

    @classmethod
    def document(cls, url: str, media_type: str) -> Self:
        """Make a part of a document."""
        return cls("document", {"document": {"url": url, "media_type": media_type}})

    @classmethod
    def tool_call(cls, call_id: str, name: str, arguments: Any = None) -> Self:
        """Make a part that calls a tool."""
        call = {"id": call_id, "name": name, "arguments": arguments or {}}
        return cls("tool_call", {"tool_call": call})

    @classmethod
    def tool_result(cls, call_id: str, content: str) -> Self:
        """Make a part of what a tool gave."""
        return cls("tool_result", {"tool_result": {"id": call_id, "content": content}})

    @classmethod
    def reasoning(cls, text: list[str]) -> Self:
        """Make a part of a model's thoughts."""
        return cls("reasoning", {"reasoning": {"text": text}})


@dataclass
class ChatMessage(Plain):
    """One message to or of a model."""

    role: str
    content: str | list[Json] = ""
    tool_calls: list[Json] | None = None
    tool_call_id: str | None = None

    @classmethod
    def system(cls, content: str) -> Self:
        """Make a message of who runs the model."""
        return cls("system", content)

    @classmethod
    def user(cls, content: str) -> Self:
        """Make a message of a user."""
        return cls("user", content)

    @classmethod
    def user_multimodal(cls, parts: list[ContentPart]) -> Self:
        """Make a message of several parts."""
        return cls("user", [part.to_dict() for part in parts])

    @classmethod
    def assistant(cls, content: str) -> Self:
        """Make a message of the model."""
        return cls("assistant", content)

    @classmethod
    def assistant_with_tool_calls(cls, content: str, tool_calls: list[ToolCallData]) -> Self:
        """Make a message of a model that wants tools called."""
        return cls("assistant", content, tool_calls=[call.to_dict() for call in tool_calls])

    @classmethod
    def tool_result(cls, tool_call_id: str, content: str) -> Self:
        """Make a message of what a tool gave."""
        return cls("tool", content, tool_call_id=tool_call_id)

    def text_content(self) -> str:
        """Give the message's text, of all its parts."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.get("text", "") for part in self.content)


def _set(**members: str | None) -> Json:
    return {name: value for name, value in members.items() if value is not None}
