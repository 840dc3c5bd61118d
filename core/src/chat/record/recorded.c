/* SPDX-License-Identifier: MIT */
#include "recorded.h"

#include <string.h>

#include "../../base/base64.h"
#include "chatabi.h"

enum { VERSION = 1, LAST_CODE = -99, MAX_MS = 1 << 30 };

/* ---- checking ---- */

static bool read_ms(cai_span object, int64_t *ms) {
  return cai_scan_int(cai_scan_get(object, "ms"), ms) && *ms >= 0 && *ms <= MAX_MS;
}

static const char *read_request(cai_recorded *recorded, cai_span request) {
  recorded->method = cai_scan_get(request, "method");
  recorded->path = cai_scan_get(request, "path");
  recorded->body = cai_scan_get(request, "body");
  if (!cai_scan_is_string(recorded->method) || !cai_scan_is_string(recorded->path) || !recorded->body.at)
    return "its request has no method, path or body";
  if (!cai_scan_int(cai_scan_get(request, "attempt"), &recorded->attempt)) recorded->attempt = 1;
  return NULL;
}

static bool are_headers(cai_span headers) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(headers);
  while (cai_scan_member(&scan, &key, &value))
    if (!cai_scan_is_string(value)) return false;
  return cai_scan_is_object(headers);
}

static const char *read_response(cai_recorded *recorded, cai_span response) {
  int64_t status, version;
  if (cai_span_equal(response, "null")) return NULL;
  if (!cai_scan_int(cai_scan_get(response, "status"), &status) || status < 100 || status > 999)
    return "its response has no status";
  if (!cai_scan_int(cai_scan_get(response, "http_version"), &version) || version < 0 || version > 99) version = 0;
  recorded->status = (int)status;
  recorded->http_version = (int)version;
  recorded->headers = cai_scan_get(response, "headers");
  if (!read_ms(response, &recorded->head_ms)) recorded->head_ms = 0;
  return are_headers(recorded->headers) ? NULL : "its response has no headers";
}

/* [ms, "text"] or [ms, "text", "base64"] */
static bool take_piece(cai_span piece, int64_t *ms, cai_span *text, bool *is_base64) {
  cai_span number, form;
  cai_scan scan = cai_scan_elements(piece);
  if (!cai_scan_element(&scan, &number) || !cai_scan_int(number, ms) || *ms < 0 || *ms > MAX_MS) return false;
  if (!cai_scan_element(&scan, text) || !cai_scan_is_string(*text)) return false;
  *is_base64 = cai_scan_element(&scan, &form);
  return !*is_base64 || cai_span_equal(form, "\"base64\"");
}

/* Without escapes, which base64 never needs. */
static bool decode(cai_span text, cai_buf *bytes) { return cai_base64_decode(bytes, text.at + 1, text.len - 2); }

static bool is_piece(cai_span piece) {
  int64_t ms;
  cai_span text;
  bool is_base64, fine = true;
  if (!take_piece(piece, &ms, &text, &is_base64)) return false;
  if (is_base64) {
    cai_buf bytes;
    cai_buf_init(&bytes, SIZE_MAX / 2);
    fine = decode(text, &bytes);
    cai_buf_fini(&bytes);
  }
  return fine;
}

static const char *read_chunks(cai_recorded *recorded, cai_span chunks) {
  cai_span piece;
  cai_scan scan = cai_scan_elements(chunks);
  if (!cai_scan_is_array(chunks)) return "it has no chunks";
  while (cai_scan_element(&scan, &piece))
    if (!is_piece(piece)) return "one of its chunks is not [ms, text] or [ms, text, \"base64\"]";
  recorded->chunks = chunks;
  return NULL;
}

static int code_of(cai_span name) {
  if (!cai_scan_is_string(name)) return 0;
  name = (cai_span){name.at + 1, name.len - 2};
  for (int code = -1; code >= LAST_CODE; code--)
    if (strcmp(cai_err_name(code), "UNKNOWN") != 0 && cai_span_equal(name, cai_err_name(code))) return code;
  return 0;
}

static const char *read_end(cai_recorded *recorded, cai_span end) {
  cai_span error = cai_scan_get(end, "error");
  if (!cai_scan_is_object(end) || !error.at || !read_ms(end, &recorded->end_ms)) return "it has no end";
  recorded->cut = cai_span_equal(cai_scan_get(end, "cut"), "true");
  if (cai_scan_is_null(error)) return recorded->status ? NULL : "it has neither a response nor an error";
  recorded->error = code_of(cai_scan_get(error, "code"));
  recorded->message = cai_scan_get(error, "message");
  return recorded->error && cai_scan_is_string(recorded->message) ? NULL : "its error is none that this version knows";
}

const char *cai_recorded_read(cai_recorded *recorded, cai_span line) {
  cai_span object;
  int64_t version;
  *recorded = (cai_recorded){0};
  if (!cai_scan_value(line.at, line.len, &object)) return "it is not JSON";
  if (!cai_scan_int(cai_scan_get(object, "chatabi_record"), &version)) return "it has no chatabi_record";
  if (version != VERSION) return "its chatabi_record is not 1, the version that this library reads";
  const char *why = read_request(recorded, cai_scan_get(object, "request"));
  if (!why) why = read_response(recorded, cai_scan_get(object, "response"));
  if (!why) why = read_chunks(recorded, cai_scan_get(object, "chunks"));
  return why ? why : read_end(recorded, cai_scan_get(object, "end"));
}

/* ---- playing ---- */

/* A header that none may be is left out, as it is by the network. */
static int set_header(cai_headers *headers, cai_span key, cai_span value) {
  cai_buf name, text;
  cai_buf_init(&name, SIZE_MAX / 2);
  cai_buf_init_secret(&text, SIZE_MAX / 2);
  cai_scan_string((cai_span){key.at - 1, key.len + 2}, &name);
  cai_scan_string(value, &text);
  int error =
      name.error || text.error ? CHATABI_E_NOMEM : cai_headers_set(headers, cai_buf_view(&name), cai_buf_view(&text));
  cai_buf_fini(&name);
  cai_buf_fini(&text);
  return error == CHATABI_E_NOMEM ? error : 0;
}

int cai_recorded_headers(const cai_recorded *recorded, cai_headers *headers) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(recorded->headers);
  int error = 0;
  while (!error && cai_scan_member(&scan, &key, &value)) error = set_header(headers, key, value);
  return error;
}

bool cai_recorded_piece(cai_scan *scan, int64_t *ms, cai_buf *bytes) {
  cai_span piece, text;
  bool is_base64;
  cai_buf_reset(bytes);
  while (!bytes->len && !bytes->error) { /* the network never brings an empty piece */
    if (!cai_scan_element(scan, &piece) || !take_piece(piece, ms, &text, &is_base64)) return false;
    if (is_base64)
      (void)decode(text, bytes);
    else
      cai_scan_string(text, bytes);
  }
  return true;
}

void cai_recorded_err(const cai_recorded *recorded, cai_err *err) {
  cai_buf message;
  cai_err_clear(err);
  if (recorded->cut)
    cai_err_set(err, CHATABI_E_TOO_LARGE,
                "The recording of this answer, in line %zu, is cut: the answer was larger than option "
                "max_response_bytes allowed.",
                recorded->line);
  if (!recorded->error) return;
  cai_buf_init(&message, SIZE_MAX / 2);
  cai_scan_string(recorded->message, &message);
  cai_err_set(err, recorded->error, "%s", cai_buf_view(&message));
  cai_buf_fini(&message);
}
