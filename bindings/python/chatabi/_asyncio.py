# SPDX-License-Identifier: MIT
"""Streams and clients for asyncio. A module of its own, because programs without asyncio start sooner without it."""
from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AsyncIterator, Mapping, Optional

from ._answer import Answer, Event
from ._client import Body, Settings, body_json, other_json
from ._library import NAP_S, STATE, Handle, c, error
from ._stream import Request

_BURST = 8  # events that are there are given without asking the event loop, but no more of them in a row
_SLICE_S = 0.2  # how long a thread of the executor waits at a time: the end of the process waits for it


class AsyncClient(Settings):
    """A client for asyncio. Its methods are Client's."""

    async def chat(self, body: Body, **options: Any) -> Answer:
        async with AsyncStream(*self._send(body_json(body), options)) as stream:
            return await stream.result()

    def stream(self, body: Body, **options: Any) -> AsyncStream:
        return AsyncStream(*self._send(body_json(body, stream=True), options))

    async def request(self, path: str, body: Optional[Mapping[str, Any]] = None, method: Optional[str] = None,
                      **options: Any) -> Any:
        async with AsyncStream(*self._send(*other_json(path, body, method, options))) as stream:
            async for _ in stream:
                pass
            return stream._value

    async def stop(self, timeout: float = 5.0) -> bool:
        end = time.monotonic() + timeout
        while not self._stopped(0):
            if time.monotonic() >= end:
                return False
            await asyncio.sleep(0.01)
        return True

    async def aclose(self) -> None:
        self.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class AsyncStream(Request):
    """As Stream, in asyncio: `async for event in stream`. Cancelling the task that waits ends the request too."""

    def __init__(self, client: Handle, pointer: Any) -> None:
        super().__init__(client, pointer)
        self._reader = threading.Lock()  # a task's, of which a thread has many

    def __aiter__(self) -> AsyncIterator[Event]:
        return _Events(self)

    async def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        end = None if timeout is None else time.monotonic() + timeout
        if not self._role().acquire(False):
            raise error(STATE, "Another task is reading this stream.")
        try:
            return await self._read(end)
        except asyncio.CancelledError:
            self.cancel()
            raise
        finally:
            self._reader.release()

    async def _read(self, end: Optional[float]) -> Optional[Event]:
        if self._ended:
            return self._over()
        handle = self._open()
        while True:
            event = self._take(handle)
            left = None if end is None else end - time.monotonic()
            if event is not None or self._ended or (left is not None and left <= 0):
                return event
            await _readable(handle, left)

    async def result(self) -> Answer:
        async for _ in self:
            pass
        return self._answer()

    async def aclose(self) -> None:
        self.close()

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class _Events:
    """What `async for` goes over. A loop that is left drops it, and the request ends with it."""

    def __init__(self, stream: AsyncStream) -> None:
        self._stream, self._given = stream, 0

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        self._given += 1
        if self._given % _BURST == 0:
            await asyncio.sleep(0)
        event = await self._stream.next()
        if event is None:
            raise StopAsyncIteration
        return event

    def __del__(self) -> None:
        self._stream.cancel()


async def _readable(handle: Handle, timeout: Optional[float]) -> None:
    """Until there is something to read. May return early."""
    loop, fd = asyncio.get_running_loop(), handle.fd()
    if fd < 0:
        return await asyncio.sleep(NAP_S)
    future: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(fd, _wake, future)
    except NotImplementedError:  # a Proactor, or a loop of another kind
        slice_s = _SLICE_S if timeout is None else min(timeout, _SLICE_S)
        return await loop.run_in_executor(_threads(handle), handle.poll, slice_s)
    timer = loop.call_later(timeout, _wake, future) if timeout is not None else None
    try:
        await future
    finally:
        loop.remove_reader(fd)
        if timer:
            timer.cancel()


def _threads(handle: Handle) -> ThreadPoolExecutor:
    """Those of the client: one for each request that waits."""
    owner = handle.client or handle
    with owner.turn():
        owner.threads = owner.threads or ThreadPoolExecutor(1024, "chatabi")
        return owner.threads


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
