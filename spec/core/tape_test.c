/* SPDX-License-Identifier: MIT
 * A recording is read, a request finds its exchange in it, and what does not fit is told without telling what it says.
 */
#include "chat/record/tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "chat/record/alike.h"
#include "chatabi.h"

#include <cmocka.h>

#define RESPONSE "\"response\":{\"ms\":1,\"status\":200,\"http_version\":11,\"headers\":{\"X-A\":\"b\\u0041\"}}"
#define REST RESPONSE ",\"chunks\":[[2,\"x\"]],\"end\":{\"ms\":3,\"error\":null}}"
#define LINE(path, body) \
  "{\"chatabi_record\":1,\"request\":{\"method\":\"POST\",\"path\":\"" path "\",\"body\":" body "}," REST
#define CHAT(body) LINE("/chat/completions", body)

static void read_tape(cai_tape *tape, const char *text) {
  cai_err err;
  cai_tape_init(tape);
  if (cai_tape_read(tape, "x.jsonl", text, strlen(text), &err)) fail_msg("%s", err.message);
}

static cai_tape_request chat(const char *body) {
  return (cai_tape_request){"POST", "/chat/completions", cai_span_of(body)};
}

/* The line that answers it, 0 for none. */
static size_t take(cai_tape *tape, const char *body) {
  cai_err err;
  const cai_tape_request request = chat(body);
  const cai_recorded *recorded = cai_tape_take(tape, &request, &err);
  return recorded ? recorded->line : 0;
}

static void equal_requests_get_theirs_in_turn(void **state) {
  (void)state;
  cai_tape tape;
  read_tape(&tape, CHAT("{\"a\":1}") "\n" CHAT("{\"a\":2}") "\r\n" CHAT("{ \"a\" : 1 }") "\n");
  assert_int_equal(take(&tape, "{\"a\":1}"), 1);
  assert_int_equal(take(&tape, "{\"a\":1}"), 3);
  assert_int_equal(take(&tape, "{\"a\":1}"), 3);
  assert_int_equal(take(&tape, "{\"a\":2}"), 2);
  assert_int_equal(take(&tape, "{\"a\":2}"), 2);
  assert_int_equal(take(&tape, "{\"a\":3}"), 0);
  cai_tape_fini(&tape);
}

static void method_and_path_count_but_not_the_place(void **state) {
  (void)state;
  cai_err err;
  cai_tape tape;
  read_tape(&tape, LINE("/embeddings", "{}") "\n" LINE("\\/chat\\/completions?key=***", "{}"));
  cai_tape_request request = {"POST", "/chat/completions?key=sk-secret", cai_span_of("{}")};
  assert_int_equal(cai_tape_take(&tape, &request, &err)->line, 2);
  request.path = "/chat/completions";
  assert_null(cai_tape_take(&tape, &request, &err));
  assert_int_equal(err.code, CHATABI_E_REPLAY);
  assert_non_null(strstr(err.message, "x.jsonl has no recorded exchange for POST /chat/completions among its 2"));
  request = (cai_tape_request){"GET", "/embeddings", cai_span_of("{}")};
  assert_null(cai_tape_take(&tape, &request, &err));
  cai_tape_fini(&tape);
}

static void the_nearest_recording_is_told_without_its_content(void **state) {
  (void)state;
  cai_err err;
  cai_tape tape;
  read_tape(&tape, CHAT("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"private\"}]}") "\n" CHAT(
                       "{\"model\":\"n\"}"));
  const cai_tape_request request =
      chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}],\"n\":2}");
  assert_null(cai_tape_take(&tape, &request, &err));
  assert_int_equal(err.code, CHATABI_E_REPLAY);
  assert_non_null(strstr(err.message, "2 recorded exchanges"));
  assert_non_null(strstr(err.message, "in line 1, differs at /messages/0/content."));
  assert_null(strstr(err.message, "private"));
  assert_null(strstr(err.message, "secret"));
  cai_tape_fini(&tape);
}

static void an_empty_file_has_no_exchange(void **state) {
  (void)state;
  cai_tape tape;
  read_tape(&tape, "");
  assert_int_equal(take(&tape, "{}"), 0);
  assert_int_equal(tape.torn_line, 0);
  cai_tape_fini(&tape);
}

static void sent_again_is_what_the_recording_says(void **state) {
  (void)state;
  cai_err err;
  cai_tape tape;
  const cai_tape_request request = chat("{}");
  read_tape(&tape,
            CHAT("{}") "\n{\"chatabi_record\":1,\"request\":{\"attempt\":2,\"method\":\"POST\",\"path\":"
                       "\"/chat/completions\",\"body\":{}}," REST "\n" CHAT("{}"));
  assert_int_equal(cai_tape_take(&tape, &request, &err)->line, 1);
  assert_true(cai_tape_goes_on(&tape, &request));
  assert_int_equal(cai_tape_take(&tape, &request, &err)->line, 2);
  assert_false(cai_tape_goes_on(&tape, &request));
  assert_int_equal(cai_tape_take(&tape, &request, &err)->line, 3);
  assert_false(cai_tape_goes_on(&tape, &request));
  cai_tape_fini(&tape);
}

/* ---- the file ---- */

static void refuse(const char *text, const char *line, const char *why) {
  cai_err err;
  cai_tape tape;
  cai_tape_init(&tape);
  assert_int_equal(cai_tape_read(&tape, "dir/x.jsonl", text, strlen(text), &err), CHATABI_E_CONFIG);
  if (!strstr(err.message, line) || !strstr(err.message, why) || !strstr(err.message, "dir/x.jsonl"))
    fail_msg("%s", err.message);
  cai_tape_fini(&tape);
}

#define HEAD "{\"chatabi_record\":1,\"request\":{\"method\":\"POST\",\"path\":\"/x\",\"body\":{}},"
#define END ",\"end\":{\"ms\":3,\"error\":null}}\n"

static void bad_lines_are_refused(void **state) {
  (void)state;
  refuse("hello", "line 1", "not JSON");
  refuse("\n", "line 1", "not JSON");
  refuse(CHAT("{}") "\n{\"chatabi_record\":1,\n" CHAT("{}"), "line 2", "not JSON");
  refuse("[1]", "line 1", "no chatabi_record");
  refuse("{\"chatabi_record\":2}\n", "line 1", "not 1");
  refuse("{\"chatabi_record\":1}", "line 1", "method");
  refuse("{\"chatabi_record\":1,\"request\":{\"method\":1,\"path\":\"\",\"body\":1}}", "line 1", "method");
  refuse(HEAD "\"chunks\":[]" END, "line 1", "status");
  refuse(HEAD "\"response\":{\"status\":99,\"headers\":{}},\"chunks\":[]" END, "line 1", "status");
  refuse(HEAD "\"response\":{\"status\":200,\"headers\":{\"a\":1}},\"chunks\":[]" END, "line 1", "headers");
  refuse(HEAD RESPONSE END, "line 1", "chunks");
  static const char *const pieces[] = {"1",
                                       "[]",
                                       "[1]",
                                       "[-1,\"x\"]",
                                       "[1,2]",
                                       "[1.5,\"\"]",
                                       "[1,\"\",\"x\"]",
                                       "[1,\"x\",null]",
                                       "[1,\"Zg\",\"base64\"]",
                                       "[1,\"\\u0041\",\"base64\"]"};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    char line[600];
    snprintf(line, sizeof line, "%s%s,\"chunks\":[[1,\"x\"],%s]%s", HEAD, RESPONSE, pieces[i], END);
    refuse(line, "line 1", "chunks");
  }
  refuse(HEAD RESPONSE ",\"chunks\":[]}", "line 1", "end");
  refuse(HEAD RESPONSE ",\"chunks\":[],\"end\":{\"ms\":3}}", "line 1", "end");
  refuse(HEAD "\"response\":null,\"chunks\":[]" END, "line 1", "neither");
  refuse(HEAD "\"response\":null,\"chunks\":[],\"end\":{\"ms\":1,\"error\":{\"code\":\"WHAT\",\"message\":\"\"}}}",
         "line 1", "error");
  refuse(HEAD "\"response\":null,\"chunks\":[],\"end\":{\"ms\":1,\"error\":{\"code\":\"DNS\"}}}", "line 1", "error");
}

/* 101 is the last response when a server changes its protocol, and libcurl hands out what follows. */
static void every_status_that_is_recorded_is_read(void **state) {
  static const int statuses[] = {100, 101, 200, 599, 999};
  (void)state;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    char line[300];
    cai_tape tape;
    snprintf(line, sizeof line, "%s\"response\":{\"status\":%d,\"headers\":{}},\"chunks\":[]%s", HEAD, statuses[i],
             END);
    read_tape(&tape, line);
    assert_int_equal(tape.items[0].status, statuses[i]);
    cai_tape_fini(&tape);
  }
}

static void a_last_line_that_is_cut_off_is_left_out(void **state) {
  (void)state;
  static const char text[] = CHAT("{}") "\n" CHAT("{\"a\":1}");
  for (size_t len = strlen(CHAT("{}")) + 2; len < sizeof text - 1; len++) {
    cai_err err;
    cai_tape tape;
    cai_tape_init(&tape);
    assert_int_equal(cai_tape_read(&tape, "x", text, len, &err), 0);
    assert_int_equal(tape.torn_line, 2);
    assert_int_equal(tape.count, 1);
    cai_tape_fini(&tape);
  }
}

/* ---- one exchange ---- */

static void an_exchange_gives_what_was_put_in(void **state) {
  (void)state;
  cai_err err;
  cai_tape tape;
  cai_headers headers;
  cai_buf bytes;
  int64_t ms;
  read_tape(&tape, HEAD RESPONSE
            ",\"chunks\":[[2,\"a\\u0000\\n\\u20ac\"],[3,\"\"],[4,\"4oI=\",\"base64\"]],\"end\":{\"ms\":"
            "9,\"error\":{\"code\":\"DISCONNECT\",\"message\":\"It \\\"broke\\\".\"}}}");
  const cai_recorded *recorded = &tape.items[0];
  assert_int_equal(recorded->status, 200);
  assert_int_equal(recorded->head_ms, 1);
  assert_int_equal(recorded->end_ms, 9);
  cai_headers_init(&headers);
  assert_int_equal(cai_recorded_headers(recorded, &headers), 0);
  assert_string_equal(cai_headers_get(&headers, "x-a"), "bA");
  cai_buf_init(&bytes, 1000);
  cai_scan scan = cai_scan_elements(recorded->chunks);
  assert_true(cai_recorded_piece(&scan, &ms, &bytes));
  assert_int_equal(bytes.len, 6);
  assert_memory_equal(bytes.data, "a\0\n\xE2\x82\xAC", 6);
  assert_true(cai_recorded_piece(&scan, &ms, &bytes));
  assert_int_equal(ms, 4);
  assert_memory_equal(bytes.data, "\xE2\x82", 2);
  assert_false(cai_recorded_piece(&scan, &ms, &bytes));
  cai_recorded_err(recorded, &err);
  assert_int_equal(err.code, CHATABI_E_DISCONNECT);
  assert_string_equal(err.message, "It \"broke\".");
  cai_headers_fini(&headers);
  cai_buf_fini(&bytes);
  cai_tape_fini(&tape);
}

static void a_cut_recording_ends_with_an_error(void **state) {
  (void)state;
  cai_err err;
  cai_tape tape;
  read_tape(&tape, HEAD RESPONSE ",\"chunks\":[],\"end\":{\"ms\":9,\"error\":null,\"cut\":true}}");
  cai_recorded_err(&tape.items[0], &err);
  assert_int_equal(err.code, CHATABI_E_TOO_LARGE);
  assert_non_null(strstr(err.message, "line 1"));
  cai_tape_fini(&tape);
}

/* ---- what is the same ---- */

static void values_that_mean_the_same_are_alike(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"{\"a\":1,\"b\":[1,{\"c\":null}]}", "{ \"b\" : [ 1 , { \"c\" : null } ] , \"a\" : 1 }"},
      {"\"a/\\u0041\\n\"", "\"a\\/A\\u000a\""},
      {"{\"\\u0061\":1,\"c\":2}", "{\"c\":2,\"a\":1}"},
      {"[]", "[ ]"},
      {"{}", "{ }"},
      {"12345678901234567890123", "12345678901234567890123"},
      {"{\"a\":{},\"b\":[[],[]]}", "{\"b\":[[],[]],\"a\":{}}"}};
  cai_difference difference;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (!cai_alike(cai_span_of(pairs[i][0]), cai_span_of(pairs[i][1]), &difference))
      fail_msg("%s: %s %s", pairs[i][0], difference.what, difference.pointer);
}

static void the_first_difference_is_pointed_at(void **state) {
  (void)state;
  static const struct {
    const char *recorded, *sent, *what, *pointer;
  } rows[] = {
      {"1", "1.0", "differs at", ""},
      {"1", "\"1\"", "differs at", ""},
      {"{}", "[]", "differs at", ""},
      {"{}", "{\"seed\":1}", "does not have", "/seed"},
      {"{\"seed\":1}", "{}", "also has", "/seed"},
      {"{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":1}", "does not have", "/b"},
      {"{\"a\":1,\"b\":1}", "{\"a\":1,\"a\":1}", "also has", "/b"},
      {"[1,2]", "[1]", "also has", "/1"},
      {"[1]", "[1,2]", "does not have", "/1"},
      {"{\"m\":[{\"c\":\"x\"},{\"c\":\"y\"}]}", "{\"m\":[{\"c\":\"x\"},{\"c\":\"z\"}]}", "differs at", "/m/1/c"},
      {"{\"a/b~c\":{\"\":1}}", "{\"a/b~c\":{\"\":2}}", "differs at", "/a~1b~0c/"},
      {"{\"a\":{\"b\":true}}", "{\"a\":{\"b\":false}}", "differs at", "/a/b"},
      {"{\"a\":null}", "{\"a\":{}}", "differs at", "/a"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_difference difference;
    assert_false(cai_alike(cai_span_of(rows[i].recorded), cai_span_of(rows[i].sent), &difference));
    assert_string_equal(difference.what, rows[i].what);
    assert_string_equal(difference.pointer, rows[i].pointer);
  }
}

static void a_long_pointer_is_cut(void **state) {
  (void)state;
  char text[300];
  cai_difference difference;
  snprintf(text, sizeof text, "{\"%0100d\":1}", 0);
  assert_false(cai_alike(cai_span_of("{}"), cai_span_of(text), &difference));
  assert_int_equal(strlen(difference.pointer), 60);
  assert_string_equal(difference.pointer + 57, "...");
}

static int use_tape(void) {
  static const char text[] = CHAT("{\"\\u0061\":\"\\u0062\"}") "\n" CHAT("{}");
  cai_err err;
  cai_tape tape;
  cai_headers headers;
  cai_headers_init(&headers);
  cai_tape_init(&tape);
  int error = cai_tape_read(&tape, "x", text, strlen(text), &err);
  const cai_tape_request request = chat("{}");
  const cai_recorded *recorded = error ? NULL : cai_tape_take(&tape, &request, &err);
  if (recorded) error = cai_recorded_headers(recorded, &headers);
  if (!error && !recorded) error = err.code;
  cai_headers_fini(&headers);
  cai_tape_fini(&tape);
  return error;
}

static void memory_that_runs_out_is_told(void **state) {
  (void)state;
  cai_alloc_fail_at(0);
  assert_int_equal(use_tape(), 0);
  size_t count = cai_alloc_count();
  for (size_t i = 1; i <= count; i++) {
    cai_alloc_fail_at(i);
    int error = use_tape();
    if (error) assert_int_equal(error, CHATABI_E_NOMEM);
  }
  cai_alloc_fail_at(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_requests_get_theirs_in_turn),
      cmocka_unit_test(method_and_path_count_but_not_the_place),
      cmocka_unit_test(the_nearest_recording_is_told_without_its_content),
      cmocka_unit_test(an_empty_file_has_no_exchange),
      cmocka_unit_test(sent_again_is_what_the_recording_says),
      cmocka_unit_test(bad_lines_are_refused),
      cmocka_unit_test(every_status_that_is_recorded_is_read),
      cmocka_unit_test(a_last_line_that_is_cut_off_is_left_out),
      cmocka_unit_test(an_exchange_gives_what_was_put_in),
      cmocka_unit_test(a_cut_recording_ends_with_an_error),
      cmocka_unit_test(values_that_mean_the_same_are_alike),
      cmocka_unit_test(the_first_difference_is_pointed_at),
      cmocka_unit_test(a_long_pointer_is_cut),
      cmocka_unit_test(memory_that_runs_out_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
