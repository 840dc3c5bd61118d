# SPDX-License-Identifier: MIT
"""A client: configuration, credentials and connections, and everything that is asked through them."""
from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple, Union

from ._answer import Answer
from ._library import CLOSED, TIMEOUT, Handle, UsageError, c, error
from ._stream import Stream

if TYPE_CHECKING:
    from ._asyncio import AsyncClient

Body = Union[str, Sequence[Mapping[str, Any]], Mapping[str, Any]]
_KEYS = {"api_key": "api_key", "key": "api_key", "token": "token", "access_token": "token"}  # what others call them


# ---- what is sent ----

def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def body_json(body: Body, **more: Any) -> bytes:
    if isinstance(body, str):
        body = [{"role": "user", "content": body}]
    if isinstance(body, Mapping):
        return _json({**more, **body})
    if isinstance(body, Sequence) and not isinstance(body, (bytes, bytearray)):
        return _json({**more, "messages": list(body)})
    raise TypeError("a body is a text, a list of messages or a dict, not %s" % type(body).__name__)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _option(value: Any) -> bytes:
    """An option as the library takes it: text."""
    if isinstance(value, bool):
        return b"yes" if value else b"no"
    if isinstance(value, (int, float, dict, list, tuple)):
        return _json(_whole(value))
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError("an option is a text, path, number, bool, list or dict, not %s" % type(value).__name__)
    text: str = os.fspath(value)
    if "\0" in text:
        raise ValueError("embedded null character")
    return text.encode()


def other_json(path: str, body: Optional[Mapping[str, Any]], method: Optional[str],
           options: Mapping[str, Any]) -> Tuple[bytes, Dict[str, Any]]:
    whole = {"path": path, "method": method or ("GET" if body is None else "POST"), **options}
    return b"" if body is None else body_json(body), whole


class Settings:
    """Configuration, credentials and connections, of clients of both kinds."""

    def __init__(self, **options: Any) -> None:
        """Options are those of core/OPTIONS.md, and `auth`: a source, "adc", or a pair, ("file", path)."""
        self._handle: Optional[Handle] = Handle(c.client_new())
        auth = options.pop("auth", None)
        for key, value in options.items():
            if value is not None:
                self._set(key, _option(value))
        if auth is not None:
            self.set_auth(*((auth,) if isinstance(auth, str) else auth))

    def _open(self) -> Handle:
        if self._handle is None:
            raise error(CLOSED)
        return self._handle

    def _call(self, function: Any, *arguments: Any) -> Any:
        handle = self._open()
        with handle.turn():
            return function(handle.pointer, *arguments)

    def _must(self, function: Any, *arguments: Any) -> None:
        handle = self._open()
        with handle.turn():
            code = function(handle.pointer, *arguments)
            if code:
                raise error(code, (c.client_message(handle.pointer) or b"").decode())

    def _set(self, key: str, value: bytes) -> None:
        try:
            self._must(c.client_set, key.encode(), value)
        except UsageError as fault:
            if key not in _KEYS:
                raise
            advice = 'There is no option "%s": write auth=("%s", ...).' % (key, _KEYS[key])
            raise UsageError(fault.code, advice) from None

    def _send(self, body: bytes, options: Mapping[str, Any]) -> Tuple[Handle, Any]:
        wire = _json({key: _whole(value) for key, value in options.items() if value is not None}) if options else None
        return self._open(), self._call(c.client_send, body, len(body), wire)

    def set_auth(self, source: str, value: Any = None) -> None:
        """Where credentials come from; after the first request only a "token" that replaces a token."""
        self._must(c.client_set_auth, _option(source), None if value is None else _option(value))

    def set_token(self, token: str) -> None:
        """Replaces the access token, at any time: the next attempt of any request uses it."""
        self.set_auth("token", token)

    def start(self) -> None:
        """Warms up in the background: certificates, a credential, a connection."""
        self._must(c.client_start)

    def status(self) -> Dict[str, Any]:
        """What the client does and has found out: credential, project, endpoint, counters. No secrets."""
        status: Dict[str, Any] = json.loads(self._call(c.client_status))
        return status

    def log(self) -> Iterator[str]:
        """Takes the lines out of the log, the oldest first; the option log_level says which are made."""
        while True:
            line = self._call(c.client_log)
            if line is None:
                return
            yield line.decode("utf-8", "replace")

    def close(self) -> None:
        """Ends every request with the error CLOSED. Never waits; any thread, any number of times."""
        handle, self._handle = self._handle, None
        if handle:
            with suppress(UsageError):  # in a child process it is not ours to end
                with handle.turn():
                    c.client_stop(handle.pointer, 0)

    def _stopped(self, timeout_ms: int) -> bool:
        code = self._call(c.client_stop, timeout_ms)
        if code not in (0, TIMEOUT):
            raise error(code)
        return bool(code == 0)


class Client(Settings):
    """A client whose calls block their thread. One is enough for a program; any number of threads may use it."""

    def chat(self, body: Body, **options: Any) -> Answer:
        """One answer. Options are for this request: path, method, headers, max_retries, total_timeout_ms ..."""
        with Stream(*self._send(body_json(body), options)) as stream:
            return stream.result()

    def stream(self, body: Body, **options: Any) -> Stream:
        """One answer, piece by piece. Returns at once: what cannot begin fails when it is read."""
        return Stream(*self._send(body_json(body, stream=True), options))

    def request(self, path: str, body: Optional[Mapping[str, Any]] = None, method: Optional[str] = None,
                **options: Any) -> Any:
        """What else the server has: "/embeddings", "/models". Returns its JSON. Without a body it is a GET."""
        with Stream(*self._send(*other_json(path, body, method, options))) as stream:
            for _ in stream:
                pass
            return stream._value

    def stop(self, timeout: float = 5.0) -> bool:
        """Ends in good order: cancels what is under way and waits for connections to close; true when they have."""
        end = time.monotonic() + timeout
        while not self._stopped(10):
            if time.monotonic() >= end:
                return False
        return True

    def as_async(self) -> AsyncClient:
        """The same client for asyncio: its credential, its connections, its end."""
        from ._asyncio import AsyncClient
        other = AsyncClient.__new__(AsyncClient)
        other._handle = self._handle
        return other

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
