/* SPDX-License-Identifier: MIT
 * A command line as one text, taken apart as a POSIX shell would, without a shell: words, quotes and backslashes, and
 * nothing is expanded. */
#ifndef CAI_SUBJECT_ARGV_H
#define CAI_SUBJECT_ARGV_H

#include "../../base/command.h"

/* Adds the words to the command. 0, CHATABI_E_NOMEM, or CHATABI_E_ARG: a quote is not closed, nothing follows the last
 * backslash, or there is no word. */
int cai_argv_split(const char *text, cai_command *command);

#endif
