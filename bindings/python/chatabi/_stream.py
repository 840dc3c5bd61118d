# SPDX-License-Identifier: MIT
"""One request: the stream of its events, and what it leaves behind."""
from __future__ import annotations

import copy
import ctypes
import json
import threading
import time
from typing import Any, Dict, Iterator, Optional

from ._answer import Answer, Event, parse
from ._library import CANCELLED, CLOSED, PROTOCOL, Error, Handle, c, error

_DONE = 5
_KINDS: Dict[int, Any] = {1: "text", 2: "reasoning", 3: "tool", 6: "refusal"}
_STATES = ("unknown", "queued", "auth", "connecting", "waiting", "streaming", "retrying", "done", "failed")
_FINISHES = ("none", "stop", "length", "tool_calls", "content_filter", "other")
_INFO = {name: number for number, name in enumerate(
    "id http_status attempts retry_after_ms first_byte_ms first_text_ms total_ms prompt_tokens completion_tokens "
    "total_tokens retryable choice http_version bytes output_tokens reasoning_tokens cached_tokens finish "
    "place".split(), 1)}
_CHOICE = _INFO["choice"]


class Request:
    """What streams of both kinds share. Any thread may call anything; readers take turns."""

    def __init__(self, client: Handle, pointer: Any) -> None:
        self._handle: Optional[Handle] = Handle(pointer, client)
        # Who holds it reads, from looking for an event to the end of the wait for it: the descriptor tells of an end
        # until somebody reads that, and nobody must be left waiting for it then.
        self._reader: Any = threading.RLock()
        self._reading = False  # now; so that the handler of a signal, in the reader's thread, does not read meanwhile
        self._length = ctypes.c_size_t()
        self._ended = False
        self._error: Optional[Error] = None
        self._value: Any = None
        self._info: Dict[str, Any] = {}

    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise copy.copy(self._error) or error(CLOSED, "The stream is closed.")
        return handle

    def _role(self) -> Any:
        """That of the reader. In a child process it may be held by a thread that is not there."""
        handle = self._handle
        if handle:
            handle.turn()
        return self._reader

    def _take(self, handle: Handle) -> Optional[Event]:
        """An event that is there; None when there is none now, and at the end. Raises when the stream broke."""
        with handle.turn():
            request = handle.pointer
            kind = c.request_next(request, 0)
            if kind > 0 and kind != _DONE:
                text = c.request_text(request, self._length)
                if len(text) != self._length.value:  # there is a NUL in it
                    text = ctypes.string_at(c.text_pointer(request, None), self._length.value)
                return Event(_KINDS.get(kind, "other"), text.decode("utf-8", "replace"),
                             c.request_info(request, _CHOICE), c.request_json(request, None).decode())
            if kind:
                self._end(kind, request)
        return self._over() if kind else None

    def _over(self) -> Optional[Event]:
        if self._error:
            raise copy.copy(self._error)  # each with a traceback of its own, which would keep the stream alive
        return None

    def _end(self, kind: int, request: Any) -> None:
        raw = c.request_result(request, None)
        for _ in range(20 if kind == CANCELLED else 0):  # the library may be in the middle of a piece
            if raw is None:
                time.sleep(0.001)
                raw = c.request_result(request, None)
        self._info = _read_info(request)
        fault = None if kind == _DONE else error(kind, (c.request_message(request) or b"").decode())
        try:
            self._value = parse(raw.decode()) if raw else None
        except ValueError as reason:
            fault = fault or error(PROTOCOL, "The server's answer is no JSON: %s." % reason)
        if fault and kind != _DONE:
            partial = Answer(self._value, self._info) if isinstance(self._value, dict) else None
            details = json.loads(c.request_error_json(request) or b"{}")
            if "http_status" in self._info:  # it has none of an answer that was cut: 200
                details.setdefault("http_status", self._info["http_status"])
            fault = error(kind, fault.message, details, partial)
        self._error, self._ended = fault, True

    def _answer(self) -> Answer:
        if not isinstance(self._value, dict):
            raise error(PROTOCOL, "The server's answer is empty.")
        return Answer(self._value, self._info)

    @property
    def done(self) -> bool:
        """The end was read, be it good or bad."""
        return self._ended

    @property
    def info(self) -> Dict[str, Any]:
        """Numbers about the request, those that are known so far."""
        if self._ended:
            return self._info
        handle = self._open()
        with handle.turn():
            return _read_info(handle.pointer)

    @property
    def state(self) -> str:
        """"queued", "auth", "connecting", "waiting", "streaming", "retrying", "done" or "failed"."""
        handle = self._open()
        state = c.request_state(handle.pointer)
        return _STATES[state if 0 < state < len(_STATES) else 0]

    def header(self, name: str) -> Optional[str]:
        """A header of the response, once the first event or the end was read."""
        handle = self._open()
        with handle.turn():
            value = c.request_header(handle.pointer, name.encode())
        return None if value is None else str(value.decode("latin-1"))

    def fileno(self) -> int:
        """A descriptor for select and the like: readable while next(0) has something to give. Only poll it."""
        return self._open().fd()

    def cancel(self) -> None:
        """Ends the request, and the server's work for it. Does nothing after the end."""
        handle = self._handle
        if handle:
            c.request_cancel(handle.pointer)

    def close(self) -> None:
        """cancel, and lets go of what the library keeps. May be called any number of times."""
        self.cancel()
        handle, self._handle = self._handle, None
        if handle and not self._reading and self._reader.acquire(False):  # else it is the reader who finds the end
            try:
                while not self._ended:  # what had come becomes the error's `partial`
                    self._take(handle)
            except Error:
                pass
            finally:
                self._reader.release()


def _read_info(request: Any) -> Dict[str, Any]:
    numbers = ((name, c.request_info(request, number)) for name, number in _INFO.items())
    info = {name: number for name, number in numbers if number >= 0}
    if "finish" in info:
        info["finish"] = _FINISHES[min(info["finish"], len(_FINISHES) - 1)]
    return info


class Stream(Request):
    """An answer as it comes: `for event in stream`. Leaving the loop early ends the request."""

    def __iter__(self) -> Iterator[Event]:
        try:
            while True:
                with self._role():
                    event = self._read(None)
                if event is None:
                    return
                yield event
        finally:
            self.cancel()

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None when none came within so many seconds, and after the end, when `done` is true."""
        end = None if timeout is None else time.monotonic() + max(timeout, 0)
        try:  # and not behind acquire, where the handler of a signal may raise when it is ours already
            if not self._role().acquire(timeout=-1 if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX)):
                return None
            return self._read(end)
        finally:
            try:
                self._reader.release()
            except RuntimeError:  # it is another thread's
                pass

    def _read(self, end: Optional[float]) -> Optional[Event]:
        if self._ended:
            return self._over()
        handle = self._open()
        self._reading = True
        try:
            while True:
                event = self._take(handle)
                left = None if end is None else end - time.monotonic()
                if event is not None or self._ended or (left is not None and left <= 0):
                    return event
                handle.poll(left)
        finally:
            self._reading = False

    def result(self) -> Answer:
        """The whole answer; reads what is left of it."""
        for _ in self:
            pass
        return self._answer()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
