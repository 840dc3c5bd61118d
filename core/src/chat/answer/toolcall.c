/* SPDX-License-Identifier: MIT
 *
 * Which call a fragment belongs to: an id that is known decides first (Vertex changes the index in the middle of a
 * call), then the index, then the order. A new id alone begins no call (LM Studio sends one with every fragment): it
 * takes a name too. Names, ids and types are set, not strung together (Vertex repeats them in every fragment). */
#include "toolcall.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/random.h"
#include "chatabi.h"

enum { CALLS_MAX = 128, ID_DIGITS = 24 };

void cai_toolcall_init(cai_toolcall *call) {
  memset(call, 0, sizeof *call);
  cai_prose_init(&call->id);
  cai_prose_init(&call->name);
  cai_prose_init(&call->arguments);
}

void cai_toolcall_fini(cai_toolcall *call) {
  cai_prose_fini(&call->id);
  cai_prose_fini(&call->name);
  cai_prose_fini(&call->arguments);
  cai_fields_fini(&call->fields);
  cai_fields_fini(&call->function_fields);
}

void cai_toolcalls_fini(cai_toolcalls *calls) {
  for (size_t i = 0; i < calls->count; i++) cai_toolcall_fini(&calls->items[i]);
  cai_free(calls->items);
  cai_free(calls->bound);
  *calls = (cai_toolcalls){NULL, 0, NULL};
}

static bool same(const cai_prose *prose, cai_span string) {
  return prose->raw.len && prose->raw.len + 2 == string.len &&
         memcmp(prose->raw.data, string.at + 1, prose->raw.len) == 0;
}

/* A place in calls->items, or count for a new call. Of two with one id it is the later one. */
static size_t by_id(const cai_toolcalls *calls, cai_span id) {
  for (size_t i = calls->count; cai_scan_is_filled(id) && i > 0; i--)
    if (same(&calls->items[i - 1].id, id)) return i - 1;
  return calls->count;
}

static size_t by_index(const cai_toolcalls *calls, int64_t index) {
  for (size_t i = calls->count; i > 0; i--)
    if (calls->bound[i - 1] == index) return i - 1;
  return calls->count;
}

/* Does a named fragment that points to `call` begin another one all the same? Arguments as an object are never a
 * fragment (Ollama). */
static bool begins_another(const cai_toolcall *call, cai_span id, cai_span name, cai_span arguments) {
  if (!cai_scan_is_filled(name)) return false;
  if (cai_scan_is_filled(id)) return call->id.raw.len > 0;
  bool renamed = call->name.raw.len && !same(&call->name, name);
  if (!call->arguments.raw.len) return renamed && cai_scan_is_object(arguments);
  if (renamed || cai_scan_is_object(arguments)) return true;
  return cai_scan_is_filled(arguments) && cai_nesting_is_whole(&call->nesting);
}

/* No arguments yet, whatever stands there: some write {} until the first piece of them comes. */
static bool is_blank(const cai_toolcall *call) {
  const cai_buf *raw = &call->arguments.raw;
  if (!raw->len) return true;
  bool has_brackets = raw->len >= 2 && *raw->data == '{' && raw->data[raw->len - 1] == '}';
  return has_brackets && strspn(raw->data + 1, " \\nrt") == raw->len - 2;
}

/* Does all that is there come once more? */
static bool repeats(const cai_toolcall *call, cai_span arguments) {
  cai_buf quoted;
  if (call->is_custom || !cai_nesting_is_whole(&call->nesting)) return false;
  if (!cai_scan_is_object(arguments)) return same(&call->arguments, arguments);
  cai_buf_init(&quoted, SIZE_MAX / 2);
  cai_scan_quote(&quoted, arguments.at, arguments.len);
  bool is = !quoted.error && same(&call->arguments, (cai_span){quoted.data, quoted.len});
  cai_buf_fini(&quoted);
  return is;
}

/* Some servers take the function's name for an id, or count calls from 0 in every answer. Pieces of one call never go
 * on behind its arguments, and the same arguments are the same call told again. */
static bool shares_id(const cai_toolcall *call, cai_span name, cai_span arguments) {
  bool is_more = cai_scan_is_object(arguments) || cai_scan_is_filled(arguments);
  return is_more && cai_scan_is_filled(name) && !is_blank(call) && cai_nesting_is_whole(&call->nesting) &&
         !repeats(call, arguments);
}

static size_t place_of(const cai_toolcalls *calls, cai_span delta, cai_span function, int64_t index) {
  cai_span id = cai_scan_get(delta, "id"), name = cai_scan_get(function, "name");
  cai_span arguments = cai_scan_get(function, "arguments");
  size_t at = by_id(calls, id);
  if (at < calls->count) return shares_id(&calls->items[at], name, arguments) ? calls->count : at;
  if (index >= 0) {
    at = by_index(calls, index);
    bool another = at < calls->count && begins_another(&calls->items[at], id, name, arguments);
    return another ? calls->count : at;
  }
  return cai_scan_is_filled(id) || cai_scan_is_filled(name) || !calls->count ? calls->count : calls->count - 1;
}

static int append(cai_toolcalls *calls) {
  if (calls->count == CALLS_MAX) return CHATABI_E_TOO_LARGE;
  cai_toolcall *items = cai_realloc(calls->items, (calls->count + 1) * sizeof *items);
  if (!items) return CHATABI_E_NOMEM;
  calls->items = items;
  int64_t *bound = cai_realloc(calls->bound, (calls->count + 1) * sizeof *bound);
  if (!bound) return CHATABI_E_NOMEM;
  calls->bound = bound;
  cai_toolcall_init(&items[calls->count]);
  bound[calls->count++] = -1;
  return 0;
}

static void bind(cai_toolcalls *calls, size_t at, int64_t index) {
  if (index < 0) return;
  for (size_t i = 0; i < calls->count; i++)
    if (calls->bound[i] == index) calls->bound[i] = -1;
  calls->bound[at] = index;
}

static int set_once(cai_prose *prose, cai_room *room, cai_span string) {
  return prose->raw.len ? 0 : cai_prose_add(prose, room, string);
}

/* Set once; but some proxies cut names in pieces, and others send them again, longer. */
static int add_name(cai_toolcall *call, cai_room *room, cai_span name) {
  cai_buf *raw = &call->name.raw;
  if (!cai_scan_is_filled(name)) return 0;
  if (!raw->len) return cai_prose_add(&call->name, room, name);
  if (same(&call->name, name) || call->arguments.raw.len) return 0;
  if (name.len - 2 > raw->len && memcmp(raw->data, name.at + 1, raw->len) == 0) cai_buf_reset(raw);
  return cai_prose_add(&call->name, room, name);
}

static void empty(cai_toolcall *call) {
  cai_buf_reset(&call->arguments.raw);
  memset(&call->nesting, 0, sizeof call->nesting);
}

/* A second object: its members join those of the first, or it has them itself. */
static int add_object(cai_toolcall *call, cai_room *room, cai_span object) {
  cai_buf *raw = &call->arguments.raw, quoted;
  cai_span key, value;
  cai_scan scan = cai_scan_members(object);
  if (!cai_scan_member(&scan, &key, &value)) return 0;
  cai_buf_init(&quoted, SIZE_MAX / 2);
  int error = cai_scan_quote(&quoted, object.at, object.len);
  size_t open = raw->len - 1; /* without its bracket */
  bool grows = !error && quoted.len > open && memcmp(quoted.data + 1, raw->data, open) == 0;
  if (!error) error = cai_room_take(room, quoted.len);
  if (!error) {
    raw->len = grows ? 0 : open;
    if (!grows) cai_buf_byte(raw, ',');
    error = cai_buf_append(raw, quoted.data + (grows ? 1 : 2), quoted.len - (grows ? 2 : 3));
  }
  cai_buf_fini(&quoted);
  return error;
}

static int add_arguments(cai_toolcall *call, cai_room *room, cai_span value) {
  const cai_buf *raw = &call->arguments.raw;
  bool is_object = cai_scan_is_object(value);
  if (repeats(call, value)) return 0;
  if (raw->len && !call->is_custom && is_blank(call) && (is_object || (value.len > 2 && value.at[1] == '{')))
    empty(call);
  if (is_object && cai_nesting_is_whole(&call->nesting) && raw->data[raw->len - 1] == '}')
    return add_object(call, room, value);
  size_t before = raw->len;
  int error =
      is_object ? cai_prose_add_raw(&call->arguments, room, value) : cai_prose_add(&call->arguments, room, value);
  if (!error && raw->len > before) cai_nesting_feed(&call->nesting, raw->data + before, raw->len - before);
  return error;
}

int cai_toolcall_add_function(cai_toolcall *call, cai_room *room, cai_span function) {
  cai_span key, value;
  int error = 0;
  cai_scan scan = cai_scan_members(function);
  while (!error && cai_scan_member(&scan, &key, &value)) {
    if (cai_scan_key_is(key, "name"))
      error = add_name(call, room, value);
    else if (cai_scan_key_is(key, call->is_custom ? "input" : "arguments"))
      error = add_arguments(call, room, value);
    else
      error = cai_fields_merge(&call->function_fields, room, key, value);
  }
  return error;
}

static int add_custom(cai_toolcall *call, cai_room *room, cai_span key, cai_span value) {
  if (!cai_scan_is_object(value)) return cai_fields_merge(&call->fields, room, key, value);
  call->is_custom = true;
  return cai_toolcall_add_function(call, room, value);
}

static bool is_member_empty(cai_span key, cai_span value) {
  if (cai_scan_key_is(key, "index") || cai_scan_key_is(key, "type")) return true;
  return cai_scan_is_null(value) || (cai_scan_is_string(value) && !cai_scan_is_filled(value));
}

/* A delta that says nothing begins no call: nobody could answer it. */
static bool is_empty(cai_span delta, cai_span function) {
  cai_span key, value;
  bool is = true;
  cai_scan scan = cai_scan_members(delta);
  while (is && cai_scan_member(&scan, &key, &value)) is = value.at == function.at || is_member_empty(key, value);
  scan = cai_scan_members(function);
  while (is && cai_scan_member(&scan, &key, &value)) is = is_member_empty(key, value);
  return is;
}

int cai_toolcalls_add(cai_toolcalls *calls, cai_room *room, cai_span delta, bool is_whole) {
  cai_span key, value, function = cai_scan_get(delta, "function");
  if (!function.at) function = cai_scan_get(delta, "custom");
  int64_t index;
  if (!cai_scan_is_object(delta)) return 0;
  if (!cai_scan_int(cai_scan_get(delta, "index"), &index)) index = -1;
  size_t at = is_whole ? calls->count : place_of(calls, delta, function, index);
  if (at == calls->count && !is_whole && is_empty(delta, function)) return 0;
  int error = at == calls->count ? append(calls) : 0;
  if (error) return error;
  bind(calls, at, index);
  cai_toolcall *call = &calls->items[at];
  cai_scan scan = cai_scan_members(delta);
  while (!error && cai_scan_member(&scan, &key, &value)) {
    if (cai_scan_key_is(key, "id"))
      error = set_once(&call->id, room, value);
    else if (cai_scan_key_is(key, "function"))
      error = cai_toolcall_add_function(call, room, value);
    else if (cai_scan_key_is(key, "custom"))
      error = add_custom(call, room, key, value);
    else if (!cai_scan_key_is(key, "index"))
      error = cai_fields_merge(&call->fields, room, key, value);
  }
  return error;
}

static int complete(cai_toolcall *call) {
  char digits[ID_DIGITS + 1];
  int error = call->is_custom ? 0 : cai_arguments_mend(&call->arguments);
  if (error || call->id.raw.len) return error;
  error = cai_random_hex(digits, ID_DIGITS);
  return error ? error : cai_buf_format(&call->id.raw, "call_%s", digits);
}

int cai_toolcalls_complete(cai_toolcalls *calls) {
  int error = 0;
  for (size_t i = 0; !error && i < calls->count; i++) error = complete(&calls->items[i]);
  return error;
}

void cai_toolcall_write_function(const cai_toolcall *call, cai_buf *out) {
  bool first = false;
  cai_buf_text(out, "{\"name\":");
  cai_prose_write(&call->name, out);
  cai_buf_text(out, call->is_custom ? ",\"input\":" : ",\"arguments\":");
  cai_prose_write(&call->arguments, out);
  cai_fields_write(&call->function_fields, NULL, out, &first);
  cai_buf_byte(out, '}');
}

void cai_toolcall_write(const cai_toolcall *call, cai_buf *out) {
  static const char *const own[] = {"type", NULL};
  cai_span type = cai_fields_get(&call->fields, "type");
  bool first = false;
  cai_buf_text(out, "{\"id\":");
  cai_prose_write(&call->id, out);
  cai_buf_text(out, ",\"type\":");
  if (cai_scan_is_filled(type))
    cai_buf_append(out, type.at, type.len);
  else
    cai_buf_text(out, call->is_custom ? "\"custom\"" : "\"function\"");
  cai_buf_text(out, call->is_custom ? ",\"custom\":" : ",\"function\":");
  cai_toolcall_write_function(call, out);
  cai_fields_write(&call->fields, own, out, &first);
  cai_buf_byte(out, '}');
}
