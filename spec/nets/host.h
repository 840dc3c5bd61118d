/* SPDX-License-Identifier: MIT
 * What the C hosts share: the library loaded as FFI hosts load it, by name at run time, so that one program runs with
 * every variant of it (CHATABI_NET_LIB). */
#ifndef NETS_HOST_H
#define NETS_HOST_H

#include "chatabi.h"

typedef struct library {
  void *handle;
  chatabi_client *(*client_new)(void);
  int (*client_set)(chatabi_client *, const char *, const char *);
  int (*client_set_auth)(chatabi_client *, const char *, const char *);
  const char *(*client_message)(chatabi_client *);
  int (*client_start)(chatabi_client *);
  chatabi_request *(*client_send)(chatabi_client *, const char *, size_t, const char *);
  chatabi_request *(*client_ready)(chatabi_client *, int);
  int (*client_fd)(chatabi_client *);
  void (*client_wake)(chatabi_client *);
  const char *(*client_log)(chatabi_client *);
  const char *(*client_status)(chatabi_client *);
  int (*client_stop)(chatabi_client *, int);
  void (*client_free)(chatabi_client *);
  int (*request_next)(chatabi_request *, int);
  const char *(*request_text)(chatabi_request *, size_t *);
  const char *(*request_json)(chatabi_request *, size_t *);
  const char *(*request_result)(chatabi_request *, size_t *);
  int (*request_error)(chatabi_request *);
  const char *(*request_message)(chatabi_request *);
  const char *(*request_error_json)(chatabi_request *);
  int (*request_state)(chatabi_request *);
  int64_t (*request_info)(chatabi_request *, int);
  const char *(*request_header)(chatabi_request *, const char *);
  int (*request_fd)(chatabi_request *);
  void (*request_cancel)(chatabi_request *);
  void (*request_free)(chatabi_request *);
} library;

/* Loads CHATABI_NET_LIB; ends the process when it cannot. */
void library_open(library *lib);

/* A client for `path` ("/10/10") on the test server. */
chatabi_client *library_client(const library *lib, const char *path);
/* One that has to get a token first. */
chatabi_client *library_client_with_credential(const library *lib);
chatabi_request *library_send(const library *lib, chatabi_client *client);

/* Reads to the end; the number of text events, or -1 and a word on stderr when it does not end with DONE. */
int library_finish(const library *lib, chatabi_request *request);

/* Ends the process with code 1 and the expression on stderr when it does not hold. */
#define MUST(expression) ((expression) ? (void)0 : host_fail(__FILE__, __LINE__, #expression))
_Noreturn void host_fail(const char *file, int line, const char *expression);

void host_nap(int ms);
/* CHATABI_NET_DELAY_MS. */
int host_delay_ms(void);

#endif
