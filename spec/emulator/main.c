/* SPDX-License-Identifier: MIT
 * Starts the emulator, says where it is, and waits for its end: a signal, or the end of standard input for tests that
 * must leave nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scan.h"
#include "config.h"
#include "credential_file.h"
#include "emulator.h"
#include "server.h"

static int signal_fds[2];

static void on_signal(int number) {
  int saved = errno;
  (void)number;
  if (write(signal_fds[1], "", 1) < 0) errno = 0; /* full: the reader is on its way already */
  errno = saved;
}

static const char usage[] =
    "Usage: chatabi-emulator [options]\n"
    "Plays OpenAI, Vertex AI, Gemini and Google's token services on 127.0.0.1 with canned answers.\n\n"
    "  --port N             port for HTTP (0, the default: any)\n"
    "  --tls                HTTPS too, with a certificate of its own\n"
    "  --tls-port N         port for HTTPS (0, the default: any)\n"
    "  --dir DIR            where to write ca.pem and the credential files (default: a temporary directory)\n"
    "  --project NAME       the one project that exists (emulator-project)\n"
    "  --key KEY            the one API key that is right (sk-emulator)\n"
    "  --require-key        refuse requests without that key on OpenAI and Gemini paths\n"
    "  --no-self-signed-jwt refuse tokens that their bearer signed on Vertex paths\n"
    "  --accept-google-aud  accept assertions made for https://oauth2.googleapis.com/token\n"
    "  --pace MS            pause before each chunk of a stream (20)\n"
    "  --token-ttl S        lifetime of access tokens (3599)\n"
    "  --journal-bodies     keep request bodies in the journal\n"
    "  --print-env          print shell exports instead of JSON\n"
    "  --until-eof          end when standard input ends\n"
    "  --quiet              no line per request on standard error\n";

enum {
  OPT_PORT = 1,
  OPT_TLS,
  OPT_TLS_PORT,
  OPT_DIR,
  OPT_PROJECT,
  OPT_KEY,
  OPT_REQUIRE_KEY,
  OPT_GOOGLE_AUD,
  OPT_NO_JWT,
  OPT_PACE,
  OPT_TTL,
  OPT_BODIES,
  OPT_ENV,
  OPT_EOF,
  OPT_QUIET,
  OPT_HELP
};

static const struct option long_options[] = {{"port", required_argument, NULL, OPT_PORT},
                                             {"tls", no_argument, NULL, OPT_TLS},
                                             {"tls-port", required_argument, NULL, OPT_TLS_PORT},
                                             {"dir", required_argument, NULL, OPT_DIR},
                                             {"project", required_argument, NULL, OPT_PROJECT},
                                             {"key", required_argument, NULL, OPT_KEY},
                                             {"require-key", no_argument, NULL, OPT_REQUIRE_KEY},
                                             {"accept-google-aud", no_argument, NULL, OPT_GOOGLE_AUD},
                                             {"no-self-signed-jwt", no_argument, NULL, OPT_NO_JWT},
                                             {"pace", required_argument, NULL, OPT_PACE},
                                             {"token-ttl", required_argument, NULL, OPT_TTL},
                                             {"journal-bodies", no_argument, NULL, OPT_BODIES},
                                             {"print-env", no_argument, NULL, OPT_ENV},
                                             {"until-eof", no_argument, NULL, OPT_EOF},
                                             {"quiet", no_argument, NULL, OPT_QUIET},
                                             {"help", no_argument, NULL, OPT_HELP},
                                             {NULL, 0, NULL, 0}};

static int64_t number(const char *text, int64_t max) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (!errno && end != text && !*end && value >= 0 && value <= max) return value;
  fprintf(stderr, "chatabi-emulator: %s is not a number from 0 to %lld\n", text, (long long)max);
  exit(2);
}

static void take_option(emu_options *options, int option, const char *value) {
  switch (option) {
    case OPT_PORT: options->port = (uint16_t)number(value, 65535); break;
    case OPT_TLS: options->tls = true; break;
    case OPT_TLS_PORT: options->tls_port = (uint16_t)number(value, 65535); break;
    case OPT_DIR: options->dir = value; break;
    case OPT_PROJECT: options->project = value; break;
    case OPT_KEY: options->api_key = value; break;
    case OPT_REQUIRE_KEY: options->require_key = true; break;
    case OPT_GOOGLE_AUD: options->accept_google_aud = true; break;
    case OPT_NO_JWT: options->no_self_signed_jwt = true; break;
    case OPT_PACE: options->pace_ms = number(value, 60000); break;
    case OPT_TTL: options->token_ttl_s = number(value, 1000000); break;
    case OPT_BODIES: options->journal_bodies = true; break;
    case OPT_ENV: options->print_env = true; break;
    case OPT_EOF: options->until_eof = true; break;
    case OPT_QUIET: options->quiet = true; break;
    case OPT_HELP: fputs(usage, stdout); exit(0);
    default: fputs(usage, stderr); exit(2);
  }
}

static void read_options(emu_options *options, int argc, char **argv) {
  *options = (emu_options){.project = "emulator-project", .api_key = "sk-emulator", .pace_ms = 20, .token_ttl_s = 3599};
  int option;
  while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) take_option(options, option, optarg);
  if (optind == argc) return;
  fputs(usage, stderr);
  exit(2);
}

static void add_member(cai_buf *out, const char *name, const char *value) {
  cai_buf_format(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
  if (value)
    cai_scan_quote(out, value, strlen(value));
  else
    cai_buf_text(out, "null");
}

static void add_file(cai_buf *out, const emu_state *emu, const char *name, const char *file) {
  char path[EMU_PATH_TEXT];
  if (emu_directory_path(&emu->directory, file, path)) add_member(out, name, path);
}

static void add_json(cai_buf *out, const emu_state *emu) {
  cai_buf_byte(out, '{');
  add_member(out, "url", emu->url);
  add_member(out, "tls_url", *emu->tls_url ? emu->tls_url : NULL);
  if (*emu->tls_url)
    add_file(out, emu, "ca_file", "ca.pem");
  else
    add_member(out, "ca_file", NULL);
  add_file(out, emu, "credentials_file", "service-account.json");
  add_file(out, emu, "authorized_user_file", "authorized-user.json");
  add_member(out, "dir", emu->directory.path);
  add_member(out, "service_account", emu->identity.email);
  add_member(out, "project", emu->options.project);
  add_member(out, "api_key", emu->options.api_key);
  cai_buf_format(out, ",\"pid\":%ld}\n", (long)getpid());
}

/* The path in single quotes, so that the shell takes it as it is. */
static void add_export(cai_buf *out, const char *name, const char *value, const char *rest) {
  cai_buf_format(out, " %s='", name);
  for (; *value; value++)
    if (*value == '\'')
      cai_buf_text(out, "'\\''");
    else
      cai_buf_byte(out, *value);
  cai_buf_format(out, "%s'", rest);
}

static void add_env(cai_buf *out, const emu_state *emu) {
  char pid[24];
  snprintf(pid, sizeof pid, "%ld", (long)getpid());
  cai_buf_text(out, "export");
  add_export(out, "CHATABI_EMULATOR_URL", emu->url, "");
  add_export(out, "CHATABI_EMULATOR_PID", pid, "");
  add_export(out, "OPENAI_BASE_URL", emu->url, "/v1");
  add_export(out, "OPENAI_API_KEY", emu->options.api_key, "");
  add_export(out, "GOOGLE_CLOUD_PROJECT", emu->options.project, "");
  add_export(out, "GOOGLE_APPLICATION_CREDENTIALS", emu->directory.path, "/service-account.json");
  add_export(out, "GCE_METADATA_HOST", emu->url + strlen("http://"), "");
  if (*emu->tls_url) {
    add_export(out, "CHATABI_EMULATOR_TLS_URL", emu->tls_url, "");
    add_export(out, "CHATABI_EMULATOR_CA", emu->directory.path, "/ca.pem");
  }
  cai_buf_byte(out, '\n');
}

/* "$(chatabi-emulator --print-env &)" waits until nobody can write to its pipe any more. */
static bool let_go_of_stdout(void) {
  int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  bool gone = fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0;
  if (fd >= 0) close(fd);
  return gone;
}

static bool announce(const emu_state *emu) {
  cai_buf line;
  cai_buf_init(&line, 1 << 16);
  if (emu->options.print_env)
    add_env(&line, emu);
  else
    add_json(&line, emu);
  bool said = !line.error && fputs(cai_buf_view(&line), stdout) >= 0 && fflush(stdout) == 0;
  cai_buf_fini(&line);
  return said && (!emu->options.print_env || let_go_of_stdout());
}

static bool init(emu_state *emu) {
  emu_config_init(&emu->config, &emu->options);
  if (pipe2(emu->stop_fds, O_CLOEXEC) || pipe2(signal_fds, O_CLOEXEC | O_NONBLOCK)) return false;
  return emu_tokens_init(&emu->tokens) && emu_faults_init(&emu->faults) && emu_journal_init(&emu->journal) &&
         emu_vault_init(&emu->vault) && emu_regions_init(&emu->regions);
}

static bool fill_vault(emu_state *emu) {
  emu_vault_set_refresh(&emu->vault, EMU_USER, emu->identity.refresh_token);
  emu_vault_set_refresh(&emu->vault, EMU_WORKFORCE, emu->identity.workforce_token);
  return emu_vault_set_subject(&emu->vault, emu->identity.subject_token, NULL);
}

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static void wait_for_end(const emu_state *emu) {
  struct pollfd fds[2] = {{.fd = signal_fds[0], .events = POLLIN},
                          {.fd = emu->options.until_eof ? STDIN_FILENO : -1, .events = POLLIN}};
  char drain[256];
  for (;;) {
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[0].revents) return;
    if (fds[1].revents && read(STDIN_FILENO, drain, sizeof drain) <= 0) return;
  }
}

int main(int argc, char **argv) {
  static emu_state emu;
  emu_server server = {NULL, NULL};
  read_options(&emu.options, argc, argv);
  catch_signals();
  bool up = init(&emu) && emu_identity_init(&emu.identity, emu.options.project, emu.options.tls) && fill_vault(&emu) &&
            emu_server_start(&server, &emu);
  up = up && emu_directory_init(&emu.directory, emu.options.dir) && emu_credential_files_write(&emu) && announce(&emu);
  if (up) wait_for_end(&emu);
  /* Never read: everything that waits sees it. */
  if (emu.stop_fds[1] > 0 && write(emu.stop_fds[1], "", 1) < 0) return 1;
  emu_server_stop(&server);
  emu_directory_fini(&emu.directory);
  emu_identity_fini(&emu.identity);
  if (!up) return 1;
  emu_regions_fini(&emu.regions);
  emu_vault_fini(&emu.vault);
  emu_journal_fini(&emu.journal);
  emu_faults_fini(&emu.faults);
  emu_tokens_fini(&emu.tokens);
  return 0;
}
