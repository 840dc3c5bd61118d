/* SPDX-License-Identifier: MIT
 * The parts of a message's content: what each is, and how many there are. */
#ifndef EMU_PART_H
#define EMU_PART_H

#include <cjson/cJSON.h>

#include "base/buf.h"

typedef enum emu_part {
  EMU_PART_UNKNOWN,
  EMU_PART_TEXT,
  EMU_PART_REFUSAL,
  EMU_PART_THINKING, /* of an answer; a server of one's own takes it back */
  EMU_PART_IMAGE,
  EMU_PART_AUDIO,
  EMU_PART_VIDEO,
  EMU_PART_PDF,
  EMU_PART_FILE,
  EMU_PARTS
} emu_part;

/* By what it holds: a "image_url" with data:application/pdf is a PDF. */
emu_part emu_part_of(const cJSON *part);

/* The address in an "image_url", an object or a text; NULL when it is none. */
const char *emu_part_image_url(const cJSON *part);

/* Is it of the type "file", which Google's paths leave out? */
bool emu_part_is_file(const cJSON *part);

/* Appends "2 images, 1 pdf": all of a message's but text, without files where `skip_files`. */
void emu_part_list(const cJSON *message, bool skip_files, cai_buf *out);

#endif
