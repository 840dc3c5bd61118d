/* SPDX-License-Identifier: MIT
 * The message of one choice, added up from deltas. */
#ifndef CAI_MESSAGE_H
#define CAI_MESSAGE_H

#include "content.h"
#include "think.h"
#include "toolcall.h"
#include "voice.h"

enum { CAI_REASONING_CONTENT, CAI_REASONING, CAI_REASONING_TEXT, CAI_REFUSAL, CAI_MESSAGE_PROSES };

typedef struct cai_message {
  cai_content content;
  cai_prose proses[CAI_MESSAGE_PROSES];
  cai_fields fields; /* members that we do not interpret, and the role */
  cai_toolcalls calls;
  cai_toolcall function_call; /* the one call of before there were tools */
  bool has_function_call;
  cai_think think;
} cai_message;

/* `think_tag` as in think.h; it must outlive the message. */
void cai_message_init(cai_message *message, const char *think_tag);
void cai_message_fini(cai_message *message);

typedef enum cai_message_how {
  CAI_MESSAGE_DELTA,
  CAI_MESSAGE_WHOLE, /* each call in it is one, not a piece */
  CAI_MESSAGE_AGAIN  /* after deltas: it repeats them, and counts for what they did not bring */
} cai_message_how;

/* Adds a delta, or a message, and says what it brings. 0, NOMEM or TOO_LARGE. */
int cai_message_add(cai_message *message, cai_room *room, cai_span delta, cai_message_how how, cai_voice *voice);

/* When nothing more will come, complete or not: says what was held back as it could have been a tag. 0, NOMEM or
 * TOO_LARGE. */
int cai_message_settle(cai_message *message, cai_room *room, cai_voice *voice);

/* At the end: completes the calls and says one CHATABI_TOOL event for each. 0, NOMEM, TOO_LARGE or INTERNAL. */
int cai_message_finish(cai_message *message, cai_voice *voice);

/* Appends it as JSON. */
void cai_message_write(const cai_message *message, cai_buf *out);

#endif
