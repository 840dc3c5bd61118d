/* SPDX-License-Identifier: MIT
 * The lua program catches one Ctrl-C and then restores the default, so a second one kills the script. A chat wants
 * each of them, to end one answer. The handler only sets a flag; it runs on the host's thread, since the library's
 * own thread blocks all signals. */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t interrupted;

#if defined(_WIN32)

static void on_interrupt(int number) {
  signal(number, on_interrupt); /* Windows restores the default before each call */
  interrupted = 1;
}

static int install(void) { return signal(SIGINT, on_interrupt) == SIG_ERR ? -1 : 0; }

#else

static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
}

/* Without SA_RESTART, so that a read which waits for the keyboard returns. */
static int install(void) {
  struct sigaction action = {.sa_handler = on_interrupt};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGINT, &action, NULL);
}

#endif

int cla_interrupted(lua_State *L) {
  static int installed;
  if (!installed) {
    if (install() != 0) return luaL_error(L, "cannot catch Ctrl-C");
    installed = 1;
  }
  lua_pushboolean(L, interrupted != 0);
  interrupted = 0;
  return 1;
}
