/* SPDX-License-Identifier: MIT
 * One HTTP request and its answer. Lives from the request's head to the end of the answer, on its connection's thread.
 */
#ifndef EMU_EXCHANGE_H
#define EMU_EXCHANGE_H

#include <microhttpd.h>

#include "base/buf.h"
#include "emulator.h"

enum { EMU_BODY_MAX = 64 << 20, EMU_REPLY_HEADERS = 8 };

typedef struct emu_exchange {
  emu_state *emu;
  struct MHD_Connection *connection;
  const char *method; /* borrowed from the server library, as are header values */
  char *path;         /* owned */
  bool secure;
  cai_buf body;
  uint64_t entry; /* in the journal */
  struct {
    char name[48];
    char value[256];
  } headers[EMU_REPLY_HEADERS]; /* of the answer */
  int header_count;
  int status; /* of the answer; 0 until it begins */
  emu_fault fault;
  uint64_t chunks; /* events of the stream that were handed out */
  bool is_chat;    /* counted as one */
  bool own_end;    /* we cut it, or all of it was handed out */
  bool gone;       /* the client went away before the end */
} emu_exchange;

/* NULL when out of memory. */
emu_exchange *emu_exchange_new(emu_state *emu, struct MHD_Connection *connection, const char *path, const char *method,
                               bool secure);
void emu_exchange_free(emu_exchange *exchange);

/* Notes it in the journal; the body is complete. */
void emu_exchange_begin(emu_exchange *exchange);

/* The server library is through with it: what the journal and the counters still need. */
void emu_exchange_end(emu_exchange *exchange, bool complete);

/* Request header and query value; NULL when absent. */
const char *emu_exchange_header(const emu_exchange *exchange, const char *name);
const char *emu_exchange_query(const emu_exchange *exchange, const char *name);

/* The token of "Authorization: Bearer", or NULL. */
const char *emu_exchange_bearer(const emu_exchange *exchange);

/* Collects the faults of the request itself, else takes a waiting one. False after answering 400 for a fault that is
 * none. */
bool emu_exchange_take_fault(emu_exchange *exchange, emu_fault_kind kind, enum MHD_Result *answered);

/* Adds a header to the answer. What does not fit is left out. */
void emu_exchange_set(emu_exchange *exchange, const char *name, const char *value);

/* The emulator's time as a header has it. Source: RFC 9110, 5.6.7. */
enum { EMU_DATE_TEXT = 64 };
void emu_exchange_date(const emu_exchange *exchange, int64_t ahead_s, char text[EMU_DATE_TEXT]);

/* Sleeps, awake early (false) when the client goes away or the emulator ends. -1: until then. */
bool emu_exchange_wait(emu_exchange *exchange, int64_t wait_ms);

/* Sends the answer, and releases `response`. */
enum MHD_Result emu_exchange_send(emu_exchange *exchange, int status, const char *type, struct MHD_Response *response);
enum MHD_Result emu_exchange_reply(emu_exchange *exchange, int status, const char *type, const char *body, size_t len);
enum MHD_Result emu_exchange_text(emu_exchange *exchange, int status, const char *text);

/* Sends the JSON in `json` and empties it; 500 when it has an error. */
enum MHD_Result emu_exchange_json(emu_exchange *exchange, int status, cai_buf *json);

/* A page such as a proxy answers with. */
enum MHD_Result emu_exchange_html(emu_exchange *exchange, int status);

#endif
