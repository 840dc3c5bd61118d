/* SPDX-License-Identifier: MIT
 *
 * Two ends make the whole: that of the output, which the loop sees at once, and that of the program, which no
 * descriptor tells, so it is asked for in growing pauses. A program may leave something behind that holds its output
 * open (a shell script's background job); after GRACE_MS of that, what came is taken and the rest is killed. What it
 * left behind and what let go of the output is left alone.
 *
 * When the exit status is lost (see base/process.c), what was printed has to speak for itself. */
#include "program.h"

#include <errno.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/process.h"
#include "chatabi.h"

enum { GRACE_MS = 1000, FIRST_PAUSE_MS = 2, LAST_PAUSE_MS = 250 };

struct cai_program {
  cai_process process;
  cai_process_end end;
  int code;      /* exit status or signal */
  char *name;    /* argv[0] */
  cai_buf text;  /* what it printed */
  int limit_ms;  /* timeout, for the message */
  int64_t until; /* of the clock: killed then; once it has ended: what came until then is taken */
  int64_t look;  /* of the clock: has it ended? */
  int pause_ms;
};

/* ---- start ---- */

static int refuse(cai_err *err, const char *name, int error) {
  switch (error) {
    case ENOENT:
      return cai_err_set(err, CHATABI_E_NOT_FOUND, "The program \"%.200s\" was not found%s.", name,
                         strchr(name, '/') ? ", or the interpreter that its first line names" : " in PATH");
    case EACCES:
      return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                         "The program \"%.200s\" may not be executed: check its permissions.", name);
    case ENOEXEC:
      return cai_err_set(
          err, CHATABI_E_AUTH_SOURCE,
          "The program \"%.200s\" is nothing that this machine can run; a script needs a first line like "
          "#!/bin/sh.",
          name);
    case ENOSYS:
      return cai_err_set(err, CHATABI_E_UNSUPPORTED, "The program \"%.200s\" cannot be run on this system.", name);
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return cai_err_set(err, CHATABI_E_NOMEM, "The program \"%.200s\" could not be started: %s.", name,
                         strerror(error));
    default:
      return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The program \"%.200s\" could not be started: %s.", name,
                         strerror(error));
  }
}

cai_program *cai_program_start(const cai_command *command, cai_err *err) {
  cai_program *program = cai_calloc(1, sizeof *program);
  char *name = cai_strdup(command->argv[0]);
  if (!program || !name) {
    cai_free(program);
    cai_free(name);
    cai_err_nomem(err);
    return NULL;
  }
  int error = cai_process_start(&program->process, command->argv, command->env);
  if (error) {
    refuse(err, name, error);
    cai_free(program);
    cai_free(name);
    return NULL;
  }
  program->name = name;
  cai_buf_init_secret(&program->text, command->max_output);
  program->limit_ms = command->timeout_ms;
  program->look = cai_clock_ms();
  program->until = program->look + command->timeout_ms;
  program->pause_ms = FIRST_PAUSE_MS;
  return program;
}

void cai_program_free(cai_program *program) {
  if (!program) return;
  cai_process_fini(&program->process);
  cai_buf_fini(&program->text);
  cai_free(program->name);
  cai_free(program);
}

/* ---- while it runs ---- */

int cai_program_fd(const cai_program *program) { return program->process.output; }

int64_t cai_program_due_ms(const cai_program *program) {
  bool running = program->end == CAI_PROCESS_RUNS;
  int64_t at = running && program->look < program->until ? program->look : program->until;
  int64_t left_ms = at - cai_clock_ms();
  return left_ms < 0 ? 0 : left_ms;
}

/* Takes what has been printed. 0, TOO_LARGE or NOMEM. */
static int drain(cai_program *program) {
  char bytes[4096];
  int got, error = 0;
  bool open = program->process.output >= 0;
  while (!error && (got = cai_process_read(&program->process, bytes, sizeof bytes)) > 0)
    error = cai_buf_append(&program->text, bytes, (size_t)got);
  cai_cleanse(bytes, sizeof bytes);
  if (!open || program->process.output >= 0) return error;
  /* It closed its output: most likely it ends now. */
  program->pause_ms = FIRST_PAUSE_MS;
  program->look = cai_clock_ms();
  return error;
}

static void look(cai_program *program, int64_t now_ms) {
  if (program->end != CAI_PROCESS_RUNS || now_ms < program->look) return;
  program->end = cai_process_look(&program->process, &program->code);
  if (program->end != CAI_PROCESS_RUNS) {
    int64_t grace_ms = now_ms + GRACE_MS;
    if (grace_ms < program->until) program->until = grace_ms;
    return;
  }
  program->look = now_ms + program->pause_ms;
  program->pause_ms = program->pause_ms * 2 > LAST_PAUSE_MS ? LAST_PAUSE_MS : program->pause_ms * 2;
}

/* ---- its end ---- */

/* What is still there is killed with the program, when it is freed. */
static bool cut_short(const cai_program *program, cai_http_reply *reply, int code) {
  if (code == CHATABI_E_TIMEOUT)
    cai_err_set(&reply->err, code, "The program \"%.200s\" did not end within %g s.", program->name,
                program->limit_ms / 1000.0);
  else if (code == CHATABI_E_TOO_LARGE)
    cai_err_set(&reply->err, code, "The program \"%.200s\" printed more than %zu bytes.", program->name,
                program->text.max);
  else
    cai_err_nomem(&reply->err);
  return true;
}

static bool conclude(cai_program *program, cai_http_reply *reply) {
  if (program->end == CAI_PROCESS_KILLED) {
    cai_err_set(&reply->err, CHATABI_E_AUTH_EXCHANGE, "The program \"%.200s\" was ended by signal %d.", program->name,
                program->code);
  } else if (program->end == CAI_PROCESS_EXITED && program->code != 0) {
    cai_err_set(&reply->err, CHATABI_E_AUTH_EXCHANGE, "The program \"%.200s\" ended with exit status %d.",
                program->name, program->code);
  } else {
    cai_buf_fini(&reply->body);
    reply->body = program->text;
    cai_buf_init_secret(&program->text, 0);
    reply->status = 200;
  }
  return true;
}

bool cai_program_step(cai_program *program, cai_http_reply *reply) {
  int error = drain(program);
  if (error) return cut_short(program, reply, error);
  int64_t now_ms = cai_clock_ms();
  look(program, now_ms);
  if (program->end == CAI_PROCESS_RUNS) return now_ms >= program->until && cut_short(program, reply, CHATABI_E_TIMEOUT);
  return (program->process.output < 0 || now_ms >= program->until) && conclude(program, reply);
}
