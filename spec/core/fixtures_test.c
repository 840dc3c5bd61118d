/* SPDX-License-Identifier: MIT
 * Streams as servers send them (spec/fixtures/streams), in every split and every shape that the grammar allows. Beside
 * each NAME.sse stands NAME.json, what must come of it:
 *   choices: per choice text, reasoning and refusal as its events told them ("" when absent), and members of the result
 *   tools: the names of the TOOL events, in their order
 *   usage, finish: the numbers that the library reads
 *   top: members of the result
 *   error, request_id: how it failed
 *   think_tag: what was asked for
 * An id that the library made up is "made_up". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "base/alloc.h"
#include "base/json.h"
#include "chat/stream/stream.h"
#include "chatabi.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SAMPLES = 60 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { SAMPLES = 60 };
#else
enum { SAMPLES = 1 << 20 };
#endif
#else
enum { SAMPLES = 1 << 20 };
#endif

enum { LIMIT = 1 << 20, FIXTURES_MAX = 100, MADE_UP_LEN = 29 };

typedef struct outcome {
  cai_buf told; /* code, events, result: all that must not depend on the split */
  int code;
} outcome;

static const char *name_now; /* of the fixture, for messages */

/* ---- playing ---- */

typedef struct player {
  cai_headers headers;
  cai_stream stream;
  cai_answer *answer;
  cai_batch *batch;
} player;

static void begin(player *p, const char *think_tag) {
  static const cai_stream_limits limits = {LIMIT, LIMIT};
  p->answer = cai_answer_new(LIMIT);
  p->batch = cai_batch_new();
  cai_headers_init(&p->headers);
  assert_int_equal(cai_headers_set(&p->headers, "Content-Type", "text/event-stream"), 0);
  assert_int_equal(cai_answer_set_think_tag(p->answer, think_tag), 0);
  cai_stream_init(&p->stream, p->answer, &limits, 200, &p->headers);
}

static void end(player *p) {
  cai_stream_fini(&p->stream);
  cai_headers_fini(&p->headers);
  cai_batch_free(p->batch);
  cai_answer_free(p->answer);
}

static bool is_made_up(const char *id) {
  return strncmp(id, "call_", 5) == 0 && strspn(id + 5, "0123456789abcdef") == MADE_UP_LEN - 5;
}

/* Ids that are made up differ from run to run. */
static void hide_ids(cai_buf *text) {
  for (char *at = text->data; at && (at = strstr(at, "\"call_")); at++)
    if (is_made_up(at + 1)) memset(at + 6, '0', MADE_UP_LEN - 5);
}

static outcome told(player *p, int code) {
  outcome o = {.code = code};
  cai_buf_init(&o.told, 4 * LIMIT);
  cai_buf_format(&o.told, "%d\n", code);
  for (size_t i = 0; i < p->batch->count; i++)
    cai_buf_format(&o.told, "%d %d %s %s\n", p->batch->events[i].kind, p->batch->events[i].choice,
                   cai_batch_text(p->batch, i, NULL), cai_batch_json(p->batch, i, NULL));
  assert_int_equal(cai_answer_json(p->answer, &o.told), 0);
  hide_ids(&o.told);
  return o;
}

/* In pieces of `step` bytes, the first of `first`. */
static int feed(player *p, const cai_buf *body, size_t first, size_t step) {
  size_t at = 0, part = first ? first : step;
  int code = 0;
  while (at < body->len && !code) {
    if (part > body->len - at) part = body->len - at;
    char *copy = malloc(part); /* so that a read beyond it is seen */
    memcpy(copy, body->data + at, part);
    code = cai_stream_feed(&p->stream, copy, part, p->batch);
    free(copy);
    at += part;
    part = step;
  }
  return cai_stream_end(&p->stream, true, p->batch);
}

static void expect_same(const outcome *want, const cai_buf *body, const char *tag, size_t first, size_t step) {
  player p;
  begin(&p, tag);
  int code = feed(&p, body, first, step);
  outcome got = told(&p, code);
  if (got.told.len != want->told.len || memcmp(got.told.data, want->told.data, got.told.len) != 0)
    fail_msg("%s, cut at %zu, then every %zu:\n%s\ninstead of\n%s", name_now, first, step, got.told.data,
             want->told.data);
  cai_buf_fini(&got.told);
  end(&p);
}

/* In two at every place; where time is dear, at some. */
static void expect_every_split(const outcome *want, const cai_buf *body, const char *tag) {
  size_t stride = body->len / SAMPLES > 1 ? body->len / SAMPLES : 1;
  for (size_t at = 1; at < body->len; at += stride) expect_same(want, body, tag, at, body->len);
  expect_same(want, body, tag, 0, 1);
  expect_same(want, body, tag, 0, body->len);
}

/* ---- the same stream in other shapes ---- */

static void with_line_ends(const cai_buf *body, const char *line_end, cai_buf *out) {
  cai_buf_reset(out);
  for (size_t i = 0; i < body->len; i++) {
    if (body->data[i] == '\n')
      cai_buf_text(out, line_end);
    else
      cai_buf_byte(out, body->data[i]);
  }
}

static void with_bom(const cai_buf *body, cai_buf *out) {
  cai_buf_reset(out);
  cai_buf_text(out, "\xEF\xBB\xBF");
  cai_buf_append(out, body->data, body->len);
}

static void with_comments(const cai_buf *body, cai_buf *out) {
  cai_buf_reset(out);
  for (size_t i = 0; i < body->len; i++) {
    bool starts = i == 0 || body->data[i - 1] == '\n';
    if (starts && strncmp(body->data + i, "data:", 5) == 0) cai_buf_text(out, ": still here\n\n:\n");
    cai_buf_byte(out, body->data[i]);
  }
}

/* Without what stands behind the last event. */
static void without_blank(const cai_buf *body, cai_buf *out) {
  cai_buf_reset(out);
  size_t len = body->len;
  while (len && body->data[len - 1] == '\n') len--;
  cai_buf_append(out, body->data, len);
}

static bool without_done(const cai_buf *body, cai_buf *out) {
  const char *done = strstr(body->data, "data: [DONE]");
  cai_buf_reset(out);
  if (done) cai_buf_append(out, body->data, (size_t)(done - body->data));
  return done != NULL;
}

static void expect_every_shape(const outcome *want, const cai_buf *body, const char *tag) {
  cai_buf other;
  cai_buf_init(&other, LIMIT);
  expect_every_split(want, body, tag);
  with_line_ends(body, "\r", &other);
  expect_every_split(want, &other, tag);
  with_line_ends(body, "\r\n", &other);
  expect_every_split(want, &other, tag);
  with_bom(body, &other);
  expect_every_split(want, &other, tag);
  with_comments(body, &other);
  expect_every_split(want, &other, tag);
  without_blank(body, &other);
  expect_every_split(want, &other, tag);
  if (!want->code && without_done(body, &other)) expect_every_split(want, &other, tag);
  cai_buf_fini(&other);
}

/* Each allocation fails once: that is told, or made no difference; what came before still reads. */
static void expect_told_of_memory(const outcome *want, const cai_buf *body, const char *tag) {
  size_t count = 1;
  for (size_t nth = 0; nth <= count; nth++) { /* 0: none fails, they are counted */
    player p;
    begin(&p, tag);
    cai_alloc_fail_at(nth);
    (void)cai_stream_feed(&p.stream, body->data, body->len, p.batch);
    int code = cai_stream_end(&p.stream, true, p.batch);
    if (!nth) count = cai_alloc_count();
    cai_alloc_fail_at(0);
    outcome got = told(&p, code);
    if (code != CHATABI_E_NOMEM && strcmp(got.told.data, want->told.data) != 0)
      fail_msg("%s, allocation %zu:\n%s\ninstead of\n%s", name_now, nth, got.told.data, want->told.data);
    const char *json = strrchr(got.told.data, '\n') + 1;
    if (*json && cai_scan_check(json, strlen(json), NULL, NULL))
      fail_msg("%s, allocation %zu: %s", name_now, nth, json);
    cai_buf_fini(&got.told);
    end(&p);
  }
}

/* ---- what must come of it ---- */

static void expect_equal(const cJSON *got, const cJSON *want, const char *what) {
  if (got && cJSON_Compare(got, want, 1)) return;
  char *left = got ? cJSON_PrintUnformatted(got) : NULL, *right = cJSON_PrintUnformatted(want);
  fail_msg("%s: %s is %s instead of %s", name_now, what, left ? left : "absent", right);
}

static const cJSON *member(const cJSON *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void expect_heard(const cai_batch *batch, int choice, int kind, const char *want) {
  cai_buf heard;
  cai_buf_init(&heard, LIMIT);
  for (size_t i = 0; i < batch->count; i++)
    if (batch->events[i].kind == kind && batch->events[i].choice == choice)
      cai_buf_append(&heard, cai_batch_text(batch, i, NULL), batch->events[i].text_len);
  if (strcmp(cai_buf_view(&heard), want ? want : "") != 0)
    fail_msg("%s: choice %d said \"%s\" as kind %d", name_now, choice, cai_buf_view(&heard), kind);
  cai_buf_fini(&heard);
}

/* A message must do as history: a role, and calls with ids and JSON. Where it broke off the arguments may be cut. */
static void expect_history(const cJSON *message, bool complete) {
  const cJSON *call;
  assert_non_null(cai_json_string(message, "role"));
  cJSON_ArrayForEach(call, member(message, "tool_calls")) {
    cai_err err;
    const char *arguments = cai_json_string(member(call, "function"), "arguments");
    assert_true(*cai_json_string(call, "id") != '\0');
    cJSON *tree = cai_json_parse(arguments, strlen(arguments), "arguments", &err);
    if (complete && !cJSON_IsObject(tree)) fail_msg("%s: arguments %s", name_now, arguments);
    cJSON_Delete(tree);
  }
}

/* The calls that the events told are those of the result. */
static void expect_calls(const player *p, const cJSON *choices, const cJSON *names) {
  int told_calls = 0, place[8] = {0};
  for (size_t i = 0; i < p->batch->count; i++) {
    if (p->batch->events[i].kind != CHATABI_TOOL) continue;
    cai_err err;
    size_t len;
    int choice = p->batch->events[i].choice;
    const char *json = cai_batch_json(p->batch, i, &len);
    cJSON *call = cai_json_parse(json, len, "call", &err);
    const cJSON *message = member(cJSON_GetArrayItem(choices, choice), "message");
    const cJSON *legacy = member(message, "function_call");
    expect_equal(call, legacy ? legacy : cJSON_GetArrayItem(member(message, "tool_calls"), place[choice]++), "a call");
    const cJSON *name = cJSON_GetArrayItem(names, told_calls++);
    assert_non_null(name);
    assert_string_equal(cai_batch_text(p->batch, i, NULL), name->valuestring);
    cJSON_Delete(call);
  }
  assert_int_equal(told_calls, cJSON_GetArraySize(names));
}

static void make_ids_known(cJSON *choices) {
  cJSON *choice, *call;
  cJSON_ArrayForEach(choice, choices) {
    cJSON *message = cJSON_GetObjectItemCaseSensitive(choice, "message");
    cJSON_ArrayForEach(call, cJSON_GetObjectItemCaseSensitive(message, "tool_calls")) {
      if (!is_made_up(cai_json_string(call, "id"))) continue;
      cJSON_ReplaceItemInObjectCaseSensitive(call, "id", cJSON_CreateString("made_up"));
    }
  }
}

static bool is_heard(const char *name) {
  return strcmp(name, "text") == 0 || strcmp(name, "reasoning") == 0 || strcmp(name, "refusal") == 0;
}

static void expect_choice(const player *p, int place, const cJSON *got, const cJSON *want, bool complete) {
  const cJSON *item, *message = member(got, "message");
  expect_heard(p->batch, place, CHATABI_TEXT, cai_json_string(want, "text"));
  expect_heard(p->batch, place, CHATABI_REASONING, cai_json_string(want, "reasoning"));
  expect_heard(p->batch, place, CHATABI_REFUSAL, cai_json_string(want, "refusal"));
  cJSON_ArrayForEach(item, want) {
    if (!is_heard(item->string) || !message) expect_equal(member(got, item->string), item, item->string);
  }
  if (!member(want, "native_finish_reason")) assert_null(cai_json_string(got, "native_finish_reason"));
  if (message) expect_history(message, complete);
}

static void expect_choices(const player *p, const cJSON *got, const cJSON *want, bool complete) {
  assert_int_equal(cJSON_GetArraySize(got), cJSON_GetArraySize(want));
  for (int i = 0; i < cJSON_GetArraySize(want); i++)
    expect_choice(p, i, cJSON_GetArrayItem(got, i), cJSON_GetArrayItem(want, i), complete);
}

static void expect_usage(const player *p, const cJSON *want) {
  cai_usage usage = cai_answer_usage(p->answer);
  if (!want) return;
  assert_int_equal(usage.prompt_tokens, cai_json_int(want, "prompt_tokens", -2));
  assert_int_equal(usage.completion_tokens, cai_json_int(want, "completion_tokens", -2));
  assert_int_equal(usage.total_tokens, cai_json_int(want, "total_tokens", -2));
  assert_int_equal(usage.reasoning_tokens, cai_json_int(want, "reasoning_tokens", -2));
  assert_int_equal(usage.cached_tokens, cai_json_int(want, "cached_tokens", -2));
  assert_int_equal(usage.output_tokens, cai_json_int(want, "output_tokens", -2));
}

static void expect_failure(const player *p, int code, const cJSON *want) {
  const char *error = cai_json_string(want, "error"), *id = cai_json_string(want, "request_id");
  assert_string_equal(cai_err_name(code), error ? error : "OK");
  if (id) assert_string_equal(p->stream.failure.request_id, id);
}

static void expect_result(const player *p, int code, const cJSON *want) {
  cai_buf json;
  cai_err err;
  const cJSON *item, *object = member(want, "object");
  cai_buf_init(&json, LIMIT);
  assert_int_equal(cai_answer_json(p->answer, &json), 0);
  cJSON *got = cai_json_parse(cai_buf_view(&json), json.len, "result", &err);
  if (!got) fail_msg("%s: %s", name_now, err.message);
  assert_string_equal(cai_json_string(got, "object"), object ? object->valuestring : "chat.completion");
  assert_null(member(got, "obfuscation"));
  cJSON_ArrayForEach(item, member(want, "top")) expect_equal(member(got, item->string), item, item->string);
  cJSON *choices = cJSON_GetObjectItemCaseSensitive(got, "choices");
  expect_calls(p, choices, member(want, "tools"));
  make_ids_known(choices);
  expect_choices(p, choices, member(want, "choices"), code == 0);
  cJSON_Delete(got);
  cai_buf_fini(&json);
}

/* ---- fixtures ---- */

static void read_whole(const char *name, const char *suffix, cai_buf *out) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s%s", FIXTURES, name, suffix);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  static char bytes[1 << 16];
  size_t len = fread(bytes, 1, sizeof bytes, file);
  assert_true(len > 0 && len < sizeof bytes);
  fclose(file);
  cai_buf_init(out, LIMIT);
  assert_int_equal(cai_buf_append(out, bytes, len), 0);
}

static void test_fixture(void **state) {
  player p;
  cai_buf body, text;
  cai_err err;
  name_now = *state;
  read_whole(name_now, ".sse", &body);
  read_whole(name_now, ".json", &text);
  cJSON *want = cai_json_parse(text.data, text.len, "expectation", &err);
  assert_non_null(want);
  const char *tag = cai_json_string(want, "think_tag");
  begin(&p, tag);
  int code = feed(&p, &body, 0, body.len);
  outcome whole = told(&p, code);
  expect_failure(&p, code, want);
  expect_result(&p, code, want);
  expect_usage(&p, member(want, "usage"));
  if (member(want, "finish")) assert_int_equal(cai_answer_finish_reason(p.answer), cai_json_int(want, "finish", -1));
  end(&p);
  expect_every_shape(&whole, &body, tag);
  expect_told_of_memory(&whole, &body, tag);
  cai_buf_fini(&whole.told);
  cai_buf_fini(&body);
  cai_buf_fini(&text);
  cJSON_Delete(want);
}

static int by_name(const void *left, const void *right) {
  const struct CMUnitTest *a = left, *b = right;
  return strcmp(a->name, b->name);
}

static size_t find_fixtures(struct CMUnitTest *tests) {
  size_t count = 0;
  DIR *dir = opendir(FIXTURES);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    char *dot = strrchr(entry->d_name, '.');
    if (!dot || strcmp(dot, ".sse") != 0 || count == FIXTURES_MAX) continue;
    char *name = strndup(entry->d_name, (size_t)(dot - entry->d_name));
    tests[count++] = (struct CMUnitTest){.name = name, .test_func = test_fixture, .initial_state = name};
  }
  if (dir) closedir(dir);
  qsort(tests, count, sizeof *tests, by_name);
  return count;
}

int main(void) {
  static struct CMUnitTest tests[FIXTURES_MAX];
  size_t count = find_fixtures(tests);
  if (!count) {
    fprintf(stderr, "no fixtures in %s\n", FIXTURES);
    return 1;
  }
  int failed = _cmocka_run_group_tests("fixtures", tests, count, NULL, NULL);
  for (size_t i = 0; i < count; i++) free(tests[i].initial_state);
  return failed;
}
