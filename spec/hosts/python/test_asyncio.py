# SPDX-License-Identifier: MIT
"""Streams and answers in asyncio: who waits, who is cancelled, and that nobody is kept waiting."""
import asyncio
import contextlib
import gc
import logging
import time
import unittest

from load import Ticker
from place import ENDLESS, LONG, STALLED, Emulator, chatabi, descriptors, fault, until

emulator = Emulator()
logging.getLogger("asyncio").setLevel("ERROR")  # not that a step was slow: the machine may be busy


async def ended(before):
    for _ in range(500):
        if emulator.stats()["disconnected"] > before:
            return True
        await asyncio.sleep(0.01)
    return False


class Streams(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.client = emulator.aclient()
        self.addCleanup(self.client.close)
        self.before = emulator.stats()["disconnected"]

    async def test_pieces_make_the_answer(self):
        stream = self.client.stream("Grüße 🌊")
        text = "".join([event.text async for event in stream])
        answer = await stream.result()
        self.assertEqual((answer.text, stream.done), (text, True))
        self.assertEqual((await self.client.chat("Grüße 🌊")).text, text)
        self.assertEqual([event async for event in stream], [])

    async def test_many_at_once(self):
        answers = await asyncio.gather(*(self.client.chat("number %d" % number) for number in range(20)))
        for number, answer in enumerate(answers):
            self.assertIn("number %d" % number, answer.text)

    async def test_what_else_a_server_has(self):
        vectors = await self.client.request("/embeddings", {"model": "m", "input": "sea"})
        self.assertEqual(len(vectors["data"]), 1)
        self.assertEqual((await self.client.request("/models"))["object"], "list")

    async def test_a_broken_stream_raises(self):
        got = []
        with self.assertRaises(chatabi.Error) as caught:
            async for event in self.client.stream("Hi", **fault("cut=4")):
                got.append(event.text)
        self.assertEqual((caught.exception.name, caught.exception.partial.text), ("DISCONNECT", "".join(got)))

    async def test_a_loop_that_is_left_ends_the_request(self):
        stream = self.client.stream("Hi", **ENDLESS)
        async for event in stream:
            break
        self.assertTrue(await ended(self.before))
        with self.assertRaises(chatabi.CancelledError):
            await stream.result()

    async def test_cancelling_the_task_ends_the_request(self):
        async def read():
            async for _ in self.client.stream("Hi", **ENDLESS):
                pass
        for work in (read(), self.client.chat("Hi", **STALLED), self.client.stream("Hi", **ENDLESS).result()):
            task = asyncio.ensure_future(work)
            await asyncio.sleep(0.1)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertTrue(await ended(self.before))
            self.before += 1

    async def test_wait_for_and_timeout(self):
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(self.client.chat("Hi", **STALLED), 0.1)
        self.assertTrue(await ended(self.before))
        if hasattr(asyncio, "timeout"):
            with self.assertRaises(TimeoutError):
                async with asyncio.timeout(0.1):
                    async for _ in self.client.stream("Hi", **ENDLESS):
                        pass
            self.assertTrue(await ended(self.before + 1))

    async def test_next_waits_no_longer_than_it_may_and_goes_on(self):
        async with self.client.stream("Hi", **fault("pace=300")) as stream:
            self.assertIsNotNone(await stream.next())
            self.assertIsNone(await stream.next(0))
            before = time.monotonic()
            self.assertIsNone(await stream.next(0.02))
            self.assertLess(time.monotonic() - before, 0.28)
            self.assertIsNotNone(await stream.next(5))
            self.assertIsNotNone(await stream.next())

    async def test_one_task_at_a_time_and_it_is_said(self):
        stream = self.client.stream("Hi", **STALLED)
        await stream.next()
        task = asyncio.ensure_future(stream.next())
        await asyncio.sleep(0.02)
        with self.assertRaises(chatabi.UsageError) as caught:
            await stream.next()
        self.assertEqual(caught.exception.name, "STATE")
        stream.close()
        with self.assertRaises(chatabi.CancelledError):
            await task

    async def test_cancel_from_a_thread(self):
        stream = self.client.stream("Hi", **STALLED)
        await stream.next()
        asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(0.05), stream.cancel()))
        with self.assertRaises(chatabi.CancelledError):
            await stream.next(20)

    async def test_managers(self):
        async with emulator.aclient() as mine:
            async with contextlib.aclosing(mine.stream("Hi", **ENDLESS)) as stream:
                await stream.next()
            self.assertTrue(await ended(self.before))
            self.assertTrue(await mine.stop(5))
        with self.assertRaises(chatabi.Error) as caught:
            await mine.chat("Hi")
        self.assertEqual(caught.exception.name, "CLOSED")

    async def test_one_client_for_threads_and_tasks(self):
        both = emulator.client()
        answer = await both.as_async().chat("Hi")
        loop = asyncio.get_running_loop()
        self.assertEqual((await loop.run_in_executor(None, both.chat, "Hi")).text, answer.text)
        self.assertEqual(both.status()["counters"]["requests"], 2)
        self.assertEqual(both.status()["counters"]["connections"], 1)

    async def test_a_fast_stream_leaves_the_loop_to_others(self):
        async with Ticker() as ticker:
            events = 0
            async for event in self.client.stream("Hi", **fault("flood=%d" % (100000 if LONG else 10000))):
                events += 1
        self.assertGreaterEqual(events, 10000)
        self.assertLess(ticker.ms(0.5), 50)

    async def test_a_hundred_streams_leave_no_descriptor(self):
        before = descriptors()
        await asyncio.gather(*(self.client.chat("Hi") for _ in range(100)))
        self.client.close()
        gc.collect()
        self.assertTrue(until(lambda: descriptors() <= before))


class Poor(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors, as that of Windows."""

    def add_reader(self, *_):
        raise NotImplementedError


class OtherLoops(unittest.TestCase):
    def run_poor(self, work):
        loop = Poor()
        loop._add_reader(loop._ssock.fileno(), loop._read_from_self)
        try:
            return loop.run_until_complete(work)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    def test_a_thread_waits_where_the_loop_cannot(self):
        async def work():
            client = emulator.aclient()
            answers = await asyncio.gather(*(client.chat("number %d" % n, **fault("pace=5")) for n in range(40)))
            stream = client.stream("Hi", **ENDLESS)
            task = asyncio.ensure_future(stream.result())
            await asyncio.sleep(0.05)
            task.cancel()
            before = emulator.stats()["disconnected"]
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertTrue(await ended(before))
            return answers
        for number, answer in enumerate(self.run_poor(work())):
            self.assertIn("number %d" % number, answer.text)

    def test_without_descriptors_it_looks_again_and_again(self):
        async def work():
            stream = emulator.aclient().stream("Hi")
            stream._handle.fd = lambda: -1
            return await stream.result()
        self.assertIn("canned reply", asyncio.run(work()).text)


if __name__ == "__main__":
    unittest.main()
