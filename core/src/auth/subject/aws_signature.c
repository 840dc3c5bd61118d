/* SPDX-License-Identifier: MIT */
#include "aws_signature.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/url.h"
#include "chatabi.h"

enum { DIGEST = 32, DATE = 8, MAX_TEXT = 256 * 1024, BETWEEN = 1 };

static void write_hex(const unsigned char *bytes, size_t len, cai_buf *out) {
  for (size_t i = 0; i < len; i++) cai_buf_format(out, "%02x", bytes[i]);
}

static int write_hash(const void *bytes, size_t len, cai_buf *out) {
  unsigned char digest[DIGEST];
  if (EVP_Digest(len ? bytes : "", len, digest, NULL, EVP_sha256(), NULL) != 1) return CHATABI_E_INTERNAL;
  write_hex(digest, sizeof digest, out);
  return out->error;
}

static void escape_byte(unsigned char byte, cai_buf *out) {
  const char text[] = {(char)byte, '\0'};
  if (byte)
    cai_url_escape(out, text);
  else
    cai_buf_text(out, "%00");
}

static void drop_segment(cai_buf *out) {
  while (out->len && out->data[--out->len] != '/') continue;
  if (out->data) out->data[out->len] = '\0';
}

static bool is_dots(const char *segment, size_t len, const char *dots) {
  return len == strlen(dots) && memcmp(segment, dots, len) == 0;
}

/* Without dot segments and empty ones, each byte that is not unreserved escaped (once more, if it was already). */
static void write_path(const char *path, cai_buf *out) {
  cai_buf clean;
  bool open = true; /* ends with '/' */
  cai_buf_init(&clean, MAX_TEXT);
  while (*path) {
    path += strspn(path, "/");
    size_t len = strcspn(path, "/");
    bool up = is_dots(path, len, "..");
    bool skipped = len == 0 || up || is_dots(path, len, ".");
    if (up) drop_segment(&clean);
    if (!skipped) cai_buf_byte(&clean, '/');
    for (size_t i = 0; !skipped && i < len; i++) escape_byte((unsigned char)path[i], &clean);
    path += len;
    open = skipped || *path == '/';
  }
  cai_buf_text(out, cai_buf_view(&clean));
  if (open) cai_buf_byte(out, '/');
  if (clean.error) out->error = clean.error;
  cai_buf_fini(&clean);
}

static int hex_of(char digit) {
  static const char digits[] = "0123456789abcdef";
  const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* Escapes what may be escaped already, in the one way that the signature wants. */
static void rewrite(const char *text, size_t len, cai_buf *out) {
  for (size_t i = 0; i < len; i++) {
    int high = text[i] == '%' && i + 2 < len ? hex_of(text[i + 1]) : -1;
    int low = high < 0 ? -1 : hex_of(text[i + 2]);
    escape_byte(low < 0 ? (unsigned char)text[i] : (unsigned char)(high * 16 + low), out);
    if (low >= 0) i += 2;
  }
}

/* Name and value with a byte between them that is less than all others, so that sorting is by name, then value. */
static char *make_pair(const char *text, size_t len) {
  cai_buf pair;
  const char *equals = memchr(text, '=', len);
  size_t name_len = equals ? (size_t)(equals - text) : len;
  cai_buf_init(&pair, MAX_TEXT);
  rewrite(text, name_len, &pair);
  cai_buf_byte(&pair, BETWEEN);
  if (equals) rewrite(equals + 1, len - name_len - 1, &pair);
  char *made = cai_buf_take(&pair);
  cai_buf_fini(&pair);
  return made;
}

static int by_text(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static size_t split_query(const char *query, char **pairs, bool *ok) {
  size_t count = 0;
  while (*query && *ok) {
    query += strspn(query, "&");
    size_t len = strcspn(query, "&");
    if (len) *ok = (pairs[count++] = make_pair(query, len)) != NULL;
    query += len;
  }
  return count;
}

static void write_pairs(char **pairs, size_t count, cai_buf *out) {
  qsort(pairs, count, sizeof *pairs, by_text);
  for (size_t i = 0; i < count; i++) {
    char *between = strchr(pairs[i], BETWEEN);
    if (between) *between = '=';
    if (i) cai_buf_byte(out, '&');
    cai_buf_text(out, pairs[i]);
  }
}

static int write_query(const char *query, cai_buf *out) {
  if (!query || !*query) return 0;
  bool ok = true;
  char **pairs = cai_calloc(strlen(query), sizeof *pairs);
  if (!pairs) return CHATABI_E_NOMEM;
  size_t count = split_query(query, pairs, &ok);
  if (ok) write_pairs(pairs, count, out);
  for (size_t i = 0; i < count; i++) cai_free(pairs[i]);
  cai_free(pairs);
  return ok ? out->error : CHATABI_E_NOMEM;
}

static int by_name(const void *one, const void *other) {
  return strcasecmp(((const cai_header *)one)->name, ((const cai_header *)other)->name);
}

/* Borrowed text, ended by a name that is NULL; NULL when out of memory. */
static cai_header *sort_headers(const cai_headers *headers) {
  cai_header *sorted = cai_calloc(headers->count + 1, sizeof *sorted);
  if (!sorted) return NULL;
  for (size_t i = 0; i < headers->count; i++) sorted[i] = headers->items[i];
  qsort(sorted, headers->count, sizeof *sorted, by_name);
  return sorted;
}

static void write_lower(const char *text, cai_buf *out) {
  for (; *text; text++) cai_buf_byte(out, (char)tolower((unsigned char)*text));
}

/* White space around it goes, that within becomes one blank. */
static void write_trimmed(const char *text, cai_buf *out) {
  for (text += strspn(text, " \t"); *text;) {
    size_t len = strcspn(text, " \t");
    cai_buf_append(out, text, len);
    text += len;
    text += strspn(text, " \t");
    if (*text) cai_buf_byte(out, ' ');
  }
}

static void write_names(const cai_header *sorted, cai_buf *out) {
  for (size_t i = 0; sorted[i].name; i++) {
    if (i) cai_buf_byte(out, ';');
    write_lower(sorted[i].name, out);
  }
}

static void write_headers(const cai_header *sorted, cai_buf *out) {
  for (size_t i = 0; sorted[i].name; i++) {
    write_lower(sorted[i].name, out);
    cai_buf_byte(out, ':');
    write_trimmed(sorted[i].value, out);
    cai_buf_byte(out, '\n');
  }
  cai_buf_byte(out, '\n');
  write_names(sorted, out);
}

int cai_aws_signature_canonical(const cai_aws_request *request, cai_buf *out) {
  cai_header *sorted = sort_headers(request->headers);
  if (!sorted) return CHATABI_E_NOMEM;
  cai_buf_format(out, "%s\n", request->method);
  write_path(request->path, out);
  cai_buf_byte(out, '\n');
  int error = write_query(request->query, out);
  if (!error) {
    cai_buf_byte(out, '\n');
    write_headers(sorted, out);
    cai_buf_byte(out, '\n');
    error = write_hash(request->payload, request->payload_len, out);
  }
  cai_free(sorted);
  return error ? error : out->error;
}

static void write_scope(const cai_aws_request *request, cai_buf *out) {
  cai_buf_format(out, "%.*s/%s/%s/aws4_request", DATE, request->time, request->region, request->service);
}

int cai_aws_signature_text(const cai_aws_request *request, cai_buf *out) {
  cai_buf canonical;
  cai_buf_init_secret(&canonical, MAX_TEXT);
  int error = cai_aws_signature_canonical(request, &canonical);
  if (!error) {
    cai_buf_format(out, "AWS4-HMAC-SHA256\n%s\n", request->time);
    write_scope(request, out);
    cai_buf_byte(out, '\n');
    error = write_hash(canonical.data, canonical.len, out);
  }
  cai_buf_fini(&canonical);
  return error;
}

/* Replaces the key by the next one: each is the one before, applied to one more word. */
static int derive(unsigned char *key, const char *text, size_t len) {
  unsigned char next[DIGEST];
  bool ok = HMAC(EVP_sha256(), key, DIGEST, (const unsigned char *)text, len, next, NULL) != NULL;
  memcpy(key, next, ok ? sizeof next : 0);
  cai_cleanse(next, sizeof next);
  return ok ? 0 : CHATABI_E_INTERNAL;
}

static int first_key(const cai_aws_request *request, const char *secret, unsigned char *key) {
  cai_buf seed;
  cai_buf_init_secret(&seed, MAX_TEXT);
  cai_buf_text(&seed, "AWS4");
  int error = cai_buf_text(&seed, secret);
  if (!error && !HMAC(EVP_sha256(), seed.data, (int)seed.len, (const unsigned char *)request->time, DATE, key, NULL))
    error = CHATABI_E_INTERNAL;
  cai_buf_fini(&seed);
  return error;
}

static int write_signature(const cai_aws_request *request, const char *secret, const cai_buf *text, cai_buf *out) {
  static const char last[] = "aws4_request";
  unsigned char key[DIGEST] = {0};
  int error = first_key(request, secret, key);
  if (!error) error = derive(key, request->region, strlen(request->region));
  if (!error) error = derive(key, request->service, strlen(request->service));
  if (!error) error = derive(key, last, sizeof last - 1);
  if (!error) error = derive(key, text->data, text->len);
  if (!error) write_hex(key, sizeof key, out);
  cai_cleanse(key, sizeof key);
  return error;
}

int cai_aws_signature_sign(const cai_aws_request *request, const char *access_key_id, const char *secret_access_key,
                           cai_buf *out) {
  cai_buf text;
  cai_header *sorted = sort_headers(request->headers);
  if (!sorted) return CHATABI_E_NOMEM;
  cai_buf_init(&text, MAX_TEXT);
  int error = cai_aws_signature_text(request, &text);
  if (!error) {
    cai_buf_format(out, "AWS4-HMAC-SHA256 Credential=%s/", access_key_id);
    write_scope(request, out);
    cai_buf_text(out, ", SignedHeaders=");
    write_names(sorted, out);
    cai_buf_text(out, ", Signature=");
    error = write_signature(request, secret_access_key, &text, out);
  }
  cai_free(sorted);
  cai_buf_fini(&text);
  return error ? error : out->error;
}
