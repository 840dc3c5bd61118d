# SPDX-License-Identifier: MIT
"""What the Python hosts share: the library by ctypes, with the few functions that they call."""
import ctypes
import os

lib = ctypes.CDLL(os.environ["CHATABI_NET_LIB"])
delay_s = int(os.environ["CHATABI_NET_DELAY_MS"]) / 1000

for name, result, arguments in (
    ("client_new", ctypes.c_void_p, []),
    ("client_set", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]),
    ("client_set_auth", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]),
    ("client_start", ctypes.c_int, [ctypes.c_void_p]),
    ("client_send", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]),
    ("client_ready", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    ("client_free", None, [ctypes.c_void_p]),
    ("request_next", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    ("request_free", None, [ctypes.c_void_p]),
):
    function = getattr(lib, "chatabi_" + name)
    function.restype = result
    function.argtypes = arguments
    globals()[name] = function


def client(path):
    it = client_new()
    assert client_set(it, b"base_url", (os.environ["CHATABI_NET_URL"] + path).encode()) == 0
    assert client_set(it, b"ca_file", os.environ["CHATABI_NET_CA"].encode()) == 0
    assert client_set_auth(it, b"none", None) == 0
    return it


def send(client):
    body = b'{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}'
    request = client_send(client, body, len(body), None)
    assert request
    return request


def finish(request):
    """Reads to the end; the number of text events."""
    texts = 0
    while True:
        event = request_next(request, 8000)
        if event == 1:
            texts += 1
        if event == 5:
            return texts
        assert event > 0, f"the request ended with {event}"
