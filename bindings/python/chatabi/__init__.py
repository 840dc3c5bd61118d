# SPDX-License-Identifier: MIT
"""OpenAI-style chat completions on Vertex AI, OpenAI and compatible servers, by the C library chatabi.

    client = chatabi.Client(project="my-project", model="google/gemini-2.5-flash")
    print(client.chat("Why is the sky blue?").text)

Client blocks the thread that calls, AsyncClient is for asyncio. Any thread may call anything.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._answer import Answer, Event
from ._client import Body, Client
from ._library import CancelledError, Error, RateLimitError, TimeoutError, UsageError, c
from ._stream import Stream

if TYPE_CHECKING:
    from ._asyncio import AsyncClient, AsyncStream

__all__ = ["Answer", "AsyncClient", "AsyncStream", "Body", "CancelledError", "Client", "Error", "Event",
           "RateLimitError", "Stream", "TimeoutError", "UsageError", "version"]
__version__ = "0.1.0"


def version() -> str:
    """The versions of the library, libcurl and the TLS library in use."""
    return str(c.version().decode())


def _publish(*classes: type) -> None:
    """Their home is here: in tracebacks and pickles, too."""
    for public in classes:
        public.__module__ = __name__


_publish(Answer, CancelledError, Client, Error, Event, RateLimitError, Stream, TimeoutError, UsageError)


def __getattr__(name: str) -> Any:
    if name not in ("AsyncClient", "AsyncStream"):
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    from . import _asyncio
    _publish(_asyncio.AsyncClient, _asyncio.AsyncStream)
    globals().update(AsyncClient=_asyncio.AsyncClient, AsyncStream=_asyncio.AsyncStream)
    return globals()[name]
