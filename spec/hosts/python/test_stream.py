# SPDX-License-Identifier: MIT
"""Streams, read by threads: events, ends of every kind, and many hands on one handle."""
import gc
import json
import select
import signal
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from place import ENDLESS, LONG, Emulator, chatabi, descriptors, fault, program, tasks, until

emulator = Emulator("--tls")
client = emulator.client()
WEATHER = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]


def disconnected():
    return emulator.stats()["disconnected"]


class Events(unittest.TestCase):
    def test_pieces_make_the_answer(self):
        stream = client.stream("Grüße 🌊")
        events = list(stream)
        answer = stream.result()
        self.assertEqual("".join(event.text for event in events if event.type == "text"), answer.text)
        self.assertIn("Grüße 🌊", answer.text)
        self.assertEqual({event.type for event in events}, {"text", "other"})
        piece = next(event for event in events if event.text)
        self.assertEqual(piece.json["choices"][0]["delta"]["content"], piece.text)
        self.assertEqual((json.loads(piece.raw), piece.choice), (piece.json, 0))
        self.assertTrue(stream.done)
        self.assertEqual((stream.state, stream.info["finish"], stream.header("X-Emulator") is None),
                         ("done", "stop", False))
        self.assertEqual((list(stream), stream.next()), ([], None))

    def test_kinds_and_choices(self):
        thoughts = [event.type for event in client.stream("Hi", **fault("dialect=deepseek"))]
        self.assertIn("reasoning", thoughts)
        with client.stream({"messages": [{"role": "user", "content": "in parallel"}], "tools": WEATHER}) as stream:
            tools = [event for event in stream if event.type == "tool"]
        self.assertEqual([(tool.text, tool.json["function"]["name"]) for tool in tools], [("get_weather",) * 2] * 2)
        refused = [event.type for event in client.stream("Please refuse")]
        self.assertIn("refusal", refused)
        choices = {event.choice for event in client.stream({"messages": [{"role": "user", "content": "Hi"}], "n": 2})}
        self.assertEqual(choices, {0, 1})

    def test_result_reads_what_is_left(self):
        stream = client.stream("Hi")
        first = stream.next()
        answer = stream.result()
        self.assertTrue(answer.text.startswith(first.text))
        self.assertEqual(answer.text, client.chat("Hi").text)

    def test_next_waits_no_longer_than_it_may(self):
        with client.stream("Hi", **fault("stall=2")) as stream:
            self.assertIsNotNone(stream.next())
            self.assertIsNotNone(stream.next(5))
            before = time.monotonic()
            self.assertIsNone(stream.next(0))
            self.assertLess(time.monotonic() - before, 0.05)
            self.assertIsNone(stream.next(0.1))
            self.assertGreaterEqual(time.monotonic() - before, 0.1)
            self.assertFalse(stream.done)
        self.assertIsNotNone(client.stream("Hi").next(float("inf")))

    def test_select_takes_a_stream(self):
        with client.stream("Hi") as stream:
            texts = []
            while not stream.done:
                self.assertEqual(select.select([stream], [], [], 10)[0], [stream])
                event = stream.next(0)
                texts.append(event.text if event else "")
        self.assertIn("canned reply", "".join(texts))

    def test_where_there_is_no_descriptor_it_looks_again_and_again(self):
        stream = client.stream("Hi")
        stream._handle.fd = lambda: -1
        self.assertIn("canned reply", stream.result().text)


class Ends(unittest.TestCase):
    def assert_ended(self, before):
        self.assertTrue(until(lambda: disconnected() > before), "the server sees no disconnect")

    def test_a_loop_that_is_left_ends_the_request(self):
        before = disconnected()
        stream = client.stream("Hi", **ENDLESS)
        for event in stream:
            break
        self.assert_ended(before)
        with self.assertRaises(chatabi.CancelledError) as caught:
            stream.result()
        self.assertTrue(caught.exception.partial.text.startswith(event.text))

    def test_an_exception_in_the_loop_ends_the_request(self):
        before = disconnected()
        with self.assertRaises(KeyError):
            for event in client.stream("Hi", **ENDLESS):
                raise KeyError
        self.assert_ended(before)

    def test_a_stream_that_is_dropped_ends(self):
        before = disconnected()
        client.stream("Hi", **ENDLESS).next()
        self.assert_ended(before)

    def test_a_stream_keeps_its_client(self):
        stream = emulator.client().stream("Hi")
        gc.collect()
        self.assertIn("canned reply", stream.result().text)

    def test_close_may_come_twice_and_at_any_time(self):
        for reads in (0, 1):
            stream = client.stream("Hi", **ENDLESS)
            for _ in range(reads):
                stream.next()
            stream.close()
            stream.close()
            stream.cancel()
            with self.assertRaises(chatabi.CancelledError) as caught:
                list(stream)
            self.assertEqual(caught.exception.partial is not None, reads > 0)
            for call in (stream.fileno, lambda: stream.state, lambda: stream.header("date")):
                with self.assertRaises(chatabi.CancelledError):
                    call()
            self.assertTrue(stream.done)
            self.assertEqual(stream.info.get("http_status"), 200 if reads else None)

    def test_with_closes_and_the_answer_stays(self):
        with client.stream("Hi") as stream:
            for _ in stream:
                pass
        self.assertIn("canned reply", stream.result().text)
        with self.assertRaises(chatabi.Error) as caught:
            stream.fileno()
        self.assertEqual(caught.exception.name, "CLOSED")


class Threads(unittest.TestCase):
    def test_a_thread_each_on_one_client(self):
        question = ["%d times" % number for number in range(24)]
        with ThreadPoolExecutor(8) as pool:
            texts = list(pool.map(lambda text: "".join(event.text for event in client.stream(text)), question))
        for text, asked in zip(texts, question):
            self.assertIn(asked, text)

    def test_readers_of_one_stream_take_turns(self):
        whole = [event.text for event in client.stream("Hi", **fault("long=300"))]
        stream = client.stream("Hi", **fault("long=300"))
        with ThreadPoolExecutor(4) as pool:
            parts = list(pool.map(lambda _: [event.text for event in stream], range(4)))
        self.assertEqual(sorted(text for part in parts for text in part), sorted(whole))

    def test_cancel_and_close_from_another_thread_wake_the_reader(self):
        for end in (chatabi.Stream.cancel, chatabi.Stream.close):
            stream = client.stream("Hi", **fault("stall=1"))
            stream.next()
            timer = threading.Timer(0.05, end, [stream])
            timer.start()
            before = time.monotonic()
            with self.assertRaises(chatabi.CancelledError):
                stream.next(20)
            self.assertLess(time.monotonic() - before, 5)
            timer.join()

    def test_all_at_once_does_no_harm(self):
        def shake(number):
            stream = streams[number % len(streams)]
            for _ in range(40 if LONG else 8):
                try:
                    [stream.next, lambda _: stream.info, lambda _: stream.state, lambda _: list(stream),
                     lambda _: stream.close() if number % 7 == 0 else None, lambda _: stream.header("date")][number % 6](0)
                except chatabi.Error as error:
                    self.assertIn(error.name, ("CANCELLED", "CLOSED"))
        for _ in range(20 if LONG else 4):
            streams = [client.stream("Hi", **fault("long=200")) for _ in range(6)]
            with ThreadPoolExecutor(12) as pool:
                list(pool.map(shake, range(72)))

    def test_closing_the_client_ends_streams_of_all_threads(self):
        mine = emulator.client()
        names = []

        def read(_):
            try:
                list(mine.stream("Hi", **ENDLESS))
            except chatabi.Error as error:
                names.append(error.name)
        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(read, number) for number in range(4)]
            until(lambda: mine.status()["counters"]["in_flight"] == 4)
            mine.close()
            for one in done:
                one.result(10)
        self.assertEqual(names, ["CLOSED"] * 4)


class Resources(unittest.TestCase):
    def test_a_thousand_clients_leave_nothing(self):
        def cycle(number):
            mine = emulator.client()
            stream = mine.stream("Hi", **fault("pace=0,long=5"))
            if number % 3 == 0:
                stream.result()
            elif number % 3 == 1:
                stream.next(0)
        for number in range(6):
            cycle(number)
        before = descriptors(), tasks()
        for number in range(1000 if LONG else 150):
            cycle(number)
        self.assertTrue(until(lambda: descriptors() <= before[0] + 2 and tasks() <= before[1] + 1),
                        (before, descriptors(), tasks()))

    def test_a_failed_stream_is_freed_without_the_collector(self):
        gc.disable()
        self.addCleanup(gc.enable)
        client.chat("Hi")
        before = descriptors()
        for _ in range(20):
            stream = client.stream("Hi", **fault("cut=2"))
            try:
                stream.result()
            except chatabi.Error:
                pass
            del stream
        self.assertLess(descriptors(), before + 10)


INTERRUPTED = """
import signal, sys, time
from place import chatabi, until
client = chatabi.Client(base_url=sys.argv[1], model="m", auth="none")
stalled = {"headers": {"x-emulator-fault": "stall=1"}}
print("ready", flush=True)
try:
    if sys.argv[2] == "chat":
        client.chat("Hi", headers={"x-emulator-fault": "slow_first_byte=30000"})
    for event in client.stream("Hi", **stalled):
        print("reading", flush=True)
except KeyboardInterrupt:
    print("interrupted", until(lambda: client.status()["counters"]["cancelled"]), client.chat("Hi").text[:10])
"""


class Interrupts(unittest.TestCase):
    def test_ctrl_c_ends_a_wait_at_once(self):
        for way in ("stream", "chat"):
            host = program(INTERRUPTED, emulator.url + "/v1", way)
            self.addCleanup(host.kill)
            self.assertEqual(host.stdout.readline(), "ready\n")
            if way == "stream":
                self.assertEqual(host.stdout.readline(), "reading\n")
            time.sleep(0.15)
            before = time.monotonic()
            host.send_signal(signal.SIGINT)
            self.assertEqual(host.communicate(timeout=20), ("interrupted 1 [emulator]\n", ""))
            self.assertLess(time.monotonic() - before, 3)

    def test_a_handler_may_close_what_is_being_read(self):
        stream = client.stream("Hi", **ENDLESS)
        old = signal.signal(signal.SIGALRM, lambda *_: stream.close())
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with self.assertRaises(chatabi.CancelledError) as caught:
            list(stream)
        self.assertIsNotNone(caught.exception.partial)

    def test_a_handler_may_raise_at_any_moment_and_reading_goes_on(self):
        class Late(Exception):
            pass

        def late(*_):
            raise Late
        stream = client.stream("Hi", **ENDLESS)
        old = signal.signal(signal.SIGALRM, late)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        for number in range(400 if LONG else 100):
            with self.assertRaises(Late):
                signal.setitimer(signal.ITIMER_REAL, 0.0003 + number % 50 * 1e-5)
                while True:
                    stream.next(0)
        with ThreadPoolExecutor(1) as pool:
            self.assertIsNotNone(pool.submit(stream.next, 10).result())
        stream.close()

    def test_what_is_interrupted_behind_its_sending_is_ended(self):
        mine = emulator.client()
        mine._send(b'{"stream":true,"messages":[{"role":"user","content":"Hi"}]}', ENDLESS)
        self.assertTrue(until(lambda: mine.status()["counters"]["cancelled"] == 1))

    def test_a_signal_just_before_a_wait_is_not_forgotten(self):
        stream = client.stream("Hi", **fault("slow_first_byte=30000"))
        with mock.patch("chatabi._library._SLICE_S", 0.01):
            stream._handle.poll(None)  # returns, and then Python looks for signals
        stream.close()


if __name__ == "__main__":
    unittest.main()
