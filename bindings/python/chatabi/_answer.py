# SPDX-License-Identifier: MIT
"""What comes back: the pieces of a stream, and the whole answer."""
from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Literal, Mapping, NamedTuple, Optional

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATES = re.compile(r"(\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w")  # whole pairs, or halves


def parse(text: str) -> Any:
    """Half a surrogate pair, as in a chunk that ends within an emoji, would make a str that cannot be printed or sent."""
    if _SURROGATE.search(text):
        text = _SURROGATES.sub(lambda found: found[1] or "\\ufffd", text)
    return json.loads(text)


def _said(part: Any) -> str:
    """What a part of a content says. Mistral thinks in parts of a type, Google marks a part as thought."""
    if not isinstance(part, dict) or part.get("type") == "thinking":
        return ""
    google = (part.get("extra_content") or {}).get("google") or {}
    return "" if google.get("thought") is True else part.get("text") or ""


class Event(NamedTuple):
    """A piece of a stream."""
    type: Literal["text", "reasoning", "refusal", "tool", "other"]  #: "tool": one call, whole
    text: str  #: the piece; of a tool call the function's name
    choice: int  #: which of the answers, where the body has n
    raw: str  #: JSON: the chunk as the server sent it, or the tool call; "" when the event before had the chunk

    @property
    def json(self) -> Any:
        return parse(self.raw) if self.raw else None


class Answer(Dict[str, Any]):
    """A chat.completion as OpenAI documents it, streamed or not, and beside it what is mostly wanted of it."""
    info: Dict[str, Any]  #: numbers about the request

    def __init__(self, completion: Mapping[str, Any], info: Dict[str, Any]) -> None:
        super().__init__(completion)
        self.info = info

    @property
    def _choice(self) -> Dict[str, Any]:
        choices = self.get("choices")
        first: Dict[str, Any] = choices[0] if choices else {}
        return first

    @property
    def message(self) -> Dict[str, Any]:
        """The model's message as it came, to be sent back in a list of messages."""
        return self._choice.get("message") or {}

    @property
    def text(self) -> str:
        content = self.message.get("content") or ""
        if isinstance(content, str):
            return content
        return "".join(_said(part) for part in content)

    @property
    def tool_calls(self) -> List[Dict[str, Any]]:
        return self.message.get("tool_calls") or []

    @property
    def finish_reason(self) -> Optional[str]:
        """Why the model stopped, in the server's words; `info["finish"]` is the same on all servers."""
        return self._choice.get("finish_reason")

    @property
    def usage(self) -> Dict[str, Any]:
        return self.get("usage") or {}
