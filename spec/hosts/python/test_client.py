# SPDX-License-Identifier: MIT
"""Clients and answers: what goes out, what comes back, what goes wrong."""
import copy
import enum
import json
import os
import pickle
import tempfile
import unittest
from pathlib import Path

from place import Emulator, chatabi, fault

emulator = Emulator("--tls", "--journal-bodies", "--require-key")
WEATHER = [{"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
BIG = 12345678901234567890123


def client(**options):
    return emulator.client(**{"auth": ("api_key", emulator.said["api_key"]), **options})


class Bodies(unittest.TestCase):
    def sent(self, body):
        client().chat(body)
        return json.loads(emulator.journal()[-1]["body"])

    def test_a_text_is_a_message_of_the_user(self):
        self.assertEqual(self.sent("Grüße 🌊")["messages"], [{"role": "user", "content": "Grüße 🌊"}])

    def test_a_list_is_the_messages(self):
        messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"})
        self.assertEqual(self.sent(messages)["messages"], list(messages))

    def test_a_dict_is_the_whole_body_with_every_digit(self):
        body = {"messages": [{"role": "user", "content": "Hi"}], "seed": BIG, "temperature": 0.1, "user": None}
        self.assertEqual(self.sent(body), {"model": "emulator", **body})

    def test_what_is_no_body_is_a_type_error(self):
        for wrong in (b"Hi", 7, None):
            with self.assertRaises(TypeError):
                client().chat(wrong)
        with self.assertRaises(ValueError):
            client().chat({"messages": [], "temperature": float("nan")})

    def test_options_of_one_request_stand_beside_the_body(self):
        asked = client()
        asked.chat("Hi", headers={"x-mine": "1"}, total_timeout_ms=9000.0, max_retries=None)
        with self.assertRaises(chatabi.UsageError) as caught:
            asked.chat("Hi", temperature=0)
        self.assertIn("temperature", str(caught.exception))


class Answers(unittest.TestCase):
    def test_an_answer_is_the_completion_and_what_is_wanted_of_it(self):
        answer = client().chat("Hi")
        self.assertEqual(answer["object"], "chat.completion")
        self.assertEqual(answer.text, answer["choices"][0]["message"]["content"])
        self.assertIn("canned reply", answer.text)
        self.assertEqual((answer.finish_reason, answer.info["finish"]), ("stop", "stop"))
        self.assertEqual(answer.usage["total_tokens"], answer.info["total_tokens"])
        self.assertEqual((answer.info["http_status"], answer.info["attempts"]), (200, 1))
        self.assertGreaterEqual(answer.info["total_ms"], answer.info["first_byte_ms"])
        self.assertNotIn("retry_after_ms", answer.info)
        self.assertEqual((answer.tool_calls, json.loads(json.dumps(answer))), ([], answer))
        again = pickle.loads(pickle.dumps(answer))
        self.assertEqual((again, again.info, again.text), (answer, answer.info, answer.text))

    def test_tools_go_round_with_the_messages_as_they_came(self):
        asked = client(base_url=emulator.url + "/v1beta/openai", provider="gemini", model="gemini-3-flash-preview")
        messages = [{"role": "user", "content": "The weather in Oslo and Rome, in parallel and in steps"}]
        rounds = 0
        while True:
            answer = asked.chat({"messages": messages, "tools": WEATHER})
            messages.append(answer.message)
            if not answer.tool_calls:
                break
            rounds += 1
            self.assertEqual((answer.info["finish"], len(answer.tool_calls)), ("tool_calls", 2))
            for call in answer.tool_calls:
                self.assertEqual(set(json.loads(call["function"]["arguments"])), {"city"})
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": "mild"})
        self.assertEqual(rounds, 2)
        self.assertIn("mild", answer.text)

    def test_what_else_a_server_has(self):
        asked = client()
        vectors = asked.request("/embeddings", {"model": "m", "input": ["sea", "shore"], "dimensions": 5})
        self.assertEqual([len(one["embedding"]) for one in vectors["data"]], [5, 5])
        self.assertEqual(asked.request("/models")["object"], "list")
        with self.assertRaises(chatabi.Error) as caught:
            asked.request("/models/none", method="DELETE")
        self.assertEqual(caught.exception.http_status, 404)

    def test_an_empty_answer_is_an_answer(self):
        answer = chatabi.Answer({}, {})
        self.assertEqual((answer.text, answer.message, answer.tool_calls, answer.finish_reason, answer.usage),
                         ("", {}, [], None, {}))

    def test_half_a_surrogate_pair_is_no_part_of_a_text(self):
        event = chatabi.Event("text", "", 0, r'{"a":"\ud83d","b":"\ud83d\ude00","c":"\\ud83d"}')
        self.assertEqual(event.json, {"a": "\ufffd", "b": "😀", "c": r"\ud83d"})

    def test_text_in_parts_is_put_together_without_thoughts(self):
        marked = {"type": "text", "text": "hm", "extra_content": {"google": {"thought": True}}}
        parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, marked, {"type": "text", "text": "a"},
                 None, {"type": "text", "text": "b"}]
        self.assertEqual(chatabi.Answer({"choices": [{"message": {"content": parts}}]}, {}).text, "ab")
        answer = client(base_url=emulator.url + "/vllm/v1").chat("Hi", **fault("dialect=mistral"))
        self.assertIn("canned reply", answer.text)


class Options(unittest.TestCase):
    def test_values_are_native(self):
        with tempfile.TemporaryDirectory() as folder:
            tape = Path(folder, "tape.jsonl")
            asked = client(record=tape, log_payloads=True, max_retries=0, total_timeout_ms=6e4, token_budget=2 ** 53 - 1,
                           headers={"x-mine": "ü"}, fallback=[emulator.url + "/v1"], proxy=None)
            first = asked.chat("Hi")
            replayed = chatabi.Client(base_url="http://nowhere.invalid/v1", model="emulator", replay=tape).chat("Hi")
        self.assertEqual(replayed.text, first.text)

    def test_an_unknown_option_or_a_value_that_is_none_is_said_by_the_library(self):
        for options, words in (({"projct": "p"}, ("projct", "project")), ({"max_retries": "two"}, ("max_retries",)),
                               ({"max_retries": -1}, ("max_retries",)), ({"dialect": True}, ("dialect", "auto")),
                               ({"auth": "nobody"}, ("nobody",)), ({"api_key": "k"}, ('auth=("api_key", ...)',))):
            with self.assertRaises(chatabi.UsageError) as caught:
                chatabi.Client(**options)
            self.assertEqual(caught.exception.name, "CONFIG")
            for word in words:
                self.assertIn(word, caught.exception.message)

    def test_an_enum_of_texts_is_its_value(self):
        class Level(str, enum.Enum):
            DEBUG = "debug"
        self.assertIsNotNone(client(log_level=Level.DEBUG))

    def test_a_client_is_not_copied_and_says_so(self):
        for copied in (copy.deepcopy, pickle.dumps):
            with self.assertRaisesRegex(TypeError, "make one where it is used"):
                copied(client())

    def test_what_is_no_value_at_all_is_misuse_as_python_has_it(self):
        for wrong, kind in ((object(), TypeError), (b"p", TypeError), ("a\0b", ValueError), (float("inf"), ValueError)):
            with self.assertRaises(kind):
                chatabi.Client(project=wrong)

    def test_credentials_of_every_form(self):
        vertex = {"provider": "vertex", "base_url": emulator.said["tls_url"], "ca_file": Path(emulator.said["ca_file"]),
                  "project": emulator.said["project"], "model": "google/gemini-2.5-flash", "location": "us-central1",
                  "auth_allow_hosts": "127.0.0.1"}
        path = Path(emulator.said["credentials_file"])
        for auth in (("file", path), ["json", json.loads(path.read_text())], ("json", path.read_text())):
            asked = chatabi.Client(**vertex, auth=auth)
            self.assertIn("canned reply", asked.chat("Hi").text)
            status = asked.status()
            self.assertEqual(status["auth"]["principal"], emulator.said["service_account"])
            self.assertNotIn("PRIVATE", json.dumps(status))

    def test_a_token_can_be_replaced_at_any_time(self):
        asked = client(auth=("token", "wrong"))
        with self.assertRaises(chatabi.Error) as caught:
            asked.chat("Hi")
        self.assertEqual((caught.exception.name, caught.exception.http_status), ("UNAUTHENTICATED", 401))
        asked.set_token(emulator.said["api_key"])
        self.assertIn("canned reply", asked.chat("Hi").text)
        with self.assertRaises(chatabi.UsageError) as caught:
            asked.set_auth("adc")
        self.assertEqual(caught.exception.name, "STATE")

    def test_log_status_start_stop_version(self):
        asked = client(log_level="debug")
        asked.start()
        asked.chat("Hi")
        lines = list(asked.log())
        self.assertTrue(any("request 1" in line for line in lines), lines)
        self.assertEqual(list(asked.log()), [])
        self.assertEqual(asked.status()["counters"]["requests"], 1)
        self.assertTrue(asked.stop(5))
        with self.assertRaises(chatabi.Error) as caught:
            asked.chat("Hi")
        self.assertEqual(caught.exception.name, "CLOSED")
        self.assertRegex(chatabi.version(), r"^chatabi/\d")

    def test_a_closed_client_says_so(self):
        with client() as asked:
            stream = asked.stream("Hi", **fault("stall=1"))
            stream.next()
        asked.close()
        for call in (lambda: asked.chat("Hi"), asked.start, asked.status, lambda: list(asked.log()), asked.stop,
                     lambda: asked.set_token("t"), lambda: [stream.next(5) for _ in range(9)]):
            with self.assertRaises(chatabi.Error) as caught:
                call()
            self.assertEqual(caught.exception.name, "CLOSED")


class Errors(unittest.TestCase):
    def refused(self, text, **options):
        with self.assertRaises(chatabi.Error) as caught:
            client(**options).chat("Hi", **fault(text))
        return caught.exception

    def test_a_refusal_has_its_details(self):
        error = self.refused("429=7")
        self.assertIsInstance(error, chatabi.RateLimitError)
        self.assertEqual((error.name, error.code, error.http_status, error.retryable, error.retry_after_ms),
                         ("RATE_LIMIT", -34, 429, True, 7000))
        self.assertEqual(str(error), "RATE_LIMIT: " + error.message)
        self.assertEqual(error.details["name"], "RATE_LIMIT")
        self.assertIsNone(error.partial)
        self.assertFalse(self.refused("openai_error=400").retryable)

    def test_limits_of_time_are_python_s_timeout_errors(self):
        error = self.refused("slow_first_byte=3000", first_byte_timeout_ms=50)
        self.assertIsInstance(error, TimeoutError)
        self.assertIsInstance(error, chatabi.TimeoutError)
        self.assertEqual((error.errno, error.details["limit"]), (None, "first_byte_timeout_ms"))

    def test_a_broken_stream_raises_and_keeps_what_had_come(self):
        got = []
        with self.assertRaises(chatabi.Error) as caught:
            stream = client().stream("Hi", **fault("cut=4"))
            for event in stream:
                got.append(event.text)
        error = caught.exception
        self.assertEqual((error.name, error.retryable), ("DISCONNECT", True))
        self.assertEqual(error.partial.text, "".join(got))
        self.assertEqual(error.partial.info["http_status"], 200)
        for again in (stream.result, stream.next, lambda: list(stream)):
            with self.assertRaises(chatabi.Error) as caught:
                again()
            self.assertEqual(caught.exception.partial.text, "".join(got))

    def test_errors_pickle_and_copy(self):
        for error in (self.refused("429=7"), self.refused("cut=3"), self.refused("slow_first_byte=900", total_timeout_ms=50),
                      chatabi.CancelledError(-50)):
            error.mine = "kept"
            for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
                self.assertIs(type(other), type(error))
                self.assertEqual(vars(other), vars(error))
                self.assertEqual(str(other), str(error))
            self.assertTrue(repr(error).startswith(type(error).__name__ + "("), repr(error))

    def test_names_are_where_users_look_for_them(self):
        for name in chatabi.__all__:
            found = getattr(chatabi, name)
            if isinstance(found, type):
                self.assertEqual(found.__module__, "chatabi")

    def test_no_server_no_name_no_trust(self):
        for url, name in (("http://127.0.0.1:1/v1", "CONNECT"), ("https://nowhere.invalid/v1", "DNS"),
                          (emulator.said["tls_url"] + "/v1", "TLS")):
            with self.assertRaises(chatabi.Error) as caught:
                client(base_url=url).chat("Hi")
            self.assertEqual(caught.exception.name, name)


if __name__ == "__main__":
    unittest.main()
