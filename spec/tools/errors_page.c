/* SPDX-License-Identifier: MIT
 * Prints the reference page of the error codes, from the table that the library itself uses: errors_page >
 * core/ERRORS.md
 */
#include <stdio.h>

#include "base/err.h"

typedef struct row {
  const char *name;
  int number;
} row;

static const row rows[] = {
#define CAI_ERROR(name, number, text) {#name, number},
#include "base/errors.def"
#undef CAI_ERROR
};

/* Each begins at its first number and goes on to the next one's. */
static const struct {
  int first;
  const char *title, *about;
} groups[] = {
    {-1, "Before anything is sent",
     "The program, its configuration or the body; sending the same again does not help."},
    {-10, "Credentials", "What was looked for, where, and what to do is in the message and in `auth` of the details."},
    {-20, "On the way", "What may pass is tried again before the first event (option `max_retries`)."},
    {-30, "Refused by the server", "The server's own words are in the message, its codes in the details."},
    {-40, "The answer, and the limits of the client",
     "What had come of the answer is in `chatabi_request_result`. `limit` in the details names the option that ended "
     "it."},
    {-50, "Ended here", "By the program itself."},
    {-99, "Else", "Please report it."},
};

static int after(size_t group) { return group + 1 < sizeof groups / sizeof *groups ? groups[group + 1].first : -1000; }

static void print_group(size_t group) {
  printf("\n## %s\n\n%s\n\n| | | |\n| --- | --- | --- |\n", groups[group].title, groups[group].about);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].number <= groups[group].first && rows[i].number > after(group))
      printf("| %d | `%s` | %s |\n", rows[i].number, rows[i].name, cai_err_text(rows[i].number));
}

int main(void) {
  puts("# Errors\n");
  puts("Made from `core/src/base/errors.def`; do not edit. The numbers are those of `chatabi_request_next` and");
  puts(
      "`chatabi_request_error` (constants `CHATABI_E_...` in C), the names are what every language shows. Neither is "
      "ever");
  puts(
      "changed; new ones may come, so treat an unknown one as a failure. Whether sending again may help is told for "
      "each");
  puts("case (`CHATABI_INFO_RETRYABLE`, `retryable`), and so is what to do: the message says it.");
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) print_group(i);
  return 0;
}
