/* SPDX-License-Identifier: MIT
 * What was recorded against the emulator is played without it, and to the host it is the same. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"
#define BODY "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"

static char tape[300]; /* the file of the test that runs */

static int open_tape(void **state) {
  snprintf(tape, sizeof tape, "%s/tape.jsonl", ((flow_emulator *)*state)->dir);
  unlink(tape);
  return flow_emulator_clear(state);
}

static char *tape_text(void) {
  static char text[1 << 20];
  FILE *file = fopen(tape, "r");
  size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[len] = '\0';
  return text;
}

static int tape_lines(void) {
  int lines = 0;
  for (const char *at = tape_text(); *at; at++) lines += *at == '\n';
  return lines;
}

static void write_tape(const char *text) {
  FILE *file = fopen(tape, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* A client that would find nobody, had it to ask anybody: no server, no project, no credential. */
static chatabi_client *player(const char *key, const char *value) {
  chatabi_client *client = chatabi_client_new();
  assert_int_equal(chatabi_client_set(client, "replay", tape), 0);
  assert_int_equal(chatabi_client_set(client, "provider", "vertex"), 0);
  if (key) assert_int_equal(chatabi_client_set(client, key, value), 0);
  return client;
}

typedef struct take {
  talk_end end;
  char message[1024], id[100];
  int64_t status, attempts, bytes, tokens;
  char *result;
} take;

static take finish(chatabi_request *request) {
  take took = {.end = talk_drain(request)};
  const char *id = chatabi_request_header(request, "x-request-id");
  snprintf(took.message, sizeof took.message, "%s", chatabi_request_message(request));
  snprintf(took.id, sizeof took.id, "%s", id ? id : "");
  took.status = chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS);
  took.attempts = chatabi_request_info(request, CHATABI_INFO_ATTEMPTS);
  took.bytes = chatabi_request_info(request, CHATABI_INFO_BYTES);
  took.tokens = chatabi_request_info(request, CHATABI_INFO_TOTAL_TOKENS);
  const char *result = chatabi_request_result(request, NULL);
  took.result = strdup(result ? result : "");
  chatabi_request_free(request);
  return took;
}

static void assert_same(take *one, take *other) {
  if (one->end.code != other->end.code)
    fail_msg("%d %s, %d %s", one->end.code, one->message, other->end.code, other->message);
  assert_int_equal(one->end.events, other->end.events);
  assert_memory_equal(one->end.kinds, other->end.kinds, sizeof one->end.kinds);
  assert_string_equal(one->end.text, other->end.text);
  assert_string_equal(one->message, other->message);
  assert_string_equal(one->id, other->id);
  assert_string_equal(one->result, other->result);
  assert_int_equal(one->status, other->status);
  assert_int_equal(one->attempts, other->attempts);
  assert_int_equal(one->bytes, other->bytes);
  assert_int_equal(one->tokens, other->tokens);
  free(one->result);
  free(other->result);
}

/* ---- the same ---- */

static void test_an_answer_is_the_same(void **state) {
  static const talk_about abouts[] = {
      {.prompt = "One"},
      {.prompt = "Two", .whole = true},
      {.prompt = "Three", .more = ",\"n\":2,\"stream_options\":{\"include_usage\":true}"},
      {.prompt = "Four", .fault = "dribble", .more = ",\"reasoning_effort\":\"high\""},
      {.prompt = "Five \\u20ac \\ud83d\\ude00", .fault = "dribble"}};
  enum { COUNT = sizeof abouts / sizeof *abouts };
  take takes[COUNT];
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  for (size_t i = 0; i < COUNT; i++) takes[i] = finish(talk_ask(client, abouts[i]));
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), COUNT);
  flow_emulator_clear(state);

  client = player("model", "emulator");
  assert_int_equal(chatabi_client_start(client), 0);
  for (size_t i = COUNT; i-- > 0;) {
    take again = finish(
        talk_ask(client, (talk_about){.prompt = abouts[i].prompt, .whole = abouts[i].whole, .more = abouts[i].more}));
    assert_same(&takes[i], &again);
  }
  chatabi_client_free(client);
  assert_int_equal(flow_emulator_count(*state, "", NULL), 0);
}

/* What is sent again because the server did not know what we asked for unasked. */
static void test_a_retraction_is_played_too(void **state) {
  const flow_emulator *emulator = *state;
  char url[120];
  snprintf(url, sizeof url, "%s/old/v1", emulator->url);
  chatabi_client *client = talk_client(emulator, "base_url", url, "max_retries", "0", "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.prompt = "One"}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), 2);
  client = player("max_retries", "0");
  take again = finish(talk_ask(client, (talk_about){.prompt = "One"}));
  assert_same(&one, &again);
  chatabi_client_free(client);
}

/* A path without a body, for a client of another provider. */
static void test_a_get_is_recorded(void **state) {
  const char *options = "{\"path\":\"/models\",\"method\":\"GET\"}";
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  take one = finish(chatabi_client_send(client, NULL, 0, options));
  assert_int_equal(one.end.code, CHATABI_DONE);
  chatabi_client_free(client);
  flow_emulator_clear(state);
  client = player("provider", "openai");
  take again = finish(chatabi_client_send(client, NULL, 0, options));
  assert_same(&one, &again);
  chatabi_client_free(client);
  assert_int_equal(flow_emulator_count(*state, "", NULL), 0);
}

/* Another project, another location, no credential. */
static void test_vertex_needs_no_credential(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.prompt = "Hi"}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), 1);
  client = player("model", "google/gemini-2.5-flash");
  assert_int_equal(chatabi_client_set(client, "project", "another"), 0);
  assert_int_equal(chatabi_client_set_auth(client, "file", "/nowhere/at/all.json"), 0);
  take other = finish(talk_ask(client, (talk_about){.prompt = "Hi"}));
  assert_same(&one, &other);
  chatabi_client_free(client);
}

/* Though server and credential are there. */
static void test_a_start_asks_nobody(void **state) {
  write_tape("");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "replay", tape, NULL);
  assert_int_equal(chatabi_client_start(client), 0);
  talk_sleep(300);
  assert_int_equal(flow_emulator_count(*state, "", NULL), 0);
  assert_int_equal(chatabi_client_stop(client, 5000), 0);
  chatabi_client_free(client);
}

static void test_retries_are_made_again(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  flow_emulator_fail(*state, "429=0", 1);
  take one = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
  assert_int_equal(one.attempts, 2);
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), 2);
  client = player("model", "emulator");
  take other = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
  assert_same(&one, &other);
  assert_int_equal(talk_counter(client, "counters.retries"), 1);
  other = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL)); /* the last one again */
  assert_int_equal(other.end.code, CHATABI_DONE);
  assert_int_equal(other.attempts, 1);
  free(other.result);
  chatabi_client_free(client);
}

static void test_a_refused_token_is_played_too(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "record", tape, NULL);
  flow_emulator_fail(*state, "401_once", 1);
  take one = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
  assert_int_equal(one.end.code, CHATABI_DONE);
  assert_int_equal(one.attempts, 2);
  chatabi_client_free(client);
  client = player("model", "google/gemini-2.5-flash");
  take other = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
  assert_same(&one, &other);
  chatabi_client_free(client);
}

static void test_errors_are_the_same(void **state) {
  static const struct {
    const char *prompt, *fault, *options;
    bool whole;
    int code;
  } rows[] = {{"a", "cut=3", "", false, CHATABI_E_DISCONNECT},
              {"b", "reset=3", "", false, CHATABI_E_DISCONNECT},
              {"c", "cut=1", "", true, CHATABI_E_DISCONNECT},
              {"d", "status=404", "", false, CHATABI_E_NOT_FOUND},
              {"e", "garbage=2", "", false, CHATABI_E_PROTOCOL},
              {"f", "no_done,no_finish", "", false, CHATABI_E_TRUNCATED},
              {"g", "stall=2", ",\"idle_timeout_ms\":200", false, CHATABI_E_TIMEOUT},
              {"h", "slow_first_byte=3000", ",\"first_byte_timeout_ms\":200", false, CHATABI_E_TIMEOUT},
              {"i", "stall=2", ",\"total_timeout_ms\":400", false, CHATABI_E_TIMEOUT},
              {"j", "redirect", "", false, CHATABI_E_PROTOCOL},
              {"k", "reset=0", "", false, CHATABI_E_DISCONNECT}};
  enum { COUNT = sizeof rows / sizeof *rows };
  take takes[COUNT];
  chatabi_client *client = talk_client(*state, "record", tape, "max_retries", "0", NULL);
  for (size_t i = 0; i < COUNT; i++) {
    takes[i] = finish(talk_ask(
        client,
        (talk_about){
            .prompt = rows[i].prompt, .fault = rows[i].fault, .whole = rows[i].whole, .options = rows[i].options}));
    if (takes[i].end.code != rows[i].code) fail_msg("%s: %d", rows[i].fault, takes[i].end.code);
  }
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), COUNT);
  client = player("model", "emulator");
  for (size_t i = 0; i < COUNT; i++) {
    take again = finish(talk_ask(
        client, (talk_about){.prompt = rows[i].prompt, .whole = rows[i].whole, .options = ",\"max_retries\":0"}));
    assert_same(&takes[i], &again);
  }
  chatabi_client_free(client);
}

static void test_no_server_is_recorded(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, "base_url", "http://127.0.0.1:1/v1", NULL);
  take one = finish(talk_ask(client, (talk_about){.options = ",\"max_retries\":0"}));
  assert_int_equal(one.end.code, CHATABI_E_CONNECT);
  chatabi_client_free(client);
  assert_non_null(strstr(tape_text(), "\"response\":null"));
  client = player("model", "emulator");
  take other = finish(talk_ask(client, (talk_about){.options = ",\"max_retries\":0"}));
  assert_same(&one, &other);
  chatabi_client_free(client);
}

static void test_a_cancel_is_recorded(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "stall=2"});
  while (chatabi_request_next(request, 5000) > 0 && chatabi_request_info(request, CHATABI_INFO_FIRST_TEXT_MS) < 0) {
  }
  chatabi_request_cancel(request);
  chatabi_client_stop(client, 5000);
  assert_int_equal(tape_lines(), 1);
  assert_non_null(strstr(tape_text(), "\"CANCELLED\""));
  chatabi_request_free(request);
  chatabi_client_free(client);
  client = player("model", "emulator");
  take other = finish(talk_ask(client, (talk_about){0}));
  assert_int_equal(other.end.code, CHATABI_E_CANCELLED);
  assert_true(other.end.text_len > 0);
  free(other.result);
  chatabi_client_free(client);
}

/* ---- arrivals ---- */

static void test_a_full_queue_holds_it_back(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.fault = "flood=3000"}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  chatabi_client_free(client);
  client = player("model", "emulator");
  assert_int_equal(chatabi_client_set(client, "queue_events", "10"), 0);
  assert_int_equal(chatabi_client_set(client, "idle_timeout_ms", "50"), 0);
  chatabi_request *request = talk_ask(client, (talk_about){0});
  assert_true(chatabi_request_next(request, 5000) > 0);
  talk_sleep(150);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_STREAMING);
  take other = finish(request);
  other.end.events++; /* the one above, which was a role */
  other.end.kinds[CHATABI_OTHER]++;
  assert_same(&one, &other);
  chatabi_client_free(client);
}

static void test_timing_is_kept_when_asked_for(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.fault = "slow_first_byte=1500"}));
  chatabi_client_free(client);
  client = player("model", "emulator");
  long long from_ms = talk_now_ms();
  take other = finish(talk_ask(client, (talk_about){0}));
  if (talk_now_ms() - from_ms >= 1200) fail_msg("%lld ms", talk_now_ms() - from_ms);
  free(other.result);
  chatabi_client_free(client);

  client = player("model", "emulator");
  assert_int_equal(chatabi_client_set(client, "replay_timing", "recorded"), 0);
  from_ms = talk_now_ms();
  other = finish(talk_ask(client, (talk_about){0}));
  assert_true(talk_now_ms() - from_ms >= 1500);
  assert_same(&one, &other);
  take late = finish(talk_ask(client, (talk_about){.options = ",\"first_byte_timeout_ms\":100,\"max_retries\":0"}));
  assert_int_equal(late.end.code, CHATABI_E_TIMEOUT);
  assert_non_null(strstr(late.message, "first_byte_timeout_ms"));
  free(late.result);
  chatabi_client_free(client);
}

static void test_a_playback_is_cancelled_like_a_request(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.fault = "slow_body=400"}));
  free(one.result);
  chatabi_client_free(client);
  client = player("model", "emulator");
  assert_int_equal(chatabi_client_set(client, "replay_timing", "recorded"), 0);
  chatabi_request *requests[20];
  for (int i = 0; i < 20; i++) requests[i] = talk_ask(client, (talk_about){0});
  assert_int_equal(chatabi_request_next(requests[0], 50), 0);
  chatabi_request_cancel(requests[0]);
  assert_int_equal(chatabi_request_next(requests[0], 2000), CHATABI_E_CANCELLED);
  for (int i = 0; i < 10; i++) chatabi_request_free(requests[i]);
  assert_int_equal(talk_drain(requests[10]).code, CHATABI_DONE);
  assert_int_equal(chatabi_client_stop(client, 5000), 0);
  chatabi_client_free(client);
  for (int i = 10; i < 20; i++) chatabi_request_free(requests[i]);
}

static void test_many_at_once_are_told_apart(void **state) {
  enum { COUNT = 30 };
  chatabi_request *requests[COUNT];
  char prompt[40], *results[COUNT];
  for (int round = 0; round < 2; round++) {
    chatabi_client *client = round ? player("model", "emulator") : talk_client(*state, "record", tape, NULL);
    for (int i = 0; i < COUNT; i++) {
      snprintf(prompt, sizeof prompt, "Say %d", round ? COUNT - 1 - i : i);
      requests[i] = talk_ask(client, (talk_about){.prompt = prompt});
    }
    for (int i = 0; i < COUNT; i++) {
      take took = finish(requests[i]);
      assert_int_equal(took.end.code, CHATABI_DONE);
      if (round) {
        assert_string_equal(took.result, results[COUNT - 1 - i]);
        free(results[COUNT - 1 - i]);
        free(took.result);
      } else {
        results[i] = took.result;
      }
    }
    chatabi_client_free(client);
    assert_int_equal(tape_lines(), COUNT);
  }
}

#define CHUNK "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":\\\"a\\\"}}]}\\n\\n"
#define STOP "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{},\\\"finish_reason\\\":\\\"stop\\\"}]}\\n\\n"

static void test_too_many_events_in_any_pieces(void **state) {
  static const char *const chunks[] = {"[1,\"" CHUNK CHUNK CHUNK STOP "data: [DONE]\\n\\n\"]",
                                       "[1,\"" CHUNK CHUNK CHUNK STOP "\"],[2,\"data: [DONE]\\n\\n\"]",
                                       "[1,\"" CHUNK CHUNK CHUNK STOP "\"]",
                                       "[1,\"" CHUNK CHUNK CHUNK "\"],[2,\"" STOP "\"]",
                                       "[1,\"" CHUNK CHUNK CHUNK STOP "data: [DO\"],[2,\"NE]\\n\\n\"]"};
  char line[2000];
  (void)state;
  for (size_t i = 0; i < 2 * (sizeof chunks / sizeof *chunks); i++) {
    snprintf(line, sizeof line,
             "{\"chatabi_record\":1,\"request\":{\"method\":\"POST\",\"path\":\"" CHAT "\",\"body\":" BODY
             "},\"response\":{\"status\":200,\"headers\":{\"Content-Type\":\"text/event-stream\"}},"
             "\"chunks\":[%s],\"end\":{\"ms\":3,\"error\":null}}\n",
             chunks[i / 2]);
    write_tape(line);
    chatabi_client *client = player("max_events", i % 2 ? "4" : "3");
    take one = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
    if (one.end.code != (i % 2 ? CHATABI_DONE : CHATABI_E_TOO_MANY))
      fail_msg("%zu: %d %s", i, one.end.code, one.message);
    free(one.result);
    chatabi_client_free(client);
  }
}

/* ---- the file ---- */

static void test_no_secret_is_in_it(void **state) {
  struct stat info;
  const flow_emulator *emulator = *state;
  chatabi_client *client = talk_vertex(emulator, NULL, NULL, "record", tape, "headers",
                                       "{\"X-Mine\":\"planted-one\",\"Cookie\":\"planted-two\"}", NULL);
  take one = finish(talk_ask(
      client, (talk_about){.prompt = "planted-two", .options = ",\"path\":\"/chat/completions?key=planted-three\""}));
  free(one.result);
  chatabi_client_free(client);
  client = talk_client(emulator, "record", tape, NULL);
  assert_int_equal(chatabi_client_set_auth(client, "api_key", "sk-planted-four"), 0);
  one = finish(talk_ask(client, (talk_about){.prompt = "sk-planted-four sk\\u002dplanted-four"}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  free(one.result);
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), 2);
  assert_null(strstr(tape_text(), "planted"));
  assert_null(strstr(tape_text(), "ya29"));
  assert_non_null(strstr(tape_text(), "\"Authorization\":\"***\""));
  assert_int_equal(stat(tape, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0600);
}

static void expect(chatabi_client *client, int code, const char *first, const char *second) {
  take took = finish(chatabi_client_send(client, BODY, strlen(BODY), NULL));
  assert_int_equal(took.end.code, code);
  if (!strstr(took.message, first) || !strstr(took.message, second)) fail_msg("%s", took.message);
  assert_int_equal(took.attempts, 0);
  free(took.result);
}

static void test_what_cannot_be_recorded_is_not_sent(void **state) {
  char path[400];
  const flow_emulator *emulator = *state;
  snprintf(path, sizeof path, "%s/none/tape.jsonl", emulator->dir);
  chatabi_client *client = talk_client(emulator, "record", path, NULL);
  expect(client, CHATABI_E_CONFIG, "Option record", path);
  expect(client, CHATABI_E_CONFIG, "Option record", "No such file");
  chatabi_client_free(client);
  client = talk_vertex(emulator, NULL, NULL, "record", emulator->dir, NULL);
  expect(client, CHATABI_E_CONFIG, "Option record", "directory");
  chatabi_client_free(client);
  client = talk_client(emulator, "record", "/dev/tty", NULL);
  expect(client, CHATABI_E_CONFIG, "Option record", "regular");
  chatabi_client_free(client);
  assert_int_equal(flow_emulator_count(emulator, "", NULL), 0);
}

/* Two lines in one would make the whole file unreadable. */
static void test_nothing_is_recorded_behind_half_a_line(void **state) {
  write_tape("{\"chatabi_record\":1,\"time\":");
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  expect(client, CHATABI_E_CONFIG, tape, "line break");
  assert_int_equal(flow_emulator_count(*state, "", NULL), 0);
  write_tape("");
  take one = finish(talk_ask(client, (talk_about){0}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  free(one.result);
  chatabi_client_free(client);
  assert_int_equal(tape_lines(), 1);
}

/* The answer counts more than its recording. */
static void test_a_full_disk_is_told_once(void **state) {
  struct rlimit before, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 300;
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 3; i++) {
    take one = finish(talk_ask(client, (talk_about){0}));
    assert_int_equal(one.end.code, CHATABI_DONE);
    free(one.result);
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  const char *line = chatabi_client_log(client);
  assert_non_null(line);
  assert_non_null(strstr(line, "warn record: the file"));
  assert_null(chatabi_client_log(client));
  chatabi_client_free(client);
  client = player("model", "emulator");
  expect(client, CHATABI_E_REPLAY, "0", "record");
  line = chatabi_client_log(client);
  assert_non_null(strstr(line ? line : "", "line 1"));
  chatabi_client_free(client);
}

static void test_a_large_answer_is_cut(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, "max_response_bytes", "3000", NULL);
  take one = finish(talk_ask(client, (talk_about){.fault = "flood=3000"}));
  assert_int_equal(one.end.code, CHATABI_E_TOO_LARGE);
  free(one.result);
  chatabi_client_free(client);
  assert_non_null(strstr(tape_text(), "\"cut\":true"));
  assert_true(strlen(tape_text()) < 10000);
  client = player("model", "emulator");
  one = finish(talk_ask(client, (talk_about){0}));
  assert_int_equal(one.end.code, CHATABI_E_TOO_LARGE);
  assert_non_null(strstr(one.message, "max_response_bytes"));
  free(one.result);
  chatabi_client_free(client);
}

/* What lay behind the limit is not in the recording, so it cannot be played as a whole answer. */
static void test_too_many_events_are_recorded(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, "max_events", "20", NULL);
  take one = finish(talk_ask(client, (talk_about){.fault = "long=5000"}));
  assert_int_equal(one.end.code, CHATABI_E_TOO_MANY);
  free(one.result);
  chatabi_client_free(client);
  client = player("model", "emulator");
  one = finish(talk_ask(client, (talk_about){0}));
  if (one.end.code != CHATABI_E_TOO_MANY) fail_msg("%d %s", one.end.code, one.message);
  free(one.result);
  chatabi_client_free(client);
}

static void test_one_or_the_other(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, "replay", tape, NULL);
  expect(client, CHATABI_E_CONFIG, "record", "replay");
  assert_int_equal(chatabi_client_start(client), CHATABI_E_CONFIG);
  assert_int_equal(chatabi_client_set(client, "replay", NULL), 0);
  take one = finish(talk_ask(client, (talk_about){0}));
  assert_int_equal(one.end.code, CHATABI_DONE);
  free(one.result);
  chatabi_client_free(client);
}

static void test_what_is_no_recording(void **state) {
  (void)state;
  chatabi_client *client = player(NULL, NULL);
  expect(client, CHATABI_E_CONFIG, tape, "No such file");
  write_tape("{\"chatabi_record\":7}\n");
  expect(client, CHATABI_E_CONFIG, tape, "line 1");
  write_tape("");
  expect(client, CHATABI_E_REPLAY, tape, CHAT);
  chatabi_client_free(client);
}

static void test_a_request_that_was_not_recorded(void **state) {
  chatabi_client *client = talk_client(*state, "record", tape, NULL);
  take one = finish(talk_ask(client, (talk_about){.prompt = "private"}));
  free(one.result);
  chatabi_client_free(client);
  client = player("model", "emulator");
  expect(client, CHATABI_E_REPLAY, "/messages/0/content", "line 1");
  one = finish(talk_ask(client, (talk_about){.prompt = "other"}));
  assert_null(strstr(one.message, "private"));
  assert_null(strstr(one.message, "other"));
  free(one.result);
  one = finish(talk_ask(client, (talk_about){.prompt = "private", .options = ",\"path\":\"/completions\""}));
  assert_int_equal(one.end.code, CHATABI_E_REPLAY);
  free(one.result);
  assert_int_equal(talk_counter(client, "counters.retries"), 0);
  chatabi_client_free(client);
}

#define TEST(name) cmocka_unit_test_setup(name, open_tape)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_an_answer_is_the_same),
      TEST(test_a_retraction_is_played_too),
      TEST(test_a_get_is_recorded),
      TEST(test_vertex_needs_no_credential),
      TEST(test_a_start_asks_nobody),
      TEST(test_retries_are_made_again),
      TEST(test_a_refused_token_is_played_too),
      TEST(test_errors_are_the_same),
      TEST(test_no_server_is_recorded),
      TEST(test_a_cancel_is_recorded),
      TEST(test_a_full_queue_holds_it_back),
      TEST(test_timing_is_kept_when_asked_for),
      TEST(test_a_playback_is_cancelled_like_a_request),
      TEST(test_many_at_once_are_told_apart),
      TEST(test_too_many_events_in_any_pieces),
      TEST(test_no_secret_is_in_it),
      TEST(test_what_cannot_be_recorded_is_not_sent),
      TEST(test_nothing_is_recorded_behind_half_a_line),
      TEST(test_a_full_disk_is_told_once),
      TEST(test_a_large_answer_is_cut),
      TEST(test_too_many_events_are_recorded),
      TEST(test_one_or_the_other),
      TEST(test_what_is_no_recording),
      TEST(test_a_request_that_was_not_recorded),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
