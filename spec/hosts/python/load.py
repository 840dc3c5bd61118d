# SPDX-License-Identifier: MIT
"""A hundred streams at once in asyncio, and how late the event loop is meanwhile: load.py [STREAMS [SECONDS]]

Fails when that is more than a frame of a busy machine: 50 ms in the median."""
import asyncio
import resource
import sys
import time

PERIOD_S = 0.005


class Ticker:
    """Sleeps again and again, and notes how late it wakes."""

    async def __aenter__(self):
        self.late = []
        self.task = asyncio.ensure_future(self.run())
        return self

    async def run(self):
        while True:
            before = time.perf_counter()
            await asyncio.sleep(PERIOD_S)
            self.late.append(time.perf_counter() - before - PERIOD_S)

    async def __aexit__(self, *_):
        self.task.cancel()
        self.late = sorted(self.late) or [float("inf")]

    def ms(self, share):
        return 1000 * self.late[min(int(len(self.late) * share), len(self.late) - 1)]


class Result:
    def __init__(self, streams, events, seconds, cpu_s, lag):
        self.streams, self.events, self.seconds, self.cpu_s, self.lag = streams, events, seconds, cpu_s, lag

    def __str__(self):
        return "%d streams, %d events in %.1f s (%.0f/s), CPU %.0f %%; the loop is late by %.2f ms in the median, " \
            "%.2f p99, %.2f at most" % (self.streams, self.events, self.seconds, self.events / self.seconds,
                                        100 * self.cpu_s / self.seconds, self.lag.ms(.5), self.lag.ms(.99), self.lag.ms(1))


async def load(client, streams, seconds):
    """`streams` at once, each begun anew when it ends, for so many seconds; pieces come every 20 ms."""
    end = time.monotonic() + seconds
    count = events = 0

    async def read():
        nonlocal count, events
        while True:
            async for _ in client.stream("Hi", headers={"x-emulator-fault": "pace=20"}):
                events += 1
            count += 1
            if time.monotonic() >= end:
                return
    before, cpu = time.monotonic(), time.process_time()
    async with Ticker() as ticker:
        await asyncio.gather(*(read() for _ in range(streams)))
    return Result(count, events, time.monotonic() - before, time.process_time() - cpu, ticker)


async def main():
    from place import LONG, Emulator
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60 if LONG else 1
    async with Emulator().aclient() as client:
        result = await load(client, streams, seconds)
    print(result)
    print("memory at most: %d MB" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
    if result.streams < streams or result.lag.ms(.5) > 50:
        sys.exit("the loop is late")


if __name__ == "__main__":
    asyncio.run(main())
