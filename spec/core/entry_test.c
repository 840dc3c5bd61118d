/* SPDX-License-Identifier: MIT
 * What is written into a recording, and above all what is not. */
#include "chat/record/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "chat/record/scrub.h"
#include "chatabi.h"

#include <cmocka.h>

#define SECRET "ya29.c/9+Qz=\"x"
#define KEY "sk-planted/0123456789"

static const cai_err whole = {0};

static void begin(cai_entry *entry, const cai_headers *headers, const char *url, const char *body) {
  const cai_entry_request request = {.wall_ms = 1769860800123,
                                     .attempt = 2,
                                     .method = "POST",
                                     .path = "/chat/completions?alt=sse&key=" KEY,
                                     .url = url,
                                     .headers = headers,
                                     .body = cai_span_of(body),
                                     .credential = SECRET};
  cai_entry_begin(entry, &request);
}

static cai_entry *entry_with(cai_entry *entry, const char *body) {
  cai_headers none;
  cai_headers_init(&none);
  cai_entry_init(entry, 1 << 20);
  begin(entry, &none, "https://host.example/v1/chat/completions", body);
  cai_entry_head(entry, 3, 200, 11, &none);
  return entry;
}

static void add_text(cai_entry *entry, int64_t ms, const char *text) { cai_entry_piece(entry, ms, text, strlen(text)); }

static cJSON *end(cai_entry *entry, const cai_err *err) {
  assert_int_equal(cai_entry_end(entry, 40, err), 0);
  assert_int_equal(entry->line.data[entry->line.len - 1], '\n');
  assert_ptr_equal(strchr(entry->line.data, '\n'), entry->line.data + entry->line.len - 1);
  cJSON *tree = cai_json_parse(entry->line.data, entry->line.len, "The line", NULL);
  assert_non_null(tree);
  return tree;
}

static const cJSON *at(const cJSON *tree, const char *path) {
  char name[40];
  while (tree && *path) {
    size_t len = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)len, path);
    tree = cJSON_IsArray(tree) ? cJSON_GetArrayItem(tree, *name - '0') : cJSON_GetObjectItemCaseSensitive(tree, name);
    path += len + (path[len] == '.');
  }
  return tree;
}

static const char *text_at(const cJSON *tree, const char *path) {
  const char *text = cJSON_GetStringValue(at(tree, path));
  return text ? text : "(none)";
}

static void a_line_says_what_was_sent_and_what_came(void **state) {
  (void)state;
  cai_entry entry;
  cai_headers sent, received;
  cai_headers_init(&sent);
  cai_headers_init(&received);
  cai_headers_set(&sent, "Content-Type", "application/json");
  cai_headers_set(&sent, "X-Vertex-AI-LLM-Request-Type", "shared");
  cai_headers_set(&received, "X-Request-Id", "abc");
  cai_headers_set(&received, "x-ratelimit-remaining-tokens", "9");
  cai_entry_init(&entry, 1000);
  begin(&entry, &sent, "https://host.example/v1", "{\"seed\":12345678901234567890,\r\n \"b\":1.0}");
  cai_entry_head(&entry, 7, 429, 20, &received);
  cai_entry_piece(&entry, 9, "a\0\"b\n", 5);
  cai_entry_piece(&entry, 11, "\xE2\x82", 2);
  cai_entry_piece(&entry, 12, "\xAC", 1);
  cJSON *tree = end(&entry, &whole);
  assert_string_equal(text_at(tree, "time"), "2026-01-31T12:00:00.123Z");
  assert_string_equal(text_at(tree, "request.method"), "POST");
  assert_string_equal(text_at(tree, "request.headers.Content-Type"), "application/json");
  assert_string_equal(text_at(tree, "request.headers.X-Vertex-AI-LLM-Request-Type"), "shared");
  assert_string_equal(text_at(tree, "response.headers.X-Request-Id"), "abc");
  assert_string_equal(text_at(tree, "response.headers.x-ratelimit-remaining-tokens"), "9");
  assert_int_equal(at(tree, "request.attempt")->valueint, 2);
  assert_int_equal(at(tree, "response.status")->valueint, 429);
  assert_int_equal(at(tree, "response.http_version")->valueint, 20);
  assert_int_equal(at(tree, "response.ms")->valueint, 7);
  assert_int_equal(at(tree, "end.ms")->valueint, 40);
  assert_true(cJSON_IsNull(at(tree, "end.error")));
  assert_null(at(tree, "end.cut"));
  assert_non_null(strstr(entry.line.data, "\"body\":{\"seed\":12345678901234567890,   \"b\":1.0}"));
  assert_non_null(strstr(entry.line.data,
                         "\"chunks\":[[9,\"a\\u0000\\\"b\\n\"],[11,\"4oI=\",\"base64\"],[12,\"rA==\",\"base64\"]]"));
  cJSON_Delete(tree);
  cai_headers_fini(&sent);
  cai_headers_fini(&received);
  cai_entry_fini(&entry);
}

static void an_exchange_without_response_has_its_error(void **state) {
  (void)state;
  cai_entry entry;
  cai_err err;
  cai_headers none;
  cai_headers_init(&none);
  cai_entry_init(&entry, 1000);
  begin(&entry, &none, "https://host.example/", "{}");
  cai_err_set(&err, CHATABI_E_DNS, "No \"host\" for %s.", SECRET);
  cJSON *tree = end(&entry, &err);
  assert_true(cJSON_IsNull(at(tree, "response")));
  assert_int_equal(cJSON_GetArraySize(at(tree, "chunks")), 0);
  assert_string_equal(text_at(tree, "end.error.code"), "DNS");
  assert_non_null(strstr(text_at(tree, "end.error.message"), "No \"host\" for *"));
  assert_null(strstr(entry.line.data, "ya29"));
  cJSON_Delete(tree);
  cai_entry_fini(&entry);
}

/* In every place, in every spelling. */
static void secrets_are_nowhere(void **state) {
  (void)state;
  cai_entry entry;
  cai_headers sent, received;
  cai_headers_init(&sent);
  cai_headers_init(&received);
  cai_headers_set(&sent, "Authorization", "Bearer " SECRET);
  cai_headers_set(&sent, "X-Api-Key", KEY);
  cai_headers_set(&sent, "X-Mine", "planted-in-a-header-of-mine");
  cai_headers_set(&sent, "User-Agent", "agent " KEY);
  cai_headers_set(&received, "Set-Cookie", "planted-cookie=1");
  cai_headers_set(&received, "WWW-Authenticate", "Bearer error=\"planted-challenge\"");
  cai_headers_set(&received, "X-Refresh-Token", "planted-token");
  cai_headers_set(&received, "Location", "https://joe:planted-word@host/x?key=planted-query&a=1");
  cai_headers_set(&received, "X-Echo", "got " SECRET);
  cai_entry_init(&entry, 100000);
  begin(&entry, &sent,
        "https://joe:planted-password@host/v1?key=" KEY "&x=1&ACCESS_TOKEN=planted-access&sig=planted-sig",
        "{\"user\":\"" KEY " sk-planted\\/0123456789 sk-planted\\u002f0123456789 sk-planted%2F0123456789\"}");
  cai_entry_head(&entry, 1, 401, 11, &received);
  add_text(&entry, 2, "{\"error\":\"not ya29.c/9+Q");
  add_text(&entry, 3, "z=\\\"x but ya29.c\\/9\\u002bQz\\u003D\\\"x\"}");
  add_text(&entry, 4, "\xFF" SECRET);
  add_text(&entry, 5, "{\\\"in\\\":\\\"sk-planted\\\\\\/0123456789\\\"}");
  cJSON *tree = end(&entry, &whole);
  static const char *const traces[] = {"planted", "ya29", "Qz", "0123456789", "joe", "OSv"};
  for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
    if (strstr(entry.line.data, traces[i])) fail_msg("%s is in %s", traces[i], entry.line.data);
  assert_string_equal(text_at(tree, "request.headers.Authorization"), "***");
  assert_string_equal(text_at(tree, "request.url"), "https://host/v1?key=***&x=1&ACCESS_TOKEN=***&sig=***");
  assert_string_equal(text_at(tree, "request.path"), "/chat/completions?alt=sse&key=***");
  assert_string_equal(text_at(tree, "response.headers.Set-Cookie"), "***");
  assert_string_equal(text_at(tree, "response.headers.Location"), "https://host/x?key=***&a=1");
  assert_int_equal(cJSON_GetArraySize(at(tree, "chunks")), 4);
  cJSON_Delete(tree);
  cai_headers_fini(&sent);
  cai_headers_fini(&received);
  cai_entry_fini(&entry);
}

static void what_is_short_may_be_a_word(void **state) {
  (void)state;
  cai_entry entry;
  cai_headers sent;
  cai_headers_init(&sent);
  cai_headers_set(&sent, "Authorization", "Bearer none");
  cai_entry_init(&entry, 1000);
  begin(&entry, &sent, "http://host/", "{\"tool_choice\":\"none\"}");
  cJSON *tree = end(&entry, &(cai_err){.code = CHATABI_E_DNS});
  assert_string_equal(text_at(tree, "request.body.tool_choice"), "none");
  assert_string_equal(text_at(tree, "request.headers.Authorization"), "***");
  cJSON_Delete(tree);
  cai_headers_fini(&sent);
  cai_entry_fini(&entry);
}

static void what_is_too_large_is_cut(void **state) {
  (void)state;
  cai_entry entry;
  cai_headers none;
  cai_headers_init(&none);
  cai_entry_init(&entry, 100);
  begin(&entry, &none, "http://host/", "{}");
  cai_entry_head(&entry, 1, 200, 11, &none);
  char piece[90] = {0};
  memset(piece, 'x', sizeof piece);
  cai_entry_piece(&entry, 1, piece, sizeof piece);
  cai_entry_piece(&entry, 2, "yyyyyyyyyyy", 11);
  cai_entry_piece(&entry, 3, "z", 1);
  cJSON *tree = end(&entry, &whole);
  assert_true(cJSON_IsTrue(at(tree, "end.cut")));
  assert_int_equal(cJSON_GetArraySize(at(tree, "chunks")), 1);
  cJSON_Delete(tree);
  cai_entry_fini(&entry);
}

static void single_bytes_do_not_cost_without_bound(void **state) {
  (void)state;
  cai_entry entry;
  cai_headers none;
  cai_headers_init(&none);
  cai_entry_init(&entry, 10000);
  begin(&entry, &none, "http://host/", "{}");
  for (int i = 0; i < 10000; i++) cai_entry_piece(&entry, i, "x", 1);
  assert_true(entry.cut);
  assert_true(entry.count < 1000);
  cai_entry_fini(&entry);
}

/* It would make the whole file unreadable. */
static void a_line_that_could_not_be_read_is_not_written(void **state) {
  (void)state;
  char body[600];
  cai_entry entry;
  memset(body, '[', 127);
  memset(body + 127, ']', 127);
  body[254] = '\0';
  assert_int_equal(cai_entry_end(entry_with(&entry, body), 1, &whole), CHATABI_E_JSON);
  cai_entry_fini(&entry);
  assert_int_equal(cai_entry_end(entry_with(&entry, "{\"a\":"), 1, &whole), CHATABI_E_JSON);
  cai_entry_fini(&entry);
}

static void backslashes_cost_no_more_than_other_bytes(void **state) {
  (void)state;
  enum { SIZE = 1 << 20 };
  cai_entry entry;
  char *bytes = cai_malloc(SIZE);
  memset(bytes, '\\', SIZE);
  entry_with(&entry, "{}");
  entry.max_bytes = 2 * SIZE;
  cai_entry_piece(&entry, 1, bytes, SIZE);
  assert_int_equal(cai_entry_end(&entry, 1, &whole), 0);
  cai_entry_fini(&entry);
  cai_free(bytes);
}

static int write_one(void) {
  cai_entry entry;
  cai_headers headers;
  cai_headers_init(&headers);
  int error = cai_headers_set(&headers, "Authorization", "Bearer " SECRET);
  cai_entry_init(&entry, 1000);
  if (!error) {
    begin(&entry, &headers, "http://host/", "{}");
    cai_entry_head(&entry, 1, 200, 11, &headers);
    cai_entry_piece(&entry, 1, "x", 1);
    error = cai_entry_end(&entry, 1, &whole);
    if (!error) assert_null(strstr(entry.line.data, "ya29"));
  }
  cai_headers_fini(&headers);
  cai_entry_fini(&entry);
  return error;
}

static void memory_that_runs_out_leaves_no_half_line(void **state) {
  (void)state;
  cai_alloc_fail_at(0);
  assert_int_equal(write_one(), 0);
  size_t count = cai_alloc_count();
  for (size_t i = 1; i <= count; i++) {
    cai_alloc_fail_at(i);
    assert_int_equal(write_one(), CHATABI_E_NOMEM);
  }
  cai_alloc_fail_at(0);
}

static void urls_lose_what_is_nobodys_business(void **state) {
  (void)state;
  static const struct {
    const char *url, *scrubbed;
  } rows[] = {{"", ""},
              {"/x", "/x"},
              {"/x?", "/x?"},
              {"/x?key", "/x?key"},
              {"/x?key=", "/x?key=***"},
              {"/x?a=1;api_key=2&b", "/x?a=1;api_key=***&b"},
              {"/x?next=http://u:p@h/", "/x?next=http://u:p@h/"},
              {"http://u@p@h/x", "http://h/x"},
              {"http://h/u:p@x", "http://h/u:p@x"},
              {"http://u:p@h", "http://h"},
              {"a/b://u@h", "a/b://u@h"},
              {"h?token=1#access_token=2", "h?token=***#access_token=***"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_buf out;
    cai_buf_init(&out, 1000);
    assert_int_equal(cai_scrub_url(&out, rows[i].url), 0);
    assert_string_equal(cai_buf_view(&out), rows[i].scrubbed);
    cai_buf_fini(&out);
  }
}

/* The body that the program gave, and what became of it where something did. */
static void both_bodies_are_kept(void **state) {
  (void)state;
  static const struct {
    const char *body, *sent, *has, *lacks;
  } rows[] = {{"{\"a\":1}", "{\"a\":1}", "\"body\":{\"a\":1}", "\"sent\""},
              {"{\"a\":1}", "{\"b\":2}", "\"body\":{\"a\":1},\"sent\":{\"b\":2}", "null,\"sent\""},
              {"", "", "\"body\":null", "\"sent\""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_entry entry;
    cai_headers none;
    cai_headers_init(&none);
    cai_entry_init(&entry, 1 << 20);
    cai_entry_begin(&entry, &(cai_entry_request){.attempt = 1,
                                                 .method = "POST",
                                                 .path = "/chat/completions",
                                                 .url = "http://h/",
                                                 .headers = &none,
                                                 .body = cai_span_of(rows[i].body),
                                                 .sent = cai_span_of(rows[i].sent)});
    assert_int_equal(cai_entry_end(&entry, 1, &whole), 0);
    assert_non_null(strstr(cai_buf_view(&entry.line), rows[i].has));
    assert_null(strstr(cai_buf_view(&entry.line), rows[i].lacks));
    cai_entry_fini(&entry);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_says_what_was_sent_and_what_came),
      cmocka_unit_test(an_exchange_without_response_has_its_error),
      cmocka_unit_test(both_bodies_are_kept),
      cmocka_unit_test(secrets_are_nowhere),
      cmocka_unit_test(what_is_short_may_be_a_word),
      cmocka_unit_test(what_is_too_large_is_cut),
      cmocka_unit_test(single_bytes_do_not_cost_without_bound),
      cmocka_unit_test(a_line_that_could_not_be_read_is_not_written),
      cmocka_unit_test(backslashes_cost_no_more_than_other_bytes),
      cmocka_unit_test(memory_that_runs_out_leaves_no_half_line),
      cmocka_unit_test(urls_lose_what_is_nobodys_business),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
