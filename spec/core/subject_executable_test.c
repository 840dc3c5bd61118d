/* SPDX-License-Identifier: MIT
 * A program that prints the subject token, and the file that it keeps its answer in. */
#include "auth/subject/executable.h"

#include "auth/subject/argv.h"
#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/command.h"

/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

#define TYPE "urn:ietf:params:oauth:token-type:"
#define GOOD "{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "id_token\",\"id_token\":\"subject-hush\""
#define LATER ",\"expiration_time\":1767229200}"
#define EARLIER ",\"expiration_time\":1767225600}"

static char path_variable[] = "PATH=/bin", home_variable[] = "HOME=/home/ann",
            stale_email[] = "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL=old@example.com",
            stale_file[] = "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE=/old",
            stale_audience[] = "GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE=old";
static char *environment[] = {path_variable, stale_email, stale_file, stale_audience, home_variable, NULL};

typedef struct setting {
  const char *executable; /* JSON of credential_source.executable */
  const char *token_type; /* NULL: id_token */
  const char *impersonated;
  bool forbidden;
} setting;

typedef struct world {
  cai_places places;
  cai_subject *subject;
  cai_err err;
} world;

static void world_init(world *w, setting with) {
  char text[1000];
  *w = (world){.places = {.allow_executables = !with.forbidden, .environment = environment}};
  snprintf(text, sizeof text, "{\"executable\":%s}", with.executable);
  cJSON *source = cJSON_Parse(text);
  assert_non_null(source);
  cai_document document = {.root = source, .origin = "/home/ext.json", .places = &w->places};
  cai_subject_plan plan = {.document = &document,
                           .source = source,
                           .audience = "//iam.googleapis.com/audience",
                           .token_type = with.token_type ? with.token_type : TYPE "id_token",
                           .impersonated = with.impersonated};
  cai_err_clear(&w->err);
  w->subject = cai_subject_executable_new(&plan, &w->err);
  cJSON_Delete(source);
}

static void world_fini(world *w) { cai_subject_free(w->subject); }

static const char *variable(const cai_command *command, const char *name) {
  const char *found = NULL;
  size_t len = strlen(name);
  for (char **at = command->env; *at; at++) {
    if (strncmp(*at, name, len) != 0 || (*at)[len] != '=') continue;
    if (found) fail_msg("%s is set twice", name);
    found = *at + len + 1;
  }
  return found;
}

/* ---- the command ---- */

static void test_command(void **state) {
  (void)state;
  world w;
  cai_errand errand;
  cai_subject_outcome outcome;
  world_init(&w, (setting){.executable = "{\"command\":\"/opt/my\\\\ helper --name 'a b' \\\"$HOME\\\"\"}"});
  assert_non_null(w.subject);
  assert_string_equal(w.subject->ops->name, "executable");
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  w.subject->ops->begin(w.subject);
  assert_int_equal(w.subject->ops->ask(w.subject, now, &errand, &outcome), CAI_STEP_ASK);
  assert_true(cai_errand_is_command(&errand));
  static const char *const words[] = {"/opt/my helper", "--name", "a b", "$HOME", NULL};
  for (size_t i = 0; words[i]; i++) assert_string_equal(errand.command.argv[i], words[i]);
  assert_null(errand.command.argv[4]);
  assert_int_equal(errand.command.timeout_ms, 30000);
  assert_int_equal(errand.command.max_output, 1 << 20);
  assert_string_equal(variable(&errand.command, "PATH"), "/bin");
  assert_string_equal(variable(&errand.command, "HOME"), "/home/ann");
  assert_string_equal(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE"), "//iam.googleapis.com/audience");
  assert_string_equal(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE"), TYPE "id_token");
  assert_string_equal(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE"), "0");
  assert_null(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL"));
  assert_null(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE"));
  cai_errand_fini(&errand);
  world_fini(&w);
}

static void test_command_with_everything(void **state) {
  (void)state;
  world w;
  cai_errand errand;
  cai_subject_outcome outcome;
  world_init(&w, (setting){.executable = "{\"command\":\"helper\",\"timeout_millis\":120000,"
                                         "\"interactive_timeout_millis\":9,\"output_file\":\"/no/such/file\"}",
                           .impersonated = "robot@example.com"});
  assert_non_null(w.subject);
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  assert_int_equal(w.subject->ops->ask(w.subject, now, &errand, &outcome), CAI_STEP_ASK);
  assert_int_equal(errand.command.timeout_ms, 120000);
  assert_string_equal(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL"), "robot@example.com");
  assert_string_equal(variable(&errand.command, "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE"), "/no/such/file");
  cai_errand_fini(&errand);
  world_fini(&w);
}

static void test_words(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *words; /* each followed by '|'; NULL: refused */
  } rows[] = {{"a", "a|"},
              {"  a\tb  c ", "a|b|c|"},
              {"'a b'c\"d e\"", "a bcd e|"},
              {"a '' \"\"", "a|||"},
              {"'it\\s' \"say \\\"hi\\\" \\n \\\\\"", "it\\s|say \"hi\" \\n \\|"},
              {"a\\ b \\'c \\\"", "a b|'c|\"|"},
              {"$HOME `id` $(id) *;|&>x # y ~", "$HOME|`id`|$(id)|*;|&>x|#|y|~|"},
              {"\"it's\" '\"'", "it's|\"|"},
              {"", NULL},
              {"  \t", NULL},
              {"a 'b", NULL},
              {"a \"b\\\"", NULL},
              {"a b\\", NULL}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_command command;
    char joined[200] = "";
    cai_command_init(&command);
    int error = cai_argv_split(rows[i].text, &command);
    for (char **at = command.argv; !error && *at; at++) strcat(strcat(joined, *at), "|");
    cai_command_fini(&command);
    assert_int_equal(error, rows[i].words ? 0 : CHATABI_E_ARG);
    if (rows[i].words) assert_string_equal(joined, rows[i].words);
  }
}

static void test_bad_configuration(void **state) {
  (void)state;
  static const struct {
    const char *executable, *token_type, *part;
  } rows[] = {{"{}", NULL, "\"command\""},
              {"\"helper\"", NULL, "\"command\""},
              {"{\"command\":7}", NULL, "\"command\" in /home/ext.json is no text"},
              {"{\"command\":\"\"}", NULL, "\"command\""},
              {"{\"command\":\"  \"}", NULL, "names no program"},
              {"{\"command\":\"'' a\"}", NULL, "names no program"},
              {"{\"command\":\"a 'b\"}", NULL, "a quote is not closed"},
              {"{\"command\":\"a\\nb\"}", NULL, "control character"},
              {"{\"command\":\"a\",\"timeout_millis\":4999}", NULL, "\"timeout_millis\" in /home/ext.json"},
              {"{\"command\":\"a\",\"timeout_millis\":120001}", NULL, "from 5000 to 120000"},
              {"{\"command\":\"a\",\"timeout_millis\":\"soon\"}", NULL, "\"timeout_millis\""},
              {"{\"command\":\"a\",\"timeout_millis\":4294972296}", NULL, "\"timeout_millis\""},
              {"{\"command\":\"a\",\"output_file\":7}", NULL, "\"output_file\""},
              {"{\"command\":\"a\"}", "urn:ietf:params:aws:token-type:aws4_request", "\"subject_token_type\""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    world w;
    world_init(&w, (setting){.executable = rows[i].executable, .token_type = rows[i].token_type});
    assert_null(w.subject);
    assert_int_equal(w.err.code, CHATABI_E_AUTH_SOURCE);
    CONTAINS(w.err.message, rows[i].part);
    CONTAINS(w.err.message, "/home/ext.json");
  }
}

/* ---- the answer ---- */

static void check_failure(const cai_subject_outcome *outcome, int code, const char *part) {
  assert_int_equal(outcome->setback.err.code, code);
  assert_int_equal(outcome->setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  CONTAINS(outcome->setback.err.message, part);
  LACKS(outcome->setback.err.message, "hush");
  LACKS(outcome->setback.err.message, "\n");
  assert_null(outcome->token);
}

static cai_step feed(const world *w, const char *body, cai_subject_outcome *outcome) {
  cai_http_reply reply;
  make_reply(&reply, 200, body);
  cai_subject_outcome_init(outcome);
  cai_step step = w->subject->ops->feed(w->subject, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static void expect_token(const world *w, const char *body, const char *token) {
  cai_subject_outcome outcome;
  cai_step step = feed(w, body, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  assert_string_equal(outcome.token, token);
  cai_subject_outcome_fini(&outcome);
}

static void test_answers(void **state) {
  (void)state;
  world w;
  world_init(&w, (setting){.executable = "{\"command\":\"/opt/helper --secret hush\"}"});
  expect_token(&w, GOOD "}", "subject-hush");
  expect_token(&w, GOOD LATER "\n", "subject-hush");
  expect_token(&w, GOOD ",\"expiration_time\":\"1767225601\"}", "subject-hush");
  expect_token(&w, GOOD ",\"expiration_time\":1767225601.5}", "subject-hush");
  world_fini(&w);
  world_init(&w, (setting){.executable = "{\"command\":\"a\"}", .token_type = TYPE "saml2"});
  expect_token(&w,
               "{\"version\":1,\"success\":true,\"token_type\":\"" TYPE
               "saml2\",\"id_token\":\"wrong\",\"saml_response\":\"saml-hush\"}",
               "saml-hush");
  world_fini(&w);
  world_init(&w, (setting){.executable = "{\"command\":\"a\"}", .token_type = TYPE "jwt"});
  expect_token(&w, "{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "jwt\",\"id_token\":\"jwt-hush\"}",
               "jwt-hush");
  world_fini(&w);
}

static void test_bad_answers(void **state) {
  (void)state;
  static const struct {
    const char *body;
    int code;
    const char *part;
  } rows[] = {
      {"", CHATABI_E_AUTH_SOURCE, "\"/opt/helper\" printed nothing"},
      {" \n", CHATABI_E_AUTH_SOURCE, "printed nothing"},
      {"hush", CHATABI_E_AUTH_SOURCE, "What the program \"/opt/helper\" printed is not valid JSON"},
      {"warning: hush\n" GOOD "}", CHATABI_E_AUTH_SOURCE, "is not valid JSON"},
      {GOOD "}" GOOD "}", CHATABI_E_AUTH_SOURCE, "is not valid JSON"},
      {"[]", CHATABI_E_AUTH_SOURCE, "is no JSON object"},
      {"\"hush\"", CHATABI_E_AUTH_SOURCE, "is no JSON object"},
      {"{\"success\":true}", CHATABI_E_AUTH_SOURCE, "\"version\""},
      {"{\"version\":\"hush\",\"success\":true}", CHATABI_E_AUTH_SOURCE, "\"version\""},
      {"{\"version\":2,\"success\":true}", CHATABI_E_AUTH_SOURCE, "is of version 2; this chatabi knows version 1"},
      {"{\"version\":1}", CHATABI_E_AUTH_SOURCE, "\"success\""},
      {"{\"version\":1,\"success\":\"hush\"}", CHATABI_E_AUTH_SOURCE, "\"success\""},
      {"{\"version\":1,\"Success\":true}", CHATABI_E_AUTH_SOURCE, "\"success\""},
      {"{\"version\":1,\"success\":false}", CHATABI_E_AUTH_SOURCE, "\"code\" and \"message\""},
      {"{\"version\":1,\"success\":false,\"code\":7,\"message\":\"m\"}", CHATABI_E_AUTH_SOURCE, "\"code\""},
      {"{\"version\":1,\"success\":false,\"code\":\"E7\",\"message\":\"sign\\nin \\u0007again\"}",
       CHATABI_E_AUTH_EXCHANGE, "gave no token: sign in  again (code E7)"},
      {"{\"version\":1,\"success\":true,\"id_token\":\"hush\"}", CHATABI_E_AUTH_SOURCE, "\"token_type\""},
      {"{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "jwt\",\"id_token\":\"hush\"}", CHATABI_E_AUTH_SOURCE,
       "\"token_type\" \"" TYPE "jwt\", but \"subject_token_type\" in /home/ext.json is \"" TYPE "id_token\""},
      {"{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "id_token\"}", CHATABI_E_AUTH_SOURCE, "\"id_token\""},
      {"{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "id_token\",\"id_token\":\"\"}", CHATABI_E_AUTH_SOURCE,
       "\"id_token\""},
      {"{\"version\":1,\"success\":true,\"token_type\":\"" TYPE "id_token\",\"id_token\":[\"hush\"]}",
       CHATABI_E_AUTH_SOURCE, "\"id_token\""},
      {GOOD EARLIER, CHATABI_E_AUTH_EXCHANGE, "has expired already"},
      {GOOD ",\"expiration_time\":\"hush\"}", CHATABI_E_AUTH_SOURCE, "\"expiration_time\""},
      {GOOD ",\"expiration_time\":1e300}", CHATABI_E_AUTH_SOURCE, "\"expiration_time\""},
      {GOOD ",\"expiration_time\":-1}", CHATABI_E_AUTH_SOURCE, "\"expiration_time\""},
  };
  world w;
  cai_subject_outcome outcome;
  world_init(&w, (setting){.executable = "{\"command\":\"/opt/helper --secret hush\"}"});
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(feed(&w, rows[i].body, &outcome), CAI_STEP_FAILED);
    check_failure(&outcome, rows[i].code, rows[i].part);
    assert_false(outcome.setback.transient);
    cai_subject_outcome_fini(&outcome);
    expect_token(&w, GOOD "}", "subject-hush");
  }
  world_fini(&w);
}

static void test_long_words_of_a_program(void **state) {
  (void)state;
  world w;
  cai_subject_outcome outcome;
  char body[3000];
  world_init(&w, (setting){.executable = "{\"command\":\"/opt/helper\"}"});
  snprintf(body, sizeof body, "{\"version\":1,\"success\":false,\"code\":\"%01000d\",\"message\":\"%01500d\"}", 0, 0);
  assert_int_equal(feed(&w, body, &outcome), CAI_STEP_FAILED);
  assert_true(strlen(outcome.setback.err.message) < 500);
  cai_subject_outcome_fini(&outcome);
  world_fini(&w);
}

static void test_expiry_is_needed_with_a_file(void **state) {
  (void)state;
  world w;
  cai_subject_outcome outcome;
  world_init(&w, (setting){.executable = "{\"command\":\"a\",\"output_file\":\"/no/such/file\"}"});
  assert_int_equal(feed(&w, GOOD "}", &outcome), CAI_STEP_FAILED);
  check_failure(&outcome, CHATABI_E_AUTH_SOURCE, "needed together with \"output_file\"");
  cai_subject_outcome_fini(&outcome);
  expect_token(&w, GOOD LATER, "subject-hush");
  world_fini(&w);
}

static void test_no_answer(void **state) {
  (void)state;
  static const struct {
    int given, code;
    bool transient;
  } rows[] = {
      {CHATABI_E_NOT_FOUND, CHATABI_E_AUTH_SOURCE, false},   {CHATABI_E_AUTH_SOURCE, CHATABI_E_AUTH_SOURCE, false},
      {CHATABI_E_UNSUPPORTED, CHATABI_E_AUTH_SOURCE, false}, {CHATABI_E_TIMEOUT, CHATABI_E_AUTH_EXCHANGE, false},
      {CHATABI_E_TOO_LARGE, CHATABI_E_AUTH_EXCHANGE, false}, {CHATABI_E_AUTH_EXCHANGE, CHATABI_E_AUTH_EXCHANGE, false},
      {CHATABI_E_NOMEM, CHATABI_E_AUTH_EXCHANGE, true}};
  world w;
  world_init(&w, (setting){.executable = "{\"command\":\"a\"}"});
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_http_reply reply;
    cai_subject_outcome outcome;
    make_no_reply(&reply, rows[i].given, "The program \"a\" went wrong.");
    cai_subject_outcome_init(&outcome);
    assert_int_equal(w.subject->ops->feed(w.subject, now, &reply, &outcome), CAI_STEP_FAILED);
    check_failure(&outcome, rows[i].code, "The program \"a\" went wrong.");
    assert_int_equal(outcome.setback.transient, rows[i].transient);
    cai_http_reply_fini(&reply);
  }
  world_fini(&w);
}

/* ---- the gate and the file ---- */

static cai_step ask(const world *w, cai_subject_outcome *outcome) {
  cai_errand errand;
  cai_errand_init(&errand);
  cai_subject_outcome_init(outcome);
  w->subject->ops->begin(w->subject);
  cai_step step = w->subject->ops->ask(w->subject, now, &errand, outcome);
  assert_int_equal(cai_errand_is_command(&errand), step == CAI_STEP_ASK);
  cai_errand_fini(&errand);
  return step;
}

static void with_file(world *w, const fixture *fix, bool forbidden) {
  char executable[300];
  snprintf(executable, sizeof executable, "{\"command\":\"/opt/helper\",\"output_file\":\"%s/answer\"}", fix->dir);
  world_init(w, (setting){.executable = executable, .forbidden = forbidden});
  assert_non_null(w->subject);
}

static void test_gate(void **state) {
  (void)state;
  world w;
  fixture fix;
  cai_subject_outcome outcome;
  fixture_init(&fix);
  fixture_write(&fix, "answer", GOOD LATER);
  with_file(&w, &fix, true);
  assert_int_equal(ask(&w, &outcome), CAI_STEP_FAILED);
  check_failure(&outcome, CHATABI_E_AUTH_SOURCE, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
  CONTAINS(outcome.setback.err.message, "\"/opt/helper\"");
  CONTAINS(outcome.setback.err.message, "/home/ext.json");
  world_fini(&w);
  fixture_fini(&fix);
}

static void test_output_file(void **state) {
  (void)state;
  static const struct {
    const char *text;
    cai_step step;
    const char *part;
  } rows[] = {
      {GOOD LATER, CAI_STEP_DONE, NULL},
      {NULL, CAI_STEP_ASK, NULL},
      {"", CAI_STEP_ASK, NULL},
      {"\n", CAI_STEP_ASK, NULL},
      {GOOD EARLIER, CAI_STEP_ASK, NULL},
      {"{\"version\":1,\"success\":true,\"expiration_time\":1}", CAI_STEP_ASK, NULL},
      {"{\"version\":1,\"success\":false,\"code\":\"E\",\"message\":\"m\"}", CAI_STEP_ASK, NULL},
      {GOOD "}", CAI_STEP_FAILED, "\"expiration_time\""},
      {"hush", CAI_STEP_FAILED, "/answer is not valid JSON"},
      {"[]", CAI_STEP_FAILED, "/answer is no JSON object"},
      {"{\"version\":2,\"success\":false}", CAI_STEP_FAILED, "version 2"},
      {"{\"version\":1,\"success\":true,\"token_type\":\"x\",\"id_token\":\"hush\"" LATER, CAI_STEP_FAILED,
       "\"token_type\" \"x\""},
  };
  world w;
  fixture fix;
  cai_subject_outcome outcome;
  fixture_init(&fix);
  with_file(&w, &fix, false);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unlink(fix.path);
    if (rows[i].text) fixture_write(&fix, "answer", rows[i].text);
    cai_step step = ask(&w, &outcome);
    if (step != rows[i].step) fail_msg("row %zu: %d, %s", i, step, outcome.setback.err.message);
    if (step == CAI_STEP_DONE) assert_string_equal(outcome.token, "subject-hush");
    if (step == CAI_STEP_FAILED) check_failure(&outcome, CHATABI_E_AUTH_SOURCE, rows[i].part);
    cai_subject_outcome_fini(&outcome);
  }
  unlink(fix.path);
  fixture_mkdir(&fix, "answer");
  assert_int_equal(ask(&w, &outcome), CAI_STEP_FAILED);
  check_failure(&outcome, CHATABI_E_AUTH_SOURCE, "/answer cannot be read: Is a directory");
  world_fini(&w);
  fixture_fini(&fix);
}

#ifdef CAI_TEST_ALLOC
static void live(const fixture *fix, bool file) {
  cai_places places = {.allow_executables = true, .environment = environment};
  char text[300], name[100] = "/no/such/file";
  if (file) snprintf(name, sizeof name, "%s/answer", fix->dir);
  snprintf(text, sizeof text, "{\"executable\":{\"command\":\"a 'b c'\",\"output_file\":\"%s\"}}", name);
  cJSON *source = cJSON_Parse(text);
  cai_document document = {.root = source, .origin = "/home/ext.json", .places = &places};
  cai_subject_plan plan = {&document, source, "audience", TYPE "id_token", "robot@example.com"};
  cai_err err;
  cai_errand errand;
  cai_subject_outcome outcome;
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  cai_subject *subject = cai_subject_executable_new(&plan, &err);
  cai_step step = subject ? subject->ops->ask(subject, now, &errand, &outcome) : CAI_STEP_FAILED;
  if (step == CAI_STEP_ASK) {
    cai_http_reply reply;
    make_reply(&reply, 200, GOOD LATER);
    subject->ops->feed(subject, now, &reply, &outcome);
    cai_http_reply_fini(&reply);
  } else if (step == CAI_STEP_FAILED && subject) {
    assert_int_equal(outcome.setback.err.code, CHATABI_E_NOMEM);
    assert_true(outcome.setback.transient);
  } else if (!subject) {
    assert_int_equal(err.code, CHATABI_E_NOMEM);
  }
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
  cai_subject_free(subject);
  cJSON_Delete(source);
}

static void test_allocations(void **state) {
  (void)state;
  fixture fix;
  fixture_init(&fix);
  fixture_write(&fix, "answer", GOOD LATER);
  for (int file = 0; file < 2; file++) {
    cai_alloc_fail_at(0);
    size_t before = cai_alloc_count();
    live(&fix, file);
    size_t count = cai_alloc_count() - before;
    assert_true(count > 8);
    for (size_t nth = 1; nth <= count; nth++) {
      cai_alloc_fail_at(nth);
      live(&fix, file);
    }
    cai_alloc_fail_at(0);
  }
  fixture_fini(&fix);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_command),
      cmocka_unit_test(test_command_with_everything),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_bad_configuration),
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_bad_answers),
      cmocka_unit_test(test_long_words_of_a_program),
      cmocka_unit_test(test_expiry_is_needed_with_a_file),
      cmocka_unit_test(test_no_answer),
      cmocka_unit_test(test_gate),
      cmocka_unit_test(test_output_file),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
