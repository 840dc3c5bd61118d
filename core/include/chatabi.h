/* SPDX-License-Identifier: MIT
 *
 * chatabi: OpenAI-style chat completions over a small, stable C ABI.
 *
 * A client holds configuration, credentials, one connection pool and one I/O thread. A request is one
 * chat completion; its answer is pulled event by event. Nothing calls back into the host, and nothing
 * needs a struct, a macro, a varargs call or a global: any language that can call C can use this file.
 *
 *     chatabi_client *client = chatabi_client_new();
 *     chatabi_client_set(client, "project", "my-project");
 *     chatabi_request *request = chatabi_client_send(client, body, strlen(body), NULL);
 *     while ((event = chatabi_request_next(request, -1)) > 0 && event != CHATABI_DONE)
 *         if (event == CHATABI_TEXT) fputs(chatabi_request_text(request, NULL), stdout);
 *     chatabi_request_free(request);
 *     chatabi_client_free(client);
 *
 * Threads. chatabi_client_send, _wake, _set_auth with source "token", chatabi_request_cancel and _state may be
 * called from any thread at any time; every other call on one handle from one thread at a time, not always the same
 * one. A thread that waits in chatabi_client_ready does not count: another may call _log, _status and _stop meanwhile,
 * and read the client's requests. A handle must not be used after, or while, it is freed.
 *
 * Text. All text is UTF-8. Text that is returned is NUL-terminated, and where a `size_t *len` is offered it receives
 * the length in bytes, without the NUL; `len` may be NULL. "Borrowed until X" means: the library owns it; copy it if it
 * is needed after X. Nothing returned by this library is ever passed to free().
 *
 * NULL. A NULL handle is an error and never a crash: functions that return a code return CHATABI_E_ARG, functions that
 * return a pointer return NULL, chatabi_client_wake, chatabi_request_cancel and the two _free functions do nothing.
 *
 * fork. A handle that was made before a fork is dead in the child: every call on it returns CHATABI_E_FORKED (or NULL)
 * at once, _free included, which does nothing there; a new client made in the child works. The parent notices nothing.
 *
 * Units. Times are in milliseconds and end in _ms; a timeout of 0 never blocks, -1 waits without limit.
 *
 * The lines between the two cdef markers below can be given to LuaJIT's ffi.cdef and to Python's cffi as they stand.
 */
#ifndef CHATABI_H
#define CHATABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* cdef begin */

typedef struct chatabi_client chatabi_client;
typedef struct chatabi_request chatabi_request;

/* What chatabi_request_next returns when it has an event. Numbers are never changed; new kinds may be added, so treat
 * one that you do not know like CHATABI_OTHER. */
enum {
  CHATABI_TEXT = 1,      /* text of the answer */
  CHATABI_REASONING = 2, /* text of the model's reasoning, where the server shows it */
  CHATABI_TOOL = 3,      /* one tool call, assembled whole */
  CHATABI_OTHER = 4,     /* a chunk with none of these: a role, a piece of a tool call, usage */
  CHATABI_DONE = 5,      /* the answer is complete; final */
  CHATABI_REFUSAL = 6    /* text of a refusal, which comes in the answer's place */
};

/* Error codes: 0 is success, errors are negative. Numbers are never changed; new ones may be added. */
enum {
  CHATABI_OK = 0,
  CHATABI_E_NOMEM = -1,
  CHATABI_E_ARG = -2,
  CHATABI_E_CONFIG = -3,
  CHATABI_E_STATE = -4,
  CHATABI_E_FORKED = -5,
  CHATABI_E_JSON = -6,
  CHATABI_E_UNSUPPORTED = -7,
  CHATABI_E_BODY = -8,
  CHATABI_E_REPLAY = -9,
  CHATABI_E_AUTH_SOURCE = -10,
  CHATABI_E_AUTH_EXCHANGE = -11,
  CHATABI_E_AUTH_HOST = -12,
  CHATABI_E_DNS = -20,
  CHATABI_E_CONNECT = -21,
  CHATABI_E_TLS = -22,
  CHATABI_E_TIMEOUT = -23,
  CHATABI_E_DISCONNECT = -24,
  CHATABI_E_INVALID_REQUEST = -30,
  CHATABI_E_UNAUTHENTICATED = -31,
  CHATABI_E_PERMISSION = -32,
  CHATABI_E_NOT_FOUND = -33,
  CHATABI_E_RATE_LIMIT = -34,
  CHATABI_E_SERVER = -35,
  CHATABI_E_BLOCKED = -36,
  CHATABI_E_PROTOCOL = -40,
  CHATABI_E_TOO_LARGE = -41,
  CHATABI_E_TRUNCATED = -42,
  CHATABI_E_TOO_MANY = -43,
  CHATABI_E_TOO_LONG = -44,
  CHATABI_E_BUSY = -45,
  CHATABI_E_BUDGET = -46,
  CHATABI_E_CANCELLED = -50,
  CHATABI_E_CLOSED = -51,
  CHATABI_E_INTERNAL = -99
};

/* What chatabi_request_state returns. */
enum {
  CHATABI_STATE_QUEUED = 1,     /* waits for its turn (option max_in_flight) */
  CHATABI_STATE_AUTH = 2,       /* waits for a credential */
  CHATABI_STATE_CONNECTING = 3, /* name, connection, TLS, and the request on its way */
  CHATABI_STATE_WAITING = 4,    /* sent; nothing has come back yet */
  CHATABI_STATE_STREAMING = 5,  /* the answer is arriving */
  CHATABI_STATE_RETRYING = 6,   /* waits before another attempt */
  CHATABI_STATE_DONE = 7,       /* complete on the wire; events may still be unread */
  CHATABI_STATE_FAILED = 8      /* ended with an error; events may still be unread */
};

/* What chatabi_request_info can be asked for. */
enum {
  CHATABI_INFO_ID = 1,                /* number of this request within its client, from 1 */
  CHATABI_INFO_HTTP_STATUS = 2,       /* of the last HTTP response */
  CHATABI_INFO_ATTEMPTS = 3,          /* HTTP requests made for this answer, retries included */
  CHATABI_INFO_RETRY_AFTER_MS = 4,    /* what the server asked us to wait, when it refused */
  CHATABI_INFO_FIRST_BYTE_MS = 5,     /* from send to the first byte of the answer's body */
  CHATABI_INFO_FIRST_TEXT_MS = 6,     /* from send to the first event with text */
  CHATABI_INFO_TOTAL_MS = 7,          /* from send to the end */
  CHATABI_INFO_PROMPT_TOKENS = 8,     /* usage, as last reported by the server */
  CHATABI_INFO_COMPLETION_TOKENS = 9, /* likewise */
  CHATABI_INFO_TOTAL_TOKENS = 10,     /* likewise */
  CHATABI_INFO_RETRYABLE = 11,        /* after an error: 1 when sending again may help, else 0 */
  CHATABI_INFO_CHOICE = 12,           /* index of the choice that the current event belongs to (bodies with n > 1) */
  CHATABI_INFO_HTTP_VERSION = 13,     /* 10, 11, 20, 30: of the last HTTP response */
  CHATABI_INFO_BYTES = 14,            /* bytes of answer received so far */
  CHATABI_INFO_OUTPUT_TOKENS = 15,    /* all that the model wrote, reasoning included, however the server counts it */
  CHATABI_INFO_REASONING_TOKENS = 16, /* of these, reasoning */
  CHATABI_INFO_CACHED_TOKENS = 17,    /* of the prompt's, those that came from a cache */
  CHATABI_INFO_FINISH = 18,           /* why the model stopped: a CHATABI_FINISH_ number */
  CHATABI_INFO_PLACE = 19             /* where the last attempt went: 0 as configured, 1 the first fallback ... */
};

/* Why the model stopped, for CHATABI_INFO_FINISH; of the first choice. The answer is complete on the wire with each, so
 * chatabi_request_next returns CHATABI_DONE, but only with STOP and TOOL_CALLS did the model end by itself. */
enum {
  CHATABI_FINISH_NONE = 0, /* the server did not say (yet) */
  CHATABI_FINISH_STOP = 1,
  CHATABI_FINISH_LENGTH = 2,         /* max_tokens or the model's own limit: the answer is cut */
  CHATABI_FINISH_TOOL_CALLS = 3,     /* answer the calls and send again */
  CHATABI_FINISH_CONTENT_FILTER = 4, /* the provider withheld the answer or the rest of it */
  CHATABI_FINISH_OTHER = 5           /* see finish_reason in the result */
};

/* ---- library --------------------------------------------------------------------------------------------------- */

/* Version of this ABI: 1. It changes only when a program built against an older header would break, which is not
 * planned. A binding compares it with the version that it was written for and refuses a mismatch. Any thread. */
unsigned chatabi_abi_version(void);

/* "chatabi/0.1.0 (libcurl/7.88.1 OpenSSL/3.0.17 ...)": our release, and libcurl and its TLS library as in use right
 * now. Static; never NULL. Any thread. */
const char *chatabi_version(void);

/* Name of an error code without its prefix, "RATE_LIMIT"; "OK" for 0, "UNKNOWN" for a number that is no code. Static;
 * never NULL. Any thread. */
const char *chatabi_error_name(int code);

/* One English sentence about an error code. chatabi_request_message says more about one case. Static; never NULL. Any
 * thread. */
const char *chatabi_error_text(int code);

/* ---- client ---------------------------------------------------------------------------------------------------- */

/* A new client with default configuration: provider vertex, credentials by Application Default Credentials. Starts no
 * thread, opens nothing, reads nothing. NULL only when out of memory. Free with chatabi_client_free. */
chatabi_client *chatabi_client_new(void);

/* Sets option `key` to `value`; both are copied. Options are listed in core/OPTIONS.md; `value` NULL restores the
 * default. Numbers are decimal text, times milliseconds. Returns 0, CHATABI_E_CONFIG for an unknown key or a value that
 * it does not take (chatabi_client_message then names both and what would be right; the old value stays),
 * CHATABI_E_STATE after the first send or start. */
int chatabi_client_set(chatabi_client *client, const char *key, const char *value);

/* Chooses where credentials come from. `value` is copied; its memory inside the library is overwritten before release.
 * - "adc": Google's Application Default Credentials (value NULL): GOOGLE_APPLICATION_CREDENTIALS and other variables of
 *   the environment, the file that `gcloud auth application-default login` writes, the metadata server. The default for
 *   provider vertex; but when it was not named, its token goes to Google's hosts and to this machine only, not to
 *   a foreign base_url.
 * - "file": value is the path of a Google credential file, of any type
 * - "json": value is the JSON text of such a file, or base64 of it; of types that make the process read files, ask URLs
 *   or run programs only with option auth_allow_external
 * - "metadata": the metadata server of GCE, GKE and Cloud Run; value NULL or a service account's email
 * - "gcloud": the gcloud command's own login (gcloud auth login), by running gcloud in the background; value NULL or
 * the account's email
 * - "token": value is an access token, used as it is. May be set again at any time, from any thread: the next attempt
 * of any request uses it
 * - "api_key": value is an API key, sent the way the provider wants it
 * - "none": no credentials. The default for provider compatible
 * Returns 0, CHATABI_E_CONFIG for an unknown source or unusable value, CHATABI_E_STATE after the first send or start
 * (except "token" after "token"). No file is read and no network used here: a credential that is missing or broken is
 * reported by the first request that needs it. All types and places: core/CREDENTIALS.md. Source:
 * https://google.aip.dev/auth/4110 (order of places), AIP-4111 and 4112 (service accounts), AIP-4117 (external
 * accounts). */
int chatabi_client_set_auth(chatabi_client *client, const char *source, const char *value);

/* Why the last chatabi_client_set, _set_auth or _start on this client failed; "" when it did not. (A token that
 * replaces a token may come from any thread and leaves no message.) Borrowed until the next call of one of these. NULL
 * for a NULL or forked client. */
const char *chatabi_client_message(chatabi_client *client);

/* Optional warm-up: freezes the configuration, starts the I/O thread, and lets it load the CA certificates and fetch a
 * credential and open a connection to the endpoint ahead of the first request. Returns at once: 0, or an error of the
 * configuration (message as above). What fails later in the warm-up is not an error: the first request tries again. */
int chatabi_client_start(chatabi_client *client);

/* Sends a chat completion: `body` is the JSON object that POST .../chat/completions takes, `len` its length in bytes;
 * it is copied. It is written as OpenAI documents it; what this server wants differently is changed on the way
 * (core/DIALECTS.md; option dialect). With "stream": true events arrive as the server sends them, else when the answer
 * is whole; the calls are the same. `options` is NULL or a JSON object for this request only: "path" (default
 * "/chat/completions"), "method" ("POST" by default; "GET" and "DELETE" go without a body when `len` is 0), "headers"
 * (object; a null value removes one), "connect_timeout_ms", "first_byte_timeout_ms", "idle_timeout_ms",
 * "total_timeout_ms", "max_retries". Never blocks. Anything wrong (body not JSON, unknown option, no credentials,
 * unreachable host) is reported by the request. NULL only when out of memory or for a NULL or forked client. The caller
 * frees the request. Any thread. Source: https://platform.openai.com/docs/api-reference/chat/create,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview. */
chatabi_request *chatabi_client_send(chatabi_client *client, const char *body, size_t len, const char *options);

/* A request of this client that has something to read (an event, DONE or an error that was not read yet), taking turns
 * among them; waits for one up to `timeout_ms`. NULL: none in time, or chatabi_client_wake ended the wait. The pointer
 * is borrowed: it is one of those that chatabi_client_send returned, so free it once, as that. A request whose end was
 * read is not returned again. */
chatabi_request *chatabi_client_ready(chatabi_client *client, int timeout_ms);

/* A file descriptor that is readable (poll, select, epoll, libuv, asyncio) exactly while chatabi_client_ready would
 * return a request. Made at the first call; owned by the client and closed with it. Only poll it, never read or close
 * it. -1 where the platform has no such thing or the process has no descriptor left. */
int chatabi_client_fd(chatabi_client *client);

/* Ends every wait now in progress on this client (chatabi_client_ready, chatabi_request_next of its requests); when
 * there is none, the next wait returns at once. Never blocks. Any thread. */
void chatabi_client_wake(chatabi_client *client);

/* Takes the oldest line from the client's log, or NULL when it is empty: "2026-01-31T12:00:00.000Z info request 1:
 * ...". Secrets are never in it. Lines are kept up to a limit, the oldest dropped first; option log_level chooses which
 * are made. With option log_telemetry one for each finished request is of level "telemetry" and ends with a JSON object
 * of OpenTelemetry's GenAI attributes. Borrowed until the next call of chatabi_client_log. */
const char *chatabi_client_log(chatabi_client *client);

/* State of the client as a JSON object without secrets: credential type and principal, project, location (when it is
 * set or found), endpoint, token expiry, last renewal and its error, counters of requests, renewals, connections and
 * used tokens.
 * Borrowed until the next call of chatabi_client_status. NULL only when out of memory or for a NULL or forked client.
 */
const char *chatabi_client_status(chatabi_client *client);

/* Orderly end: cancels every request (each ends with CHATABI_E_CLOSED), closes connections and waits up to `timeout_ms`
 * for the I/O thread to finish. 0 when it has, CHATABI_E_TIMEOUT when it is still at it (it goes on ending by itself).
 * After it, requests can still be read and freed; a new send fails with CHATABI_E_CLOSED. */
int chatabi_client_stop(chatabi_client *client, int timeout_ms);

/* Releases the client; live requests end with CHATABI_E_CLOSED and stay valid until they are freed, in any order. Never
 * blocks: the I/O thread ends by itself. NULL is allowed. */
void chatabi_client_free(chatabi_client *client);

/* ---- request --------------------------------------------------------------------------------------------------- */

/* Takes the next event, waiting up to `timeout_ms` for it. One event a call:
 *   > 0  an event (CHATABI_TEXT ...); chatabi_request_text and _json describe it
 *     0  nothing in time (timeout, or chatabi_client_wake)
 *   < 0  the request ended with this error
 * CHATABI_DONE and errors are final and are returned again by every later call. Events that arrived before an error
 * come first. After chatabi_request_cancel no event is returned any more, only CHATABI_E_CANCELLED. */
int chatabi_request_next(chatabi_request *request, int timeout_ms);

/* Text of the current event: the delta for TEXT, REASONING and REFUSAL, the function's name for TOOL, else "". Borrowed
 * until the next chatabi_request_next or _free of this request. */
const char *chatabi_request_text(chatabi_request *request, size_t *len);

/* JSON of the current event: for TEXT, REASONING, REFUSAL and OTHER the chunk as the server sent it, for TOOL the
 * assembled call {"id","type","function":{"name","arguments"},...} as it stands in the final message. Each chunk of the
 * server is the JSON of exactly one event: when a chunk makes two (reasoning and text, two choices), the later ones
 * have "". For DONE: "". Borrowed until the next chatabi_request_next or _free of this request. */
const char *chatabi_request_json(chatabi_request *request, size_t *len);

/* The whole answer as one chat.completion object, the same whether it was streamed or not; its choices[].message can be
 * sent back as it is. For another path: what the server sent. After an error: what had arrived before it, or "" when
 * nothing had. NULL before the end (DONE or an error) was returned by chatabi_request_next, when out of memory, and,
 * only after chatabi_request_cancel, for as long as the I/O thread is in the middle of reading a large piece: ask
 * again. Borrowed until the request is freed. */
const char *chatabi_request_result(chatabi_request *request, size_t *len);

/* 0 while running and after DONE, else the error that ended the request. As seen through chatabi_request_next: it does
 * not overtake unread events. */
int chatabi_request_error(chatabi_request *request);

/* What went wrong and what to do about it, in a sentence or two; "" without an error. Borrowed until the request is
 * freed. */
const char *chatabi_request_message(chatabi_request *request);

/* The error as a JSON object:
 * {"code","name","message","http_status","provider_code","provider_status","provider_type","provider_reason",
 * "provider_message","param","quota","limit","retryable","retry_after_ms","request_id","auth","hint","body"}, members
 * present where known; "" without an error. "quota" is the server's name of what ran out ("requests", "tokens", a quota
 * of Google's), "limit" the option whose limit ended the request. "auth" is there when the credential brought no token:
 * {"stage" (locate, subject_token, sts, impersonate, oauth, metadata, command), "http_status","error","error_subtype",
 * "reason","transient","hint"}. Borrowed until the request is freed. */
const char *chatabi_request_error_json(chatabi_request *request);

/* Where the request is: a CHATABI_STATE_ number. Any thread. */
int chatabi_request_state(chatabi_request *request);

/* A number about the request: `what` is a CHATABI_INFO_ number. -1 when it is not known (yet), `what` is no such
 * number, or the handle is NULL or forked. */
int64_t chatabi_request_info(chatabi_request *request, int what);

/* A header of the last HTTP response by its name, in any case; of several with this name the last. NULL when there is
 * none, and until the first event or the end was returned by chatabi_request_next. Borrowed until the request is freed.
 */
const char *chatabi_request_header(chatabi_request *request, const char *name);

/* As chatabi_client_fd, for this request: readable exactly while chatabi_request_next(request, 0) would return
 * something that was not read yet. Owned by the request and closed when it is freed. */
int chatabi_request_fd(chatabi_request *request);

/* Ends the request: its connection is closed (an HTTP/2 stream reset), so that the server stops too, and after the call
 * returns no event of it is delivered. Does nothing after the end. Never blocks. Any thread. */
void chatabi_request_cancel(chatabi_request *request);

/* Cancels if it is still running, and releases the request. Never blocks. NULL is allowed. */
void chatabi_request_free(chatabi_request *request);

/* cdef end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
