/* SPDX-License-Identifier: MIT
 * The one conversation that every language holds with the emulator, and what it prints of it. This program is the
 * judge: each transcript.* of the other folders prints the same bytes.
 *
 * The client: provider "vertex", base_url $TRANSCRIPT_URL, auth "file" $TRANSCRIPT_CREDENTIALS, ca_file $TRANSCRIPT_CA,
 * auth_allow_hosts "127.0.0.1", model "google/gemini-3-flash-preview", max_retries 0. Its scenes are the functions
 * below, in the order of main; each is headed by "== NAME".
 *
 * Events print as "KIND BYTES TEXT": the kind in lower case, the length of the text in bytes, the text with every
 * newline as \n; a tool call as "tool NAME ARGUMENTS" with the arguments as the server sent them; "other" alone. The
 * end prints as "done FINISH PROMPT_TOKENS COMPLETION_TOKENS", an error as "error NAME HTTP_STATUS RETRYABLE" (status
 * -1 when there was none, retryable 0 or 1) and a second line with its message. The first scene's messages are the
 * beginning of the second's: history is what was sent, and each answer's message as it came. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

static const char weather_tool[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":\"Tells the weather.\","
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}]";
static const char thoughts[] = "{\"google\":{\"thinking_config\":{\"include_thoughts\":true}}}";

static void must(bool truth, const char *what) {
  if (truth) return;
  fprintf(stderr, "transcript: %s\n", what);
  exit(2);
}

/* ---- what is printed ---- */

static void print_text(const char *text) {
  for (; *text; text++) *text == '\n' ? fputs("\\n", stdout) : putchar(*text);
  putchar('\n');
}

static void print_tool(const char *json) {
  cJSON *call = cJSON_Parse(json);
  cJSON *function = cJSON_GetObjectItemCaseSensitive(call, "function");
  printf("tool %s %s\n", cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(function, "name")),
         cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(function, "arguments")));
  cJSON_Delete(call);
}

static void print_event(chatabi_request *request, int event) {
  static const char *const kinds[] = {NULL, "text", "reasoning", NULL, NULL, NULL, "refusal"};
  size_t len = 0;
  const char *text = chatabi_request_text(request, &len);
  if (event == CHATABI_TOOL) {
    print_tool(chatabi_request_json(request, NULL));
  } else if (event == CHATABI_TEXT || event == CHATABI_REASONING || event == CHATABI_REFUSAL) {
    printf("%s %zu ", kinds[event], len);
    print_text(text);
  } else {
    puts("other");
  }
}

static const char *finish_name(chatabi_request *request) {
  static const char *const names[] = {"none", "stop", "length", "tool_calls", "content_filter", "other"};
  return names[chatabi_request_info(request, CHATABI_INFO_FINISH)];
}

static int print_end(chatabi_request *request, int event) {
  if (event == CHATABI_DONE) {
    printf("done %s %d %d\n", finish_name(request), (int)chatabi_request_info(request, CHATABI_INFO_PROMPT_TOKENS),
           (int)chatabi_request_info(request, CHATABI_INFO_COMPLETION_TOKENS));
  } else {
    printf("error %s %d %d\n", chatabi_error_name(event), (int)chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS),
           (int)chatabi_request_info(request, CHATABI_INFO_RETRYABLE));
    print_text(chatabi_request_message(request));
  }
  return event;
}

static int print_all(chatabi_request *request) {
  int event;
  while ((event = chatabi_request_next(request, 20000)) > 0 && event != CHATABI_DONE) print_event(request, event);
  must(event != 0, "no event for 20 s");
  return print_end(request, event);
}

/* ---- what is sent ---- */

/* Sends the members of `body` and frees it. */
static chatabi_request *send_body(chatabi_client *client, cJSON *body, const char *options) {
  char *text = cJSON_PrintUnformatted(body);
  must(text, "out of memory");
  chatabi_request *request = chatabi_client_send(client, text, strlen(text), options);
  must(request, "out of memory");
  cJSON_free(text);
  cJSON_Delete(body);
  return request;
}

static void say(cJSON *messages, const char *role, const char *content) {
  cJSON *message = cJSON_CreateObject();
  cJSON_AddStringToObject(message, "role", role);
  cJSON_AddStringToObject(message, "content", content);
  cJSON_AddItemToArray(messages, message);
}

/* A body with a copy of these messages. */
static cJSON *body_of(const cJSON *messages, bool stream) {
  cJSON *body = cJSON_CreateObject();
  cJSON_AddItemToObject(body, "messages", cJSON_Duplicate(messages, true));
  if (stream) cJSON_AddTrueToObject(body, "stream");
  return body;
}

static cJSON *body_saying(const char *content, bool stream) {
  cJSON *messages = cJSON_CreateArray();
  say(messages, "user", content);
  cJSON *body = body_of(messages, stream);
  cJSON_Delete(messages);
  return body;
}

/* Appends the answer's message as it came; returns it, owned by `messages`. */
static cJSON *append_answer(cJSON *messages, chatabi_request *request) {
  cJSON *result = cJSON_Parse(chatabi_request_result(request, NULL));
  cJSON *choice = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(result, "choices"), 0);
  cJSON *message = cJSON_DetachItemFromObjectCaseSensitive(choice, "message");
  must(message, "an answer without a message");
  cJSON_AddItemToArray(messages, message);
  cJSON_Delete(result);
  return message;
}

/* Answers every call of the message with its own arguments. */
static void answer_calls(cJSON *messages, const cJSON *message) {
  const cJSON *call;
  cJSON_ArrayForEach(call, cJSON_GetObjectItemCaseSensitive(message, "tool_calls")) {
    const cJSON *function = cJSON_GetObjectItemCaseSensitive(call, "function");
    say(messages, "tool", cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(function, "arguments")));
    cJSON *result = cJSON_GetArrayItem(messages, cJSON_GetArraySize(messages) - 1);
    cJSON_AddStringToObject(result, "tool_call_id", cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(call, "id")));
  }
}

/* ---- the scenes ---- */

/* Streamed, with the model's thoughts, and characters of two, three and four bytes. */
static void scene_stream(chatabi_client *client, cJSON *messages) {
  puts("== stream");
  say(messages, "user", "Grüße aus Zürich, 東京 und vom Strand 🌊");
  cJSON *body = body_of(messages, true);
  cJSON_AddItemToObject(body, "extra_body", cJSON_Parse(thoughts));
  chatabi_request *request = send_body(client, body, NULL);
  print_all(request);
  append_answer(messages, request);
  chatabi_request_free(request);
}

/* Two calls at once, answered, until the model has no more to ask. The server refuses a history in which anything of
 * its own was altered. */
static void scene_tools(chatabi_client *client, cJSON *messages) {
  puts("== tools");
  say(messages, "user", "The weather in Oslo and Rome, in parallel and in steps");
  bool more = true;
  while (more) {
    cJSON *body = body_of(messages, true);
    cJSON_AddItemToObject(body, "tools", cJSON_Parse(weather_tool));
    chatabi_request *request = send_body(client, body, NULL);
    more = print_all(request) == CHATABI_DONE &&
           chatabi_request_info(request, CHATABI_INFO_FINISH) == CHATABI_FINISH_TOOL_CALLS;
    cJSON *message = append_answer(messages, request);
    if (more) answer_calls(messages, message);
    chatabi_request_free(request);
  }
}

/* Not streamed: the whole text of the answer on one line, then the end. */
static void scene_whole(chatabi_client *client) {
  puts("== whole");
  chatabi_request *request = send_body(client, body_saying("One, two", false), NULL);
  while (chatabi_request_next(request, 20000) > 0 && chatabi_request_result(request, NULL) == NULL) continue;
  cJSON *messages = cJSON_CreateArray();
  cJSON *message = append_answer(messages, request);
  print_text(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "content")));
  print_end(request, chatabi_request_next(request, 0));
  cJSON_Delete(messages);
  chatabi_request_free(request);
}

/* Another path: how many numbers two embeddings have. */
static void scene_embeddings(chatabi_client *client) {
  puts("== embeddings");
  cJSON *body = cJSON_Parse("{\"model\":\"google/text-embedding-005\",\"input\":[\"sea\",\"shore\"],\"dimensions\":5}");
  chatabi_request *request = send_body(client, body, "{\"path\":\"/embeddings\"}");
  must(chatabi_request_next(request, 20000) > 0, "no embeddings");
  while (chatabi_request_next(request, 20000) != CHATABI_DONE) continue;
  cJSON *result = cJSON_Parse(chatabi_request_result(request, NULL));
  const cJSON *one;
  cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(result, "data"))
      printf("%d\n", cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(one, "embedding")));
  cJSON_Delete(result);
  chatabi_request_free(request);
}

/* Cut after some chunks: the events before it, the error, and what had come of the answer. */
static void scene_cut(chatabi_client *client) {
  puts("== cut");
  chatabi_request *request =
      send_body(client, body_saying("One, two, three", true), "{\"headers\":{\"x-emulator-fault\":\"cut=4\"}}");
  print_all(request);
  cJSON *messages = cJSON_CreateArray();
  cJSON *message = append_answer(messages, request);
  fputs("partial ", stdout);
  print_text(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "content")));
  cJSON_Delete(messages);
  chatabi_request_free(request);
}

/* Refused by the server. */
static void scene_refused(chatabi_client *client) {
  puts("== refused");
  cJSON *body = body_saying("Hello", true);
  cJSON_AddStringToObject(body, "model", "google/no-such-model");
  chatabi_request *request = send_body(client, body, NULL);
  print_all(request);
  chatabi_request_free(request);
  request = send_body(client, body_saying("Hello", false), "{\"headers\":{\"x-emulator-fault\":\"429=7\"}}");
  print_all(request);
  printf("retry after %d ms\n", (int)chatabi_request_info(request, CHATABI_INFO_RETRY_AFTER_MS));
  chatabi_request_free(request);
}

/* Cancelled at the first piece of text: nothing comes after it. */
static void scene_cancelled(chatabi_client *client) {
  puts("== cancelled");
  chatabi_request *request =
      send_body(client, body_saying("A long story", true), "{\"headers\":{\"x-emulator-fault\":\"long=500\"}}");
  int event;
  while ((event = chatabi_request_next(request, 20000)) > 0 && event != CHATABI_TEXT) continue;
  must(event == CHATABI_TEXT, "no text");
  chatabi_request_cancel(request);
  printf("error %s\n", chatabi_error_name(chatabi_request_next(request, 0)));
  chatabi_request_free(request);
}

/* An option that does not exist: what the library says. */
static void scene_misspelt(void) {
  puts("== misspelt");
  chatabi_client *client = chatabi_client_new();
  int code = chatabi_client_set(client, "projct", "my-project");
  printf("error %s\n%s\n", chatabi_error_name(code), chatabi_client_message(client));
  chatabi_client_free(client);
}

/* ---- the client ---- */

static void set(chatabi_client *client, const char *key, const char *value) {
  must(chatabi_client_set(client, key, value) == 0, chatabi_client_message(client));
}

static const char *from_environment(const char *name) {
  const char *value = getenv(name);
  must(value, name);
  return value;
}

static chatabi_client *make_client(void) {
  chatabi_client *client = chatabi_client_new();
  set(client, "provider", "vertex");
  set(client, "base_url", from_environment("TRANSCRIPT_URL"));
  set(client, "ca_file", from_environment("TRANSCRIPT_CA"));
  set(client, "auth_allow_hosts", "127.0.0.1");
  set(client, "model", "google/gemini-3-flash-preview");
  set(client, "max_retries", "0");
  must(chatabi_client_set_auth(client, "file", from_environment("TRANSCRIPT_CREDENTIALS")) == 0, "the credentials");
  return client;
}

int main(void) {
  chatabi_client *client = make_client();
  cJSON *messages = cJSON_CreateArray();
  scene_stream(client, messages);
  scene_tools(client, messages);
  scene_whole(client);
  scene_embeddings(client);
  scene_cut(client);
  scene_refused(client);
  scene_cancelled(client);
  scene_misspelt();
  cJSON_Delete(messages);
  chatabi_client_free(client);
  return 0;
}
