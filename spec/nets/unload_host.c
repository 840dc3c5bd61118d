/* SPDX-License-Identifier: MIT
 * A host that drops the library while a request runs, as garbage-collected hosts do in an order that nobody chose: the
 * finalizers of its objects come after. The request goes on, and the functions are still there. */
#include <dlfcn.h>

#include "host.h"

int main(void) {
  library lib;
  library_open(&lib);
  chatabi_client *client = library_client(&lib, "/10/5");
  chatabi_request *request = library_send(&lib, client);
  host_nap(host_delay_ms());
  MUST(dlclose(lib.handle) == 0);
  host_nap(20);
  MUST(library_finish(&lib, request) == 10);
  lib.request_free(request);
  lib.client_free(client);
  return 0;
}
