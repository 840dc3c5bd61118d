/* SPDX-License-Identifier: MIT */
#include "aws_request.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

static int digit(char c) {
  const char *digits = "0123456789abcdef0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;
  return at ? (int)((at - digits) % 16) : -1;
}

char *emu_aws_unescape(const char *text, size_t len) {
  char *plain = cai_malloc(len + 1);
  size_t used = 0;
  for (size_t i = 0; plain && i < len; i++) {
    char c = text[i];
    if (c == '%') {
      int high = i + 2 < len ? digit(text[i + 1]) : -1, low = i + 2 < len ? digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        cai_free(plain);
        return NULL;
      }
      c = (char)(high * 16 + low);
      i += 2;
    }
    plain[used++] = c;
  }
  if (plain) plain[used] = '\0';
  return plain;
}

static bool take_url(emu_aws_request *request, const char *url) {
  if (!url || strncmp(url, "https://", 8) != 0) return false;
  const char *host = url + 8;
  size_t len = strcspn(host, "/?#");
  const char *path = host + len;
  size_t path_len = strcspn(path, "?#");
  const char *query = path[path_len] == '?' ? path + path_len + 1 : "";
  request->host = cai_strndup(host, len);
  request->path = path_len ? cai_strndup(path, path_len) : cai_strdup("/");
  request->query = cai_strndup(query, strcspn(query, "#"));
  return len && request->host && request->path && request->query;
}

static bool take_header(emu_aws_request *request, const cJSON *item) {
  const char *key = cai_json_string(item, "key"), *value = cai_json_string(item, "value");
  size_t len = key ? strlen(key) : 0;
  if (!value || len == 0 || len >= EMU_AWS_HEADER_NAME || request->header_count == EMU_AWS_HEADERS) return false;
  char *name = request->headers[request->header_count].name;
  for (size_t i = 0; i <= len; i++) name[i] = key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] | 0x20) : key[i];
  if (emu_aws_request_header(request, name)) return false;
  request->headers[request->header_count++].value = value;
  return true;
}

/* All of it is encoded, the braces too: bare JSON is none of it. */
bool emu_aws_request_read(emu_aws_request *request, const char *token) {
  memset(request, 0, sizeof *request);
  char *plain = *token == '{' ? NULL : emu_aws_unescape(token, strlen(token));
  if (plain) request->tree = cai_json_parse(plain, strlen(plain), "subject token", NULL);
  cai_free_secret(plain);
  request->method = cai_json_string(request->tree, "method");
  request->body = cai_json_string(request->tree, "body");
  if (!request->body) request->body = "";
  const cJSON *headers = cJSON_GetObjectItemCaseSensitive(request->tree, "headers"), *item;
  bool right = request->method && cJSON_IsArray(headers) && take_url(request, cai_json_string(request->tree, "url"));
  cJSON_ArrayForEach(item, headers) right = right && take_header(request, item);
  return right;
}

void emu_aws_request_fini(emu_aws_request *request) {
  cai_json_free_secret(request->tree);
  cai_free(request->host);
  cai_free(request->path);
  cai_free(request->query);
}

const char *emu_aws_request_header(const emu_aws_request *request, const char *name) {
  for (int i = 0; i < request->header_count; i++)
    if (strcmp(request->headers[i].name, name) == 0) return request->headers[i].value;
  return NULL;
}

static bool has_field(const char *query, const char *field) {
  size_t len = strlen(field);
  while (*query) {
    size_t item = strcspn(query, "&");
    if (item == len && memcmp(query, field, len) == 0) return true;
    query += item;
    if (*query) query++;
  }
  return false;
}

bool emu_aws_request_is_identity(const emu_aws_request *request) {
  static const char end[] = ".amazonaws.com";
  size_t len = strlen(request->host);
  return strcmp(request->method, "POST") == 0 && strcmp(request->path, "/") == 0 && !*request->body &&
         strncmp(request->host, "sts.", 4) == 0 && len >= 3 + sizeof end - 1 &&
         strcmp(request->host + len - (sizeof end - 1), end) == 0 &&
         has_field(request->query, "Action=GetCallerIdentity") && has_field(request->query, "Version=2011-06-15");
}
