/* SPDX-License-Identifier: MIT
 * The environment's part of the network settings, read once on the host's thread. */
#ifndef CAI_ENVIRONMENT_H
#define CAI_ENVIRONMENT_H

#include "../engine/settings.h"

/* Proxies, NO_PROXY and SSL_CERT_FILE, where no option was set. 0 or CHATABI_E_NOMEM. */
int cai_environment_read(cai_settings *settings);

#endif
