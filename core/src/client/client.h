/* SPDX-License-Identifier: MIT
 * A client as the host holds it: configuration until it is frozen, then the door to the loop. */
#ifndef CAI_CLIENT_H
#define CAI_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/thread.h"
#include "../engine/loop.h"
#include "chatabi.h"

struct chatabi_client {
  unsigned generation; /* of the process, see life.h */
  cai_loop *loop;      /* counted */
  atomic_llong last_id;
  cai_mutex lock; /* guards `frozen` and, until then, loop->settings */
  bool frozen;
  /* of the thread that configures and reads */
  cai_err message;
  char *log_line;
  char *status;
};

chatabi_client *cai_client_new(void);
void cai_client_free(chatabi_client *client);

int cai_client_set(chatabi_client *client, const char *key, const char *value);
int cai_client_set_auth(chatabi_client *client, const char *source, const char *value);
int cai_client_start(chatabi_client *client);
chatabi_request *cai_client_send(chatabi_client *client, const char *body, size_t len, const char *options);
const char *cai_client_log(chatabi_client *client);
const char *cai_client_status(chatabi_client *client);
int cai_client_stop(chatabi_client *client, int timeout_ms);

#endif
