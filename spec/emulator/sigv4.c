/* SPDX-License-Identifier: MIT */
#include "sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws_request.h"
#include "base/alloc.h"
#include "base/buf.h"

enum { SKEW_S = 900 };

/* What the Authorization header says; borrowed pieces of `text`. */
typedef struct aws_claim {
  char text[2048];
  char *key_id, *date, *region, *service;
  char *signed_names;
  char *signature;
} aws_claim;

/* ---- taking it apart ---- */

/* The text behind `name`, or NULL. */
static char *part(char *text, const char *name) {
  char *at = strstr(text, name);
  return at && (at == text || at[-1] == ' ' || at[-1] == ',') ? at + strlen(name) : NULL;
}

static bool read_claim(const char *header, aws_claim *claim) {
  static const char algorithm[] = "AWS4-HMAC-SHA256 ";
  if (strncmp(header, algorithm, sizeof algorithm - 1) != 0) return false;
  if ((size_t)snprintf(claim->text, sizeof claim->text, "%s", header + sizeof algorithm - 1) >= sizeof claim->text)
    return false;
  char *credential = part(claim->text, "Credential="), *rest;
  claim->signed_names = part(claim->text, "SignedHeaders=");
  claim->signature = part(claim->text, "Signature=");
  if (!credential || !claim->signed_names || !claim->signature) return false;
  credential[strcspn(credential, ", ")] = '\0';
  claim->signed_names[strcspn(claim->signed_names, ", ")] = '\0';
  claim->signature[strcspn(claim->signature, ", ")] = '\0';
  claim->key_id = strtok_r(credential, "/", &rest);
  claim->date = strtok_r(NULL, "/", &rest);
  claim->region = strtok_r(NULL, "/", &rest);
  claim->service = strtok_r(NULL, "/", &rest);
  const char *end = strtok_r(NULL, "/", &rest);
  return end && strcmp(end, "aws4_request") == 0 && !strtok_r(NULL, "/", &rest) && strcmp(claim->service, "sts") == 0;
}

static bool is_signed(const aws_claim *claim, const char *name) {
  size_t len = strlen(name);
  for (const char *at = claim->signed_names; *at;) {
    size_t item = strcspn(at, ";");
    if (item == len && memcmp(at, name, len) == 0) return true;
    at += item;
    if (*at) at++;
  }
  return false;
}

/* ---- signing it again ---- */

static bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._~", c);
}

static void encode(cai_buf *out, const char *text) {
  for (; *text; text++)
    if (is_plain(*text))
      cai_buf_byte(out, *text);
    else
      cai_buf_format(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static int by_text(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

/* Each "name=value" decoded, encoded as AWS wants it, and all of them in order. */
static void add_query(cai_buf *out, const char *query) {
  enum { FIELDS = 16 };
  char *fields[FIELDS];
  int count = 0;
  while (*query && count < FIELDS) {
    size_t len = strcspn(query, "&"), name_len = strcspn(query, "=&");
    cai_buf field;
    cai_buf_init(&field, 4096);
    char *name = emu_aws_unescape(query, name_len),
         *value = name_len < len ? emu_aws_unescape(query + name_len + 1, len - name_len - 1) : NULL;
    encode(&field, name ? name : "");
    cai_buf_byte(&field, '=');
    encode(&field, value ? value : "");
    cai_free(name);
    cai_free(value);
    fields[count] = cai_buf_take(&field);
    cai_buf_fini(&field);
    if (fields[count]) count++;
    query += len;
    if (*query) query++;
  }
  qsort(fields, (size_t)count, sizeof *fields, by_text);
  for (int i = 0; i < count; i++) {
    if (i) cai_buf_byte(out, '&');
    cai_buf_text(out, fields[i]);
    cai_free(fields[i]);
  }
}

/* Without white space at the ends, and one blank where there were several. */
static void add_value(cai_buf *out, const char *value) {
  bool blank = false, any = false;
  for (; *value; value++) {
    if (*value == ' ' || *value == '\t') {
      blank = any;
      continue;
    }
    if (blank) cai_buf_byte(out, ' ');
    blank = false;
    any = true;
    cai_buf_byte(out, *value);
  }
  cai_buf_byte(out, '\n');
}

static void add_hash(cai_buf *out, const char *text, size_t len) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text, len, hash, &size, EVP_sha256(), NULL) != 1) size = 0;
  for (unsigned i = 0; i < size; i++) cai_buf_format(out, "%02x", hash[i]);
}

/* The names must be lower case and in order, and each there: false otherwise. */
static bool add_headers(cai_buf *out, const emu_aws_request *request, const aws_claim *claim) {
  char last[64] = "", name[64];
  for (const char *at = claim->signed_names; *at;) {
    size_t len = strcspn(at, ";");
    if (len == 0 || len >= sizeof name) return false;
    memcpy(name, at, len);
    name[len] = '\0';
    const char *value = emu_aws_request_header(request, name);
    if (!value || strcmp(last, name) >= 0) return false;
    cai_buf_format(out, "%s:", name);
    add_value(out, value);
    memcpy(last, name, len + 1);
    at += len;
    if (*at) at++;
  }
  cai_buf_format(out, "\n%s\n", claim->signed_names);
  return true;
}

static void chain(unsigned char *key, size_t key_len, const char *text) {
  unsigned char next[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), next, &size)) size = 0;
  memcpy(key, next, 32);
  OPENSSL_cleanse(next, sizeof next);
}

static void sign(const aws_claim *claim, const char *secret, const char *text, char out[65]) {
  unsigned char key[96] = "";
  int len = snprintf((char *)key, sizeof key, "AWS4%s", secret);
  chain(key, (size_t)len, claim->date);
  chain(key, 32, claim->region);
  chain(key, 32, claim->service);
  chain(key, 32, "aws4_request");
  chain(key, 32, text);
  for (int i = 0; i < 32; i++) snprintf(out + 2 * (size_t)i, 3, "%02x", key[i]);
  OPENSSL_cleanse(key, sizeof key);
}

static bool signature_is_right(const emu_aws_request *request, const aws_claim *claim, const char *secret) {
  cai_buf canonical, text;
  char right[65] = "";
  cai_buf_init(&canonical, 65536);
  cai_buf_init(&text, 4096);
  cai_buf_format(&canonical, "%s\n%s\n", request->method, request->path);
  add_query(&canonical, request->query);
  cai_buf_byte(&canonical, '\n');
  bool headers = add_headers(&canonical, request, claim);
  add_hash(&canonical, request->body, strlen(request->body));
  cai_buf_format(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n", emu_aws_request_header(request, "x-amz-date"),
                 claim->date, claim->region, claim->service);
  add_hash(&text, cai_buf_view(&canonical), canonical.len);
  sign(claim, secret, cai_buf_view(&text), right);
  bool same = headers && !canonical.error && !text.error && strlen(claim->signature) == 64 &&
              CRYPTO_memcmp(right, claim->signature, 64) == 0;
  cai_buf_fini(&canonical);
  cai_buf_fini(&text);
  return same;
}

/* ---- the whole ---- */

/* Now, give or take a quarter of an hour, and the day that the key was made for. */
static bool date_is_right(const emu_state *emu, const char *text, const aws_claim *claim) {
  struct tm parts = {.tm_isdst = 0};
  const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &parts);
  if (!end || *end || strlen(text) != 16 || strlen(claim->date) != 8 || memcmp(text, claim->date, 8) != 0) return false;
  int64_t away = (int64_t)timegm(&parts) - emu_now_s(emu);
  return away <= SKEW_S && away >= -SKEW_S;
}

static bool region_is_right(const emu_aws_request *request, const aws_claim *claim) {
  char host[128];
  if (strcmp(request->host, "sts.amazonaws.com") == 0) return strcmp(claim->region, "us-east-1") == 0;
  snprintf(host, sizeof host, "sts.%.80s.amazonaws.com", claim->region);
  return strcmp(host, request->host) == 0;
}

static const char *check_key(const emu_identity *identity, const emu_aws_request *request, const aws_claim *claim,
                             const emu_aws_key **key) {
  *key = strcmp(claim->key_id, identity->aws_user.id) == 0   ? &identity->aws_user
         : strcmp(claim->key_id, identity->aws_role.id) == 0 ? &identity->aws_role
                                                             : NULL;
  if (!*key) return "AWS: InvalidClientTokenId: the access key id does not exist.";
  const char *session = emu_aws_request_header(request, "x-amz-security-token");
  if (strcmp(session ? session : "", (*key)->session) != 0)
    return "AWS: InvalidClientTokenId: the security token is missing or not of this access key.";
  return NULL;
}

/* AWS wants all of its own headers signed; Google, that the audience is. */
static bool needed_are_signed(const emu_aws_request *request, const aws_claim *claim) {
  for (int i = 0; i < request->header_count; i++)
    if (strncmp(request->headers[i].name, "x-amz-", 6) == 0 && !is_signed(claim, request->headers[i].name))
      return false;
  return is_signed(claim, "host") && is_signed(claim, "x-goog-cloud-target-resource");
}

static const char *check(const emu_state *emu, const emu_aws_request *request, const char *audience) {
  static const char *const needed[] = {"host", "x-amz-date", "authorization", "x-goog-cloud-target-resource"};
  aws_claim claim;
  const emu_aws_key *key;
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (!emu_aws_request_header(request, needed[i]))
      return "The AWS request lacks one of host, x-amz-date, authorization, x-goog-cloud-target-resource.";
  if (!emu_aws_request_is_identity(request)) return "The AWS request is not one for GetCallerIdentity.";
  if (strcmp(emu_aws_request_header(request, "host"), request->host) != 0)
    return "The AWS request's host header differs from its URL.";
  if (strcmp(emu_aws_request_header(request, "x-goog-cloud-target-resource"), audience) != 0)
    return "The AWS request's x-goog-cloud-target-resource differs from the audience.";
  if (!read_claim(emu_aws_request_header(request, "authorization"), &claim))
    return "The AWS request's authorization header cannot be read.";
  if (!needed_are_signed(request, &claim)) return "AWS: SignatureDoesNotMatch: a header that has to be signed is not.";
  if (!date_is_right(emu, emu_aws_request_header(request, "x-amz-date"), &claim))
    return "AWS: SignatureDoesNotMatch: the signature is expired, or not of the date in its scope.";
  if (!region_is_right(request, &claim))
    return "AWS: SignatureDoesNotMatch: the credential should be scoped to the region of the host.";
  const char *wrong = check_key(&emu->identity, request, &claim, &key);
  if (wrong) return wrong;
  if (!signature_is_right(request, &claim, key->secret))
    return "AWS: SignatureDoesNotMatch: the signature that was calculated is another one.";
  return NULL;
}

const char *emu_sigv4_check(const emu_state *emu, const char *token, const char *audience) {
  emu_aws_request request;
  const char *wrong = "The AWS request cannot be read.";
  if (emu_aws_request_read(&request, token)) wrong = check(emu, &request, audience);
  emu_aws_request_fini(&request);
  return wrong;
}
