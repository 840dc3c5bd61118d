# SPDX-License-Identifier: MIT
"""Forks and ends of processes: nothing of it may crash, hang or be heard on standard error."""
import multiprocessing
import os
import signal
import threading
import time
import unittest

from place import LONG, Emulator, chatabi, fault, program

emulator = Emulator()
URL = emulator.url + "/v1"


def in_child(work):
    """What work() returns in a forked child, as text; how the child ended is part of it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # a child that hangs ends
        status = 1
        try:
            os.write(write, str(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    return said, os.waitpid(pid, 0)[1]


def name_of(call):
    try:
        return call()
    except chatabi.Error as error:
        return error.name


def ask_anew(question):
    with emulator.client() as mine:
        return question in mine.chat(question).text


class Forks(unittest.TestCase):
    def test_a_handle_from_before_says_so_and_a_new_one_works(self):
        client = emulator.client()
        stream = client.stream("Hi", **fault("pace=20"))
        stream.next()

        def child():
            names = {name_of(call) for call in (
                lambda: client.chat("Hi"), stream.next, stream.result, stream.fileno, client.status, client.start,
                lambda: client.set_token("t"), lambda: client.stop(0), lambda: client.as_async().stream("Hi"),
                lambda: list(stream))}
            stream.cancel()
            stream.close()
            client.close()
            return names, ask_anew("in the child")
        self.assertEqual(in_child(child), ("({'FORKED'}, True)", 0))
        self.assertIn("canned reply", stream.result().text)
        self.assertIn("canned reply", client.chat("Hi").text)

    def test_finalizers_in_a_child_are_harmless(self):
        held = [emulator.client() for _ in range(3)]
        held += [client.stream("Hi", **fault("stall=1")) for client in held]
        held[-1].next()

        def child():
            held.clear()
            return "fine"
        self.assertEqual(in_child(child), ("fine", 0))
        self.assertEqual(len(held), 6)

    def test_a_fork_while_other_threads_read(self):
        client = emulator.client()
        stop = threading.Event()
        stalled = client.stream("Hi", **fault("stall=1"))

        def read():
            while not stop.is_set():
                list(client.stream("Hi", **fault("pace=0")))
        threads = [threading.Thread(target=read) for _ in range(3)]
        threads.append(threading.Thread(target=lambda: name_of(lambda: list(stalled))))
        for thread in threads:
            thread.start()
        try:
            for _ in range(100 if LONG else 10):
                said = in_child(lambda: (name_of(client.status), name_of(stalled.next), stalled.close(), ask_anew("Hi")))
                self.assertEqual(said, ("('FORKED', 'FORKED', None, True)", 0))
        finally:
            stop.set()
            stalled.close()
            for thread in threads:
                thread.join()

    def test_a_pool_of_forked_workers(self):
        emulator.client().chat("before")
        with multiprocessing.get_context("fork").Pool(2) as pool:
            self.assertEqual(pool.map(ask_anew, ["one", "two", "three"]), [True] * 3)

    def test_an_error_comes_back_from_a_worker(self):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            with self.assertRaises(chatabi.RateLimitError) as caught:
                pool.apply(refused)
        self.assertEqual(caught.exception.retry_after_ms, 3000)


def refused():
    emulator.client().chat("Hi", **fault("429=3"))


BEGIN = """
import asyncio, logging, sys, threading, time
import chatabi
logging.getLogger("asyncio").setLevel("ERROR")  # not that a step was slow: the machine may be busy
options = {"base_url": sys.argv[1], "model": "m", "auth": "none"}
stalled = {"headers": {"x-emulator-fault": "stall=1"}}
client = chatabi.Client(**options)
"""
ENDINGS = {
    "with everything in globals": "stream = client.stream('Hi', **stalled); stream.next(); events = iter(stream)",
    "with a reader in a daemon thread": """
threading.Thread(target=lambda: list(client.stream('Hi', **stalled)), daemon=True).start()
time.sleep(0.1)
""",
    "with readers of one stream in daemon threads": """
stream = client.stream('Hi', **stalled)
for _ in range(3): threading.Thread(target=lambda: list(stream), daemon=True).start()
time.sleep(0.1)
""",
    "with a task that waits": """
async def main():
    task = asyncio.ensure_future(chatabi.AsyncClient(**options).chat('Hi', **stalled))
    await asyncio.sleep(0.1)
asyncio.run(main())
""",
    "with an event loop that nobody closed": """
loop = asyncio.new_event_loop()
mine = client.as_async()
task = loop.create_task(mine.chat('Hi', **stalled))
loop.run_until_complete(asyncio.sleep(0.1))
task.cancel()
loop.run_until_complete(asyncio.wait([task]))
loop.close()
""",
    "with threads that wait for a loop that cannot": """
class Poor(asyncio.SelectorEventLoop):
    def add_reader(self, *_): raise NotImplementedError
loop = Poor()
loop._add_reader(loop._ssock.fileno(), loop._read_from_self)
mine = client.as_async()
task = loop.create_task(mine.stream('Hi', **stalled).result())
loop.run_until_complete(asyncio.sleep(0.1))
task.cancel()
loop.run_until_complete(asyncio.wait([task]))
loop.close()
""",
    "in a cycle that only the collector frees": """
class Node: pass
node = Node(); node.self = node; node.stream = client.stream('Hi', **stalled); node.stream.next()
""",
    "in an atexit function": """
import atexit
stream = client.stream('Hi', **stalled)
atexit.register(lambda: (stream.next(), client.chat('Hi')))
""",
    "by sys.exit in the loop": "for event in client.stream('Hi', **stalled): sys.exit(0)",
}


class Endings(unittest.TestCase):
    def test_a_program_ends_quietly(self):
        hosts = {name: program(BEGIN + code, URL) for name, code in ENDINGS.items()}
        for name, host in hosts.items():
            self.addCleanup(host.kill)
            with self.subTest(name):
                before = time.monotonic()
                self.assertEqual((host.communicate(timeout=30), host.returncode), (("", ""), 0))
                self.assertLess(time.monotonic() - before, 20)

    def test_an_exception_at_the_end_is_the_only_thing_heard(self):
        host = program(BEGIN + "stream = client.stream('Hi', **stalled)\nstream.next()\nraise KeyError('mine')", URL)
        self.addCleanup(host.kill)
        _, errors = host.communicate(timeout=30)
        self.assertEqual(host.returncode, 1)
        self.assertTrue(errors.endswith("KeyError: 'mine'\n"), errors)
        self.assertEqual(errors.count("Traceback"), 1, errors)


if __name__ == "__main__":
    unittest.main()
