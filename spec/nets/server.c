/* SPDX-License-Identifier: MIT
 *
 * The server behind the tests of the nets: TLS with a certificate made at start, one thread a connection, an answer
 * that is streamed slowly, and a token endpoint that takes its time. Says where it is in one line of text,
 *     url slow_url ca_file credential_file
 * and ends when its standard input does. The CA file holds the system's certificates too, so that loading it takes as
 * long as in real life: that is when a thread is caught in the middle of TLS.
 *
 * Paths: /N/MS/chat/completions streams N events MS apart; any other .../chat/completions 60 events 10 ms apart;
 * /token/MS gives a token after MS. */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "certificate.h"

enum { SLOW_HANDSHAKE_MS = 60, MAX_REQUEST = 65536, DEFAULT_EVENTS = 60, DEFAULT_PACE_MS = 10 };

typedef struct door {
  int fd;
  int port;
  int delay_ms; /* before the handshake */
} door;

typedef struct visit {
  int fd;
  int delay_ms;
} visit;

static SSL_CTX *context;

static void nap(int ms) {
  struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  nanosleep(&span, NULL);
}

_Noreturn static void die(const char *what) {
  fprintf(stderr, "nets server: %s\n", what);
  exit(2);
}

/* ---- one connection ---- */

static bool put(SSL *ssl, const char *text) { return SSL_write(ssl, text, (int)strlen(text)) > 0; }

/* The number after `before`, and `at` behind it. */
static int number_at(const char **at, const char *before, int otherwise) {
  size_t len = strlen(before);
  char *end;
  if (strncmp(*at, before, len) != 0) return otherwise;
  long number = strtol(*at + len, &end, 10);
  if (end == *at + len || number < 0 || number > INT_MAX) return otherwise;
  *at = end;
  return (int)number;
}

static void answer_token(SSL *ssl, const char *path) {
  static const char body[] = "{\"access_token\":\"net-token\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
  char head[200];
  nap(number_at(&path, "/token/", 0));
  snprintf(head, sizeof head,
           "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
           sizeof body - 1);
  if (put(ssl, head)) (void)put(ssl, body);
}

static void answer_chat(SSL *ssl, const char *path) {
  int events = number_at(&path, "/", DEFAULT_EVENTS), pace_ms = number_at(&path, "/", DEFAULT_PACE_MS);
  if (!put(ssl, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")) return;
  for (int i = 0; i < events; i++) {
    if (pace_ms) nap(pace_ms);
    if (!put(ssl,
             "data: {\"id\":\"net\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"net\",\"choices\":"
             "[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n"))
      return;
  }
  (void)put(ssl,
            "data: {\"id\":\"net\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"net\",\"choices\":"
            "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
}

static size_t body_length(const char *head) {
  for (const char *line = head; line; line = strstr(line, "\r\n")) {
    line += line == head ? 0 : 2;
    if (strncasecmp(line, "Content-Length:", 15) == 0) return strtoul(line + 15, NULL, 10);
  }
  return 0;
}

/* Reads a whole request into `text`, NUL-terminated. */
static bool read_request(SSL *ssl, char *text, size_t cap) {
  size_t len = 0;
  for (;;) {
    int got = SSL_read(ssl, text + len, (int)(cap - len - 1));
    if (got <= 0) return false;
    len += (size_t)got;
    text[len] = '\0';
    const char *end = strstr(text, "\r\n\r\n");
    if (end && (size_t)(end - text) + 4 + body_length(text) <= len) return true;
    if (len + 1 >= cap) return false;
  }
}

static void serve(SSL *ssl) {
  char *text = malloc(MAX_REQUEST), path[512];
  if (text && read_request(ssl, text, MAX_REQUEST) && sscanf(text, "%*15s %511s", path) == 1) {
    if (strncmp(path, "/token/", 7) == 0)
      answer_token(ssl, path);
    else
      answer_chat(ssl, path);
  }
  free(text);
}

static void *connection_main(void *arg) {
  visit guest = *(visit *)arg;
  free(arg);
  nap(guest.delay_ms);
  SSL *ssl = SSL_new(context);
  if (ssl && SSL_set_fd(ssl, guest.fd) == 1 && SSL_accept(ssl) == 1) {
    serve(ssl);
    (void)SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  close(guest.fd);
  return NULL;
}

/* ---- listening ---- */

static void *door_main(void *arg) {
  const door *self = arg;
  for (;;) {
    int fd = accept(self->fd, NULL, NULL);
    visit *guest = fd < 0 ? NULL : malloc(sizeof *guest);
    pthread_t thread;
    if (!guest) {
      if (fd >= 0) close(fd);
      continue;
    }
    *guest = (visit){.fd = fd, .delay_ms = self->delay_ms};
    if (pthread_create(&thread, NULL, connection_main, guest) == 0) {
      pthread_detach(thread);
    } else {
      close(fd);
      free(guest);
    }
  }
  return NULL;
}

static void open_door(door *self, int delay_ms) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof at;
  pthread_t thread;
  self->delay_ms = delay_ms;
  self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (self->fd < 0 || bind(self->fd, (struct sockaddr *)&at, len) || listen(self->fd, 128) ||
      getsockname(self->fd, (struct sockaddr *)&at, &len))
    die("cannot listen");
  self->port = ntohs(at.sin_port);
  if (pthread_create(&thread, NULL, door_main, self)) die("no thread");
  pthread_detach(thread);
}

/* ---- what the hosts are given ---- */

static void use_certificate(const char *chain, const char *key) {
  BIO *chain_bio = BIO_new_mem_buf(chain, -1), *key_bio = BIO_new_mem_buf(key, -1);
  X509 *cert = chain_bio ? PEM_read_bio_X509(chain_bio, NULL, NULL, NULL) : NULL;
  EVP_PKEY *pkey = key_bio ? PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL) : NULL;
  context = SSL_CTX_new(TLS_server_method());
  if (!context || !cert || !pkey || SSL_CTX_use_certificate(context, cert) != 1 ||
      SSL_CTX_use_PrivateKey(context, pkey) != 1)
    die("certificate refused");
  X509_free(cert);
  EVP_PKEY_free(pkey);
  BIO_free(chain_bio);
  BIO_free(key_bio);
}

static void append_file(FILE *to, const char *path) {
  char block[8192];
  size_t got;
  FILE *from = fopen(path, "r");
  if (!from) return;
  while ((got = fread(block, 1, sizeof block, from)) > 0) fwrite(block, 1, got, to);
  fclose(from);
}

static void write_bundle(const char *path, const char *ca_cert) {
  FILE *file = fopen(path, "w");
  if (!file) die("cannot write the CA file");
  append_file(file, "/etc/ssl/certs/ca-certificates.crt");
  fputs(ca_cert, file);
  if (fclose(file)) die("cannot write the CA file");
}

/* Of a type that signs and then asks: the thread is caught in OpenSSL there too. */
static void write_credential(const char *path, int port) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  char *pem = key ? emu_certificate_key_pem(key) : NULL;
  FILE *file = fopen(path, "w");
  if (!pem || !file) die("cannot write the credential file");
  fprintf(file,
          "{\"type\":\"gdch_service_account\",\"format_version\":\"1\",\"project\":\"net\",\"name\":\"net\","
          "\"private_key_id\":\"1\",\"audience\":\"https://net\",\"token_uri\":\"https://127.0.0.1:%d/token/200\","
          "\"private_key\":\"",
          port);
  for (const char *at = pem; *at; at++) {
    if (*at == '\n')
      fputs("\\n", file);
    else
      fputc(*at, file);
  }
  fputs("\"}\n", file);
  if (fclose(file)) die("cannot write the credential file");
  cai_free_secret(pem);
  EVP_PKEY_free(key);
}

int main(void) {
  static door normal, slow;
  const char *tmp = getenv("TMPDIR");
  char dir[PATH_MAX / 4], ca[PATH_MAX / 2], credential[PATH_MAX / 2], unused[256];
  emu_certificates made;
  signal(SIGPIPE, SIG_IGN);
  snprintf(dir, sizeof dir, "%s/chatabi-nets-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!mkdtemp(dir) || !emu_certificate_make(&made)) die("set-up failed");
  snprintf(ca, sizeof ca, "%s/ca.pem", dir);
  snprintf(credential, sizeof credential, "%s/credential.json", dir);
  use_certificate(made.server, made.server_key);
  open_door(&normal, 0);
  open_door(&slow, SLOW_HANDSHAKE_MS);
  write_bundle(ca, made.ca);
  write_credential(credential, normal.port);
  printf("https://127.0.0.1:%d https://127.0.0.1:%d %s %s\n", normal.port, slow.port, ca, credential);
  fflush(stdout);
  while (read(STDIN_FILENO, unused, sizeof unused) > 0) {
  }
  unlink(ca);
  unlink(credential);
  rmdir(dir);
  _exit(0); /* connections may still be served; OpenSSL must not be taken from under them */
}
