/* SPDX-License-Identifier: MIT
 * Who the emulator's one service account and one user are, and the files in which a client finds that out. All keys and
 * secrets are made anew at every start and are good for this process only. */
#ifndef EMU_IDENTITY_H
#define EMU_IDENTITY_H

#include <openssl/evp.h>
#include <stdbool.h>

enum { EMU_SECRET_TEXT = 64, EMU_PATH_TEXT = 1024 };

typedef struct emu_identity {
  EVP_PKEY *key;  /* owned; the service account's */
  char *tls_key;  /* owned; PEM */
  char *tls_cert; /* owned; PEM, the server's and the CA's */
  char *ca_cert;  /* owned; PEM */
  char email[128];
  char key_id[EMU_SECRET_TEXT];
  char client_id[EMU_SECRET_TEXT];
  char client_secret[EMU_SECRET_TEXT];
  char refresh_token[EMU_SECRET_TEXT];
  char dir[EMU_PATH_TEXT];
  bool own_dir; /* made by us: removed at the end */
} emu_identity;

/* Makes keys and secrets, TLS material only `with_tls`. False with a line on stderr when something fails. */
bool emu_identity_init(emu_identity *identity, const char *project, bool with_tls);

/* Writes ca.pem, service-account.json and authorized-user.json to `dir`, or to a new temporary directory when it is
 * NULL. */
bool emu_identity_write(emu_identity *identity, const char *dir, const char *project, const char *token_uri);

/* Frees everything and removes a directory of our own. */
void emu_identity_fini(emu_identity *identity);

#endif
