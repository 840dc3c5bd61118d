# SPDX-License-Identifier: MIT
"""The C library: where it is, its functions, its errors as exceptions, and how a handle is shared and freed."""
from __future__ import annotations

import builtins
import ctypes
import os
import select
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any, Dict, Mapping, Optional, Tuple, Type, Union


class _Owned(ctypes.c_void_p):
    """A pointer that is ours to free, from the moment of the call that returns it: the exception of a signal's handler
    may come right behind the call."""
    free: Any

    def __del__(self) -> None:
        self.free(self)


class _ClientPointer(_Owned):
    pass


class _RequestPointer(_Owned):
    pass


_P, _S, _I = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_LEN = ctypes.POINTER(ctypes.c_size_t)
FUNCTIONS: Dict[str, Tuple[Any, ...]] = {  # the result, then the arguments
    "abi_version": (ctypes.c_uint,), "version": (_S,), "error_name": (_S, _I), "error_text": (_S, _I),
    "client_new": (_P,), "client_set": (_I, _P, _S, _S), "client_set_auth": (_I, _P, _S, _S),
    "client_message": (_S, _P), "client_start": (_I, _P), "client_send": (_P, _P, _S, ctypes.c_size_t, _S),
    "client_log": (_S, _P), "client_status": (_S, _P), "client_stop": (_I, _P, _I), "client_free": (None, _P),
    "request_next": (_I, _P, _I), "request_text": (_S, _P, _LEN), "request_json": (_S, _P, _LEN),
    "request_result": (_S, _P, _LEN), "request_message": (_S, _P), "request_error_json": (_S, _P),
    "request_state": (_I, _P), "request_info": (ctypes.c_int64, _P, _I), "request_header": (_S, _P, _S),
    "request_fd": (_I, _P), "request_cancel": (None, _P), "request_free": (None, _P),
}
ABI = 1
NOMEM, STATE, FORKED, TIMEOUT, RATE_LIMIT, PROTOCOL, CANCELLED, CLOSED = -1, -4, -5, -23, -34, -40, -50, -51
NAP_S = 0.005  # between two looks, where there is no descriptor to wait for
_SLICE_S = 1.0  # a signal that comes just before a wait does not end it, and Python runs its handler only behind it


def _load() -> SimpleNamespace:
    names = {"darwin": ("libchatabi.1.dylib", "libchatabi.dylib"), "win32": ("chatabi.dll", "libchatabi.dll")}.get(
        sys.platform, ("libchatabi.so.1", "libchatabi.so"))
    here = os.path.dirname(os.path.abspath(__file__))
    beside = [path for path in (os.path.join(here, name) for name in names) if os.path.exists(path)]
    chosen = os.environ.get("CHATABI_LIBRARY")
    reasons = []
    for path in [chosen] if chosen else beside or names:
        try:
            return _declare(ctypes.CDLL(path))
        except (OSError, AttributeError) as error:
            reasons.append(str(error))
    raise ImportError("The library chatabi cannot be loaded (%s). Install it, or set the environment variable "
                      "CHATABI_LIBRARY to the path of %s." % ("; ".join(reasons), names[0]))


def _declare(library: ctypes.CDLL) -> SimpleNamespace:
    number = library.chatabi_abi_version()
    if number != ABI:
        raise ImportError("%s has version %d of chatabi's ABI, and this module is for version %d: install two that "
                          "belong together." % (library._name, number, ABI))
    functions = SimpleNamespace()
    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(library, "chatabi_" + name)
        function.restype, function.argtypes = result, arguments
        setattr(functions, name, function)
    functions.client_new.restype, functions.client_send.restype = _ClientPointer, _RequestPointer
    _ClientPointer.free, _RequestPointer.free = functions.client_free, functions.request_free
    functions.text_pointer = ctypes.CFUNCTYPE(_P, _P, _LEN)(("chatabi_request_text", library))
    return functions


c = _load()


# ---- errors ----

class Error(Exception):
    """What went wrong. Decide by `name`, `retryable` or the class; `message` says what to do."""

    def __init__(self, code: int, message: str = "", details: Optional[Mapping[str, Any]] = None,
                 partial: Any = None) -> None:
        Exception.__init__(self, message)  # not super(): OSError's would take the arguments for an errno
        self.code = code
        self.name: str = c.error_name(code).decode()
        self.message: str = message or c.error_text(code).decode()
        self.details: Dict[str, Any] = dict(details or {})
        self.partial = partial  #: the Answer as far as it had come, or None
        self.http_status: Optional[int] = self.details.get("http_status")
        self.provider_code: Union[int, str, None] = self.details.get("provider_code")
        self.param: Optional[str] = self.details.get("param")
        self.retryable = bool(self.details.get("retryable"))
        self.retry_after_ms: Optional[int] = self.details.get("retry_after_ms")
        self.request_id: Optional[str] = self.details.get("request_id")
        self.hint: Optional[str] = self.details.get("hint")

    def __str__(self) -> str:
        return "%s: %s" % (self.name, self.message)

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.code, self.message, self.details, self.partial), self.__dict__


class UsageError(Error, ValueError):
    """The program is wrong and not the world: an option, an argument, a body, a handle from before a fork."""


class RateLimitError(Error):
    """A rate limit or quota; `retry_after_ms` when the server said how long."""


class TimeoutError(Error, builtins.TimeoutError):
    """One of the limits of time; `details["limit"]` names its option."""


class CancelledError(Error):
    """cancel() or close() was called, or a loop was left. (A cancelled task gets asyncio's own.)"""


_CLASSES: Dict[int, Type[Error]] = {RATE_LIMIT: RateLimitError, TIMEOUT: TimeoutError, CANCELLED: CancelledError,
                                    **dict.fromkeys(range(-8, -1), UsageError)}  # ARG to BODY


def error(code: int, message: Optional[str] = None, details: Any = None, partial: Any = None) -> Error:
    return _CLASSES.get(code, Error)(code, message or "", details, partial)


# ---- handles ----

class Handle:
    """A pointer, freed with the last reference to it: whoever calls or waits has one of his own, so that closing at
    the wrong moment pulls nothing away. A request's refers to its client's."""

    def __init__(self, pointer: Any, client: Optional[Handle] = None) -> None:
        self.pointer, self.client = pointer, client
        self._lock, self._pid = threading.RLock(), os.getpid()
        self.threads: Any = None  # for event loops that cannot watch a descriptor
        if not pointer:
            raise error(NOMEM)

    def turn(self) -> Any:
        """The lock, for a `with`: one thread at a time. In a child process nobody may be left to open it."""
        if os.getpid() != self._pid:
            raise error(FORKED)
        return self._lock

    def fd(self) -> int:
        with self.turn():
            return int(c.request_fd(self.pointer))

    def poll(self, timeout_s: Optional[float]) -> None:
        """Blocks until the request has something to read, or the handler of a signal raises. May return early."""
        fd = self.fd()
        if fd < 0:
            return time.sleep(NAP_S)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.poll(1000 * (_SLICE_S if timeout_s is None else min(timeout_s, _SLICE_S)))

    def __reduce__(self) -> Any:
        raise TypeError("A client or stream cannot be copied or pickled: make one where it is used.")
