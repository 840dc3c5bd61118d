/* SPDX-License-Identifier: MIT
 * Short words for what every test here does: make a client for the emulator, ask it something, read the answer to its
 * end. Through chatabi.h alone, as any host would. */
#ifndef FLOW_TALK_H
#define FLOW_TALK_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "chatabi.h"
#include "emulator.h"

/* A client of the emulator's OpenAI path over HTTP, with further options as pairs up to a NULL. */
chatabi_client *talk_client(const flow_emulator *emulator, ...);

/* The same of its Vertex path over HTTPS. Credentials from `source`, `value`; NULL: the user's file. */
chatabi_client *talk_vertex(const flow_emulator *emulator, const char *source, const char *value, ...);

typedef struct talk_about {
  const char *prompt;  /* NULL: "Hi" */
  const char *fault;   /* for the emulator; NULL: none */
  const char *more;    /* further members of the body, ",\"n\":2"; NULL: none */
  const char *options; /* further members of the request options; NULL: none */
  bool whole;          /* not streamed */
} talk_about;

chatabi_request *talk_ask(chatabi_client *client, talk_about about);

typedef struct talk_end {
  int code;        /* CHATABI_DONE or an error */
  int events;      /* before it */
  int kinds[6];    /* events of each kind */
  char text[8192]; /* all deltas of kind TEXT, as far as there is room */
  size_t text_len; /* all of it */
} talk_end;

/* Reads to the end; fails the test when that takes more than 20 s. */
talk_end talk_drain(chatabi_request *request);

/* A member of the result by a path of names and, for arrays, numbers: "choices.0.message.content". The text is valid
 * until the next call; numbers come as text; "" when there is none. */
const char *talk_result(chatabi_request *request, const char *path);
const char *talk_error(chatabi_request *request, const char *path);
const char *talk_status(chatabi_client *client, const char *path);
long talk_counter(chatabi_client *client, const char *path);

void talk_sleep(int ms);
long long talk_now_ms(void);

#endif
