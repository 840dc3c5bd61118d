/* SPDX-License-Identifier: MIT
 * Everything that can go wrong with a server, each with the code it is documented to end in, and what came before kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

typedef struct fault_row {
  const char *fault;
  int streamed; /* what it ends in */
  int whole;
  bool partial; /* a streamed one leaves text in the result */
} fault_row;

static const fault_row rows[] = {
    {"429", CHATABI_E_RATE_LIMIT, CHATABI_E_RATE_LIMIT, false},
    {"429=7", CHATABI_E_RATE_LIMIT, CHATABI_E_RATE_LIMIT, false},
    {"429_info=2", CHATABI_E_RATE_LIMIT, CHATABI_E_RATE_LIMIT, false},
    {"status=400", CHATABI_E_INVALID_REQUEST, CHATABI_E_INVALID_REQUEST, false},
    {"status=401", CHATABI_E_UNAUTHENTICATED, CHATABI_E_UNAUTHENTICATED, false},
    {"status=403", CHATABI_E_PERMISSION, CHATABI_E_PERMISSION, false},
    {"status=404", CHATABI_E_NOT_FOUND, CHATABI_E_NOT_FOUND, false},
    {"status=422", CHATABI_E_INVALID_REQUEST, CHATABI_E_INVALID_REQUEST, false},
    {"500", CHATABI_E_SERVER, CHATABI_E_SERVER, false},
    {"503", CHATABI_E_SERVER, CHATABI_E_SERVER, false},
    {"status=504", CHATABI_E_TIMEOUT, CHATABI_E_TIMEOUT, false},
    {"401_once", CHATABI_E_UNAUTHENTICATED, CHATABI_E_UNAUTHENTICATED, false},
    {"html=502", CHATABI_E_SERVER, CHATABI_E_SERVER, false},
    {"html=200", CHATABI_E_PROTOCOL, CHATABI_E_PROTOCOL, false},
    {"html=404", CHATABI_E_NOT_FOUND, CHATABI_E_NOT_FOUND, false},
    {"redirect", CHATABI_E_PROTOCOL, CHATABI_E_PROTOCOL, false},
    {"cut=0", CHATABI_E_DISCONNECT, CHATABI_E_DISCONNECT, false},
    {"cut=6", CHATABI_E_DISCONNECT, CHATABI_E_DISCONNECT, true},
    {"reset=6", CHATABI_E_DISCONNECT, CHATABI_E_DISCONNECT, true},
    {"garbage=5", CHATABI_E_PROTOCOL, CHATABI_DONE, true},
    {"error_in_stream=5", CHATABI_E_SERVER, CHATABI_DONE, true},
    {"bare_error=5", CHATABI_E_SERVER, CHATABI_DONE, true},
    {"no_done,no_finish", CHATABI_E_TRUNCATED, CHATABI_DONE, true},
    {"close_delimited,no_done,no_finish", CHATABI_E_TRUNCATED, CHATABI_DONE, true},
    {"big_event=300000", CHATABI_DONE, CHATABI_DONE, true},
    {"content_filter", CHATABI_DONE, CHATABI_DONE, true},
};

static void check_error(chatabi_request *request, const char *fault, int code) {
  const char *message = chatabi_request_message(request);
  char number[16];
  snprintf(number, sizeof number, "%d", code);
  if (!*message || strlen(message) > 1000) fail_msg("%s: message \"%s\"", fault, message);
  assert_int_equal(chatabi_request_error(request), code);
  assert_string_equal(talk_error(request, "code"), number);
  assert_string_equal(talk_error(request, "name"), chatabi_error_name(code));
  assert_string_equal(talk_error(request, "message"), message);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_FAILED);
  assert_int_equal(chatabi_request_next(request, 0), code);
  snprintf(number, sizeof number, "%d", (int)chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS));
  assert_string_equal(talk_error(request, "http_status"), number);
  const char *retryable = talk_error(request, "retryable");
  assert_string_equal(retryable, chatabi_request_info(request, CHATABI_INFO_RETRYABLE) ? "true" : "false");
}

static void check(chatabi_client *client, const fault_row *row, bool whole) {
  int wanted = whole ? row->whole : row->streamed;
  chatabi_request *request =
      talk_ask(client, (talk_about){.fault = row->fault, .whole = whole, .options = ",\"max_retries\":0"});
  talk_end end = talk_drain(request);
  if (end.code != wanted)
    fail_msg("%s%s: %s instead of %s: %s", row->fault, whole ? ", whole" : "", chatabi_error_name(end.code),
             chatabi_error_name(wanted), chatabi_request_message(request));
  if (wanted != CHATABI_DONE) check_error(request, row->fault, wanted);
  const char *result = chatabi_request_result(request, NULL);
  assert_non_null(result);
  if (!whole && row->partial) {
    assert_true(end.text_len > 0);
    if (end.text_len < sizeof end.text)
      assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
  } else if (wanted != CHATABI_DONE) {
    assert_int_equal(end.events, 0);
    assert_string_equal(result, "");
  }
  chatabi_request_free(request);
}

static void test_every_fault_has_its_code(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    check(client, &rows[i], false);
    check(client, &rows[i], true);
  }
  chatabi_client_free(client);
}

/* A client for each: one whose every new token is refused stops renewing for a while. */
static void test_every_fault_on_vertex(void **state) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
    check(client, &rows[i], false);
    check(client, &rows[i], true);
    chatabi_client_free(client);
  }
}

static void test_what_the_server_said_is_told(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "429=7", .options = ",\"max_retries\":0"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_RATE_LIMIT);
  assert_string_equal(talk_error(request, "http_status"), "429");
  assert_string_equal(talk_error(request, "provider_status"), "RESOURCE_EXHAUSTED");
  assert_string_equal(talk_error(request, "retry_after_ms"), "7000");
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRY_AFTER_MS), 7000);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 1);
  assert_non_null(strstr(chatabi_request_message(request), "Resource exhausted"));
  assert_string_equal(chatabi_request_header(request, "retry-after"), "7");
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.more = ",\"model\":\"no-publisher\"", .options = ",\"max_retries\":0"});
  assert_true(talk_drain(request).code < 0);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 0);
  assert_true(*talk_error(request, "hint"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_request_id_is_told(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "500", .options = ",\"max_retries\":0"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_SERVER);
  assert_true(strncmp(talk_error(request, "request_id"), "req_emulator_", 13) == 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_redirect_is_not_followed(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "redirect", .options = ",\"max_retries\":0"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_PROTOCOL);
  assert_int_equal(flow_emulator_count(*state, "/chat/completions", NULL), 1);
  assert_non_null(strstr(chatabi_request_message(request), "base_url"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_too_large_is_an_end(void **state) {
  chatabi_client *client = talk_client(*state, "max_response_bytes", "100000", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "big_event=200000"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_TOO_LARGE);
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.fault = "flood=100000"});
  talk_end end = talk_drain(request);
  assert_int_equal(end.code, CHATABI_E_TOO_LARGE);
  assert_true(end.events > 10);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_every_fault_has_its_code, flow_emulator_clear),
      cmocka_unit_test_setup(test_every_fault_on_vertex, flow_emulator_clear),
      cmocka_unit_test_setup(test_what_the_server_said_is_told, flow_emulator_clear),
      cmocka_unit_test_setup(test_request_id_is_told, flow_emulator_clear),
      cmocka_unit_test_setup(test_redirect_is_not_followed, flow_emulator_clear),
      cmocka_unit_test_setup(test_too_large_is_an_end, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
