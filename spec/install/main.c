#include <chatabi.h>
#include <stdio.h>

int main(void) {
  chatabi_client *client = chatabi_client_new();
  if (!client || chatabi_client_set(client, "model", "any")) return 1;
  puts(chatabi_version());
  chatabi_client_free(client);
  return chatabi_abi_version() == 1 ? 0 : 1;
}
