/* SPDX-License-Identifier: MIT */
#include "aws_keys.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/file.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "chatabi.h"

enum { MAX_URL = 2048, MAX_TOKEN = 64 * 1024, MAX_ROLE = 64 };

static const char container_name[] = "the AWS container credentials service (ECS, EKS)";
static const char container_base[] = "http://169.254.170.2";

/* ---- which of them ---- */

static int check_variable(const char *name, const char *value, cai_err *err) {
  if (!value || cai_aws_errand_is_visible(value, strlen(value))) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                     "The environment variable %s has a blank, a line break or another character in it that does not "
                     "belong there: set it anew.",
                     name);
}

static int take_environment(cai_aws_keys *keys, cai_err *err) {
  const cai_places *places = keys->places;
  keys->from = CAI_AWS_KEYS_ENVIRONMENT;
  if (check_variable("AWS_ACCESS_KEY_ID", places->aws_access_key_id, err) ||
      check_variable("AWS_SECRET_ACCESS_KEY", places->aws_secret_access_key, err) ||
      check_variable("AWS_SESSION_TOKEN", places->aws_session_token, err))
    return err->code;
  if (cai_strset(&keys->access_key_id, places->aws_access_key_id) ||
      cai_strset(&keys->secret_access_key, places->aws_secret_access_key) ||
      cai_strset(&keys->session_token, places->aws_session_token))
    return cai_err_nomem(err);
  return 0;
}

static int take_container(cai_aws_keys *keys, const cai_guard *guard, cai_err *err) {
  const char *path = keys->places->aws_container_relative_uri;
  const char *name = path ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  cai_buf url;
  keys->from = CAI_AWS_KEYS_CONTAINER;
  if (path && (*path != '/' || !cai_aws_errand_is_visible(path, strlen(path))))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The environment variable %s is no path (it must begin with /).",
                       name);
  cai_buf_init(&url, MAX_URL);
  cai_buf_text(&url, path ? container_base : keys->places->aws_container_full_uri);
  int error = path ? cai_buf_text(&url, path) : url.error;
  keys->url = cai_buf_take(&url);
  cai_buf_fini(&url);
  if (error == CHATABI_E_TOO_LARGE)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The environment variable %s is too long for a URL.", name);
  if (!keys->url) return cai_err_nomem(err);
  return cai_guard_check_exchange(guard, CAI_GUARD_AWS_CONTAINER, keys->url, name, "the environment", err);
}

static int take_instance(cai_aws_keys *keys, const cai_document *source, cai_err *err) {
  keys->from = CAI_AWS_KEYS_INSTANCE;
  if (!keys->url)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "There are no AWS keys for %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (both), run in a "
                       "container with a role (ECS, EKS), or name the instance's roles in \"credential_source\", "
                       "\"url\".",
                       source->origin);
  if (strpbrk(keys->url, "?#") || strlen(keys->url) > MAX_URL / 2)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"url\" in %s must end with its path, and not be long: the role's name is put behind it.",
                       source->origin);
  return 0;
}

/* "url" is checked where it is not needed, too: a file that names another host was not made by an honest hand. */
int cai_aws_keys_init(cai_aws_keys *keys, const cai_document *source, cai_err *err) {
  memset(keys, 0, sizeof *keys);
  keys->places = source->places;
  const cai_places *places = source->places;
  if (cai_strset(&keys->origin, source->origin)) return cai_err_nomem(err);
  if (cai_aws_metadata_read_url(source, "url", &keys->url, err)) return err->code;
  bool environment = places->aws_access_key_id && places->aws_secret_access_key;
  bool container = places->aws_container_relative_uri || places->aws_container_full_uri;
  if (!environment && !container) return take_instance(keys, source, err);
  cai_free(keys->url);
  keys->url = NULL;
  return environment ? take_environment(keys, err) : take_container(keys, source->guard, err);
}

static void wipe(char **secret) {
  cai_free_secret(*secret);
  *secret = NULL;
}

static void forget(cai_aws_keys *keys) {
  wipe(&keys->access_key_id);
  wipe(&keys->secret_access_key);
  wipe(&keys->session_token);
  cai_free(keys->role);
  keys->role = NULL;
}

void cai_aws_keys_fini(cai_aws_keys *keys) {
  forget(keys);
  cai_free(keys->origin);
  cai_free(keys->url);
  memset(keys, 0, sizeof *keys);
}

void cai_aws_keys_drop(cai_aws_keys *keys) {
  if (keys->from != CAI_AWS_KEYS_ENVIRONMENT) forget(keys);
}

bool cai_aws_keys_found(const cai_aws_keys *keys) { return keys->secret_access_key != NULL; }

/* ---- requests ---- */

/* Read each time: the kubelet replaces it. */
static cai_step read_token_file(const char *path, cai_buf *token, cai_subject_outcome *outcome) {
  char reason[128];
  int error = cai_file_read(path, token);
  if (token->error == CHATABI_E_NOMEM) return cai_subject_nomem(outcome);
  if (error)
    return cai_subject_fail(outcome, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names %s, which cannot be read: %s.", path,
                            cai_file_reason(error, reason, sizeof reason));
  while (token->len && strchr("\r\n", token->data[token->len - 1])) token->data[--token->len] = '\0';
  return CAI_STEP_ASK;
}

/* Within a header's value a blank may be ("Basic ..."). */
static bool is_header_value(const cai_buf *token) {
  for (size_t i = 0; i < token->len; i++)
    if (token->data[i] < 0x20 || token->data[i] >= 0x7f) return false;
  return token->len > 0;
}

static cai_step authorize(const cai_places *places, cai_http_request *request, cai_subject_outcome *outcome) {
  const char *path = places->aws_container_token_file, *fixed = places->aws_container_token;
  if (!path && !fixed) return CAI_STEP_ASK;
  cai_buf token;
  cai_buf_init_secret(&token, MAX_TOKEN);
  cai_step step = CAI_STEP_ASK;
  if (path)
    step = read_token_file(path, &token, outcome);
  else if (cai_buf_text(&token, fixed))
    step = cai_subject_nomem(outcome);
  if (step == CAI_STEP_ASK && !is_header_value(&token))
    step = cai_subject_fail(outcome, "%s%s is no token: it is empty or has a line break in it.",
                            path ? "The content of " : "AWS_CONTAINER_AUTHORIZATION_TOKEN", path ? path : "");
  if (step == CAI_STEP_ASK && cai_headers_set(&request->headers, "Authorization", token.data))
    step = cai_subject_nomem(outcome);
  cai_buf_fini(&token);
  return step;
}

static cai_step ask_instance(const cai_aws_keys *keys, const cai_aws_metadata *metadata, cai_http_request *request,
                             cai_subject_outcome *outcome) {
  cai_buf url;
  cai_buf_init(&url, MAX_URL);
  cai_buf_text(&url, keys->url);
  if (keys->role && url.len && url.data[url.len - 1] != '/') cai_buf_byte(&url, '/');
  if (keys->role) cai_url_escape(&url, keys->role);
  int error = url.error ? url.error : cai_aws_metadata_ask(metadata, url.data, request);
  cai_buf_fini(&url);
  return error ? cai_subject_nomem(outcome) : CAI_STEP_ASK;
}

cai_step cai_aws_keys_ask(const cai_aws_keys *keys, const cai_aws_metadata *metadata, cai_http_request *request,
                          cai_subject_outcome *outcome) {
  if (keys->from == CAI_AWS_KEYS_INSTANCE) return ask_instance(keys, metadata, request, outcome);
  if (cai_aws_errand_get(request, keys->url) || cai_headers_set(&request->headers, "Accept", "application/json"))
    return cai_subject_nomem(outcome);
  return authorize(keys->places, request, outcome);
}

/* ---- replies ---- */

/* What IAM allows in a role's name; it becomes part of a URL. */
static bool is_role(const char *text, size_t len) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-";
  if (!len || len > MAX_ROLE || strspn(text, allowed) < len) return false;
  return !(text[0] == '.' && (len == 1 || (len == 2 && text[1] == '.')));
}

static cai_step keep_role(cai_aws_keys *keys, const cai_aws_server *server, const cai_http_reply *reply,
                          cai_subject_outcome *outcome) {
  size_t len = cai_aws_errand_word(reply);
  if (!is_role(cai_buf_view(&reply->body), len)) return cai_aws_errand_distrust(server, "is no role's name", outcome);
  keys->role = cai_strndup(cai_buf_view(&reply->body), len);
  return keys->role ? CAI_STEP_ASK : cai_subject_nomem(outcome);
}

static bool is_key_text(const char *text) { return text && *text && cai_aws_errand_is_visible(text, strlen(text)); }

static const char *complaint(const cJSON *tree) {
  const char *code = cai_json_string(tree, "Code");
  const cJSON *token = cJSON_GetObjectItemCaseSensitive(tree, "Token");
  if (!cJSON_IsObject(tree)) return "is not the JSON object with keys that was expected";
  if (code && strcmp(code, "Success") != 0)
    return "says that the role's keys could not be had (\"Code\" is not \"Success\"): check the role and who may "
           "assume it";
  if (!is_key_text(cai_json_string(tree, "AccessKeyId"))) return "has no \"AccessKeyId\" that could be one";
  if (!is_key_text(cai_json_string(tree, "SecretAccessKey"))) return "has no \"SecretAccessKey\" that could be one";
  if (!token || cJSON_IsNull(token)) return NULL;
  const char *text = cJSON_GetStringValue(token);
  return text && (!*text || is_key_text(text)) ? NULL : "has a \"Token\" that cannot be one";
}

/* The secret last: with it the keys count as found. */
static int keep_keys(cai_aws_keys *keys, const cJSON *tree) {
  const char *token = cai_json_string(tree, "Token");
  if (cai_strset(&keys->access_key_id, cai_json_string(tree, "AccessKeyId")) ||
      cai_strset(&keys->session_token, token && *token ? token : NULL) ||
      cai_strset(&keys->secret_access_key, cai_json_string(tree, "SecretAccessKey")))
    return CHATABI_E_NOMEM;
  return 0;
}

static cai_step read_keys(cai_aws_keys *keys, const cai_aws_server *server, const cai_http_reply *reply,
                          cai_subject_outcome *outcome) {
  cJSON *tree = cai_json_parse(cai_buf_view(&reply->body), reply->body.len, "the reply", NULL);
  const char *why = complaint(tree);
  cai_step step = CAI_STEP_ASK;
  if (why)
    step = cai_aws_errand_distrust(server, why, outcome);
  else if (keep_keys(keys, tree))
    step = cai_subject_nomem(outcome);
  cai_json_free_secret(tree);
  return step;
}

static cai_step refused(const cai_aws_keys *keys, const cai_aws_metadata *metadata, const cai_aws_server *server,
                        cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  if (keys->from == CAI_AWS_KEYS_INSTANCE)
    return cai_aws_metadata_refused(metadata, server, now, reply,
                                    "Attach a role to the instance (an instance profile), or set AWS_ACCESS_KEY_ID and "
                                    "AWS_SECRET_ACCESS_KEY.",
                                    outcome);
  return cai_aws_errand_refused(server, now, reply,
                                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI of the environment names it: "
                                "check the task's role (ECS) or the pod's identity association (EKS).",
                                outcome);
}

cai_step cai_aws_keys_feed(cai_aws_keys *keys, const cai_aws_metadata *metadata, cai_now now,
                           const cai_http_reply *reply, cai_subject_outcome *outcome) {
  bool instance = keys->from == CAI_AWS_KEYS_INSTANCE;
  const cai_aws_server server = {instance ? cai_aws_metadata_name : container_name, keys->url, keys->origin, !instance};
  if (reply->status != 200) return refused(keys, metadata, &server, now, reply, outcome);
  if (instance && !keys->role) return keep_role(keys, &server, reply, outcome);
  return read_keys(keys, &server, reply, outcome);
}
