# SPDX-License-Identifier: MIT
"""What the tests share: an emulator of their own, clients for it, small programs as processes, and patience."""
import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
BINDING = os.path.join(ROOT, "bindings", "python")
sys.path.insert(0, BINDING)
LONG = os.environ.get("CHATABI_LONG") == "1"

import chatabi  # noqa: E402


class Emulator:
    """It ends when its standard input does, so with this process, however that ends."""

    def __init__(self, *arguments):
        command = [os.environ["CHATABI_EMULATOR"], "--quiet", "--until-eof", "--pace", "1", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said = json.loads(self.process.stdout.readline())
        self.url = self.said["url"]
        atexit.register(self.stop)

    def stop(self):
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/emulator/" + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def stats(self):
        return self.ask("stats")

    def journal(self):
        return self.ask("journal")

    def options(self, **options):
        return {"base_url": self.url + "/v1", "model": "emulator", "auth": "none", "max_retries": 0, **options}

    def client(self, **options):
        return chatabi.Client(**self.options(**options))

    def aclient(self, **options):
        return chatabi.AsyncClient(**self.options(**options))


def fault(text):
    return {"headers": {"x-emulator-fault": text}}


# A stream that goes on for 40 s, unless somebody ends it, and a whole answer of which the end never comes.
ENDLESS = fault("long=2000,pace=20")
STALLED = fault("stall=1")


def until(what, seconds=10.0):
    """Waits for what() to be true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.01)


def environment(**more):
    return {**os.environ, "PYTHONPATH": BINDING + os.pathsep + HERE, "PYTHONDONTWRITEBYTECODE": "1", **more}


def program(code, *arguments, **more):
    """Starts `code` as a Python program of its own, in which every warning is an error."""
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(code)
    atexit.register(os.unlink, file.name)
    command = [sys.executable, "-X", "dev", "-W", "error", file.name, *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment(**more), text=True)


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def tasks():
    return len(os.listdir("/proc/self/task"))
