/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <string.h>

#include "base/json.h"

bool emu_history_role_is(const cJSON *message, const char *role) {
  const char *own = cai_json_string(message, "role");
  return own && strcmp(own, role) == 0;
}

static bool arguments_are_object(const char *arguments) {
  cJSON *tree = arguments ? cai_json_parse(arguments, strlen(arguments), "arguments", NULL) : NULL;
  bool is_object = cJSON_IsObject(tree);
  cJSON_Delete(tree);
  return is_object;
}

static bool check_calls(const cJSON *calls, emu_problem *problem) {
  const cJSON *call;
  if (calls && !cJSON_IsArray(calls))
    return emu_problem_refuse(problem, NULL, "messages", "'tool_calls' must be an array.");
  cJSON_ArrayForEach(call, calls) {
    const cJSON *function = cai_json_object(call, "function");
    if (!cai_json_string(call, "id") || !cai_json_string(function, "name"))
      return emu_problem_refuse(problem, NULL, "messages",
                                "A tool call in the history lacks its id or its function's name.");
    if (!arguments_are_object(cai_json_string(function, "arguments")))
      return emu_problem_refuse(problem, NULL, "messages",
                                "Expected a valid JSON object in the arguments of a tool call in the history.");
  }
  return true;
}

static bool has_call(const cJSON *message, const char *id) {
  const cJSON *call;
  cJSON_ArrayForEach(call, cJSON_GetObjectItemCaseSensitive(message, "tool_calls")) {
    const char *own = cai_json_string(call, "id");
    if (own && strcmp(own, id) == 0) return true;
  }
  return false;
}

/* A tool's message must answer a call that stands before it. */
static bool check_tool(const cJSON *message, emu_problem *problem) {
  const char *id = cai_json_string(message, "tool_call_id");
  if (!id) return emu_problem_refuse(problem, NULL, "messages", "A message with role 'tool' needs a 'tool_call_id'.");
  /* In a cJSON array the first element's prev is the last element. */
  for (const cJSON *before = message->prev; before && before->next; before = before->prev)
    if (has_call(before, id)) return true;
  return emu_problem_refuse(problem, NULL, "messages",
                            "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.");
}

static bool check_message(const cJSON *message, emu_problem *problem) {
  static const char *const roles[] = {"system", "developer", "user", "assistant", "tool", "function"};
  bool known = false;
  for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) known = known || emu_history_role_is(message, roles[i]);
  if (!cJSON_IsObject(message) || !known)
    return emu_problem_refuse(problem, NULL, "messages", "Every message needs a role that is known.");
  const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
  bool has_content = cJSON_IsString(content) || cJSON_IsArray(content);
  if (!has_content && !emu_history_role_is(message, "assistant"))
    return emu_problem_refuse(problem, NULL, "messages", "Expected 'content' to be a string or an array of parts.");
  if (emu_history_role_is(message, "tool")) return check_tool(message, problem);
  return check_calls(cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), problem);
}

bool emu_history_check(const cJSON *messages, emu_problem *problem) {
  const cJSON *message;
  if (!cJSON_IsArray(messages))
    return emu_problem_refuse(problem, NULL, "messages", "Missing required parameter: 'messages'.");
  if (cJSON_GetArraySize(messages) == 0)
    return emu_problem_refuse(problem, NULL, "messages", "'messages' is empty: expected at least one message.");
  cJSON_ArrayForEach(message, messages) {
    if (!check_message(message, problem)) return false;
  }
  return true;
}

bool emu_history_has_role(const cJSON *messages, const char *role) {
  const cJSON *message;
  cJSON_ArrayForEach(message, messages) {
    if (emu_history_role_is(message, role)) return true;
  }
  return false;
}

int emu_history_rounds(const cJSON *messages) {
  const cJSON *message;
  int rounds = 0;
  cJSON_ArrayForEach(message, messages) {
    if (emu_history_role_is(message, "user")) rounds = 0;
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(message, "tool_calls")) > 0) rounds++;
  }
  return rounds;
}
