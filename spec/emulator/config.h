/* SPDX-License-Identifier: MIT
 * /emulator/config: what a test may change while the emulator runs. */
#ifndef EMU_CONFIG_H
#define EMU_CONFIG_H

#include "exchange.h"

/* As the options want it, and the rest as it is in the real world. */
void emu_config_init(emu_config *config, const emu_options *options);

enum MHD_Result emu_config_show(emu_exchange *exchange);
enum MHD_Result emu_config_set(emu_exchange *exchange);

#endif
