# SPDX-License-Identifier: MIT
"""A program that uses all of the module, for mypy --strict; it is not run."""
import asyncio
import select
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import chatabi
from chatabi import Answer, AsyncClient, AsyncStream, Body, Client, Error, Event, Stream


def bodies() -> List[Body]:
    return ["text", [{"role": "user", "content": "text"}], {"messages": [], "seed": 7}]


def threads() -> None:
    with Client(project="p", auth=("file", Path("key.json")), max_retries=1, headers={"a": "b"}) as client:
        answer: Answer = client.chat("Hi", total_timeout_ms=1000)
        text: str = answer.text
        calls: List[Dict[str, Any]] = answer.tool_calls
        reason: Optional[str] = answer.finish_reason
        print(text, calls, reason, answer.message, answer.usage, answer.info["total_ms"], answer["choices"])
        with client.stream(bodies()[0]) as stream:
            same: Stream = stream
            event: Event
            for event in same:
                if event.type == "text":
                    print(event.text, event.choice, event.raw, event.json)
            late: Optional[Event] = stream.next(0.1)
            print(late, stream.result().text, stream.done, stream.info, stream.state, stream.header("date"))
            select.select([stream], [], [])
            stream.cancel()
        other: Any = client.request("/models", method="GET")
        lines: Iterator[str] = client.log()
        client.set_auth("token", "t")
        client.set_token("t")
        client.start()
        stopped: bool = client.stop(1)
        print(other, list(lines), client.status(), stopped, chatabi.version())


async def tasks() -> None:
    async with AsyncClient(project="p") as client:
        answer: Answer = await client.chat("Hi")
        async with client.stream("Hi") as stream:
            same: AsyncStream = stream
            async for event in same:
                print(event.text, answer.text)
            print(await stream.next(1), (await stream.result()).text)
            await stream.aclose()
        print(await client.request("/models"), await client.stop(1))
        await client.aclose()
    again: AsyncClient = Client().as_async()
    again.close()


def errors() -> None:
    try:
        threads()
    except chatabi.RateLimitError as error:
        wait: Optional[int] = error.retry_after_ms
        print(wait)
    except (chatabi.CancelledError, chatabi.TimeoutError, chatabi.UsageError) as error:
        print(error.name, error.code, error.message, error.hint)
    except Error as error:
        print(error.details, error.partial, error.retryable, error.http_status, error.request_id, error.param)


asyncio.run(tasks())
