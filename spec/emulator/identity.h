/* SPDX-License-Identifier: MIT
 * Who the emulator's accounts are: one service account, one user, one workforce user, one AWS role, one workload on
 * Distributed Cloud. All keys and secrets are made anew at every start and are good for this process only. */
#ifndef EMU_IDENTITY_H
#define EMU_IDENTITY_H

#include <openssl/evp.h>
#include <stdbool.h>

enum { EMU_SECRET_TEXT = 64 };

/* An AWS access key. */
typedef struct emu_aws_key {
  char id[EMU_SECRET_TEXT];
  char secret[EMU_SECRET_TEXT];
  char session[EMU_SECRET_TEXT]; /* "": a key for good, which has none */
} emu_aws_key;

typedef struct emu_identity {
  EVP_PKEY *key;      /* owned; the service account's */
  EVP_PKEY *gdch_key; /* owned; EC P-256 */
  char *tls_key;      /* owned; PEM; these five with TLS only */
  char *tls_cert;     /* owned; PEM, the server's and the CA's */
  char *ca_cert;      /* owned; PEM */
  char *client_key;   /* owned; PEM, a client's */
  char *client_cert;  /* owned; PEM */
  char email[128];
  char key_id[EMU_SECRET_TEXT];
  char gdch_key_id[EMU_SECRET_TEXT];
  char client_id[EMU_SECRET_TEXT];
  char client_secret[EMU_SECRET_TEXT];
  char refresh_token[EMU_SECRET_TEXT]; /* the user's as in the file; the vault knows which one is right */
  char workforce_token[EMU_SECRET_TEXT];
  char subject_token[EMU_SECRET_TEXT]; /* the first one */
  emu_aws_key aws_user;                /* for the environment */
  emu_aws_key aws_role;                /* what the metadata service and the container services hand out */
  char imds_secret[EMU_SECRET_TEXT];
  char eks_token[EMU_SECRET_TEXT];
} emu_identity;

/* prefix + 24 random hex digits + suffix; false when there is no randomness. */
bool emu_identity_secret(char out[EMU_SECRET_TEXT], const char *prefix, const char *suffix);

/* Makes keys and secrets, TLS material only `with_tls`. False with a line on stderr when something fails. */
bool emu_identity_init(emu_identity *identity, const char *project, bool with_tls);
void emu_identity_fini(emu_identity *identity);

#endif
