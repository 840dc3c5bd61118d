/* SPDX-License-Identifier: MIT
 * The server library calls pull() on the connection's thread whenever it has room; what one call returns leaves as one
 * write. So a call never returns more than one event, except in a flood. */
#include "stream.h"

#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "breakage.h"
#include "gzip.h"
#include "whole.h"

enum { OUT_MAX = 1 << 30 };

typedef struct emu_stream {
  emu_exchange *exchange; /* borrowed; lives longer */
  emu_prompt *prompt;     /* owned */
  emu_answer *answer;     /* owned */
  emu_surface surface;
  emu_script script;
  emu_frame frame;
  emu_gzip gzip;
  cai_buf json;  /* the event without its frame */
  cai_buf out;   /* what is on its way */
  size_t sent;   /* of out */
  size_t end_at; /* of a whole body: where a cut or a stall comes; 0: nowhere */
  cai_buf flood; /* one framed event, made at the first */
  bool whole;
  bool told_done;
  bool over; /* nothing follows what is in out */
} emu_stream;

static void stream_free(void *arg) {
  emu_stream *stream = arg;
  emu_answer_fini(stream->answer);
  cai_free(stream->answer);
  emu_prompt_fini(stream->prompt);
  cai_free(stream->prompt);
  cai_buf_fini(&stream->json);
  cai_buf_fini(&stream->out);
  cai_buf_fini(&stream->flood);
  cai_free(stream);
}

/* ---- what goes wrong within the stream ---- */

static bool is_due(const emu_stream *stream, int number) {
  const emu_fault *fault = &stream->exchange->fault;
  return fault->on[number] && stream->exchange->chunks == (uint64_t)fault->arg[number];
}

/* The server library would close politely, with FIN. Linux sends RST when a socket is told to forget its peer;
 * elsewhere a close without lingering does. */
static void reset_connection(const emu_exchange *exchange) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  struct linger hard = {.l_onoff = 1, .l_linger = 0};
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  if (!info) return;
  setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  if (connect(info->connect_fd, &nobody, sizeof nobody)) return;
}

/* True when the connection is to end here. */
static bool is_cut(emu_stream *stream, bool due) {
  emu_exchange *exchange = stream->exchange;
  const emu_fault *fault = &exchange->fault;
  if (!due) return false;
  if (fault->on[EMU_STALL]) {
    emu_exchange_wait(exchange, -1);
    return true;
  }
  if (fault->on[EMU_RESET]) reset_connection(exchange);
  exchange->own_end = true;
  return true;
}

/* ---- events ---- */

static const char half[] = "{\"id\":\"chatcmpl-broken\",\"choices\":[{\"delta\":{\"content\":\"half a ch";

static bool make_event(emu_stream *stream) {
  const emu_fault *fault = &stream->exchange->fault;
  cai_buf_reset(&stream->json);
  if (is_due(stream, EMU_GARBAGE)) {
    emu_frame_event(&stream->frame, half, sizeof half - 1, &stream->out);
    return true;
  }
  if (stream->exchange->chunks == 0) emu_frame_start(&stream->frame, &stream->out);
  if (emu_script_next(&stream->script, &stream->json)) {
    emu_frame_event(&stream->frame, cai_buf_view(&stream->json), stream->json.len, &stream->out);
    return true;
  }
  if (stream->told_done || fault->on[EMU_NO_DONE]) return false;
  stream->told_done = true;
  emu_frame_done(&stream->frame, &stream->out);
  return true;
}

static bool pause_before(const emu_stream *stream) {
  emu_exchange *exchange = stream->exchange;
  const emu_fault *fault = &exchange->fault;
  int64_t pace_ms = fault->on[EMU_PACE] ? fault->arg[EMU_PACE] : exchange->emu->config.pace_ms;
  if (exchange->chunks == 0) return !fault->on[EMU_SLOW_BODY] || emu_exchange_wait(exchange, fault->arg[EMU_SLOW_BODY]);
  return pace_ms <= 0 || emu_exchange_wait(exchange, pace_ms);
}

static void pack(emu_stream *stream) {
  if (!stream->exchange->fault.on[EMU_GZIP]) return;
  if (stream->out.len) emu_gzip_wrap(&stream->gzip, &stream->out);
  if (stream->over || stream->whole) emu_gzip_end(&stream->gzip, &stream->out);
}

/* Fills `out` with the next event. False when the connection is to end at once; with `over` set and `out` empty it ends
 * properly. */
static bool next_event(emu_stream *stream) {
  cai_buf_reset(&stream->out);
  stream->sent = 0;
  bool due = is_due(stream, EMU_CUT) || is_due(stream, EMU_RESET) || is_due(stream, EMU_STALL);
  if (is_cut(stream, due) || !pause_before(stream)) return false;
  if (emu_breakage_write(&stream->frame, stream->surface, stream->exchange->chunks, &stream->out) ||
      !make_event(stream))
    stream->over = true;
  else
    stream->exchange->chunks++;
  pack(stream);
  return stream->out.error == 0;
}

/* As many equal events as there is room for. */
static ssize_t pull_flood(emu_stream *stream, char *room, size_t max) {
  if (!stream->flood.len) {
    cai_buf_reset(&stream->json);
    emu_script_flood(&stream->script, &stream->json);
    emu_frame_event(&stream->frame, cai_buf_view(&stream->json), stream->json.len, &stream->flood);
  }
  size_t size = stream->flood.len, used = 0;
  if (!size || size > max) return MHD_CONTENT_READER_END_WITH_ERROR;
  for (; stream->script.flood_left && used + size <= max; used += size) {
    memcpy(room + used, stream->flood.data, size);
    stream->script.flood_left--;
    stream->exchange->chunks++;
  }
  return (ssize_t)used;
}

/* The same, packed: into `out`, as its size is not that of one event. */
static void next_flood(emu_stream *stream) {
  enum { BATCH = 40 };
  cai_buf_reset(&stream->out);
  stream->sent = 0;
  for (int i = 0; i < BATCH && stream->script.flood_left; i++) {
    cai_buf_reset(&stream->json);
    emu_script_flood(&stream->script, &stream->json);
    emu_frame_event(&stream->frame, cai_buf_view(&stream->json), stream->json.len, &stream->out);
    stream->script.flood_left--;
    stream->exchange->chunks++;
  }
  pack(stream);
}

static ssize_t pull_out(emu_stream *stream, char *room, size_t max) {
  size_t left = stream->out.len - stream->sent;
  if (stream->exchange->fault.on[EMU_DRIBBLE]) left = 1;
  if (left > max) left = max;
  memcpy(room, stream->out.data + stream->sent, left);
  stream->sent += left;
  return (ssize_t)left;
}

static ssize_t pull_whole(emu_stream *stream, char *room, size_t max) {
  emu_exchange *exchange = stream->exchange;
  if (stream->sent == 0 && exchange->fault.on[EMU_SLOW_BODY] &&
      !emu_exchange_wait(exchange, exchange->fault.arg[EMU_SLOW_BODY]))
    return MHD_CONTENT_READER_END_WITH_ERROR;
  if (is_cut(stream, stream->end_at && stream->sent >= stream->end_at)) return MHD_CONTENT_READER_END_WITH_ERROR;
  if (stream->sent == stream->out.len) return MHD_CONTENT_READER_END_OF_STREAM;
  if (stream->end_at && max > stream->end_at - stream->sent) max = stream->end_at - stream->sent;
  return pull_out(stream, room, max);
}

static ssize_t pull(void *arg, uint64_t position, char *room, size_t max) {
  emu_stream *stream = arg;
  (void)position;
  if (stream->whole) return pull_whole(stream, room, max);
  if (stream->sent == stream->out.len && !stream->over) {
    bool floods = emu_script_floods(&stream->script);
    if (floods && !stream->exchange->fault.on[EMU_GZIP]) return pull_flood(stream, room, max);
    if (floods)
      next_flood(stream);
    else if (!next_event(stream))
      return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  if (stream->sent < stream->out.len) return pull_out(stream, room, max);
  stream->exchange->own_end = true;
  return MHD_CONTENT_READER_END_OF_STREAM;
}

/* ---- beginning ---- */

static enum MHD_Result send_events(emu_stream *stream) {
  emu_exchange *exchange = stream->exchange;
  struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, pull, stream, stream_free);
  if (!response) stream_free(stream);
  if (response && exchange->fault.on[EMU_CLOSE_DELIMITED])
    MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
  emu_exchange_set(exchange, "Cache-Control", "no-cache");
  return emu_exchange_send(exchange, 200, "text/event-stream; charset=utf-8", response);
}

static enum MHD_Result send_whole(emu_stream *stream) {
  emu_exchange *exchange = stream->exchange;
  const emu_fault *fault = &exchange->fault;
  stream->whole = true;
  emu_whole_write(&stream->script, &stream->out);
  pack(stream);
  if (stream->out.error) {
    stream_free(stream);
    return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  }
  if (fault->on[EMU_CUT] || fault->on[EMU_RESET] || fault->on[EMU_STALL]) stream->end_at = stream->out.len / 2;
  struct MHD_Response *response = MHD_create_response_from_callback(stream->out.len, 16384, pull, stream, stream_free);
  if (!response) stream_free(stream);
  return emu_exchange_send(exchange, 200, "application/json; charset=UTF-8", response);
}

enum MHD_Result emu_stream_send(emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_answer *answer,
                                emu_dialect dialect) {
  emu_stream *stream = cai_calloc(1, sizeof *stream);
  if (!stream) {
    emu_answer_fini(answer);
    cai_free(answer);
    emu_prompt_fini(prompt);
    cai_free(prompt);
    return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  }
  stream->exchange = exchange;
  stream->prompt = prompt;
  stream->answer = answer;
  stream->surface = place->surface;
  cai_buf_init(&stream->json, OUT_MAX);
  cai_buf_init(&stream->out, OUT_MAX);
  cai_buf_init(&stream->flood, OUT_MAX);
  stream->frame = (emu_frame){.fault = &exchange->fault, .dialect = dialect};
  if (exchange->fault.on[EMU_GZIP]) emu_exchange_set(exchange, "Content-Encoding", "gzip");
  emu_script_init(&stream->script, answer, prompt, dialect);
  stream->script.without_finish = exchange->fault.on[EMU_NO_FINISH];
  return prompt->stream ? send_events(stream) : send_whole(stream);
}
