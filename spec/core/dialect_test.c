/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "chat/request/parameters.h"
#include "chat/request/rewrite.h"
#include "chatabi.h"
#include "dialect_vectors.h"

static const char letters[] = "-VMGOC";

static char *quotes(const char *text) {
  char *copy = strdup(text);
  for (char *at = copy; at && (at = strchr(at, '\'')) != NULL;) *at = '"';
  return copy;
}

static int run(cai_rewrite *rewrite, cai_dialect dialect, const char *path, const char *in, const char *model,
               bool wins, cai_err *err) {
  char *body = quotes(in);
  cai_err_clear(err);
  cai_rewrite_init(rewrite);
  int error = cai_rewrite_run(rewrite, dialect, path, cai_span_of(body), model, wins, err);
  free(body);
  return error;
}

static void expect(cai_dialect dialect, const char *path, const char *in, const char *model, bool wins,
                   const char *out) {
  cai_rewrite rewrite;
  cai_err err;
  char *want = quotes(out);
  assert_int_equal(run(&rewrite, dialect, path, in, model, wins, &err), 0);
  assert_string_equal(cai_buf_view(&rewrite.body), want);
  cai_rewrite_fini(&rewrite);
  free(want);
}

/* ---- vectors ---- */

static bool says(const cai_rewrite *rewrite, const char *words) {
  char line[200];
  bool found = strstr(cai_buf_view(&rewrite->notes), words) || strstr(cai_buf_view(&rewrite->warnings), words);
  for (size_t i = 0; i < rewrite->headers.count; i++) {
    snprintf(line, sizeof line, "%s: %s", rewrite->headers.items[i].name, rewrite->headers.items[i].value);
    found = found || strstr(line, words);
  }
  return found;
}

static void check(const vector *row, cai_dialect dialect) {
  cai_rewrite rewrite;
  cai_err err;
  int error = run(&rewrite, dialect, "/chat/completions", row->in, NULL, false, &err);
  if (row->out && *row->out == '!') {
    if (error != CHATABI_E_BODY || !strstr(err.message, row->out + 1))
      fail_msg("%c %s: %d %s %s", letters[dialect], row->in, error, err.message, cai_buf_view(&rewrite.body));
  } else {
    char *want = quotes(row->out ? row->out : "");
    if (error) fail_msg("%c %s: %s", letters[dialect], row->in, err.message);
    if (row->out && strcmp(want, cai_buf_view(&rewrite.body)) != 0)
      fail_msg("%c %s: %s", letters[dialect], row->in, cai_buf_view(&rewrite.body));
    char *given = quotes(row->in);
    bool told = rewrite.notes.len || rewrite.warnings.len;
    if (strcmp(given, cai_buf_view(&rewrite.body)) != 0 && !told)
      fail_msg("%c %s: changed, and no note", letters[dialect], row->in);
    free(given);
    if (row->also && !says(&rewrite, row->also))
      fail_msg("%c %s: does not say %s", letters[dialect], row->in, row->also);
    free(want);
  }
  cai_rewrite_fini(&rewrite);
}

static void test_each_vector(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
    for (const char *letter = vectors[i].dialects; *letter; letter++)
      check(&vectors[i], (cai_dialect)(strchr(letters, *letter) - letters));
}

/* So that the page may say that every cell is tested. */
static void test_each_cell_that_does_something_has_a_vector(void **state) {
  (void)state;
  static const char *const scopes[] = {"body", "message", "call", "content", "part", "function"};
  const cai_parameter *row;
  for (size_t at = 0; (row = cai_parameter_at(at)) != NULL; at++) {
    char name[80];
    snprintf(name, sizeof name, "%s.%s", scopes[row->scope], row->name);
    for (size_t dialect = CAI_DIALECT_VERTEX; dialect < CAI_DIALECT_COUNT; dialect++) {
      bool found = row->actions[dialect] == CAI_ACTION_KEEP;
      for (size_t i = 0; i < sizeof vectors / sizeof *vectors && !found; i++)
        found = strcmp(vectors[i].row, name) == 0 && strchr(vectors[i].dialects, letters[dialect]) && vectors[i].out &&
                strcmp(vectors[i].in, vectors[i].out) != 0;
      if (!found) fail_msg("no vector for %s in dialect %c", name, letters[dialect]);
    }
  }
}

static void test_a_kept_parameter_passes_byte_by_byte(void **state) {
  (void)state;
  const cai_parameter *row;
  for (size_t at = 0; (row = cai_parameter_at(at)) != NULL; at++)
    for (size_t dialect = CAI_DIALECT_VERTEX; dialect < CAI_DIALECT_COUNT; dialect++) {
      char body[200];
      if (row->scope != CAI_SCOPE_BODY || row->actions[dialect] != CAI_ACTION_KEEP) continue;
      snprintf(body, sizeof body, " {'x':{'%s':1}, '%s' : 12345678901234567890 }\n", row->name, row->name);
      expect((cai_dialect)dialect, NULL, body, NULL, false, body);
    }
}

static void test_what_nobody_knows_passes(void **state) {
  (void)state;
  const char *body =
      " { 'a' : [ 1.0, {'b':[]} ] , 'messages' : [ {'role' : 'user', 'x':1e400, 'content':[ {} , 3]}, 7 ]\n} ";
  for (size_t dialect = 0; dialect < CAI_DIALECT_COUNT; dialect++)
    expect((cai_dialect)dialect, NULL, body, NULL, false, body);
}

static void test_patience_is_for_flex_alone(void **state) {
  (void)state;
  cai_rewrite rewrite;
  cai_err err;
  assert_int_equal(run(&rewrite, CAI_DIALECT_VERTEX, NULL, "{'service_tier':'flex'}", NULL, false, &err), 0);
  assert_true(rewrite.patient);
  cai_rewrite_fini(&rewrite);
  assert_int_equal(run(&rewrite, CAI_DIALECT_VERTEX, NULL, "{'service_tier':'priority'}", NULL, false, &err), 0);
  assert_false(rewrite.patient);
  assert_null(cai_headers_get(&rewrite.headers, "X-Server-Timeout"));
  cai_rewrite_fini(&rewrite);
  const char *twice = "{'service_tier':'flex','service_tier':'default'}";
  assert_int_equal(run(&rewrite, CAI_DIALECT_VERTEX, NULL, twice, NULL, false, &err), 0);
  assert_false(rewrite.patient);
  assert_int_equal(rewrite.headers.count, 0);
  cai_rewrite_fini(&rewrite);
}

static void test_a_note_never_tells_what_messages_say(void **state) {
  (void)state;
  cai_rewrite rewrite;
  cai_err err;
  const char *body =
      "{'model':'gemini-3-pro','messages':[{'role':'developer','content':'geheim'},{'role':'assistant','tool_calls':[{"
      "'function':{'arguments':''},'geheim':1}]},{'content':[{'type':'video_url','video_url':'gs://geheim'}]}]}";
  assert_int_equal(run(&rewrite, CAI_DIALECT_VERTEX, NULL, body, NULL, false, &err), 0);
  assert_true(rewrite.notes.len > 50 && rewrite.warnings.len > 50);
  assert_null(strstr(rewrite.notes.data, "geheim"));
  assert_null(strstr(rewrite.warnings.data, "geheim"));
  cai_rewrite_fini(&rewrite);
}

/* ---- the model and the path ---- */

static void test_the_model_is_filled_in(void **state) {
  (void)state;
  expect(CAI_DIALECT_OFF, NULL, "{'a':1}", "m\"", false, "{'model':'m\\'','a':1}");
  expect(CAI_DIALECT_OFF, NULL, "{ }", "m", false, "{'model':'m' }");
  expect(CAI_DIALECT_OFF, NULL, "{'model':null,'a':1}", "m", false, "{'model':'m','a':1}");
  expect(CAI_DIALECT_OFF, NULL, "{'model': '' }", "m", false, "{'model': 'm' }");
  expect(CAI_DIALECT_OFF, NULL, "{'model':''}", NULL, false, "{'model':''}");
  expect(CAI_DIALECT_OFF, NULL, "{'model':'x\\u0041'}", "m", false, "{'model':'x\\u0041'}");
  expect(CAI_DIALECT_OFF, NULL, "{'model':'x'}", "m", true, "{'model':'m'}");
  expect(CAI_DIALECT_OFF, NULL, "{'model':'x'}", "", true, "{'model':'x'}");
  expect(CAI_DIALECT_OFF, NULL, "{'model':7}", "m", false, "{'model':7}");
  expect(CAI_DIALECT_VERTEX, NULL, "{'model':7}", "gemini-3-pro", true, "{'model':'google/gemini-3-pro'}");
  expect(CAI_DIALECT_GEMINI, NULL, "{'n':1}", "google/gemini-3-pro", false, "{'model':'gemini-3-pro','n':1}");
  expect(CAI_DIALECT_GEMINI, NULL, "{'model':'\\u0067oogle/x'}", NULL, false, "{'model':'x'}");
}

static void test_the_model_is_told_as_it_is_sent(void **state) {
  (void)state;
  cai_rewrite rewrite;
  cai_err err;
  assert_int_equal(run(&rewrite, CAI_DIALECT_VERTEX, NULL, "{'model':'gemini-3-pro'}", NULL, false, &err), 0);
  assert_string_equal(rewrite.model, "google/gemini-3-pro");
  cai_rewrite_fini(&rewrite);
  assert_int_equal(run(&rewrite, CAI_DIALECT_OFF, NULL, "{}", NULL, false, &err), 0);
  assert_null(rewrite.model);
  cai_rewrite_fini(&rewrite);
}

static void test_only_chat_is_rewritten_whole(void **state) {
  (void)state;
  const char *body = "{'max_tokens':5,'store':true}",
             *new_name = "{'model':'gpt-5','max_completion_tokens':5,'store':true}";
  static const char *const chat[] = {
      "/chat/completions", "chat/completions/", "/x/chat/completions?a=/b", "", "?a=b", NULL};
  for (size_t i = 0; i < sizeof chat / sizeof *chat; i++)
    expect(CAI_DIALECT_OPENAI, chat[i], body, "gpt-5", false, new_name);
  expect(CAI_DIALECT_OPENAI, "/completions", body, "gpt-5", false, "{'model':'gpt-5','max_tokens':5,'store':true}");
  expect(CAI_DIALECT_VERTEX, "/embeddings", "{'model':'text-embedding-005'}", NULL, false,
         "{'model':'google/text-embedding-005'}");
  expect(CAI_DIALECT_OPENAI, "/responses", body, "openai/gpt-5", true, body);
  expect(CAI_DIALECT_OFF, "/v1/publishers/google/models/x:generateContent", "{'contents':[]}", "m", true,
         "{'contents':[]}");
}

/* ---- which dialect ---- */

static void test_names(void **state) {
  (void)state;
  cai_dialect dialect;
  for (size_t i = 0; i < CAI_DIALECT_COUNT; i++) {
    assert_true(cai_dialect_parse(cai_dialect_name((cai_dialect)i), &dialect));
    assert_int_equal(dialect, i);
  }
  assert_string_equal(cai_dialect_name(CAI_DIALECT_MODEL_GARDEN), "model_garden");
  assert_false(cai_dialect_parse("", &dialect));
  assert_false(cai_dialect_parse("auto", &dialect));
}

#define AZURE "https://r.openai.azure.com/openai/deployments/d/chat/completions"
#define LOCATION "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/"

static void test_detection(void **state) {
  (void)state;
  static const struct {
    cai_provider provider;
    const char *url, *model;
    cai_dialect want;
  } rows[] = {
      {CAI_PROVIDER_VERTEX, LOCATION "openapi/chat/completions", "google/gemini-3-pro", CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_VERTEX, LOCATION "openapi/chat/completions", "gemini-3-pro", CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_VERTEX, LOCATION "openapi/chat/completions", NULL, CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_VERTEX, LOCATION "openapi/chat/completions", "meta/llama-4", CAI_DIALECT_MODEL_GARDEN},
      {CAI_PROVIDER_VERTEX, LOCATION "openapi/chat/completions", "publishers/google/models/x", CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_VERTEX, LOCATION "4711/chat/completions", "google/gemma-3", CAI_DIALECT_MODEL_GARDEN},
      {CAI_PROVIDER_VERTEX, LOCATION "openapis/chat/completions", NULL, CAI_DIALECT_MODEL_GARDEN},
      {CAI_PROVIDER_VERTEX, "https://h/v1/endpoints/openapi/chat/completions?key=x", NULL, CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_VERTEX, "https://proxy.example/llm/chat/completions", "x/y", CAI_DIALECT_MODEL_GARDEN},
      {CAI_PROVIDER_VERTEX, "https://proxy.example/llm/chat/completions", NULL, CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_COMPATIBLE, LOCATION "openapi/chat/completions", "gemini-x", CAI_DIALECT_VERTEX},
      {CAI_PROVIDER_COMPATIBLE, "https://api.openai.com/v1/chat/completions", "x", CAI_DIALECT_OPENAI},
      {CAI_PROVIDER_COMPATIBLE, "https://r.openai.azure.com/openai/deployments/d/chat/completions", NULL,
       CAI_DIALECT_OPENAI},
      {CAI_PROVIDER_COMPATIBLE, AZURE "?api-version=2024-10-21", NULL, CAI_DIALECT_OPENAI},
      {CAI_PROVIDER_COMPATIBLE, AZURE "?api-version=preview", NULL, CAI_DIALECT_OPENAI},
      {CAI_PROVIDER_COMPATIBLE, AZURE "?x=1&api-version=2024-08-01-preview", NULL, CAI_DIALECT_COMPATIBLE},
      {CAI_PROVIDER_COMPATIBLE, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", NULL,
       CAI_DIALECT_GEMINI},
      {CAI_PROVIDER_COMPATIBLE, "https://api.openai.com.evil.test/v1", NULL, CAI_DIALECT_COMPATIBLE},
      {CAI_PROVIDER_COMPATIBLE, "http://localhost:11434/v1/chat/completions", "google/gemini", CAI_DIALECT_COMPATIBLE},
      {CAI_PROVIDER_COMPATIBLE, "no url", NULL, CAI_DIALECT_COMPATIBLE},
      {CAI_PROVIDER_OPENAI, LOCATION "openapi/chat/completions", NULL, CAI_DIALECT_OPENAI},
      {CAI_PROVIDER_GEMINI, "http://localhost/v1", NULL, CAI_DIALECT_GEMINI},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_endpoint endpoint = {.provider = rows[i].provider};
    cai_dialect dialect = cai_dialect_detect(&endpoint, rows[i].url, rows[i].model);
    if (dialect != rows[i].want) fail_msg("row %zu: %s", i, cai_dialect_name(dialect));
  }
}

/* ---- trouble ---- */

static void test_too_many_members_of_extra_body(void **state) {
  (void)state;
  cai_buf body;
  cai_rewrite rewrite;
  cai_err err;
  cai_buf_init(&body, 100000);
  cai_buf_text(&body, "{'extra_body':{'a':1");
  for (int i = 0; i < 200; i++) cai_buf_format(&body, ",'m%d':1", i);
  cai_buf_text(&body, "}}");
  assert_int_equal(run(&rewrite, CAI_DIALECT_OPENAI, NULL, body.data, NULL, false, &err), CHATABI_E_BODY);
  assert_non_null(strstr(err.message, "extra_body"));
  cai_rewrite_fini(&rewrite);
  cai_buf_fini(&body);
}

static void test_each_allocation_may_fail(void **state) {
  (void)state;
  const char *body =
      "{'max_completion_tokens':1,'service_tier':'flex','google':{'a':1},'messages':[{'role':'developer'},{'role':"
      "'assistant','tool_calls':[{'function':{'arguments':'{\\'a\\':\\'\\n\\'}'}}]},{'content':[{'type':'file','file':{"
      "'file_data':'AA==','format':'a/b'}}]}],'tools':[{'function':{'parameters':{'properties':{'a':{'anyOf':[{'type':["
      "'string','null','integer'],'description':'d'},{'$ref':'#/$defs/N'}]}},'$defs':{'N':{'enum':[1,2]}}}}}]}";
  for (size_t nth = 1;; nth++) {
    cai_rewrite rewrite;
    cai_err err = {0};
    char *text = quotes(body);
    cai_rewrite_init(&rewrite);
    cai_alloc_fail_at(nth);
    int error = cai_rewrite_run(&rewrite, CAI_DIALECT_VERTEX, NULL, cai_span_of(text), "gemini-3", false, &err);
    size_t made = cai_alloc_count();
    cai_alloc_fail_at(0);
    cai_rewrite_fini(&rewrite);
    free(text);
    if (nth > 500) fail_msg("no end of it");
    if (made < nth) {
      assert_int_equal(error, 0);
      break;
    }
    if (error && error != CHATABI_E_NOMEM) fail_msg("allocation %zu: %d %s", nth, error, err.message);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_vector),
      cmocka_unit_test(test_each_cell_that_does_something_has_a_vector),
      cmocka_unit_test(test_a_kept_parameter_passes_byte_by_byte),
      cmocka_unit_test(test_what_nobody_knows_passes),
      cmocka_unit_test(test_patience_is_for_flex_alone),
      cmocka_unit_test(test_a_note_never_tells_what_messages_say),
      cmocka_unit_test(test_the_model_is_filled_in),
      cmocka_unit_test(test_the_model_is_told_as_it_is_sent),
      cmocka_unit_test(test_only_chat_is_rewritten_whole),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_detection),
      cmocka_unit_test(test_too_many_members_of_extra_body),
      cmocka_unit_test(test_each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
