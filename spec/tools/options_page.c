/* SPDX-License-Identifier: MIT
 * Prints the reference page of the options, from the table that the library itself uses: options_page > core/OPTIONS.md
 */
#include <stdio.h>
#include <string.h>

#include "client/config.h"

static const struct {
  const char *group, *title;
} groups[] = {{"where", "Where requests go"}, {"time", "How long"},          {"size", "How much"}, {"net", "How"},
              {"auth", "Credentials"},        {"tape", "Record and replay"}, {"log", "Log"}};

static void print_row(const cai_config_row *row) {
  printf("| `%s` | %s | %s%s%s | %s |\n", row->key, row->kind, row->initial && *row->initial ? "`" : "",
         row->initial ? row->initial : "", row->initial && *row->initial ? "`" : "", row->help);
}

int main(void) {
  puts("# Options\n");
  puts(
      "Made from `core/src/client/options.def`; do not edit. Set with `chatabi_client_set(client, key, value)` in C, "
      "as fields of");
  puts("`chatabi.new{}` in Lua. All are text in C: numbers decimal, times in milliseconds.");
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    printf("\n## %s\n\n| option | value | default | |\n| --- | --- | --- | --- |\n", groups[i].title);
    cai_config_row row;
    for (size_t at = 0; cai_config_describe(at, &row); at++)
      if (strcmp(row.group, groups[i].group) == 0) print_row(&row);
  }
  return 0;
}
