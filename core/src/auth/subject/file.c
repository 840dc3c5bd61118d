/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/file.h"
#include "chatabi.h"
#include "format.h"

enum { REASON = 128, WHAT = 300 };

typedef struct file_source {
  cai_subject base;
  char *path;
  cai_format format;
} file_source;

static file_source *of(cai_subject *subject) { return (file_source *)subject; }

static void begin(cai_subject *subject) { (void)subject; }

static cai_step refuse(const file_source *source, int error, cai_subject_outcome *outcome) {
  char reason[REASON];
  if (error == ENOMEM) return cai_subject_nomem(outcome);
  return cai_subject_fail(outcome,
                          "The file %.300s, where %s finds its subject token (\"file\" of \"credential_source\"), "
                          "cannot be read: %s. Correct the path or the file's permissions.",
                          source->path, source->base.origin, cai_file_reason(error, reason, sizeof reason));
}

/* Read anew each time: whoever issues the token replaces it. */
static cai_step ask(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome) {
  const file_source *source = of(subject);
  char what[WHAT];
  cai_buf content;
  (void)now;
  (void)errand;
  snprintf(what, sizeof what, "The file %s", source->path);
  cai_buf_init_secret(&content, CAI_FORMAT_MAX);
  int error = cai_file_read(source->path, &content);
  cai_step step =
      error ? refuse(source, error, outcome)
            : cai_format_read(&source->format, what, subject->origin, cai_buf_view(&content), content.len, outcome);
  cai_buf_fini(&content);
  return step;
}

/* It never asks for anything. */
static cai_step feed(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  (void)now;
  (void)reply;
  return cai_subject_fail(outcome, "The subject token of %s comes from a file: no reply was expected.",
                          subject->origin);
}

static void release(cai_subject *subject) {
  file_source *source = of(subject);
  cai_free(source->path);
  cai_format_fini(&source->format);
  cai_subject_fini(subject);
  cai_free(source);
}

static const cai_subject_ops ops = {"file", begin, ask, feed, release};

static int read_source(file_source *source, const cai_subject_plan *plan, cai_err *err) {
  cai_document nested = *plan->document;
  nested.root = plan->source;
  const char *path = cai_document_need(&nested, "file", err);
  if (!path) return err->code;
  if (cai_subject_init(&source->base, &ops, plan) || cai_strset(&source->path, path)) return cai_err_nomem(err);
  return cai_format_init(&source->format, plan, err);
}

cai_subject *cai_subject_file_new(const cai_subject_plan *plan, cai_err *err) {
  file_source *source = cai_calloc(1, sizeof *source);
  if (!source) {
    cai_err_nomem(err);
    return NULL;
  }
  if (read_source(source, plan, err)) {
    release(&source->base);
    return NULL;
  }
  return &source->base;
}
