/* SPDX-License-Identifier: MIT
 * Refusals that were asked for: by a fault, or for everything that goes to one location. */
#ifndef EMU_REFUSAL_H
#define EMU_REFUSAL_H

#include "place.h"

/* True with the problem to send, and with the headers that belong to it set. */
bool emu_refusal_wanted(emu_exchange *exchange, const emu_place *place, emu_problem *problem);

/* The shape of errors that a fault names; that of the surface when it names none. `number` becomes the fault's. */
emu_shape emu_refusal_shape(const emu_fault *fault, int *number);

#endif
