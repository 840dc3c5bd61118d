/* SPDX-License-Identifier: MIT */
#include "parameters.h"

static const cai_parameter table[] = {
#define CAI_PARAMETER(scope, name, vertex, garden, gemini, openai, compatible, note)                     \
  {CAI_SCOPE_##scope,                                                                                    \
   #name,                                                                                                \
   {CAI_ACTION_KEEP, CAI_ACTION_##vertex, CAI_ACTION_##garden, CAI_ACTION_##gemini, CAI_ACTION_##openai, \
    CAI_ACTION_##compatible},                                                                            \
   note},
#include "parameters.def"
#undef CAI_PARAMETER
};

static const char *const texts[] = {
#define CAI_ACTION(name, text) text,
    CAI_ACTIONS
#undef CAI_ACTION
};

const cai_parameter *cai_parameter_at(size_t index) {
  return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

cai_action cai_parameter_action(cai_scope scope, cai_span key, cai_dialect dialect) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (table[i].scope == scope && cai_scan_key_is(key, table[i].name)) return table[i].actions[dialect];
  return CAI_ACTION_KEEP;
}

const char *cai_action_text(cai_action action) { return texts[action]; }
