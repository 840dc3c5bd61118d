/* SPDX-License-Identifier: MIT
 * Programs of every kind of manners, driven as the loop drives them. */
#include "engine/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/clock.h"

typedef struct course {
  cai_http_reply reply;
  int64_t took_ms;
  int steps;
} course;

static fixture fix;

static int make_dir(void **state) {
  (void)state;
  fixture_init(&fix);
  return 0;
}

static int remove_dir(void **state) {
  (void)state;
  fixture_fini(&fix);
  return 0;
}

static const char *script(const char *text) {
  char whole[2000];
  snprintf(whole, sizeof whole, "#!/bin/sh\n%s\n", text);
  const char *path = fixture_write(&fix, "script", whole);
  assert_int_equal(chmod(path, 0700), 0);
  return path;
}

static void make_command(cai_command *command, const char *program, int timeout_ms, size_t max_output) {
  cai_command_init(command);
  cai_command_add(command, program);
  cai_command_env(command, NULL);
  cai_command_setenv(command, "PATH", "/usr/bin:/bin");
  command->timeout_ms = timeout_ms;
  command->max_output = max_output;
}

static void drive(cai_program *program, course *way) {
  int64_t from_ms = cai_clock_ms();
  while (!cai_program_step(program, &way->reply)) {
    struct pollfd wait = {.fd = cai_program_fd(program), .events = POLLIN};
    int64_t due_ms = cai_program_due_ms(program);
    assert_true(due_ms >= 0 && due_ms <= 60000);
    assert_true(poll(&wait, 1, (int)due_ms) >= 0);
    way->steps++;
    if (cai_clock_ms() - from_ms > 20000) fail_msg("it does not end");
  }
  way->took_ms = cai_clock_ms() - from_ms;
}

static void assert_no_child(void) {
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static course run_file(const char *path, int timeout_ms, size_t max_output) {
  course way = {0};
  cai_command command;
  make_command(&command, path, timeout_ms, max_output);
  cai_http_reply_init(&way.reply, max_output);
  cai_program *program = cai_program_start(&command, &way.reply.err);
  cai_command_fini(&command);
  if (program) drive(program, &way);
  cai_program_free(program);
  assert_no_child();
  return way;
}

static course run(const char *text, int timeout_ms) { return run_file(script(text), timeout_ms, 1 << 20); }

static void expect(course way, const char *body) {
  if (way.reply.status != 200) fail_msg("%s", way.reply.err.message);
  assert_string_equal(cai_buf_view(&way.reply.body), body);
  assert_int_equal(way.reply.err.code, 0);
  cai_http_reply_fini(&way.reply);
}

static void expect_failure(course way, int code, const char *part) {
  assert_int_equal(way.reply.status, 0);
  assert_int_equal(way.reply.err.code, code);
  CONTAINS(way.reply.err.message, part);
  LACKS(way.reply.err.message, "hush");
  assert_int_equal(way.reply.body.len, 0);
  cai_http_reply_fini(&way.reply);
}

/* A dead child of a dead parent may stay a zombie where nobody plays init. */
static int is_dead(long pid) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 1;
  char *got = fgets(line, sizeof line, file);
  fclose(file);
  const char *after = got ? strrchr(line, ')') : NULL;
  return !after || after[2] == 'Z' || after[2] == 'X';
}

static void expect_dead(const char *pid_file) {
  char path[160], line[32] = "";
  snprintf(path, sizeof path, "%s/%s", fix.dir, pid_file);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof line, file));
  fclose(file);
  long pid = strtol(line, NULL, 10);
  assert_true(pid > 1);
  for (int i = 0; i < 200 && !is_dead(pid); i++) usleep(10000);
  assert_true(is_dead(pid));
}

static void test_output(void **state) {
  (void)state;
  expect(run("echo hello", 5000), "hello\n");
  expect(run("printf 'no newline'", 5000), "no newline");
  expect(run("exit 0", 5000), "");
  expect(run("echo one; echo hush >&2; sleep 0.2; echo two", 5000), "one\ntwo\n");
}

static void test_large_output(void **state) {
  (void)state;
  course way = run_file(script("head -c 2097152 /dev/zero | tr '\\0' x"), 10000, 3 << 20);
  assert_int_equal(way.reply.status, 200);
  assert_int_equal(way.reply.body.len, 2097152);
  cai_http_reply_fini(&way.reply);
  way = run("echo $$ > $(dirname $0)/pid; head -c 2097152 /dev/zero; exec sleep 300", 10000);
  assert_true(way.took_ms < 5000);
  expect_failure(way, CHATABI_E_TOO_LARGE, "printed more than 1048576 bytes");
  expect_dead("pid");
}

static void test_failures(void **state) {
  (void)state;
  course way = run("echo hush; exit 3", 5000);
  CONTAINS(way.reply.err.message, fix.dir);
  expect_failure(way, CHATABI_E_AUTH_EXCHANGE, "ended with exit status 3");
  expect_failure(run("echo hush; kill -SEGV $$", 5000), CHATABI_E_AUTH_EXCHANGE, "ended by signal 11");
}

static void test_no_program(void **state) {
  (void)state;
  expect_failure(run_file("/no/such/program", 5000, 100), CHATABI_E_NOT_FOUND, "\"/no/such/program\" was not found");
  expect_failure(run_file("chatabi-no-such-program", 5000, 100), CHATABI_E_NOT_FOUND, "was not found in PATH");
  script("echo hush");
  assert_int_equal(chmod(fix.path, 0600), 0);
  expect_failure(run_file(fix.path, 5000, 100), CHATABI_E_AUTH_SOURCE, "may not be executed");
  assert_int_equal(chmod(fixture_write(&fix, "text", "hush"), 0700), 0);
  expect_failure(run_file(fix.path, 5000, 100), CHATABI_E_AUTH_SOURCE, "first line like #!/bin/sh");
}

static void test_timeout(void **state) {
  (void)state;
  course way = run("trap '' TERM INT HUP; echo hush; sleep 300 & echo $! > $(dirname $0)/pid; wait", 700);
  assert_true(way.took_ms >= 650 && way.took_ms < 3000);
  assert_true(way.steps < 40);
  expect_failure(way, CHATABI_E_TIMEOUT, "did not end within 0.7 s");
  expect_dead("pid");
}

/* The descriptor tells nothing any more; it must be waited for without turning in circles. */
static void test_closes_its_output(void **state) {
  (void)state;
  course way = run("echo hush; exec >&-; exec sleep 300", 700);
  assert_true(way.took_ms >= 650 && way.took_ms < 3000);
  assert_true(way.steps < 40);
  expect_failure(way, CHATABI_E_TIMEOUT, "did not end within");
  way = run("echo late; exec >&-; sleep 0.3", 5000);
  assert_true(way.took_ms >= 250 && way.took_ms < 3000);
  expect(way, "late\n");
}

static void test_background_job_holds_the_output(void **state) {
  (void)state;
  course way = run("sleep 300 & echo $! > $(dirname $0)/pid; echo token", 15000);
  assert_true(way.took_ms >= 950 && way.took_ms < 5000);
  assert_true(way.steps < 60);
  expect(way, "token\n");
  expect_dead("pid");
  way = run("sleep 300 & echo hush; exit 4", 15000);
  assert_true(way.took_ms < 5000);
  expect_failure(way, CHATABI_E_AUTH_EXCHANGE, "exit status 4");
}

/* What let go of the output was meant to stay. */
static void test_background_job_lets_go(void **state) {
  (void)state;
  course way = run("sleep 8 >&- & echo $!", 15000);
  long pid = strtol(cai_buf_view(&way.reply.body), NULL, 10);
  assert_true(way.took_ms < 5000);
  assert_int_equal(way.reply.status, 200);
  assert_true(pid > 1);
  assert_false(is_dead(pid));
  kill((pid_t)pid, SIGKILL);
  cai_http_reply_fini(&way.reply);
}

static void test_freed_while_it_runs(void **state) {
  (void)state;
  cai_command command;
  cai_err err;
  char pid_file[160];
  snprintf(pid_file, sizeof pid_file, "%s/pid", fix.dir);
  unlink(pid_file);
  make_command(&command,
               script("sleep 300 & echo $! > $(dirname $0)/new; mv $(dirname $0)/new $(dirname $0)/pid; wait"), 5000,
               100);
  cai_program *program = cai_program_start(&command, &err);
  assert_non_null(program);
  cai_command_fini(&command);
  for (int i = 0; i < 500 && access(pid_file, F_OK); i++) usleep(10000);
  int64_t from_ms = cai_clock_ms();
  cai_program_free(program);
  assert_true(cai_clock_ms() - from_ms < 900);
  assert_no_child();
  expect_dead("pid");
  cai_program_free(NULL);
}

static void test_host_ignores_sigchld(void **state) {
  (void)state;
  signal(SIGCHLD, SIG_IGN);
  course way = run("echo token", 5000);
  assert_true(way.took_ms < 3000);
  expect(way, "token\n");
  expect_failure(run("exec sleep 300", 500), CHATABI_E_TIMEOUT, "did not end");
  signal(SIGCHLD, SIG_DFL);
}

#ifdef CAI_TEST_ALLOC
static void live(const char *path) {
  course way = {0};
  cai_command command;
  make_command(&command, path, 5000, 1 << 20);
  cai_http_reply_init(&way.reply, 1 << 20);
  cai_program *program =
      command.argv && command.env && command.env[0] ? cai_program_start(&command, &way.reply.err) : NULL;
  if (program) drive(program, &way);
  cai_program_free(program);
  cai_command_fini(&command);
  cai_http_reply_fini(&way.reply);
  assert_no_child();
}

static void test_allocations(void **state) {
  (void)state;
  const char *path = script("echo token");
  cai_alloc_fail_at(0);
  size_t before = cai_alloc_count();
  live(path);
  size_t count = cai_alloc_count() - before;
  assert_true(count > 5);
  for (size_t nth = 1; nth <= count; nth++) {
    cai_alloc_fail_at(nth);
    live(path);
  }
  cai_alloc_fail_at(0);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_output),
      cmocka_unit_test(test_large_output),
      cmocka_unit_test(test_failures),
      cmocka_unit_test(test_no_program),
      cmocka_unit_test(test_timeout),
      cmocka_unit_test(test_closes_its_output),
      cmocka_unit_test(test_background_job_holds_the_output),
      cmocka_unit_test(test_background_job_lets_go),
      cmocka_unit_test(test_freed_while_it_runs),
      cmocka_unit_test(test_host_ignores_sigchld),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
