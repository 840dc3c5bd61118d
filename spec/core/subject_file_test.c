/* SPDX-License-Identifier: MIT */
#include "auth/subject/file.h"

#include "subject_fixture.h"

typedef struct world {
  fixture fix;
  cai_subject *subject;
} world;

static int setup(void **state) {
  world *w = calloc(1, sizeof *w);
  fixture_init(&w->fix);
  *state = w;
  return 0;
}

static int teardown(void **state) {
  world *w = *state;
  cai_subject_free(w->subject);
  fixture_fini(&w->fix);
  free(w);
  return 0;
}

/* A source that reads the file `name` of the fixture. */
static void read_from(world *w, const char *name, const char *format) {
  cai_err err;
  char text[512];
  snprintf(text, sizeof text, "{\"file\":\"%s/%s\"%s}", w->fix.dir, name, format);
  cai_subject_free(w->subject);
  w->subject = make_subject(text, &err);
  if (!w->subject) fail_msg("%s", err.message);
  assert_string_equal(w->subject->ops->name, "file");
  assert_null(w->subject->client_cert);
}

static cai_step run(world *w, cai_subject_outcome *outcome) {
  cai_errand errand;
  cai_errand_init(&errand);
  cai_subject_outcome_init(outcome);
  w->subject->ops->begin(w->subject);
  cai_step step = w->subject->ops->ask(w->subject, now, &errand, outcome);
  assert_null(errand.http.url);
  assert_null(errand.command.argv);
  cai_errand_fini(&errand);
  return step;
}

static void expect_token_of(world *w, const char *token) {
  cai_subject_outcome outcome;
  cai_step step = run(w, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  assert_string_equal(outcome.token, token);
  cai_subject_outcome_fini(&outcome);
}

static void expect_failure(world *w, bool transient, const char *words) {
  cai_subject_outcome outcome;
  cai_step step = run(w, &outcome);
  LACKS(outcome.setback.err.message, "e.y.J");
  check_failure(step, &outcome, transient, words);
}

static void write_bytes(world *w, const char *bytes, size_t len) {
  FILE *file = fopen(w->fix.path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, len, file), len);
  assert_int_equal(fclose(file), 0);
}

/* Whoever issues the token replaces it between two runs. */
static void test_text(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "token", "e.y.J\n");
  read_from(w, "token", "");
  expect_token_of(w, "e.y.J");
  fixture_write(&w->fix, "token", "  e.y.J2 \t\r\n\n");
  expect_token_of(w, "  e.y.J2");
  read_from(w, "token", ",\"format\":{\"type\":\"text\"}");
  expect_token_of(w, "  e.y.J2");
  read_from(w, "token", ",\"format\":{}");
  expect_token_of(w, "  e.y.J2");
}

#define JSON ",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"id_token\"}"

static void test_json(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "token", "{\"x\":{\"id_token\":\"no\"},\"id_token\":\"e.y.J\\/\\u002b\\n\"}\n");
  read_from(w, "token", JSON);
  expect_token_of(w, "e.y.J/+");
  fixture_write(&w->fix, "token", "{\"Id_token\":\"e.y.J\"}");
  expect_failure(w, false, "\"id_token\"");
  CONTAINS(w->fix.path, "token");
  static const char *const wrong[] = {"{\"id_token\":7}", "{\"id_token\":null}", "{\"id_token\":[\"e.y.J\"]}", "{}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    fixture_write(&w->fix, "token", wrong[i]);
    expect_failure(w, false, w->fix.path);
  }
  static const char *const torn[] = {"{\"id_token\":\"e.y.J", "e.y.J", "[\"e.y.J\"]", "", "\"id_token\""};
  for (size_t i = 0; i < sizeof torn / sizeof *torn; i++) {
    fixture_write(&w->fix, "token", torn[i]);
    expect_failure(w, true, w->fix.path);
  }
  char *deep = long_text("{\"id_token\":\"e.y.J\",\"x\":", "[", 100000, "");
  fixture_write(&w->fix, "token", deep);
  cai_free(deep);
  expect_failure(w, true, "is no JSON object");
  fixture_write(&w->fix, "token", "{\"id_token\":\"e.y.J\"}");
  expect_token_of(w, "e.y.J");
}

/* The kubelet may be writing it. */
static void test_empty(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "token", "");
  read_from(w, "token", "");
  expect_failure(w, true, "nothing in it");
  fixture_write(&w->fix, "token", " \n\t\r\n");
  expect_failure(w, true, w->fix.path);
  fixture_write(&w->fix, "token", "{\"id_token\":\"\"}");
  read_from(w, "token", JSON);
  expect_failure(w, true, w->fix.path);
  fixture_write(&w->fix, "token", "{\"id_token\":\"e.y.J\"}");
  expect_token_of(w, "e.y.J");
}

static void test_control(void **state) {
  world *w = *state;
  static const char bytes[] = "e.y.J\0tail";
  fixture_write(&w->fix, "token", "");
  read_from(w, "token", "");
  write_bytes(w, bytes, sizeof bytes - 1);
  expect_failure(w, false, "control character");
  write_bytes(w, bytes, 6);
  expect_failure(w, false, "control character");
  fixture_write(&w->fix, "token", "e.y.J\r\nX: y");
  expect_failure(w, false, "control character");
  fixture_write(&w->fix, "token", "e.y.J\x7f");
  expect_failure(w, false, w->fix.path);
  fixture_write(&w->fix, "token", "{\"id_token\":\"e.y.J\\u0000\"}");
  read_from(w, "token", JSON);
  expect_failure(w, false, "control character");
  fixture_write(&w->fix, "token", "{\"id_token\":\"e.y.J\\r\\n.\"}");
  expect_failure(w, false, "control character");
}

static void test_unreadable(void **state) {
  world *w = *state;
  read_from(w, "missing", "");
  expect_failure(w, false, "/missing");
  expect_failure(w, false, "No such file");
  fixture_mkdir(&w->fix, "dir");
  read_from(w, "dir", "");
  expect_failure(w, false, "\"file\" of \"credential_source\"");
  char path[128];
  snprintf(path, sizeof path, "%s/fifo", w->fix.dir);
  assert_int_equal(mkfifo(path, 0600), 0);
  read_from(w, "fifo", "");
  expect_failure(w, false, "no regular file");
}

static void test_large(void **state) {
  world *w = *state;
  char *text = long_text("", "e", 1 << 20, "");
  fixture_write(&w->fix, "token", text);
  read_from(w, "token", "");
  expect_token_of(w, text);
  cai_free(text);
  text = long_text("", "e", (1 << 20) + 1, "");
  fixture_write(&w->fix, "token", text);
  cai_free(text);
  expect_failure(w, false, "it is too large");
  fixture_write(&w->fix, "token", "e.y.J");
  expect_token_of(w, "e.y.J");
}

static void test_feed(void **state) {
  world *w = *state;
  cai_subject_outcome outcome;
  cai_http_reply reply;
  read_from(w, "token", "");
  make_reply(&reply, 200, "e.y.J");
  cai_subject_outcome_init(&outcome);
  cai_step step = w->subject->ops->feed(w->subject, now, &reply, &outcome);
  check_failure(step, &outcome, false, "comes from a file");
  cai_http_reply_fini(&reply);
}

static void test_config(void **state) {
  (void)state;
  refuse_subject("{\"file\":7}", CHATABI_E_AUTH_SOURCE, "\"file\"");
  refuse_subject("{\"file\":\"\"}", CHATABI_E_AUTH_SOURCE, "\"file\"");
  refuse_subject("{\"file\":{}}", CHATABI_E_AUTH_SOURCE, "\"file\"");
  refuse_subject("{\"file\":\"/a\\r\\nb\"}", CHATABI_E_AUTH_SOURCE, "control character");
  refuse_subject("{\"file\":\"/a\",\"url\":\"http://127.0.0.1/\"}", CHATABI_E_AUTH_SOURCE, "both");
  refuse_subject("{\"file\":\"/a\",\"format\":\"json\"}", CHATABI_E_AUTH_SOURCE, "\"format\"");
  refuse_subject("{\"file\":\"/a\",\"format\":[]}", CHATABI_E_AUTH_SOURCE, "\"format\"");
  refuse_subject("{\"file\":\"/a\",\"format\":{\"type\":\"xml\"}}", CHATABI_E_AUTH_SOURCE, "xml");
  refuse_subject("{\"file\":\"/a\",\"format\":{\"type\":\"JSON\"}}", CHATABI_E_AUTH_SOURCE, "text or json");
  refuse_subject("{\"file\":\"/a\",\"format\":{\"type\":1}}", CHATABI_E_AUTH_SOURCE, "\"type\"");
  refuse_subject("{\"file\":\"/a\",\"format\":{\"type\":\"json\"}}", CHATABI_E_AUTH_SOURCE,
                 "\"subject_token_field_name\"");
  refuse_subject("{\"file\":\"/a\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":[]}}",
                 CHATABI_E_AUTH_SOURCE, "\"subject_token_field_name\"");
}

#ifdef CAI_TEST_ALLOC
static bool live(void *state) {
  world *w = state;
  cai_err err;
  cai_subject_outcome outcome;
  char text[512];
  snprintf(text, sizeof text, "{\"file\":\"%s\"" JSON "}", w->fix.path);
  cJSON *root = cJSON_ParseWithLength(text, strlen(text));
  const cai_document document = {.root = root, .origin = "/home/x.json"};
  const cai_subject_plan plan = {.document = &document, .source = root};
  cai_subject *subject = cai_subject_new(&plan, &err);
  cJSON_Delete(root);
  if (!subject) {
    assert_int_equal(err.code, CHATABI_E_NOMEM);
    return false;
  }
  cai_subject_outcome_init(&outcome);
  subject->ops->begin(subject);
  bool done = subject->ops->ask(subject, now, NULL, &outcome) == CAI_STEP_DONE;
  if (!done) assert_true(outcome.setback.transient && outcome.setback.err.code);
  cai_subject_outcome_fini(&outcome);
  cai_subject_free(subject);
  return done;
}

static void test_allocations(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "token", "{\"id_token\":\"e.y.J\"}");
  starve(live, w);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_text),        TEST(test_json),  TEST(test_empty), TEST(test_control),
      TEST(test_unreadable),  TEST(test_large), TEST(test_feed),  TEST(test_config),
#ifdef CAI_TEST_ALLOC
      TEST(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
