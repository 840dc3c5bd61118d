/* SPDX-License-Identifier: MIT
 * The listening sockets on the loopback interface, one for HTTP and one for HTTPS. Each connection has a thread of its
 * own: a handler may wait wherever it is. */
#ifndef EMU_SERVER_H
#define EMU_SERVER_H

#include <microhttpd.h>

#include "emulator.h"

typedef struct emu_server {
  struct MHD_Daemon *plain;
  struct MHD_Daemon *secure; /* NULL without TLS */
} emu_server;

/* Opens both and puts the URLs into `emu`. False with a line on stderr. */
bool emu_server_start(emu_server *server, emu_state *emu);

/* Ends all connections and waits for their threads. The stop pipe must be readable, or a stalled answer would hold this
 * up. */
void emu_server_stop(emu_server *server);

#endif
