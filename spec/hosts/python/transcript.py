# SPDX-License-Identifier: MIT
"""The conversation of spec/hosts/transcript/transcript.c, which tells what is printed."""
import os

import chatabi

TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
THOUGHTS = {"google": {"thinking_config": {"include_thoughts": True}}}

client = chatabi.Client(
    provider="vertex", base_url=os.environ["TRANSCRIPT_URL"], ca_file=os.environ["TRANSCRIPT_CA"],
    auth=("file", os.environ["TRANSCRIPT_CREDENTIALS"]), auth_allow_hosts="127.0.0.1",
    model="google/gemini-3-flash-preview", max_retries=0)


def fault(text):
    return {"headers": {"x-emulator-fault": text}}


def line(text):
    return text.replace("\n", "\\n")


def print_done(answer):
    print("done", answer.info["finish"], answer.info["prompt_tokens"], answer.info["completion_tokens"])


def print_error(error):
    print("error", error.name, error.http_status or -1, int(error.retryable))
    print(line(error.message))


def print_events(stream):
    for event in stream:
        if event.type == "tool":
            print("tool", event.text, event.json["function"]["arguments"])
        elif event.type == "other":
            print("other")
        else:
            print(event.type, len(event.text.encode()), line(event.text))
    answer = stream.result()
    print_done(answer)
    return answer


print("== stream")
messages = [{"role": "user", "content": "Grüße aus Zürich, 東京 und vom Strand 🌊"}]
messages.append(print_events(client.stream({"messages": messages, "extra_body": THOUGHTS})).message)

print("== tools")
messages.append({"role": "user", "content": "The weather in Oslo and Rome, in parallel and in steps"})
finish = "tool_calls"
while finish == "tool_calls":
    answer = print_events(client.stream({"messages": messages, "tools": TOOLS}))
    messages.append(answer.message)
    for call in answer.tool_calls:
        messages.append({"role": "tool", "content": call["function"]["arguments"], "tool_call_id": call["id"]})
    finish = answer.info["finish"]

print("== whole")
answer = client.chat("One, two")
print(line(answer.text))
print_done(answer)

print("== embeddings")
body = {"model": "google/text-embedding-005", "input": ["sea", "shore"], "dimensions": 5}
for vector in client.request("/embeddings", body)["data"]:
    print(len(vector["embedding"]))

print("== cut")
try:
    print_events(client.stream("One, two, three", **fault("cut=4")))
except chatabi.Error as error:
    print_error(error)
    print("partial", line(error.partial.text))

print("== refused")
try:
    print_events(client.stream({"model": "google/no-such-model", "messages": [{"role": "user", "content": "Hello"}]}))
except chatabi.Error as error:
    print_error(error)
try:
    client.chat("Hello", **fault("429=7"))
except chatabi.RateLimitError as error:
    print_error(error)
    print("retry after", error.retry_after_ms, "ms")

print("== cancelled")
stream = client.stream("A long story", **fault("long=500"))
try:
    for event in stream:
        if event.type == "text":
            stream.cancel()
except chatabi.CancelledError as error:
    print("error", error.name)

print("== misspelt")
try:
    chatabi.Client(projct="my-project")
except chatabi.UsageError as error:
    print("error", error.name)
    print(error.message)
