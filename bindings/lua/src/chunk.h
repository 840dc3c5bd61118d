/* SPDX-License-Identifier: MIT
 * One event of a stream as a table. */
#ifndef CLA_CHUNK_H
#define CLA_CHUNK_H

#include "handles.h"

/* Pushes the event that chatabi_request_next just returned. */
void cla_chunk_push(lua_State *L, cla_stream *stream, int event);

#endif
