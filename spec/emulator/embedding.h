/* SPDX-License-Identifier: MIT
 * Embeddings: vectors of length one that depend on the text alone. */
#ifndef EMU_EMBEDDING_H
#define EMU_EMBEDDING_H

#include "place.h"

enum MHD_Result emu_embedding(emu_exchange *exchange, const emu_place *place);

#endif
