/* SPDX-License-Identifier: MIT
 * The options of a client: one table, from which settings are filled and the reference page is made. */
#ifndef CAI_CONFIG_H
#define CAI_CONFIG_H

#include <stddef.h>

#include "../base/err.h"
#include "../engine/settings.h"

/* Fills settings with the defaults. 0 or CHATABI_E_NOMEM. */
int cai_config_defaults(cai_settings *settings);

/* Sets one option; `value` NULL restores its default. 0, CHATABI_E_CONFIG with a message that names key, value and what
 * would be right, or NOMEM. On failure the old value stays. */
int cai_config_set(cai_settings *settings, const char *key, const char *value, cai_err *err);

/* Chooses the source of credentials, with the same returns. */
int cai_config_set_auth(cai_settings *settings, const char *source, const char *value, cai_err *err);

/* Completes what depends on other options or the environment; the last step before the thread starts. Reads the
 * environment. */
int cai_config_freeze(cai_settings *settings, cai_err *err);

/* Row `index` of the table for the reference page; false behind the last. */
typedef struct cai_config_row {
  const char *group, *key, *kind, *initial, *help;
} cai_config_row;

bool cai_config_describe(size_t index, cai_config_row *row);

#endif
