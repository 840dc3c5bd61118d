/* SPDX-License-Identifier: MIT
 * One streamed answer, in C:  chat "Why is the sky blue?" [option value]...
 * Options are those of chatabi_client_set, and auth with a source and its value joined by a colon:
 *   chat "Hello" model google/gemini-2.5-flash project my-project
 *   chat "Hello" base_url http://localhost:8000/v1 auth none
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

static int set_auth(chatabi_client *client, char *argument) {
  char *value = strchr(argument, ':');
  if (value) *value++ = '\0';
  return chatabi_client_set_auth(client, argument, value);
}

static int configure(chatabi_client *client, int count, char **arguments) {
  for (int i = 0; i + 1 < count; i += 2) {
    int error = strcmp(arguments[i], "auth") == 0 ? set_auth(client, arguments[i + 1])
                                                  : chatabi_client_set(client, arguments[i], arguments[i + 1]);
    if (error) return error;
  }
  return 0;
}

/* The prompt as a JSON string; a real program has a JSON library. */
static size_t make_body(char *body, size_t size, const char *prompt) {
  char text[4096];
  size_t len = 0;
  for (; *prompt && len < sizeof text - 3; prompt++) {
    if (*prompt == '"' || *prompt == '\\') text[len++] = '\\';
    text[len++] = (unsigned char)*prompt < 0x20 ? ' ' : *prompt;
  }
  text[len] = '\0';
  return (size_t)snprintf(body, size, "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}", text);
}

int main(int argc, char **argv) {
  char body[8192];
  chatabi_client *client = chatabi_client_new();
  if (!client || argc < 2 || argc % 2 != 0 || configure(client, argc - 2, argv + 2)) {
    fprintf(stderr, "usage: chat PROMPT [option value]...\n%s\n",
            client ? chatabi_client_message(client) : "out of memory");
    chatabi_client_free(client);
    return 2;
  }
  chatabi_request *request = chatabi_client_send(client, body, make_body(body, sizeof body, argv[1]), NULL);
  int event;
  while ((event = chatabi_request_next(request, -1)) >= 0 && event != CHATABI_DONE)
    if (event == CHATABI_TEXT) fputs(chatabi_request_text(request, NULL), stdout), fflush(stdout);
  puts("");
  if (event < 0) fprintf(stderr, "%s: %s\n", chatabi_error_name(event), chatabi_request_message(request));
  chatabi_request_free(request);
  chatabi_client_free(client);
  return event < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
